"""Opens the SQLite file in which the grades of a class are kept, and lays its tables."""

import sqlite3
from pathlib import Path

from grader.model.errors import UnusableInput

__all__ = ["lay_tables", "open_archive", "open_database"]

# An outcome counts from its run on; one in `earlier` from its run on until the run that replaced it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS outcome (
    name TEXT PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL,
    run INTEGER NOT NULL, seconds REAL NOT NULL, published INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS attachment (
    name TEXT NOT NULL, key TEXT NOT NULL, file TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (name, file)
);
CREATE TABLE IF NOT EXISTS earlier (
    name TEXT NOT NULL, run INTEGER NOT NULL, until INTEGER NOT NULL,
    key TEXT NOT NULL, kind TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (name, until)
);
CREATE TABLE IF NOT EXISTS run (
    number INTEGER PRIMARY KEY, started TEXT NOT NULL, how TEXT NOT NULL, finished INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS adjustment (
    number INTEGER PRIMARY KEY AUTOINCREMENT, submission TEXT NOT NULL, "check" TEXT NOT NULL, points REAL NOT NULL,
    comment TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL, "when" TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS counted (name TEXT NOT NULL, run INTEGER NOT NULL, points REAL, PRIMARY KEY (name, run));
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Returns the file opened to read and write."""
    # Several processes may look into a store at once.
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.execute("PRAGMA journal_mode = WAL")
    # Each transaction reaches the disk before it counts, so that a power cut takes none back.
    db.execute("PRAGMA synchronous = FULL")
    return db


def open_archive(path: Path) -> sqlite3.Connection:
    """Returns the file of a folder that cannot be written, as on a share of last year's grades: to read from."""
    log = path.with_name(f"{path.name}-wal")
    if log.is_file() and log.stat().st_size:
        raise UnusableInput(
            f"{path} is in a folder that cannot be written, and was left half written; copy the folder to a "
            "place of your own and use that."
        )
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def lay_tables(db: sqlite3.Connection) -> None:
    """Makes the tables that are not there."""
    db.executescript(SCHEMA)
