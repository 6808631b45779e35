"""Reads submissions: what the process of grader/classes/submission_reader.py runs."""

from pathlib import Path
from typing import Any

from grader.assignment.definition import Assignment
from grader.classes.class_grading import RunnerSpec, failure_words
from grader.classes.class_limits import GRACE_SECONDS, READING_MEMORY_BYTES, READING_RESIDENT_BYTES
from grader.classes.submission_reader import ERRORS, FOUND, RECORDS, task_of
from grader.grading.text_findings import examine
from grader.model.errors import GraderError
from grader.model.packing import pack, unpack
from grader.reading.archives import shown
from grader.reading.deadline import reading_within
from grader.sandbox.helping import HelperLimits, serve
from grader.sandbox.level import Level

__all__ = ["main"]


def main() -> None:
    """Answers until the other end closes."""
    serve(_answer, HelperLimits(READING_MEMORY_BYTES, READING_RESIDENT_BYTES, GRACE_SECONDS))


def _answer(message: dict[str, Any], content: bytes) -> bytes:
    try:
        return pack((FOUND, _found(message, unpack(content, RECORDS))))
    except (MemoryError, RecursionError):
        raise
    except GraderError as exc:
        kind = next((name for name, error in ERRORS.items() if isinstance(exc, error)), "fault")
        return pack((kind, str(exc)))
    except Exception as exc:
        return pack(("fault", failure_words(exc)))


def _found(message: dict[str, Any], asked: Any) -> object:
    spec = RunnerSpec(Path(message["assignment"]), Level.LIMITS, None, message["compat"])
    assignment = Assignment.load(spec.assignment)
    if message["op"] == "findings":
        return examine(asked, assignment)
    task = task_of(asked)
    with reading_within(shown(task.path.name)):
        tree = task.read()
        return tree if message["op"] == "tree" else spec.submission(task.path, assignment, tree)
