"""Keeps the results of a student's own check from one run to the next, in the student's cache folder.

Whoever may write there is the student, and no grade that counts reads it.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.model.errors import UnusableInput
from grader.model.grade_json import compact, json_ready
from grader.model.results import CheckResult
from grader.store.cache import cache_folder
from grader.store.files import write_whole

__all__ = ["KeptChecks", "KeptFunction"]

FORMAT = 1
FOLDER = "kept-checks"
#: folders of students whose results stay; the least recently checked ones go
MAX_FILES = 20
MAX_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class KeptFunction:
    """The results of one function's checks, and what they follow from."""

    function: str
    #: the functions whose code decided how they ended
    called: tuple[str, ...]
    #: digest of that code
    code: str
    #: whether it is one of text and lines, too, since a message may name them
    is_placed: bool
    results: tuple[CheckResult, ...]
    #: of the processor, that its checks have used
    cpu_seconds: float = 0.0

    @classmethod
    def from_dict(cls, row: Any) -> "KeptFunction":
        """Returns what a row of the file describes."""
        results = tuple(CheckResult.from_dict(each) for each in row["results"])
        called = tuple(row["called"])
        return cls(row["function"], called, row["code"], row["is_placed"], results, float(row["cpu_seconds"]))


class KeptChecks:
    """The results of one student's folder.

    Args:
        place: of what is checked.
    """

    def __init__(self, place: Path) -> None:
        name = hashlib.sha256(os.fsencode(os.path.realpath(place))).hexdigest()[:32]
        self.path = cache_folder() / FOLDER / f"{name}.json"

    def read(self, key: str) -> dict[str, KeptFunction]:
        """Returns the functions by name that a check has kept; nothing of a file that is damaged or not of ours.

        Args:
            key: of all that results follow from beside the student's code.
        """
        try:
            # Reading anything but a file may never end.
            if not self.path.is_file() or self.path.stat().st_size > MAX_BYTES:
                return {}
            digest, _, content = self.path.read_bytes().partition(b"\n")
            if digest != _digest(content):
                return {}
            data = json.loads(content)
            if (data["format"], data["key"]) != (FORMAT, key):
                return {}
            return {row["function"]: KeptFunction.from_dict(row) for row in data["functions"]}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            return {}

    def write(self, key: str, functions: Iterable[KeptFunction]) -> None:
        """Keeps functions in place of those that were kept before; where nothing can be written, nothing is."""
        rows = [json_ready(function) for function in functions]
        content = compact({"format": FORMAT, "key": key, "functions": rows}).encode()
        with suppress(UnusableInput, OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self.path, _digest(content) + b"\n" + content, mode=0o600)
            self._prune()

    def forget(self) -> None:
        """Has nothing kept."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _prune(self) -> None:
        files = sorted(self.path.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in files[:-MAX_FILES]:
            path.unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
