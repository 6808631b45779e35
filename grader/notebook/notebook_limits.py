"""What executing a notebook and reading its figures may take, beyond what a course sets.

Nobody may change these; a course sets seconds, memory and processes in `[limits]` of notebook.toml, read by `spec.py`.
"""

from grader.assignment.points_and_limits import Budget

# execute.py

#: how long after its limit a cell may take to be stopped from inside; then its kernel is killed
GRACE_SECONDS = 10.0
#: of a notebook in an assignment that says nothing of it
NOTEBOOK_BUDGET = Budget(300.0, 300.0)
#: outputs of one cell, and of a notebook
CELL_MB, NOTEBOOK_MB = 24, 24
#: brackets and commas in the outputs of one cell, those in its texts included
MAX_BRACKETS, MAX_COMMAS = 1_000_000, 3_000_000

# judged_notebook.py

#: processor seconds of the grader's own for the figures of a notebook; a usual one takes a tenth of one
JUDGE_SECONDS = 30.0
#: of larger ones there is no page, only a sentence
MAX_ATTACHMENT_MB = 32

# printed.py

#: of what a cell printed; figures stand at its ends
MAX_CHARACTERS = 2_000_000
MAX_NUMBERS = 1_000
MAX_SHOWN = 100

# sanitizing.py

#: of a shell line, what is looked at
MAX_COMMAND = 2_000
