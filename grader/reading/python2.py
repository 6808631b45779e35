"""Converts a Python 2 file to Python 3 and keeps its line numbers, with fissix.

Its parser is no match for a hostile text (some of 20 KB take it seconds, some of 300 KB hours), so it runs in a process
of its own, with so much processor time: `python -m grader.reading.python2 SECONDS` reads a text and writes the
converted one.
"""

import contextlib
import importlib
import math
import os
import re
import subprocess
import sys
from pathlib import Path

from grader.model.errors import UnusableInput
from grader.reading.reading_limits import CLOCK_FACTOR, MAX_PYTHON_2_CHARACTERS, START_SECONDS

__all__ = ["MAX_PYTHON_2_CHARACTERS", "expand_tabs", "to_python_3"]

# Those that change what Python 3 refuses or reads differently, without adding lines. Names that are merely gone
# (xrange, reduce, …) are put back when the code runs, and division is a choice of its own.
_FIXERS = (
    "dict", "except", "exec", "execfile", "filter", "funcattrs", "has_key", "imports", "itertools", "itertools_imports",
    "long", "map", "ne", "next", "numliterals", "paren", "print", "raise", "repr", "throw", "tuple_params", "unicode",
    "zip",
)  # fmt: skip
_NO_FISSIX = 3


def to_python_3(text: str, file: str, seconds: float) -> str | None:
    """Returns the text in Python 3, or None when it cannot be converted, in that time.

    Args:
        text: a source file, lines ended by a line feed.
        file: its name, for the message.
        seconds: of processor time, so that a busy machine converts the same.

    Raises:
        UnusableInput: fissix is not installed, or cannot write the cache folder that it keeps its grammar in.
    """
    if len(text) > MAX_PYTHON_2_CHARACTERS:
        return None
    # -P: the current folder may be the submission's.
    command = [sys.executable, "-P", "-m", "grader.reading.python2", str(math.ceil(seconds))]
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": path}
    try:
        # The clock ends it where the system counts no processor time, and what waits for something.
        most = START_SECONDS + CLOCK_FACTOR * seconds
        done = subprocess.run(command, input=text.encode(), env=environment, capture_output=True, timeout=most)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == _NO_FISSIX:
        raise UnusableInput(
            f"{file} is Python 2, and converting it needs the package fissix: install it (pip install fissix), "
            "or grade without --compat."
        )
    return done.stdout.decode() if done.returncode == 0 else None


def expand_tabs(text: str, width: int) -> str:
    """Returns a text with the tabs that indent its lines turned into spaces; Python 2 took 8 for one."""
    return re.sub(r"(?m)^[ \t]*\t[ \t]*", lambda found: found[0].expandtabs(width), text)


def main() -> int:
    """Converts the text on standard input; an exception, of whatever kind, says that it cannot be converted."""
    text = sys.stdin.buffer.read().decode()
    try:
        importlib.import_module("fissix")
        refactor = importlib.import_module("fissix.refactor")
    except (ImportError, OSError):
        return _NO_FISSIX
    tool = refactor.RefactoringTool([f"fissix.fixes.fix_{name}" for name in _FIXERS])
    sys.stdout.buffer.write(str(tool.refactor_string(text if text.endswith("\n") else f"{text}\n", "-")).encode())
    return 0


def _limit_time(seconds: int) -> None:
    """Has the kernel end this process when it has run for so long, where the system has such a limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds if hard < 0 else min(seconds, hard), hard))


if __name__ == "__main__":
    _limit_time(int(sys.argv[1]))
    sys.exit(main())
