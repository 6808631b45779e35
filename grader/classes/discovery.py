"""Finds the submissions of a class in a folder or a platform's download: one task for each student."""

import os
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from grader.classes.attempts import Counting, attempt_of, last_attempt_in, note_on
from grader.classes.class_entries import (
    JUNK,
    documents,
    is_aside,
    is_class_list,
    is_gradable,
    is_paper,
    is_real_folder,
    listed,
)
from grader.classes.class_grading import Task
from grader.classes.class_limits import MAX_RECEIPT_BYTES
from grader.classes.folders import ClassFolder, find_class_folders
from grader.classes.gradescope_download import METADATA, gradescope_export
from grader.classes.naming import Named, after_shared_beginning, person_file, platform_names
from grader.classes.repositories import last_commit
from grader.model.errors import UnusableInput
from grader.model.people import About, FolderFindings, Student, Submitted
from grader.reading.archives import icloud_name, shown
from grader.reading.attempt_names import without_ending
from grader.reading.beneath import read_head
from grader.store.database import FILE_NAME

__all__ = ["Discovered", "discover"]


@dataclass(frozen=True, slots=True)
class Discovered:
    """The submissions of a class as they were found."""

    tasks: tuple[Task, ...]
    #: name -> what was known of it
    abouts: dict[str, About]
    #: what was found and what was passed over, a sentence each
    said: tuple[str, ...]
    #: how many files and folders there were
    n_entries: int = 0
    #: names of those that are nobody's submission
    skipped: tuple[str, ...] = ()
    #: students of the roster who have handed in nothing
    without_submission: tuple[Student, ...] = ()

    @property
    def findings(self) -> FolderFindings:
        """What the pages of the class say of the folder."""
        return FolderFindings(self.said, self.n_entries, len(self.skipped), self.without_submission)


@dataclass(frozen=True, slots=True)
class _Found:
    """One file or folder, and what its name says."""

    path: Path
    named: Named
    class_folder: ClassFolder
    #: all files of one student have the same
    group: tuple[str, ...]

    @property
    def called(self) -> str:
        """As the student called it."""
        return self.named.file or self.path.name


def discover(
    place: Path,
    answers: Collection[str] = (),
    output: Path | None = None,
    zip_names: str = "",
    roster: Path | None = None,
) -> Discovered:
    """Returns one task for each student in a folder or a zip of a whole class.

    Known are the downloads of Canvas, Moodle, Gradescope, Blackboard, Brightspace and Autolab, clones of GitHub
    Classroom, and a folder, archive, notebook or answer file each. Of several attempts of one student the last one
    counts. Names that could be two students' are told, and what they name is graded on its own.

    Args:
        place: the folder or zip.
        answers: places of the answer files in a submission, such as "package/layers.py".
        output: folder in which a zip is unpacked, and the one folder that is no submission where it lies among them.
        zip_names: encoding of the names in zips that do not say theirs; empty guesses.
        roster: the class list; it may lie among the submissions and is none.

    Raises:
        UnusableInput: it does not exist, cannot be read, or holds nothing that could be a submission.
    """
    said: list[str] = []
    output = output or place.with_name(f"{place.name}-unpacked")
    class_folders = find_class_folders(place, answers, output, said, zip_names)
    gathered = _Gathered([], [], {}, {}, said)
    for class_folder in class_folders:
        _gather(class_folder, answers, gathered, output, roster)
    found, typed = gathered.found, [each for each in gathered.found if each.named.aside]
    # Who has typed something and handed in no file is told that it cannot be graded.
    with_files = {each.group for each in found if not each.named.aside}
    left = [each for each in typed if each.group in with_files]
    found = [each for each in found if each not in left]
    if not found and not gathered.tasks:
        raise UnusableInput(f"{place} holds no folder, archive or notebook that could be a submission.")
    tasks, abouts = gathered.tasks, gathered.abouts
    groups = _by_student(found)
    chosen: list[str] = []
    conflicts: list[str] = []
    for name, group in _named_apart(groups, {*tasks}, conflicts).items():
        try:
            task, about, is_one_of_several = _task(name, group, answers)
        except (OSError, RecursionError, MemoryError, ValueError):
            # Whatever is odd about it, its reading says so; the others are none the worse.
            first = group[0]
            task = Task(name, first.path, within=first.class_folder.path, answers=tuple(answers))
            about, is_one_of_several = About(), False
        tasks[name], abouts[name] = task, about
        chosen += [name] if is_one_of_several else []
    skipped = (*gathered.aside, *(each.path.name for each in left))
    return Discovered(
        tuple(tasks.values()),
        abouts,
        (*said, *_sentences(tasks, found, chosen, conflicts), *_skipped_words(skipped, gathered.n_entries)),
        gathered.n_entries,
        skipped,
    )


@dataclass(slots=True)
class _Gathered:
    """What the folders of a class hold, as far as they were looked through."""

    found: list[_Found]
    aside: list[str]
    #: of Gradescope's exports, which tell whose they are in a file
    tasks: dict[str, Task]
    abouts: dict[str, About]
    said: list[str]
    n_entries: int = 0


def _gather(
    class_folder: ClassFolder, answers: Collection[str], gathered: _Gathered, output: Path, roster: Path | None
) -> None:
    """Adds what lies in one folder."""
    everything = listed(class_folder.path, output)
    everything = [path for path in everything if path.name not in class_folder.entered]
    if len(everything) + len(class_folder.entered) < len(listed(class_folder.path)):
        gathered.said.append(f"{output} is left out: this run writes its grades into it.")
    entries = [path for path in everything if not JUNK.fullmatch(path.name) and not is_aside(path)]
    lists = [path for path in entries if is_class_list(path, roster)]
    entries = [path for path in entries if path not in lists]
    unused = f"{_some([path.name for path in lists])} may be a class list; [roster] in grader.toml has it used."
    if lists and roster is None and unused not in gathered.said:
        gathered.said.append(unused)
    gathered.n_entries += len(entries)
    if class_folder.section and not entries:
        gathered.said.append(f"{shown(class_folder.section, 60)} holds no submission.")
    if (class_folder.path / METADATA).is_file():
        tasks, abouts, said, exported = gradescope_export(class_folder.path, {*gathered.tasks})
        gathered.tasks |= {name: replace(task, answers=tuple(answers)) for name, task in tasks.items()}
        gathered.abouts |= abouts
        gathered.said += said
        entries = [path for path in entries if path not in exported]
    clones = [path.name for path in entries if is_real_folder(path / ".git")]
    logins = after_shared_beginning(clones, "-")
    names = {path: icloud_name(path.name) or path.name for path in entries}
    gradable = {path for path in entries if _is_somebody_s(path)}
    platform = platform_names(
        names.values(),
        [names[path] for path in gradable],
        lambda name: read_head(class_folder.path, name, MAX_RECEIPT_BYTES),
    )
    plain = {path: _plain(path, names[path], answers, logins) for path in gradable if names[path] not in platform}
    if not platform:
        students = [named.key for named, _ in plain.values()]
        plain |= {
            path: (Named(_one_form(path.stem), Student(), path.name), "file") for path in documents(entries, students)
        }
    for path in entries:
        if named := platform.get(names[path]):
            group: tuple[str, ...] = (named.student.platform, _one_form(named.key))
        elif path in plain:
            named, kind = plain[path]
            group = (class_folder.section, kind, named.key)
        else:
            gathered.aside.append(path.name)
            continue
        gathered.found.append(_Found(path, named, class_folder, group))


def _is_somebody_s(path: Path) -> bool:
    if missing := icloud_name(path.name):
        return not is_paper(missing)
    return is_gradable(path) and not path.name.startswith(".")


def _plain(path: Path, name: str, answers: Collection[str], logins: dict[str, str]) -> tuple[Named, str]:
    """Returns what the name of an entry says that no platform has named, and the kind of it."""
    is_folder = not path.suffix or is_real_folder(path)
    stem = _one_form(name if is_folder else without_ending(name))
    bare = [answer.rpartition("/")[2] for answer in answers]
    if not is_folder and (found := person_file(name, bare)):
        return Named(_one_form(found[0]), Student(), found[1]), "file"
    student = Student(login=logins[name]) if name in logins else Student()
    if name not in logins and (attempt := attempt_of(stem)):
        return Named(attempt[0] or stem, student, order=(attempt[1],), whole_attempts=True), "whole"
    return Named(stem, student), "whole"


def _one_form(name: str) -> str:
    """Returns a name as every system writes it: one letter with its accent, bytes that are no text replaced."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _by_student(found: Iterable[_Found]) -> list[list[_Found]]:
    """Returns the files of each student: what a platform has named first, for nobody else may take these names."""
    groups: dict[tuple[str, ...], list[_Found]] = {}
    for each in sorted(found, key=lambda each: not each.named.student.platform):
        groups.setdefault(each.group, []).append(each)
    return list(groups.values())


def _named_apart(
    groups: Iterable[list[_Found]], taken: Collection[str], conflicts: list[str]
) -> dict[str, list[_Found]]:  # fmt: skip
    """Returns the groups by name in order; what shares a name stays apart, and a sentence says so."""
    named: dict[str, list[_Found]] = {}
    used = set(taken)
    for group in groups:
        first = group[0].named
        joined = any(each.named.order or each.named.file or each.named.student.platform for each in group)
        lone = len(group) == 1 and first.whole_attempts and not first.student.platform
        for members in [group] if joined or len(group) == 1 else [[each] for each in group]:
            path = members[0].path
            name = _stem(path) if lone else _one_form(first.key)  # an only "attempt" may as well be a name
            section = group[0].class_folder.section
            if not joined and len(group) > 1:
                name = _one_form(path.name)
                conflicts.append(path.name)
            elif name in used and section:
                name = f"{name} ({section})"
            elif name in used:
                conflicts.append(path.name)
                name = _one_form(path.name)
            while name in used:
                name += "+"
            used.add(name)
            named[name] = members
    return named


def _stem(path: Path) -> str:
    return _one_form(path.name if is_real_folder(path) else without_ending(path.name))


def _task(name: str, group: Sequence[_Found], answers: Collection[str]) -> tuple[Task, About, bool]:
    """Returns the task of one student's files, what is known of it, and whether it is one of several attempts."""
    counting = _last_attempt(group)
    first = counting[0]
    path, notes = first.path, []
    if len(counting) < len(group):
        earlier = ", ".join(shown(each.path.name, 60) for each in group if each not in counting)
        verb = "counts" if len(counting) == 1 else "count"
        notes.append(f"{shown(', '.join(each.path.name for each in counting), 200)} {verb}; earlier: {earlier}.")
    if len(counting) == 1 and is_real_folder(path) and (inner := _attempt_in(path, answers)):
        path = inner.path
        notes += filter(None, [note_on(inner)])
    several = bool(notes)
    if doubtful := [each for each in counting if each.named.or_of]:
        names = ", ".join(shown(each.path.name, 100) for each in doubtful)
        notes.append(f"{names} may also mean {shown(doubtful[0].named.or_of, 60)}; look at who handed it in.")
    parts = tuple((each.called, each.path) for each in counting) if len(counting) > 1 else ()
    submitted = max((each.named.submitted for each in counting), key=lambda each: (each.time, each.marked_late))
    if not submitted.time:
        submitted = _time_of_files([each.path for each in counting], submitted, first.class_folder.path)
    student = first.named.student
    known = () if student == Student() else (student,)
    within = Path(os.path.commonpath([each.class_folder.path for each in counting]))
    # What a platform, a clone or the number of an attempt names is one student's; anything else may be a section.
    is_plain = not student.platform and not parts and path == first.path and not (path / ".git").exists()
    task = Task(name, path, parts=parts, within=within, answers=tuple(answers), is_plain=is_plain)
    return task, About(known, submitted, notes=tuple(notes)), several


def _attempt_in(folder: Path, answers: Collection[str]) -> Counting | None:
    return None if (folder / ".git").exists() else last_attempt_in(folder, answers)


def _last_attempt(group: Sequence[_Found]) -> list[_Found]:
    """Returns the files that count: those of the last attempt, or of each name the last one."""
    newest = max(group, key=lambda each: each.named.order)
    if newest.named.whole_attempts:
        return [each for each in group if each.named.order == newest.named.order]
    last: dict[str, _Found] = {}
    for each in sorted(group, key=lambda each: each.named.order):
        last[each.named.file or each.path.name] = each
    return sorted(last.values(), key=lambda each: each.path.name)


def _time_of_files(paths: Sequence[Path], known: Submitted, within: Path) -> Submitted:
    """Returns the time of a repository's last commit or, weakly, of the newest file."""
    if len(paths) == 1 and (commit := last_commit(paths[0], within)):
        # A student's own clock says so.
        return replace(known, time=commit, source="the last commit", weak=True)
    times = []
    for path in paths:
        try:
            inside = [*path.iterdir()] if is_real_folder(path) else [path]
            times += [each.lstat().st_mtime for each in inside]
        except OSError:
            continue
    try:
        time = datetime.fromtimestamp(max(times), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):  # there is none, or calendars end before it
        return known
    source = f"{known.source}; the files' own time" if known.source else "the files' own time"
    return replace(known, time=time, source=source, weak=True)


def _sentences(
    tasks: Collection[str], found: Sequence[_Found], chosen: Sequence[str], conflicts: Sequence[str]
) -> list[str]:  # fmt: skip
    platforms = {each.named.student.platform for each in found} - {""}
    named = f", as {' and '.join(sorted(name.capitalize() for name in platforms))} names them" if platforms else ""
    said = [f"Found {len(tasks)} submission{'s' if len(tasks) != 1 else ''}{named}."]
    if chosen:
        said.append(f"Of several attempts the last one counts: {_some(chosen)}.")
    if doubtful := [each for each in found if each.named.or_of]:
        words = [f"{each.path.name} (of {each.named.key} or of {each.named.or_of})" for each in doubtful]
        said.append(f"Names that can mean two students; see whose they are: {_some(words, 160)}.")
    if conflicts:
        said.append(f"Names that several submissions claim; each is graded on its own: {_some(conflicts)}.")
    if alike := [
        each.path.name for each in found if is_real_folder(each.path) and os.path.lexists(each.path / FILE_NAME)
    ]:
        said.append(
            f"Taken for submissions, though {FILE_NAME} is in them: {_some(alike)}. Move yours away, if any is."
        )
    if links := [each.path.name for each in found if os.path.islink(each.path)]:
        said.append(f"Links, which are not followed: {_some(links)}.")
    return said


def _skipped_words(skipped: Sequence[str], n_entries: int) -> list[str]:
    if not skipped:
        return []
    return [f"Skipped {len(skipped)} of {n_entries} entries, not recognised as submissions: {_some(skipped, n=10)}."]


def _some(names: Sequence[str], length: int = 60, n: int = 5) -> str:
    some = ", ".join(shown(name, length) for name in names[:n])
    return f"{some} and {len(names) - n} more" if len(names) > n else some
