"""Outcomes in, outcomes out, one transaction at a time: the SQLite file of a batch; pages are rendered from it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from grader.errors import UnusableInput
from grader.results import Attachment, Grade, Ungraded

__all__ = ["Outcome", "Store"]

#: what grading one submission comes to
Outcome = Grade | Ungraded

FILE_NAME = "grades.sqlite"
SCHEMA = """
CREATE TABLE IF NOT EXISTS outcome (name TEXT PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attachment
    (submission TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (submission, name));
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """The outcomes of one batch folder; use it in a `with` block."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(SCHEMA)
        except (sqlite3.Error, OSError) as exc:
            raise UnusableInput(
                f"{self.path} cannot be used as a store of grades: {exc}. Choose another folder."
            ) from exc

    @classmethod
    def open_existing(cls, folder: Path) -> "Store":
        """Returns the store of a folder that `grader batch` has made; raises UnusableInput where there is none."""
        if not (folder / FILE_NAME).is_file():
            raise UnusableInput(f"{folder} holds no {FILE_NAME}: it is no folder that `grader batch` has written.")
        return cls(folder)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._db.close()

    def save(self, key: str, outcome: Outcome) -> None:
        """Writes one outcome for good; an earlier one of the same name is replaced.

        Args:
            key: what the outcome depends on, see `batch.cache_key`.
            outcome: a grade, or why there is none.
        """
        if isinstance(outcome, Grade):
            row = (outcome.submission.name, key, "grade", outcome.to_json())
        else:
            row = (outcome.name, key, "ungraded", json.dumps({"reason": outcome.reason, "ours": outcome.ours}))
        files = outcome.attachments if isinstance(outcome, Grade) else ()
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?)", row)
            self._db.execute("DELETE FROM attachment WHERE submission = ?", row[:1])
            self._db.executemany(
                "INSERT INTO attachment VALUES (?, ?, ?)", [(row[0], file.name, file.content) for file in files]
            )

    def keys(self) -> dict[str, str]:
        """Returns name -> key of every outcome."""
        return dict(self._db.execute("SELECT name, key FROM outcome"))

    def outcomes(self) -> Iterator[Outcome]:
        """Yields every outcome, by name; one at a time is held in memory."""
        names = [name for (name,) in self._db.execute("SELECT name FROM outcome ORDER BY name")]
        for name in names:
            yield self.outcome(name)

    def outcome(self, name: str) -> Outcome:
        """Returns one outcome; raises KeyError where there is none of that name."""
        row = self._db.execute("SELECT kind, json FROM outcome WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        return Grade.from_json(row[1]) if row[0] == "grade" else Ungraded(name, **json.loads(row[1]))

    def with_attachments(self, outcome: Outcome) -> Outcome:
        """Returns an outcome of this store with its files, which the others leave on disk."""
        if not isinstance(outcome, Grade):
            return outcome
        rows = self._db.execute(
            "SELECT name, content FROM attachment WHERE submission = ? ORDER BY name", (outcome.submission.name,)
        )
        return replace(outcome, attachments=tuple(Attachment(name, content) for name, content in rows))

    def forget(self, names: set[str]) -> None:
        """Removes the outcomes of submissions that are no longer there."""
        rows = [(name,) for name in names]
        with self._transaction():
            self._db.executemany("DELETE FROM outcome WHERE name = ?", rows)
            self._db.executemany("DELETE FROM attachment WHERE submission = ?", rows)

    def setting(self, name: str, default: str) -> str:
        """Returns a remembered setting of the batch; the first value given for a name is kept."""
        self._db.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", (name, default))
        value: str = self._db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()[0]
        return value

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Makes what the block writes appear whole or not at all."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
