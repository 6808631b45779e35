"""Describes how a check ended from what it raised, without library text that may quote its inputs."""

import traceback
from collections.abc import Iterable
from pathlib import Path

import pytest

from grader.assignment.definition import Assignment
from grader.model.errors import GraderError, StudentError
from grader.model.results import Status

__all__ = ["Verdict", "place_of", "unjudged", "verdict"]

#: status, message and hint
Verdict = tuple[Status, str, str]

JUDGING = Path(__file__).parents[1] / "judging"


def verdict(error: BaseException | None, assignment: Assignment, *, secret: bool) -> Verdict:
    """Returns how a check ended.

    Args:
        error: what it raised.
        assignment: whose checks word their own claims.
        secret: whether the inputs of the check are known to nobody, so that no text may show one.
    """
    if error is None:
        return Status.PASSED, "", ""
    if isinstance(error, StudentError):
        return Status(error.status), error.message, error.hint
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        own = not secret or isinstance(error, pytest.fail.Exception) or _is_ours(_files(error)[-1:], assignment)
        return Status.FAILED, (str(error).strip() if own else "") or "The claim does not hold.", ""
    place = place_of(error, assignment)
    if isinstance(error, pytest.FixtureLookupError):
        place = f"it asks for the fixture {error.argname!r}, which does not exist"
    said = str(error) if isinstance(error, (GraderError, OSError)) else place if secret else f"{place}: {error}"
    return Status.BROKEN, f"Internal error (not your code) in this check: {said[:500]}", "It will be graded again."


def unjudged(place: str, *, known: bool) -> Verdict:
    """Returns the verdict on answers that a check could not judge.

    Args:
        place: which exception came of them, and where.
        known: whether right answers were judged in their place; else nobody can tell here whose fault it is.
    """
    hint = "Compare kind, shape and parts of what the function returns with what its description says."
    if known:
        return Status.FAILED, f"What was returned cannot be judged: it ends the check with {place}.", hint
    return (
        Status.BROKEN,
        f"This check ended with {place}. Whether the answers or the check are at fault cannot be told here, "
        "without a solution of the assignment.",
        hint,
    )


def place_of(error: BaseException, assignment: Assignment) -> str:
    """Returns the kind of an exception and the line of the check; its text may quote what it was given."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_ours([frame.filename], assignment)] or frames
    where = f" in {Path(own[-1].filename).name} line {own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{where}"


def _files(error: BaseException) -> list[str]:
    return [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]


def _is_ours(files: Iterable[str], assignment: Assignment) -> bool:
    """Whether files, of which there is one, are checks or what judges for them, and of no library that they call."""
    return any(Path(file).is_relative_to(folder) for file in files for folder in (assignment.folder, JUDGING))
