"""A folder or bulk download of submissions in, a task for each student out, and sentences on what was found."""

import os
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from grader.batch import Task
from grader.classes.gradescope import METADATA, gradescope_export
from grader.classes.naming import Named, attempt_of, person_file, platform_name
from grader.classes.repositories import last_commit, login_of
from grader.classes.unpacking import unpacked
from grader.errors import UnusableInput
from grader.people import About, Student, Submitted
from grader.reading.archives import shown
from grader.store import FILE_NAME

__all__ = ["Discovered", "discover"]

#: single files that are somebody's submission; what cannot be read is told to its student, not passed over
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z")
_SOURCES = (".py", ".ipynb")
#: what instructors and platforms put beside submissions
_ASIDE = ("__MACOSX", METADATA, "grader.toml", "Thumbs.db", "desktop.ini", "index.html")


@dataclass(frozen=True, slots=True)
class Discovered:
    """The submissions of a class as they were found."""

    tasks: tuple[Task, ...]
    #: name -> what was known of it
    abouts: dict[str, About]
    #: what was found and what was passed over, a sentence each
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """One file or folder, and what its name says."""

    path: Path
    named: Named

    @property
    def called(self) -> str:
        """As the student called it."""
        return self.named.file or self.path.name


def discover(place: Path, answers: Collection[str] = (), room: Path | None = None) -> Discovered:
    """Returns one task for each student in a folder or a zip of a whole class.

    Known are the downloads of Canvas, Moodle, Gradescope, Blackboard and Brightspace, clones of GitHub Classroom, and
    a folder, archive, notebook or answer file each. Of several attempts of one student the last one counts.

    Args:
        place: the folder or zip.
        answers: places of the answer files in a submission, such as "cs231n/layers.py".
        room: folder in which a zip is unpacked.

    Raises:
        UnusableInput: it does not exist, cannot be read, or holds nothing that could be a submission.
    """
    said: list[str] = []
    folder = _folder(place, answers, room or place.with_name(f"{place.name}-unpacked"), said)
    if (folder / METADATA).is_file():
        exported, known, sentences = gradescope_export(folder)
        return Discovered(exported, known, (*said, *sentences))
    found: list[_Found] = []
    typed: list[_Found] = []
    aside: list[str] = []
    entries = _entries(folder)
    logins = login_of([path for path in entries if (path / ".git").is_dir()])
    for path in entries:
        named = _named(path, answers, logins)
        if named is None:
            aside.append(path.name)
        else:
            (typed if named.aside else found).append(_Found(path, named))
    # Who has typed something and handed in no file is told that it cannot be graded.
    with_files = {each.named.key for each in found}
    found += [each for each in typed if each.named.key not in with_files]
    aside += [each.path.name for each in typed if each.named.key in with_files]
    if not found:
        raise UnusableInput(f"{place} holds no folder, archive or notebook that could be a submission.")
    tasks: list[Task] = []
    abouts: dict[str, About] = {}
    for name, group in _named_apart(_by_student(found)).items():
        task, about = _task(name, group)
        tasks.append(task)
        abouts[name] = about
    return Discovered(tuple(tasks), abouts, (*said, *_sentences(tasks, abouts, found, aside)))


def _folder(place: Path, answers: Collection[str], room: Path, said: list[str]) -> Path:
    """Returns the folder that the submissions lie side by side in: downloads are unpacked, single folders entered."""
    if place.is_file():
        said.append(f"{place.name} is a download of a whole class and was unpacked.")
        folder = unpacked(place, room)
    elif place.is_dir():
        folder = place
    else:
        raise UnusableInput(f"{place} is no folder; `grader batch` takes a folder with one submission each inside.")
    if any("/" in answer and (folder / answer).is_file() for answer in answers) or _is_one(folder, answers):
        raise UnusableInput(f"{place} is one submission, not a class; `grader grade {place}` grades it.")
    for _ in range(3):
        entries = [path for path in _entries(folder) if not _is_aside(path)]
        if len(entries) != 1 or platform_name(entries[0].name):
            break
        (only,) = entries
        if only.suffix.lower() == ".zip" and only.is_file() and _is_download(only):
            said.append(f"{only.name} is a download of a whole class and was unpacked.")
            folder = unpacked(only, room)
        elif only.is_dir() and _is_class(only, answers):
            folder = only
        else:
            break
    return folder


def _entries(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as exc:
        raise UnusableInput(f"{folder} cannot be read: {exc.strerror}.") from exc
    # Grades of the class may lie beside its submissions.
    return [path for path in entries if not path.name.startswith(".") and not os.path.isfile(path / FILE_NAME)]


def _is_aside(path: Path) -> bool:
    return path.name in _ASIDE or (path.is_file() and path.suffix.lower() not in (*_ARCHIVES, *_SOURCES))


def _is_download(path: Path) -> bool:
    """Whether a zip holds what a platform names, rather than one student's files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:20_000]
    except (OSError, ValueError, zipfile.BadZipFile):
        return False
    tops = {part for name in names for part in name.split("/")[:2]}
    return METADATA in tops or sum(platform_name(part) is not None for part in tops) >= 1


def _is_one(folder: Path, answers: Collection[str]) -> bool:
    """Whether a folder holds answer files side by side and besides these at most a notebook."""
    bare = {answer.rpartition("/")[2] for answer in answers}
    names = {path.name for path in _entries(folder) if not _is_aside(path)}
    return bool(names & bare) and len(names - bare) <= 1 and all(name.endswith(".ipynb") for name in names - bare)


def _is_class(folder: Path, answers: Collection[str]) -> bool:
    """Whether a folder holds submissions side by side, rather than being one."""
    names = {answer.rpartition("/")[2] for answer in answers}
    entries = [path for path in _entries(folder) if not _is_aside(path)]
    if (folder / METADATA).is_file() or any(platform_name(path.name) for path in entries):
        return True
    if (folder / ".git").exists() or any(
        path.name in names or (folder / answer).exists() for path in entries for answer in answers
    ):
        return False
    tops = {answer.partition("/")[0] for answer in answers if "/" in answer}
    return len(entries) > 1 and not any(path.suffix.lower() in _SOURCES or path.name in tops for path in entries)


def _named(path: Path, answers: Collection[str], logins: dict[str, str]) -> Named | None:
    """Returns what is known of an entry by its name; None for what is no submission."""
    if path.name in _ASIDE:
        return None
    if named := platform_name(path.name):
        return named
    is_folder = path.is_dir()
    if not is_folder and path.suffix.lower() not in (*_ARCHIVES, *_SOURCES):
        return None
    stem = path.name if is_folder else path.name.split(".")[0] or path.name
    bare = [answer.rpartition("/")[2] for answer in answers]
    if not is_folder and (found := person_file(path.name, bare)):
        return Named(found[0], Student(), found[1])
    student = Student(login=logins[path.name]) if path.name in logins else Student()
    if attempt := attempt_of(stem):
        return Named(attempt[0] or stem, student, order=(attempt[1],), whole_attempts=True)
    return Named(stem, student)


def _by_student(found: Iterable[_Found]) -> dict[str, list[_Found]]:
    groups: dict[str, list[_Found]] = {}
    for each in found:
        groups.setdefault(each.named.key, []).append(each)
    return groups


def _named_apart(groups: dict[str, list[_Found]]) -> dict[str, list[_Found]]:
    """Returns the groups under names that a store takes; files of one name that no platform joined stay apart."""
    named: dict[str, list[_Found]] = {}
    for key, group in groups.items():
        joined = any(each.named.order or each.named.file or each.named.student.lms_id for each in group)
        lone = len(group) == 1 and group[0].named.whole_attempts and not group[0].named.student.platform
        for name, members in [(key, group)] if joined or len(group) == 1 else [(e.path.name, [e]) for e in group]:
            if lone:  # an only "attempt" may as well be a name: two teams, "team_v1" and "group_v2"
                name = _stem(members[0].path)
            name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            while name in named:
                name += "+"
            named[name] = members
    return named


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.name.split(".")[0] or path.name


def _task(name: str, group: Sequence[_Found]) -> tuple[Task, About]:
    """Returns the task of one student's files, and what is known of it."""
    counting = _last_attempt(group)
    first = counting[0]
    path, notes = first.path, []
    if len(counting) < len(group):
        earlier = ", ".join(shown(each.path.name, 60) for each in group if each not in counting)
        verb = "counts" if len(counting) == 1 else "count"
        notes.append(f"{shown(', '.join(each.path.name for each in counting), 200)} {verb}; earlier: {earlier}.")
    if len(counting) == 1 and path.is_dir() and (inner := _attempt_inside(path)):
        path = inner
        notes.append(f"Of the attempts in its folder {shown(path.name, 60)} counts.")
    parts = tuple((each.called, each.path) for each in counting) if len(counting) > 1 else ()
    submitted = max((each.named.submitted for each in counting), key=lambda each: (each.time, each.marked_late))
    if not submitted.time:
        submitted = _time_of_files([each.path for each in counting], submitted)
    student = first.named.student
    known = () if student == Student() else (student,)
    return Task(name, path, parts=parts), About(known, submitted, notes=tuple(notes))


def _last_attempt(group: Sequence[_Found]) -> list[_Found]:
    """Returns the files that count: those of the last attempt, or of each name the last one."""
    newest = max(group, key=lambda each: each.named.order)
    if newest.named.whole_attempts:
        return [each for each in group if each.named.order == newest.named.order]
    last: dict[str, _Found] = {}
    for each in sorted(group, key=lambda each: each.named.order):
        last[each.named.file or each.path.name] = each
    return sorted(last.values(), key=lambda each: each.path.name)


def _attempt_inside(folder: Path) -> Path | None:
    """Returns the last of the attempts that a student's folder holds and nothing else; None for any other folder."""
    try:
        attempts = [(attempt_of(_stem(path)), path) for path in _entries(folder) if not _is_aside(path)]
    except UnusableInput:
        return None
    if not attempts or not all(found and not found[0] for found, _ in attempts):
        return None
    return max(attempts, key=lambda each: each[0][1] if each[0] else 0)[1]


def _time_of_files(paths: Sequence[Path], known: Submitted) -> Submitted:
    """Returns the time of a repository's last commit or, weakly, of the newest file."""
    if len(paths) == 1 and (commit := last_commit(paths[0])):
        # A student's own clock says so.
        return replace(known, time=commit, source="the last commit", weak=True)
    times = []
    for path in paths:
        try:
            inside = [path] if path.is_file() else [*path.iterdir()]
            times += [each.lstat().st_mtime for each in inside]
        except OSError:
            continue
    if not times:
        return known
    time = datetime.fromtimestamp(max(times), UTC).isoformat(timespec="seconds")
    source = f"{known.source}; the files' own time" if known.source else "the files' own time"
    return replace(known, time=time, source=source, weak=True)


def _sentences(
    tasks: Sequence[Task], abouts: dict[str, About], found: Sequence[_Found], aside: Sequence[str]
) -> list[str]:
    platforms = {each.named.student.platform for each in found} - {""}
    named = f", as {' and '.join(sorted(name.capitalize() for name in platforms))} names them" if platforms else ""
    said = [f"Found {len(tasks)} submission{'s' if len(tasks) != 1 else ''}{named}."]
    several = [name for name, about in abouts.items() if about.notes]
    if several:
        some = ", ".join(shown(name, 60) for name in several[:5])
        more = f" and {len(several) - 5} more" if len(several) > 5 else ""
        said.append(f"Of several attempts the last one counts: {some}{more}.")
    if aside := [name for name in aside if name not in _ASIDE]:
        some = ", ".join(shown(name, 60) for name in aside[:5])
        more = f" and {len(aside) - 5} more" if len(aside) > 5 else ""
        said.append(f"Passed over, since no submission looks like that: {some}{more}.")
    return said
