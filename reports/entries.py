"""Describes one submission of a class for pages and tables: graded, not final, or not graded at all."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from grader.model.people import NOTHING_KNOWN, About, Student, final_points
from grader.model.results import Grade, Ungraded
from reports.status_words import not_final

__all__ = ["IndexEntry", "called", "safe_href", "standing"]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One submission of a class."""

    grade: Grade | Ungraded
    #: path of its report, relative to the index page and percent-encoded; None when there is none
    href: str | None
    #: whose it is, when it came, and what people changed about its points
    about: About = NOTHING_KNOWN

    @property
    def final(self) -> float | None:
        """Returns the points after adjustments and lateness; None when there is no final grade."""
        return final_points(self.grade, self.about) if standing(self) == "final" else None


def called(student: Student) -> str:
    """Returns what to call a student: the name or, where there is none, what else is known."""
    return student.name or student.email or student.login or student.sis_id or student.lms_id


def standing(entry: IndexEntry) -> str:
    """Returns "final", "not-final" or "ungraded"; only a final grade has a score."""
    if isinstance(entry.grade, Ungraded):
        return "ungraded"
    return "not-final" if not_final(entry.grade) else "final"


def safe_href(href: str | None) -> str | None:
    """Returns the address only when it stays beside the page: no scheme, no host."""
    if href is None:
        return None
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    is_foreign = parts.scheme or parts.netloc or href.lstrip().startswith(("/", "\\")) or not href.isprintable()
    return None if is_foreign else href
