"""What the endurance runs share: commands, and all that a graded class has left, but for times."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

__all__ = ["digests", "forget_times", "grader", "report", "rows", "unlike"]


def grader(*words: object) -> list[str]:
    """Returns the words that run a command of the grader."""
    return [sys.executable, "-m", "grader", *map(str, words)]


def forget_times(graded: Path) -> None:
    """Sets everything in a store to zero that a clock has said."""
    with closing(sqlite3.connect(graded / "grades.sqlite")) as db, db:
        db.execute("UPDATE run SET started = ''")
        for name, text in db.execute("SELECT name, json FROM outcome WHERE kind = 'grade'").fetchall():
            grade = json.loads(text)
            grade |= {"started": "", "seconds": 0.0, "budget": None}
            for check in grade["checks"]:
                check["seconds"] = 0.0
            db.execute("UPDATE outcome SET json = ?, seconds = 0 WHERE name = ?", (json.dumps(grade), name))


def report(graded: Path, *words: str) -> None:
    """Writes the pages of a graded class anew."""
    subprocess.run(grader("report", graded, *words), check=True, stdout=subprocess.DEVNULL)


def digests(graded: Path) -> dict[str, str]:
    """Returns name -> digest of every file but the store's own."""
    paths = [path for path in graded.rglob("*") if path.is_file() and not path.name.startswith("grades.sqlite")]
    return {str(path.relative_to(graded)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def rows(graded: Path) -> dict[str, str]:
    """Returns table and number -> content of every row of a store, sorted."""
    with closing(sqlite3.connect(graded / "grades.sqlite")) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: sorted(map(repr, db.execute(f"SELECT * FROM {table}"))) for table in tables}
    return {f"{table} {number}": row for table in tables for number, row in enumerate(rows[table])}


def unlike(what: str, one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Returns what differs between two tables, in words."""
    return [f"{what}: {name} differs" for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
