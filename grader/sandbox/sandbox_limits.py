"""How long the grader waits for its own processes, how often it looks at them, and what a scratch folder may hold.

Nobody may change these. What student code may use is a course's choice: `[limits]` and `[budget]` of rubric.toml, read
by `grader/assignment/points_and_limits.py`.
"""

# bubblewrap.py, launch.py, session.py

#: what fits into a scratch folder, at every level
SCRATCH_MB = 64

# children.py

#: how long a child may take to be ended: once, and when it has already failed to
REAP_SECONDS, SECOND_REAP_SECONDS = 5.0, 0.5
#: a fork is refused for a moment where the user's other processes are many
FORK_TRIES, FORK_PAUSE = 20, 0.1

# connection.py

#: how often a long call is looked at
LOOK_SECONDS = 0.1
#: how much longer than its limit a call may take on a machine that gives it no processor
STRETCH = 10.0
#: of the parts of a reply: characters of a text, frames of an exception, lines of a file
MAX_TEXT, MAX_FRAMES, MAX_LINE = 2000, 20, 1_000_000

# helper.py

#: on the clock for a second of the processor's, and for the start of the process; a busy machine is slower still
CLOCK_FACTOR, HELPER_START_SECONDS = 4.0, 60.0
#: of one answer
MAX_ANSWER_BYTES = 1 << 30

# launch.py

#: tasks above a user's other ones where the kernel counts them together; a fork that finds none is tried again
SHARED_SLACK = 64

# meter.py

#: how often the kernel is asked at most; what is used in between is seen the next time
PAUSE_SECONDS = 0.05

# namespace.py

#: how long a killed namespace may take to be gone
NAMESPACE_SECONDS = 20.0

# processes.py

#: how long killed processes may take to be gone
KILL_SECONDS = 20.0

# removal.py

#: a folder without a lock is of a process that is about to make one, or of one that never will
UNLOCKED_SECONDS = 3600.0

# session.py

#: of the scratch folder, what is looked at: files and folders, and characters of a path
MAX_SCRATCH_ENTRIES, MAX_SCRATCH_PATH = 10_000, 2_000
#: of a call, from where on it is worth asking how much of it the process waited for a processor
LONG_SECONDS = 0.05
#: memory that a process has before student code asks for any
PROCESS_MB = 64

# worker.py

#: notes on what was granted that are kept of one submission
MAX_GRANTED = 200

# worker_process.py

#: how long a worker of ours may take to start before it is given up; no student's code runs in it then
START_SECONDS = 60.0
#: how long it may take for an order once it has imported student code; it answers in a millisecond
ORDER_SECONDS = 2.0
#: how long what an import or a check left may take to be ended, before the whole worker is
END_SECONDS = 2.0
