"""Decides which files the graded person may have written: the submission, and in CI the whole repository."""

import os
from dataclasses import dataclass
from pathlib import Path

from grader.model.errors import UnusableInput

__all__ = ["Reach", "in_ci"]


def in_ci() -> bool:
    """Whether a CI platform runs this: all of them set CI."""
    return os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no")


@dataclass(frozen=True, slots=True)
class Reach:
    """A folder or file in which nothing is taken from, and no link is followed, by name."""

    #: without links
    place: Path
    #: what it is, in words
    words: str

    @classmethod
    def of(cls, submission: Path, *, ci: bool) -> "Reach":
        """Returns the submission, or in CI the outermost repository around it."""
        place = Path(os.path.realpath(submission))
        repositories = [each for each in (place, *place.parents) if os.path.lexists(each / ".git")]
        if ci and repositories:
            return cls(repositories[-1], "the repository that is graded")
        return cls(place, "the submission")

    def holds(self, path: Path) -> bool:
        """Whether a path is this place or leads into it, by whatever links."""
        real = Path(os.path.realpath(path))
        return any(_same(each, self.place) for each in (real, *real.parents))

    def refuse(self, path: Path, what: str) -> None:
        """Raises UnusableInput when whoever is graded may have written what a path leads to.

        Args:
            path: what is about to be used.
            what: what it is in words, beginning the sentence.
        """
        # A link in it that leads out of it is theirs, too.
        if self.holds(path) or self.holds(path.parent):
            raise UnusableInput(
                f"{what} {path} lies in {self.words}, where the student who is graded may write; put it somewhere else."
            )


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return one == other
