"""Finds each submission's student on the class list, adds what the list says of them, and says who is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from grader.classes.roster import Listed, keys_of
from grader.model.people import About, Student
from grader.reading.archives import shown

__all__ = ["with_roster", "without_submission"]


def with_roster(
    abouts: Mapping[str, About], roster: Iterable[Listed]
) -> tuple[dict[str, About], tuple[str, ...]]:  # fmt: skip
    """Returns what is known of each submission, with what the list says; and sentences on who is missing.

    A student is known by id, login, email or name, the surest first; of several who fit none is taken.
    """
    roster = tuple(roster)
    seen: dict[Listed, list[str]] = {}
    strangers: list[str] = []
    unsure: list[str] = []
    known: dict[str, About] = {}
    for name, fitting in _fitting(abouts, roster).items():
        about = abouts[name]
        found = [each[0] if len(each) == 1 else None for each in fitting]
        for each in filter(None, found):
            seen.setdefault(each, []).append(name)
        if not any(found):
            (unsure if any(fitting) else strangers).append(name)
            known[name] = about
            continue
        students = about.students or (Student(),)
        joined = tuple(_joined(student, each) for student, each in zip(students, found, strict=True))
        times = [each.submitted for each in found if each and each.submitted]
        submitted = about.submitted
        if times and (submitted.weak or not submitted.time):
            submitted = replace(submitted, time=max(times), source="the roster", weak=False)
        known[name] = replace(about, students=joined, submitted=submitted)
    return known, (
        *_named("On the roster without a submission", [_called(each) for each in roster if each not in seen]),
        *_named("Not on the roster", strangers),
        *_named("Several on the roster fit, so none was taken", unsure),
        *_named(
            "Several submissions of one student, each with a grade of its own",
            [f"{_called(each)} ({', '.join(names)})" for each, names in seen.items() if len(names) > 1],
        ),
        *_named(
            "Times on the roster that cannot be read, so that they cost nothing",
            [f"{_called(each)} ({each.unread})" for each in roster if each.unread],
        ),
    )


def without_submission(abouts: Mapping[str, About], roster: Iterable[Listed]) -> tuple[Student, ...]:
    """Returns the students of the list who have handed in nothing."""
    roster = tuple(roster)
    seen = {found[0] for each in _fitting(abouts, roster).values() for found in each if len(found) == 1}
    return tuple(each.student for each in roster if each not in seen)


def _fitting(abouts: Mapping[str, About], roster: Iterable[Listed]) -> dict[str, list[list[Listed]]]:
    """Returns for each student of each submission those of the list who fit."""
    index = _index(roster)
    return {
        name: [_find_clone(name, student, index) for student in about.students or (_guess(name),)]
        for name, about in abouts.items()
    }


def _index(roster: Iterable[Listed]) -> dict[tuple[str, str], list[Listed]]:
    index: dict[tuple[str, str], list[Listed]] = {}
    for listed in roster:
        for key in dict.fromkeys(keys_of(listed.student)):
            index.setdefault(key, []).append(listed)
    return index


def _find_clone(name: str, student: Student, index: Mapping[tuple[str, str], list[Listed]]) -> list[Listed]:
    """Returns whom a student is; of a clone the list also tells which end of its name is the login.

    Of "hw-anna-k" and "hw-anna-m" alone the names look as if the assignment were called "hw-anna".
    """
    if student.platform or not student.login or not name.endswith(f"-{student.login}"):
        return _find(student, index)
    parts = name.split("-")
    ends = ("-".join(parts[start:]) for start in range(len(parts)))
    found = {each: None for end in ends for each in _find(Student(login=end), index)}
    return [*found]


def _find(student: Student, index: Mapping[tuple[str, str], list[Listed]]) -> list[Listed]:
    """Returns the one whom a student is, all who fit when that is not sure, or nobody."""
    fitting: list[Listed] = []
    for key in keys_of(student):
        if len(found := index.get(key, [])) == 1:
            return found
        fitting += found
    return fitting


def _guess(name: str) -> Student:
    """Returns a student who may be called what the submission is: by any of the names."""
    return Student(name=name.replace("_", " ").replace("-", " "), sis_id=name, login=name, email=name, squashed=name)


def _joined(known: Student, listed: Listed | None) -> Student:
    """Returns the student with what the list adds; the download's own number stays."""
    if listed is None:
        return known
    fields = ("name", "sis_id", "login", "email", "section", "lms_id", "platform", "squashed")
    other = listed.student
    merged = {name: getattr(other, name) or getattr(known, name) for name in fields}
    if known.lms_id:
        merged |= {"lms_id": known.lms_id, "platform": known.platform}
    return Student(**merged)


def _named(what: str, names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    some = ", ".join(shown(name, 60) for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return (f"{what} ({len(names)}): {some}{more}".rstrip(".") + ".",)


def _called(listed: Listed) -> str:
    student = listed.student
    return student.name or student.email or student.login or student.sis_id or student.lms_id
