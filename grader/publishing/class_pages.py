"""Writes the pages of a class from its stored grades, with names or without."""

import json
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from grader.assignment.definition import Assignment
from grader.assignment.markers import student_version
from grader.model.errors import GraderError
from grader.model.people import NOTHING_FOUND, FolderFindings
from grader.model.results import FunctionSource, Grade, Ungraded
from grader.publishing.page_limits import CLASS_SECONDS
from grader.publishing.submission_files import folder_name
from grader.reading.deadline import interrupted_after
from grader.store.database import Outcome, Store
from grader.store.files import write_whole
from reports.entries import IndexEntry
from reports.grades_csv import CsvRow, csv_row, csv_row_without, csv_text
from reports.overview.pages import Comparison, anonymous_pages, class_pages
from reports.overview.resemblance import Resemblance

__all__ = ["publish_anonymous", "publish_class", "remember_assignment", "remember_found", "remembered_findings"]


class _TooLong(Exception):
    pass


#: stands for a submission whose results no page of the class can show
NOT_SHOWN = (
    "Its results cannot be shown among the class's; they are kept in the store, and its own report may have them."
)


def remember_assignment(store: Store, assignment: Assignment) -> None:
    """Keeps in the store what the pages say of an assignment: its title, and the code that the template gives.

    `grader report` may run where neither the assignment nor its solution is.
    """
    store.remember("title", assignment.title)
    store.remember("template", json.dumps(_template(assignment)))


def remember_found(store: Store, found: FolderFindings) -> None:
    """Keeps in the store what was found in the folder of the class, and what was skipped there."""
    store.remember("found", json.dumps(asdict(found)))


def remembered_findings(store: Store) -> FolderFindings:
    """Returns what was found in the folder of the class; nothing where an earlier version has kept it."""
    try:
        return FolderFindings.from_dict(json.loads(store.setting("found", "{}")))
    except (ValueError, TypeError, KeyError):
        return NOTHING_FOUND


def publish_class(
    folder: Path,
    store: Store,
    *,
    similarity: bool = True,
    every_pair: bool = False,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> str:
    """Writes the pages and grades.csv of a class; every grade is read once, and one at a time is in memory.

    Args:
        folder: where they go; pages of pairs from a former time that no longer resemble each other are removed.
        store: of the class.
        similarity: whether to look for submissions that resemble each other.
        every_pair: whether each pair of them gets a page that shows both side by side, not only the closest ones.
        on_outcome: called with each outcome, as all are read here, and again where the pages are made once more.

    Returns:
        What was left out, as a sentence; "" for nothing.
    """
    try:
        with interrupted_after(CLASS_SECONDS, _TooLong()) if similarity else nullcontext():
            comparison = _comparison(store, every_pair=every_pair) if similarity else None
            _write_class(folder, store, frozenset(), on_outcome, comparison)
        return ""
    except GraderError:
        raise
    except _TooLong:
        _write_class(folder, store, frozenset(), on_outcome, None)
        return f"Similar submissions are not shown: to look for them takes more than {CLASS_SECONDS:,} s."
    except Exception as exc:
        # Once more without the submissions that no page can be made of, each of which is named in the table.
        odd = frozenset(name for name in sorted(store.keys()) if not _can_be_shown(store, name))
        if not odd and not similarity:
            raise
        compared = _comparison(store, every_pair=every_pair) if similarity and odd else None
        _write_class(folder, store, odd, on_outcome, compared)
        return "" if compared or not similarity else f"Similar submissions are not shown ({type(exc).__name__})."


def _write_class(
    folder: Path,
    store: Store,
    odd: Collection[str],
    on_outcome: Callable[[Outcome], None],
    comparison: Comparison | None,
) -> None:
    rows: list[CsvRow] = []
    written = set()
    entries = _noted(_entries(store, odd), rows, on_outcome)
    found = remembered_findings(store)
    for place, text in class_pages(entries, _title(store), comparison, found):
        write_whole(folder / place, text)
        written.add(folder / place)
    for stale in {*folder.glob("similarity*.html"), *(folder / "similar").glob("*.html")} - written:
        stale.unlink(missing_ok=True)
    write_whole(folder / "grades.csv", csv_text([*rows, *map(csv_row_without, found.without_submission)]))


def _can_be_shown(store: Store, name: str) -> bool:
    """Whether the pages of a class with this submission alone can be made."""
    try:
        entry = _entry(store, store.outcome(name))
        list(class_pages([entry], "", _comparison(store)))
        csv_text([csv_row(entry)])
    except Exception:
        return False
    return True


def publish_anonymous(folder: Path, store: Store) -> None:
    """Writes the pages of a class without names, links to reports and code; the invented names stay the same."""
    secret = store.remember_once("anonymous", secrets.token_hex(32))
    for place, text in anonymous_pages(_entries(store), bytes.fromhex(secret), _title(store)):
        write_whole(folder / place, text)


def _title(store: Store) -> str:
    return store.setting("title", "Submissions")


def _entries(store: Store, odd: Collection[str] = ()) -> Iterator[IndexEntry]:
    for name in sorted(store.keys()):
        yield _entry(store, Ungraded(name, NOT_SHOWN, ours=True) if name in odd else store.outcome(name))


def _entry(store: Store, outcome: Outcome) -> IndexEntry:
    name = outcome.name
    href = f"submissions/{folder_name(name)}/report.html" if isinstance(outcome, Grade) else None
    return IndexEntry(outcome, href, store.about(name))


def _noted(
    entries: Iterator[IndexEntry], rows: list[CsvRow], on_outcome: Callable[[Outcome], None]
) -> Iterator[IndexEntry]:
    for entry in entries:
        rows.append(csv_row(entry))
        on_outcome(entry.grade)
        yield entry


def _comparison(store: Store, *, every_pair: bool = False) -> Comparison:
    def sources(name: str) -> tuple[FunctionSource, ...]:
        outcome = store.outcome(name)
        return outcome.sources if isinstance(outcome, Grade) else ()

    template = json.loads(store.setting("template", "{}"))
    given = Resemblance(FunctionSource("", place, 1, text) for place, text in template.items())
    return Comparison(given, sources, every_pair)


def _template(assignment: Assignment) -> dict[str, str]:
    """Returns the answer files as students get them; nothing where the solution is not installed."""
    if not assignment.has_solution:
        return {}
    root = assignment.solution_folder()
    places = assignment.modules.values()
    return {place: student_version((root / place).read_text(encoding="utf-8"), place) for place in places}
