"""What reading a class's download and running its graders may take.

Nobody may change these; an instructor chooses how many runners there are with `--jobs`.
"""

# attempts.py

#: how many files of an attempt are looked at
MAX_LOOKED_AT = 2_000

# cluster.py

#: a queue this long for each worker keeps it busy and shows an adaptive cluster that there is more
TASKS_IN_FLIGHT = 2
#: for the first worker of a cluster, and for a scheduler's answer
WAIT_SECONDS = 300
ANSWER_SECONDS = 20
#: how often it is looked whether to stop
CLUSTER_LOOK_SECONDS = 0.25

# discovery.py

#: bytes of a receipt that are read
MAX_RECEIPT_BYTES = 2_000

# gradescope_download.py

MAX_METADATA_BYTES = 200_000_000

# pool.py

#: how often a task is tried that takes its process with it
MAX_ATTEMPTS = 2
#: of one runner's own, above what reading the largest submission and its replies takes; workers have another limit
RUNNER_MEMORY_BYTES = 4 << 30
#: how often it is looked at what runners are doing
LOOK_SECONDS = 0.25

# progress_pipe.py

#: what is written at once; Linux takes up to 4,096 bytes whole
MAX_MESSAGE_BYTES = 2048
#: between two sentences of one runner
PAUSE_SECONDS = 0.2

# reading_worker.py

#: the largest submission that is read, and the tree of its largest notebook
READING_MEMORY_BYTES = 4 << 30
#: a process that has grown past this makes room for a new one
READING_RESIDENT_BYTES = 600 << 20
#: processor seconds after which a process is ended that was to stop by itself
GRACE_SECONDS = 5

# roster.py

MAX_ROSTER_BYTES = 50_000_000

# sections.py

#: how many folders, and entries of each, are looked at; and names in a zip
MAX_LOOKED_AT_IN_SECTION, MAX_ZIP_NAMES = 100, 20_000

# unpacking.py

MAX_UNPACKED_BYTES = 50_000_000_000
MAX_MEMBERS = 500_000
#: bytes of a file's name on every usual disk
MAX_NAME_BYTES = 240
#: folders inside each other, and bytes of a path below the folder of the class
MAX_FOLDERS, MAX_PATH_BYTES = 100, 2_000
