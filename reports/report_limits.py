"""How large pages, summaries and files for platforms may be. Nobody may change these."""

# exports/classroom.py

#: a step's output may hold 1 MB
MAX_CLASSROOM_BYTES = 700_000

# exports/prairielearn.py

MAX_PRAIRIELEARN_BYTES = 1_000_000
# github.py

#: GitHub shows ten annotations of a kind and step; the tenth says how many more there are
N_ANNOTATIONS = 9
#: GitHub refuses a summary of 1 MiB
MAX_SUMMARY_BYTES = 1_000_000

# notebook_page.py

#: of one text; a person reads no more of it
MAX_TEXT, MAX_HTML, MAX_PICTURE = 40_000, 200_000, 8_000_000
MAX_PAGE_CELLS = 1_000
#: of all texts on a page, pictures not counted
MAX_PAGE_CHARACTERS = 5_000_000

# page.py

#: a report stays below this, whatever the submission printed or wrote
MAX_REPORT_BYTES = 500_000
