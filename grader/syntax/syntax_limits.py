"""How much of a submission's text is looked at and shown. Nobody may change these."""

# bindings.py

#: of a power, a shift or a repetition in a value
MAX_FACTOR = 1000

# integrity.py

#: notes of one submission, and characters of the line that each shows
MAX_NOTES, MAX_TEXT = 100, 200

# source.py

#: longer functions are cut in the report
MAX_LINES, MAX_COLUMNS = 400, 300
