"""`grader`, and `python -m grader`: the command line, loaded for whoever runs it.

A runner of a batch is a new process that imports this module once more, and has no use for commands.

`python -m` looks for modules in the current folder first, which may be a student's repository: that ends here, before
anything is imported that could lie there. A package `grader` in it is beyond our help, as nothing of ours runs then;
the command `grader` and `python -P -m grader` never look there.
"""

import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path[0] != os.path.dirname(os.path.dirname(__file__)):
    del sys.path[0]

import gc
import signal
from types import FrameType

__all__ = ["main"]


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Hears a signal that asks to stop; the second one ends this process at once."""
    from grader.sandbox.ending import interrupt

    interrupt(number, frame)


def main() -> None:
    """Runs the command line."""
    # The Python processes that this one starts look for no module in the current folder either.
    os.environ["PYTHONSAFEPATH"] = "1"
    # What the grader computes itself is small: threads for it cost a tenth of `grader grade`, and what runners compute
    # side by side ten times as much.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What is imported stays, and looking for garbage in it costs 7 % of `grader grade`: 1.81 s of processor time
    # without these four lines, 1.69 s with them (least of eight runs each, interleaved).
    gc.disable()
    from grader.cli import main as run

    gc.freeze()
    gc.set_threshold(100_000)
    gc.enable()
    # What a queue or a container sends before it kills ends as Ctrl-C does: with a sentence, and nothing left over.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    run()


if __name__ == "__main__":
    main()
