"""Keeps the runs of a class, one grading of it each, in a table of the store, with the points that counted after it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Run", "RunTable"]


@dataclass(frozen=True, slots=True)
class Run:
    """One grading of a class, interruptions included."""

    number: int
    #: ISO 8601, UTC
    started: str
    #: what decided the grades, in words
    how: str
    finished: bool


class RunTable:
    """The runs of one store; `add`, `end` and `count` are called within a transaction of the store's."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def unfinished(self, how: str) -> int | None:
        """Returns the number of the last run where it was interrupted and the same words decide its grades."""
        last = self._db.execute("SELECT number, how, finished FROM run ORDER BY number DESC LIMIT 1").fetchone()
        return int(last[0]) if last and last[1] == how and not last[2] else None

    def add(self, how: str, started: str) -> int:
        """Returns the number of a new run."""
        self._db.execute("INSERT INTO run (started, how) VALUES (?, ?)", (started, how))
        return int(self._db.execute("SELECT max(number) FROM run").fetchone()[0])

    def end(self, number: int) -> None:
        """Marks a run as finished; one in which nothing changed leaves no trace."""
        used = (
            "SELECT 1 FROM outcome WHERE run = :n UNION SELECT 1 FROM earlier WHERE run = :n OR until = :n "
            "UNION SELECT 1 FROM counted WHERE run = :n"
        )
        if self._db.execute(used, {"n": number}).fetchone():
            self._db.execute("UPDATE run SET finished = 1 WHERE number = ?", (number,))
        else:
            self._db.execute("DELETE FROM run WHERE number = ?", (number,))

    def all(self) -> list[Run]:
        """Returns all runs, the first one first."""
        rows = self._db.execute("SELECT number, started, how, finished FROM run ORDER BY number")
        return [Run(number, started, how, bool(finished)) for number, started, how, finished in rows]

    def count(self, number: int, points: Mapping[str, float | None]) -> None:
        """Keeps which points count of each submission after a run; what was so before is not kept again."""
        known = self.counted(number)
        for name, value in points.items():
            if name not in known or known[name] != value:
                self._db.execute("INSERT OR REPLACE INTO counted VALUES (?, ?, ?)", (name, number, value))

    def counted(self, number: int) -> dict[str, float | None]:
        """Returns which points counted after a run, by name, as far as that was kept."""
        rows = self._db.execute("SELECT name, points FROM counted WHERE run <= ? ORDER BY run", (number,))
        return dict(rows.fetchall())
