"""`grader adjust`: changes points or adds a comment by hand, and keeps both whatever is graded later."""

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from grader.commands.elsewhere import elsewhere
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import folder
from grader.commands.whole_class import publish_changed
from grader.model.errors import UnusableInput
from grader.model.people import About, Adjustment, final_points
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
@click.option("--comment", default="", help="For the student; stands in the report and in exports.")
@click.option("--reason", default="", help="Why; needed with --points. Without --comment the student reads it.")
@click.option("--author", default="", help="Who; default: the name of the account.")
@click.option("--remove", type=int, help="Take back the adjustment of this number.")
@elsewhere
def adjust(
    graded: Path, student: str | None, check: str, points: float | None, comment: str, reason: str, author: str,
    remove: int | None,
) -> int:  # fmt: skip
    """Change points of a submission, or comment on it; without a change list what was changed.

    STUDENT is the name of the submission, or a student's name, login, e-mail or id. The checks' own points are kept
    beside; a later grading leaves adjustments as they are. Points of a check stay within its maximum.
    """
    # Formatting and control characters would end up in gradebooks.
    comment, reason, author = (one_line(text, 1000).strip() for text in (comment, reason, author or _account()))
    changes = points is not None or bool(comment)
    if remove is not None and (changes or check or reason or student):
        raise UnusableInput("--remove takes the number alone: take back first, then change in a second call.")
    if (check or reason) and not changes and remove is None:
        raise UnusableInput("That changes nothing: give --points or --comment, too.")
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
                number = store.adjust(Adjustment(name, check, points or 0.0, comment, reason, author, when))
                # Past a check's maximum, or below zero, there is nothing to give or take.
                stands = before is not None and _final(store, name) == before
                same = " As it stands this changes no points." if points and stands else ""
                click.echo(f"Adjustment {number} of {one_line(name)}: {_standing(store, name)}.{same}")
            publish_changed(graded, store)
            publish_class(graded, store)
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
            click.echo(f"Adjustment {number} of {one_line(each.submission)} is taken back: {standing}.")
            return
    raise UnusableInput(f"There is no adjustment {number}; `grader adjust DIR` lists all.")


def _submission(store: Store, student: str | None) -> str:
    """Returns the name of the one submission that is meant."""
    if student is None:
        raise UnusableInput("Whose points? Name the submission or the student after the folder.")
    names = sorted(store.keys())
    if student in names:
        return student
    wanted = student.casefold()
    found = [name for name in names if wanted in _called(name, store.about(name))]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnusableInput(f"{student!r} may be {', '.join(found[:5])}; give one of these names.")
    near = [name for name in names if wanted in name.casefold()][:5]
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise UnusableInput(f"No submission or student here is called {student!r}{hint or '.'}")


def _called(name: str, about: About) -> set[str]:
    return {name.casefold()} | {
        text.casefold()
        for student in about.students
        for text in (student.name, student.login, student.email, student.sis_id, student.lms_id)
        if text
    }


def _refuse_wrong(store: Store, name: str, check: str, points: float | None, reason: str) -> None:
    outcome = store.outcome(name)
    if points is not None and not reason:
        raise UnusableInput("Points need a reason: --reason 'regrade request of 3 May'.")
    if points is not None and not abs(points) < 1e6:
        raise UnusableInput(f"{points} is no number of points.")
    if check:
        ids = [each.id for each in outcome.checks] if isinstance(outcome, Grade) else []
        if check not in ids:
            near = [each for each in ids if check in each][:5]
            hint = f"; did you mean {', '.join(near)}?" if near else "; grade.json lists them as `id`."
            raise UnusableInput(f"{name} has no check {check!r}{hint}")


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
