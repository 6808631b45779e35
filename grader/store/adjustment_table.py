"""Keeps the adjustments of a class in a table of the store, and in a file beside it that outlives the store."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, fields
from pathlib import Path

from grader.model.errors import UnusableInput
from grader.model.people import Adjustment
from grader.store.files import write_whole

__all__ = ["ADJUSTMENTS_NAME", "AdjustmentTable"]

#: what people have decided stands here once more, since no grading brings it back
ADJUSTMENTS_NAME = "adjustments.json"
#: columns of an adjustment, the number last
_COLUMNS = tuple(each.name for each in fields(Adjustment))


class AdjustmentTable:
    """The adjustments of one store; `add` and `remove` are called within a transaction of the store's."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def add(self, adjustment: Adjustment) -> int:
        """Keeps an adjustment; returns its number."""
        number = self._db.execute(_insertion("INSERT", _COLUMNS[:-1]), asdict(adjustment)).lastrowid
        self._write()
        return number or 0

    def remove(self, adjustment: Adjustment) -> None:
        """Removes an adjustment."""
        self._db.execute("DELETE FROM adjustment WHERE number = ?", (adjustment.number,))
        self._write()

    def of(self, name: str | None = None) -> Iterator[Adjustment]:
        """Yields the adjustments of one submission, or of all, in the order in which they were made."""
        columns = ", ".join(f'"{name}"' for name in _COLUMNS)
        query = f"SELECT {columns} FROM adjustment WHERE ? IS NULL OR submission = ? ORDER BY number"
        for row in self._db.execute(query, (name, name)).fetchall():
            yield Adjustment(*row)

    def take_over(self, transaction: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> int:
        """Reads the adjustments of a store that is gone; one that has ever held any gets the file that it lacks.

        Args:
            transaction: opens one of the store's.

        Returns:
            How many were read.
        """
        present = self._path.is_file()
        if self._db.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'adjustment'").fetchone():
            if not present:  # a store of an earlier version, or the file was removed
                self._write()
            return 0
        if not present:
            return 0
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            adjustments = [Adjustment(**row) for row in rows]
            with transaction() as db:
                db.executemany(_insertion("INSERT OR IGNORE", _COLUMNS), [asdict(each) for each in adjustments])
        except (OSError, ValueError, TypeError, AttributeError) as exc:
            raise UnusableInput(
                f"{self._path} cannot be read as adjustments ({exc}). Correct it, or move it away to start "
                "without them."
            ) from exc
        return len(adjustments)

    def _write(self) -> None:
        """Writes all adjustments into the file beside the store, before the transaction that changes them counts."""
        text = json.dumps([asdict(each) for each in self.of()], indent=1) + "\n"
        write_whole(self._path, text, durable=True)


def _insertion(verb: str, columns: tuple[str, ...]) -> str:
    """Returns the statement that adds an adjustment; without the column of its number the store gives it one."""
    names, values = (", ".join(map(form.format, columns)) for form in ('"{}"', ":{}"))
    return f"{verb} INTO adjustment ({names}) VALUES ({values})"
