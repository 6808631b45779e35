"""Keeps the grades of a class in an SQLite file."""

import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.model.errors import UnusableInput
from grader.model.people import About, Adjustment
from grader.model.results import Attachment, Grade, Ungraded
from grader.store.adjustment_table import ADJUSTMENTS_NAME, AdjustmentTable
from grader.store.run_table import Run, RunTable
from grader.store.sqlite_file import lay_tables, open_archive, open_database

__all__ = ["FILE_NAME", "Outcome", "Run", "Store"]

#: what grading one submission comes to
Outcome = Grade | Ungraded

FILE_NAME = "grades.sqlite"


class Store:
    """The outcomes of one batch folder; use it in a `with` block."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.adjustments_path = folder / ADJUSTMENTS_NAME
        #: adjustments that a new store has taken over from the file of a lost one
        self.taken_over = 0
        self._run = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            archived = self.path.is_file() and not os.access(folder, os.W_OK)
            self._db = open_archive(self.path) if archived else open_database(self.path)
            self._adjustments = AdjustmentTable(self._db, self.adjustments_path)
            self._runs = RunTable(self._db)
            problem = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if not archived:
                lay_tables(self._db)
        except (sqlite3.Error, OSError) as exc:
            raise self._unusable(exc) from exc
        if problem != "ok":
            self._db.close()
            raise self._unusable(problem)
        if not archived:
            self.taken_over = self._adjustments.take_over(self._transaction)

    @classmethod
    def open_existing(cls, folder: Path) -> "Store":
        """Returns the store of a folder that `grader batch` has made; raises UnusableInput where there is none."""
        if not (folder / FILE_NAME).is_file():
            if not folder.exists():
                raise UnusableInput(f"{folder} does not exist; check the path.")
            raise UnusableInput(f"{folder} holds no {FILE_NAME}: it was not created by `grader batch`.")
        return cls(folder)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._db.close()

    def begin_run(self, how: str, started: str) -> int:
        """Returns the number of the run that grades are saved in from now on: a new one, or the interrupted one.

        Args:
            how: what decides the grades, in words; an unfinished run of the same words goes on.
            started: ISO 8601, UTC.
        """
        if (unfinished := self._runs.unfinished(how)) is not None:
            self._run = unfinished
        else:
            with self._transaction():
                self._run = self._runs.add(how, started)
        return self._run

    def end_run(self) -> None:
        """Marks the run as finished; one in which nothing changed leaves no trace."""
        with self._transaction():
            self._runs.end(self._run)

    def runs(self) -> list[Run]:
        """Returns all runs, the first one first."""
        return self._runs.all()

    def save(self, key: str, outcome: Outcome) -> None:
        """Writes one outcome with its attachments for good; that of an earlier run is kept beside it.

        Args:
            key: what the outcome depends on, see `grader.classes.submission_grader`.
            outcome: a grade, or why there is none.
        """
        files: tuple[Attachment, ...] = ()
        if isinstance(outcome, Grade):
            name, kind, text, seconds = outcome.submission.name, "grade", outcome.to_json(), outcome.seconds
            files = outcome.attachments
        else:
            name, kind, seconds = outcome.name, "ungraded", 0.0
            text = json.dumps({"reason": outcome.reason, "ours": outcome.ours})
        with self._transaction() as db:
            self._retire(db, name)
            row = (name, key, kind, text, self._run, seconds)
            db.execute("INSERT INTO outcome (name, key, kind, json, run, seconds) VALUES (?, ?, ?, ?, ?, ?)", row)
            db.executemany(
                "INSERT INTO attachment VALUES (?, ?, ?, ?)", [(name, key, each.name, each.content) for each in files]
            )

    def forget(self, names: Iterable[str]) -> None:
        """Removes the outcomes of submissions that are no longer there; earlier runs and adjustments keep them."""
        with self._transaction() as db:
            for name in names:
                self._retire(db, name)
                db.execute("DELETE FROM about WHERE name = ?", (name,))

    def keys(self, *, of_this_run: bool = False) -> dict[str, str]:
        """Returns name -> key of every outcome, or of those that the run which was begun has saved so far."""
        first = self._run if of_this_run else 0
        return dict(self._db.execute("SELECT name, key FROM outcome WHERE run >= ?", (first,)))

    def seconds(self) -> dict[str, float]:
        """Returns name -> how long its last grading took, of every grade."""
        return dict(self._db.execute("SELECT name, seconds FROM outcome WHERE kind = 'grade'"))

    def outcomes(self) -> Iterator[Outcome]:
        """Yields every outcome without its attachments, by name; one at a time is held in memory."""
        for name in self._names("SELECT name FROM outcome ORDER BY name"):
            yield self.outcome(name)

    def outcome(self, name: str) -> Outcome:
        """Returns one outcome without its attachments; raises KeyError where there is none of that name.

        Of one that cannot be read, as another version's, a sentence that says so: it keeps nobody from the others.
        """
        row = self._db.execute("SELECT kind, json FROM outcome WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        return _read(name, *row)

    def with_attachments(self, outcome: Outcome) -> Outcome:
        """Returns an outcome of the store with the files that belong to it."""
        if not isinstance(outcome, Grade):
            return outcome
        query = "SELECT file, content FROM attachment WHERE name = ? ORDER BY file"
        rows = self._db.execute(query, (outcome.submission.name,))
        return replace(outcome, attachments=tuple(Attachment(file, content) for file, content in rows))

    def at(self, run: int) -> Iterator[Outcome]:
        """Yields the outcomes as they stood after a run, by name, without attachments."""
        earlier = {
            name: (kind, packed)
            for name, kind, packed in self._db.execute(
                "SELECT name, kind, json FROM earlier WHERE run <= ? AND until > ?", (run, run)
            )
        }
        now = set(self._names("SELECT name FROM outcome WHERE run <= ?", run))
        for name in sorted(now | earlier.keys()):
            if name in now:
                yield self.outcome(name)
            else:
                kind, packed = earlier[name]
                yield _read(name, kind, packed, unpack=zlib.decompress)

    def count(self, points: Mapping[str, float | None]) -> None:
        """Keeps for the run which points count of each submission, after lateness and adjustments."""
        with self._transaction():
            self._runs.count(self._run, points)

    def counted_at(self, run: int) -> dict[str, float | None]:
        """Returns which points counted after a run, by name, as far as that was kept."""
        return self._runs.counted(run)

    def unpublished(self) -> list[str]:
        """Returns the names of outcomes whose pages are not written, or not known to be."""
        return self._names("SELECT name FROM outcome WHERE NOT published ORDER BY name")

    def mark_published(self, name: str) -> None:
        """Remembers that the pages of an outcome are written."""
        with self._transaction() as db:
            db.execute("UPDATE outcome SET published = 1 WHERE name = ?", (name,))

    def tell(self, abouts: Mapping[str, About]) -> None:
        """Keeps what is known of submissions; pages of those of which something else was known count as unwritten."""
        known = dict(self._db.execute("SELECT name, json FROM about"))
        with self._transaction() as db:
            for name, about in abouts.items():
                text = json.dumps(asdict(replace(about, adjustments=())))
                if known.get(name) != text:
                    db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, text))
                    db.execute("UPDATE outcome SET published = 0 WHERE name = ?", (name,))

    def about(self, name: str) -> About:
        """Returns what is known of a submission, its adjustments included."""
        row = self._db.execute("SELECT json FROM about WHERE name = ?", (name,)).fetchone()
        try:
            about = About.from_dict({**json.loads(row[0]), "adjustments": ()}) if row else About()
        except (ValueError, TypeError, KeyError):
            about = About(notes=("What is stored about who handed this in cannot be read.",))
        return replace(about, adjustments=tuple(self.adjustments(name)))

    def adjust(self, adjustment: Adjustment) -> int:
        """Keeps an adjustment, which every later grading leaves alone; returns its number."""
        with self._transaction() as db:
            db.execute("UPDATE outcome SET published = 0 WHERE name = ?", (adjustment.submission,))
            return self._adjustments.add(adjustment)

    def take_back(self, adjustment: Adjustment) -> None:
        """Removes an adjustment."""
        with self._transaction() as db:
            db.execute("UPDATE outcome SET published = 0 WHERE name = ?", (adjustment.submission,))
            self._adjustments.remove(adjustment)

    def adjustments(self, name: str | None = None) -> Iterator[Adjustment]:
        """Yields the adjustments of one submission, or of all, in the order in which they were made."""
        return self._adjustments.of(name)

    def setting(self, name: str, default: str) -> str:
        """Returns what was last remembered by a name, or the default."""
        row = self._db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def remember(self, name: str, value: str) -> None:
        """Remembers a setting of the batch in place of what it was before."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def remember_once(self, name: str, value: str) -> str:
        """Remembers a setting unless there is one; returns the one that now stands, whichever process was first."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", (name, value))
        return self.setting(name, value)

    def _retire(self, db: sqlite3.Connection, name: str) -> None:
        """Moves the outcome of an earlier run to the earlier ones; one of this run is dropped."""
        row = db.execute("SELECT run, key, kind, json FROM outcome WHERE name = ?", (name,)).fetchone()
        if row is None:
            return
        run, key, kind, text = row
        if run != self._run:
            values = (name, run, self._run, key, kind, zlib.compress(text.encode()))
            db.execute("INSERT OR REPLACE INTO earlier VALUES (?, ?, ?, ?, ?, ?)", values)
        db.execute("DELETE FROM outcome WHERE name = ?", (name,))
        db.execute("DELETE FROM attachment WHERE name = ?", (name,))

    def _names(self, query: str, *values: object) -> list[str]:
        return [name for (name,) in self._db.execute(query, values)]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing of it is kept; raises UnusableInput when it cannot be, as on a full disk."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as exc:
            raise UnusableInput(
                f"{self.path} cannot be written: {exc}. What was graded before is kept; run the same again to go on."
            ) from exc

    def _unusable(self, why: object) -> UnusableInput:
        words = " ".join(str(why).split())[:200]
        kept = f" Adjustments are kept: {ADJUSTMENTS_NAME} beside it has them, and the new store takes them over."
        return UnusableInput(
            f"{self.path} cannot be used as a store of grades: {words}. Choose another folder, or move the file away "
            f"and grade again.{kept if self.adjustments_path.is_file() else ''}"
        )


def _read(name: str, kind: str, text: Any, unpack: Callable[[bytes], bytes] | None = None) -> Outcome:
    try:
        text = unpack(text).decode() if unpack else text
        return Grade.from_json(text) if kind == "grade" else Ungraded(name, **json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error) as exc:
        why = " ".join(str(exc).split())[:200]
        reason = f"What is stored of {name} cannot be read ({why}); grade the class again with --fresh."
        return Ungraded(name, reason, ours=True)
