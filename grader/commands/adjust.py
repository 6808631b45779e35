"""`grader adjust`: changes points or adds a comment by hand; later grading runs keep both."""

import getpass
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from grader.classes.selecting import submission_called
from grader.commands.elsewhere import elsewhere
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import folder, say
from grader.commands.whole_class import publish_changed
from grader.model.errors import UnusableInput
from grader.model.people import Adjustment, final_points
from grader.model.results import Grade, display_points
from grader.publishing.class_pages import publish_class
from grader.store.database import Store
from grader.store.writer_lock import only_writer
from reports.text import one_line

__all__ = ["adjust"]


@click.command()
@click.argument("graded", type=folder)
@click.argument("student", required=False)
@click.option("--check", "check", default="", help="Id of the check that it is about; without it the whole submission.")
@click.option("--points", type=float, help="Points to add; negative ones are taken away.")
@click.option("--comment", help="For the student; shown in the report and in exports.")
@click.option("--reason", default="", help="Why; required with --points. Without --comment the student sees it.")
@click.option("--author", default="", help="Who made the change; default: your account name.")
@click.option("--remove", type=int, metavar="NUMBER", help="Undo the adjustment with this number.")
@click.option("--yes", is_flag=True, help="Do not ask about a result above the maximum.")
@elsewhere
def adjust(
    graded: Path, student: str | None, check: str, points: float | None, comment: str | None, reason: str, author: str,
    remove: int | None, yes: bool,
) -> int:  # fmt: skip
    """Change a submission's points or comment on it; without --points or --comment, list all adjustments.

    STUDENT is the name of the submission, or a student's name, login, e-mail or id. The points that the checks gave
    are kept as well, and later grading runs keep the adjustments. A check's points stay within its maximum.
    """
    # Formatting and control characters would end up in gradebooks.
    said = comment
    comment, reason, author = (one_line(text, 1000).strip() for text in (comment or "", reason, author or _account()))
    if said is not None and not comment:
        raise UnusableInput("--comment is empty; write the comment after it.")
    changes = points is not None or bool(comment)
    if remove is not None and (changes or check or reason or student):
        raise UnusableInput("--remove takes only a number: remove first, then adjust in a second call.")
    if (check or reason) and not changes and remove is None:
        raise UnusableInput("That changes nothing: also give --points or --comment.")
    with Store.open_existing(graded) as store:
        if remove is None and not changes:
            return _list(store, student)
        with only_writer(graded):
            if remove is not None:
                _remove(store, remove)
            else:
                name = _submission(store, student)
                _refuse_wrong(store, name, check, points, reason)
                when = datetime.now(UTC).isoformat(timespec="seconds")
                before = _final(store, name)
                adjustment = Adjustment(name, check, points or 0.0, comment, reason, author, when)
                if not yes:
                    _question(store, adjustment)
                number = store.adjust(adjustment)
                # Past a check's maximum, or below zero, there is nothing to give or take.
                stands = before is not None and _final(store, name) == before
                same = " This changes no points at present." if points and stands else ""
                click.echo(f"Adjustment {number} of {one_line(name)}: {_standing(store, name)}.{same}")
            publish_changed(graded, store)
            if left_out := publish_class(graded, store):
                say(left_out)
    return ALL_POINTS


def _list(store: Store, student: str | None) -> int:
    name = student
    if student is not None and student not in {each.submission for each in store.adjustments()}:
        name = _submission(store, student)  # adjustments stay when the submission goes
    listed = list(store.adjustments(name))
    for each in listed:
        check = f" [{each.check}]" if each.check else ""
        words = "; ".join(filter(None, (each.reason, f"“{each.comment}”" if each.comment else "")))
        click.echo(
            f"{each.number}  {one_line(each.submission)}{check} {each.points:+g}  {words}  ({each.author}, {each.when})"
        )
    if not listed:
        click.echo("Nothing was adjusted.")
    return ALL_POINTS


def _remove(store: Store, number: int) -> None:
    for each in store.adjustments():
        if each.number == number:
            store.take_back(each)
            standing = _standing(store, each.submission)
            click.echo(f"Adjustment {number} of {one_line(each.submission)} was removed: {standing}.")
            return
    raise UnusableInput(f"There is no adjustment {number}; `grader adjust DIR` lists all.")


def _submission(store: Store, student: str | None) -> str:
    """Returns the name of the one submission that is meant."""
    if student is None:
        raise UnusableInput("Whose points? Give the submission or the student after the folder.")
    return submission_called(student, {name: store.about(name) for name in sorted(store.keys())})


def _refuse_wrong(store: Store, name: str, check: str, points: float | None, reason: str) -> None:
    outcome = store.outcome(name)
    if points is not None and not reason:
        raise UnusableInput("Points need a reason: --reason 'regrade request of 3 May'.")
    if points is not None and not abs(points) < 1e6:
        raise UnusableInput(f"{points} is not a number of points.")
    if check:
        ids = [each.id for each in outcome.checks] if isinstance(outcome, Grade) else []
        if check not in ids:
            near = [each for each in ids if check in each][:5]
            hint = f"; did you mean {', '.join(near)}?" if near else "; `grader rubric --cases` lists all ids."
            raise UnusableInput(f"{name} has no check {check!r}{hint}")


def _question(store: Store, adjustment: Adjustment) -> None:
    """Asks whether points above the maximum are meant; raises UnusableInput where nobody can answer."""
    outcome, about = store.outcome(adjustment.submission), store.about(adjustment.submission)
    final = final_points(outcome, replace(about, adjustments=(*about.adjustments, adjustment)))
    if not adjustment.points > 0 or final is None or not isinstance(outcome, Grade) or final <= outcome.max_score:
        return
    most = outcome.max_score
    sentence = f"{one_line(outcome.submission.name)} would have {display_points(final, most)} of {most:g} points"
    if not sys.stdin.isatty():
        raise UnusableInput(f"{sentence}; nothing was changed. Add --yes if that is what you want.")
    if not click.confirm(f"{sentence}. Is that what you want?"):
        raise UnusableInput("Nothing was changed.")


def _final(store: Store, name: str) -> float | None:
    return final_points(store.outcome(name), store.about(name))


def _standing(store: Store, name: str) -> str:
    try:
        outcome = store.outcome(name)
    except KeyError:
        return "it has no grade at present"
    final = final_points(outcome, store.about(name))
    if final is None or not isinstance(outcome, Grade):
        return "it has no final grade yet"
    most = outcome.max_score
    raw = display_points(outcome.score, most)
    return f"{display_points(final, most)} of {display_points(most, most)} points; the checks gave {raw}"


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
