"""Defines the word, sign and tone by which every report shows a status."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from grader.model.results import CheckResult, Grade, Section, Status, display_points
from grader.model.sandbox_levels import LEVELS, Level
from reports.order import lost_groups
from reports.text import one_line, plural

__all__ = [
    "KEPT_WORDS",
    "STATUS_WORDS",
    "StatusWord",
    "headline",
    "kept_words",
    "not_final",
    "passing_words",
    "points_words",
    "range_words",
    "sandbox_words",
    "scope_words",
    "score_words",
    "section_words",
    "status_counts",
]


@dataclass(frozen=True, slots=True)
class StatusWord:
    """How one status is shown; never by colour alone."""

    word: str
    #: one character for terminals and Markdown
    sign: str
    #: "good", "bad", "warn", "idle" or "ours": which colour goes with it
    tone: str
    #: a rich style for terminals
    style: str


#: of results of an earlier check that still hold
KEPT_WORDS = "kept: nothing of it changed"

STATUS_WORDS: dict[Status, StatusWord] = {
    Status.PASSED: StatusWord("Passed", "✓", "good", "green"),
    Status.FAILED: StatusWord("Wrong answer", "✗", "bad", "red"),
    Status.MISSING: StatusWord("Not written yet", "○", "idle", "cyan"),
    Status.RAISED: StatusWord("Raised an error", "!", "bad", "red"),
    Status.TIMEOUT: StatusWord("Too slow", "◷", "warn", "yellow"),
    Status.CRASHED: StatusWord("Crashed", "✱", "bad", "red"),
    Status.MEMORY: StatusWord("Too much memory", "▲", "warn", "yellow"),
    Status.BLOCKED: StatusWord("Waiting for another check", "↷", "idle", "cyan"),
    Status.BROKEN: StatusWord("Could not be judged", "?", "ours", "magenta"),
}


def status_counts(checks: Iterable[CheckResult]) -> tuple[tuple[Status, int], ...]:
    """Returns how many checks ended in each status that occurs, in the order of Status."""
    counts = Counter(check.status for check in checks)
    return tuple((status, counts[status]) for status in Status if counts[status])


def headline(grade: Grade) -> str:
    """Returns one or two sentences that say how the submission stands."""
    n_checks = len(grade.checks)
    n_passed = sum(check.passed for check in grade.checks)
    if not n_checks:
        return "No check ran, so there is nothing to score."
    if n_passed == n_checks and grade.complete and (grade.environment.selection or grade.max_score <= 0):
        return "The check that ran passes." if n_checks == 1 else f"All {n_checks:,} checks that ran pass."
    if grade.full_marks:
        return _praise(n_passed, n_checks)
    functions = dict.fromkeys(check.function for check in grade.checks if _is_lost(check))
    passing = f"{passing_words(n_passed, n_checks)}."
    if not functions:
        return passing
    if all(check.status is Status.MISSING for check in grade.checks if _is_lost(check)):
        count = plural(len(functions), "function")
        return f"{passing} {count} {'is' if len(functions) == 1 else 'are'} not implemented yet."
    groups = lost_groups(grade)
    if len(groups) == 1 and len(functions) > 1:
        return f"{passing} All failures have the same cause."
    return (
        f"{passing} All failures are in {'one function' if len(functions) == 1 else f'{len(functions):,} functions'}."
    )


def passing_words(n_passed: int, n_checks: int) -> str:
    """Returns "3 of 7 checks pass"."""
    return f"{n_passed:,} of {plural(n_checks, 'check')} {'passes' if n_passed == 1 or n_checks == 1 else 'pass'}"


def points_words(points: float, max_points: float) -> str:
    """Returns "1.5 of 2 points", or "no points" where there are none to win."""
    if max_points == 0:
        return "no points"
    total = display_points(max_points, max_points)
    return f"{display_points(points, max_points)} of {total} {'point' if total == '1' else 'points'}"


def section_words(grade: Grade, section: Section) -> tuple[str, str]:
    """Returns the points and the passed checks of a section: ("6.5 of 10", "3 of 5 checks")."""
    checks = [check for check in grade.checks if check.section == section.name]
    points = points_words(section.score, section.max_score).removesuffix("s" if section.max_score else "")
    n_passed = sum(check.passed for check in checks)
    return points.removesuffix(" point"), f"{n_passed:,} of {plural(len(checks), 'check')}"


def not_final(grade: Grade) -> str:
    """Returns why the grade is not final and who has to act; empty for a final grade."""
    n_broken = sum(check.status is Status.BROKEN for check in grade.checks)
    if grade.complete and not n_broken:
        return ""
    if not n_broken:
        return "This grade is not final: the grading did not finish. It is the course staff's turn to grade it again."
    were = "check could" if n_broken == 1 else "checks could"
    return (
        f"This grade is not final: {n_broken:,} {were} not be judged because of an internal error (not in this code). "
        "It is the course staff's turn to repair that and to grade again; nothing is lost by it."
    )


def scope_words(grade: Grade) -> str:
    """Returns a sentence when only some checks ran: selected ones, or visible ones; empty when all did."""
    made = grade.environment
    chosen = f"Only the checks that match “{one_line(made.selection, 80)}” ran." if made.selection else ""
    if made.hidden:
        return chosen
    visible = "Only visible checks ran; the final grading repeats them on other inputs."
    return f"{chosen} {visible}".strip()


def score_words(grade: Grade) -> str:
    """Returns "76.1 of 100 points"; where no check that ran carries points, a sentence that says so."""
    if grade.max_score <= 0:
        return "no points at stake in these checks"
    return (
        f"{display_points(grade.score, grade.max_score)} of {display_points(grade.max_score, grade.max_score)} points"
    )


def kept_words(grade: Grade) -> str:
    """Returns a sentence on results that are those of an earlier check; empty where there are none."""
    if not grade.kept:
        return ""
    n_functions = len({check.function for check in grade.checks})
    return (
        f"{len(grade.kept):,} of {plural(n_functions, 'function')} kept from an earlier check, since "
        "nothing of them has changed (--fresh runs all)."
    )


def range_words(at_least: float, at_most: float, max_score: float) -> str:
    """Returns between which points somebody is of whom only the visible checks have run."""
    least, most = display_points(at_least, max_score), display_points(at_most, max_score)
    words = f"Points so far: at least {least}, at most {most} of {display_points(max_score, max_score)}."
    return words if least == most else f"{words} Hidden checks decide what lies between."


def sandbox_words(level: str) -> str:
    """Returns what a sandbox level closes off."""
    return f"{level}: {LEVELS[Level(level)].words}" if level in set(Level) else level


def _praise(n_passed: int, n_checks: int) -> str:
    if n_passed == n_checks:
        return f"Full marks: {'the check passes' if n_checks == 1 else f'all {n_checks:,} checks pass'}. Well done."
    n_failed = n_checks - n_passed
    return f"Full marks, but {plural(n_failed, 'check')} {'does' if n_failed == 1 else 'do'} not pass yet."


def _is_lost(check: CheckResult) -> bool:
    return check.status not in (Status.PASSED, Status.BROKEN)
