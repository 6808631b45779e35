"""What reading a submission may take: sizes, counts and seconds beyond which it is refused or cut short.

Nobody may change these.
"""

from dataclasses import dataclass

# archives.py


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of a submission is read before it is refused."""

    #: bytes of one .py file
    source_bytes: int = 1_000_000
    #: bytes of one notebook, pictures included
    notebook_bytes: int = 150_000_000
    #: bytes of an archive inside an archive or folder
    nested_bytes: int = 100_000_000
    #: bytes of all files that are kept
    kept_bytes: int = 200_000_000
    #: bytes unpacked on the way, data folders included
    unpacked_bytes: int = 1_000_000_000
    #: files of any kind
    members: int = 200_000
    #: .py and .ipynb files that are kept
    files: int = 5_000
    #: archives inside each other, the outermost folder or archive not counted
    nesting: int = 2
    #: of processor time
    seconds: float = 30.0


DEFAULT_LIMITS = ReadLimits()


# choosing.py

#: of the notebooks of a submission, those that are opened: the ones that speak most of the assignment
MAX_OPENED = 8

# deadline.py

#: an honest submission is read in a fraction of a second
READ_SECONDS = 30.0
#: until it rings again: code that catches everything gets it once more
AGAIN_SECONDS = 1.0

# extracting.py

#: that bind a name, of one notebook; an honest one has some hundreds
MAX_STATEMENTS = 5_000

# fallible_imports.py

#: names in such statements of one submission; an honest one has a handful
MAX_NAMES = 100

# joining.py

MAX_DIFF_LINES = 200

# layouts.py

#: how much is looked at to tell what is written from what is handed out: candidates, and characters of each file
MAX_CANDIDATES, MAX_CANDIDATE_CHARACTERS = 50, 300_000

# members.py

#: bytes of a single read: no honest header of a tar is longer; a zip reads its whole table of contents at once
MAX_TAR_READ, MAX_ZIP_READ = 1 << 14, 1 << 23

# notebook_file.py

#: cells that are read; an honest notebook has a tenth of that
MAX_CELLS = 2_000
#: of the source of all cells, as of a file of source; what comes after is cut off
MAX_SOURCE_CHARACTERS = 1_000_000
#: saved outputs of the whole notebook; past that none of them is kept
MAX_OUTPUT_CHARACTERS = 50_000_000
#: lists, dicts and their entries; a few bytes of text each, and a hundred of memory
MAX_VALUES = 3_000_000
#: of a notebook that is larger, the pictures in it are left out before it is read
MAX_WHOLE_BYTES = 16_000_000
MAX_PASTED, MAX_PASTED_CHARACTERS = 20, 4_000_000

# older_cells.py

#: of one notebook; each takes a process
MAX_REPAIRS = 20

# older_python.py

MAX_NOTES = 30
#: of processor time for the conversions of one submission
CONVERSION_SECONDS = 60.0
#: for those of some cells together
CELL_CONVERSION_SECONDS = 5.0

# python2.py

#: on the clock for a second of the processor's, and for the start of the process
CLOCK_FACTOR, START_SECONDS = 4.0, 20.0
#: longer texts are left as they are
MAX_PYTHON_2_CHARACTERS = 300_000

# submission.py

MAX_EXTRAS = 500
#: all of them are read, and a syntax tree takes a hundred times the memory of its text
MAX_EXTRA_BYTES = 2_000_000
