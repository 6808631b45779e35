"""How checks share time and sessions, and how long looking at a text may take.

Nobody may change these; a course sets the limits of a check in `[limits]` of rubric.toml, or on the check itself
with the mark `limit`.
"""

# check_run.py

#: what a function that has run into a limit gets for each of its other checks: an honest one takes well under a second,
#: and a class of endless loops must not take hours
HURRY_CPU_SECONDS = 1.0
HURRY_WALL_SECONDS = 3.0
#: of the budget, what the checks of one function may use before those of the others come first
BUDGET_SHARE = 0.25
#: for a function that failed, called again with small inputs for the report
AGAIN_CPU_SECONDS, AGAIN_WALL_SECONDS = 1.0, 3.0

# sessions.py

#: of a check's processor seconds, the share that earlier ones may have used of a fork
SESSION_SHARE = 0.25

# text_findings.py

#: processor seconds of each part, which takes milliseconds of an honest submission, and of all
PART_SECONDS, EXAMINE_SECONDS = 5.0, 20.0
