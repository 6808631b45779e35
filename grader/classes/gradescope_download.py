"""Reads a Gradescope export: its submissions, whose they are and when they came in.

Source: Gradescope, "Export Submissions": submission_123/ folders beside submission_metadata.yml, whose keys begin with
colons because Ruby wrote it.
"""

import re
from collections import Counter
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from grader.classes.class_grading import Task
from grader.model.errors import UnusableInput
from grader.model.people import About, Student, Submitted
from grader.reading.archives import shown

__all__ = ["METADATA", "SUBMISSION", "gradescope_export"]

METADATA = "submission_metadata.yml"
#: folder of one submission
SUBMISSION = re.compile(r"submission_\d+")
_MAX_BYTES = 200_000_000
#: characters that YAML forbids
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")


def gradescope_export(
    folder: Path, taken: Collection[str] = ()
) -> tuple[dict[str, Task], dict[str, About], tuple[str, ...], set[Path]]:
    """Returns the tasks, what is known of each, sentences on what was found, and the folders that are accounted for.

    Args:
        folder: holds the metadata.
        taken: names of submissions in other parts of the same download.

    Raises:
        UnusableInput: the metadata cannot be read.
    """
    tasks: dict[str, Task] = {}
    abouts: dict[str, About] = {}
    metadata = _metadata(folder / METADATA)
    told = {folder / str(name): entry for name, entry in metadata.items() if SUBMISSION.fullmatch(str(name))}
    known = {path: _about(entry if isinstance(entry, dict) else {}) for path, entry in told.items()}
    there = {path for path in folder.iterdir() if SUBMISSION.fullmatch(path.name)}
    namesakes = Counter(about.name for about in known.values())
    for path, about in known.items():
        if path in there:
            name = _name(about, path.name, {*tasks, *taken}, shared=namesakes[about.name] > 1)
            tasks[name], abouts[name] = Task(name, path, within=folder), about
    unknown = sorted(there - known.keys())
    for path in unknown:
        tasks[path.name], abouts[path.name] = Task(path.name, path, within=folder), About()
    if not tasks:
        raise UnusableInput(f"{folder} is a Gradescope export without a submission_… folder; export it again.")
    missing = [shown(path.name, 60) for path in known if path not in there]
    said = [f"Found {len(tasks)} submission{'s' if len(tasks) != 1 else ''} in a Gradescope export."]
    said += [f"Named in {METADATA}, but without a folder: {', '.join(missing[:5])}."] if missing else []
    said += [f"Not named in {METADATA}: {', '.join(p.name for p in unknown[:5])}."] if unknown else []
    return dict(sorted(tasks.items())), abouts, tuple(said), there


def _metadata(path: Path) -> dict[Any, Any]:
    # Of all classes only Gradescope's have such a file.
    import yaml

    problem = f"{path} cannot be read as Gradescope writes it"
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UnusableInput(f"{problem}: it is too large.")
        # The loader in C where there is one: a class of hundreds takes the other one seconds.
        loader = _forgiving(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        data = yaml.load(_NOT_YAML.sub("\ufffd", path.read_text("utf-8", "replace")), Loader=loader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as exc:
        raise UnusableInput(f"{problem}: {' '.join(str(exc).split())[:200]}.") from exc
    if not isinstance(data, dict):
        raise UnusableInput(f"{problem}: it lists no submissions.")
    return data


def _forgiving(loader: Any) -> Any:
    """Returns a loader that reads a value with a tag it does not know, or one that is none of its kind, as text.

    The metadata holds whatever a course's own autograder has written; nobody here needs it.
    """
    import yaml

    class Forgiving(loader):  # type: ignore[misc]
        def construct_object(self, node: Any, deep: bool = False) -> Any:
            try:
                return super().construct_object(node, deep=deep)
            except (yaml.constructor.ConstructorError, ValueError, OverflowError, ArithmeticError):
                self.recursive_objects.pop(node, None)
                return node.value if isinstance(node, yaml.ScalarNode) else None

    return Forgiving


def _about(entry: dict[Any, Any]) -> About:
    def value(row: dict[Any, Any], key: str) -> Any:
        return row.get(f":{key}", row.get(key))

    def text(row: dict[Any, Any], key: str) -> str:
        found = value(row, key)
        return "" if found is None else str(found).strip()

    rows = value(entry, "submitters")
    students = tuple(
        Student(text(row, "name"), text(row, "sid"), email=text(row, "email"), platform="gradescope")
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    )
    history = value(entry, "history")
    n_earlier = len(history) if isinstance(history, list) else 0
    notes = (f"The last of {n_earlier + 1} attempts.",) if n_earlier else ()
    return About(students, Submitted(_time(value(entry, "created_at")), "Gradescope's metadata"), notes=notes)


def _time(value: object) -> str:
    """Returns a time as ISO 8601; YAML has made a datetime of it, in UTC where it had an offset."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat(timespec="seconds")
    if isinstance(value, date) or value is None:
        return ""
    try:
        return datetime.fromisoformat(str(value).replace(" UTC", "+00:00")).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _name(about: About, folder: str, taken: Collection[str], *, shared: bool) -> str:
    """Returns a name that stays the same when anybody hands in again: number and place of the folder do not."""
    if not about.name:
        return folder
    ids = ", ".join(student.sis_id or student.email for student in about.students)
    name = f"{about.name} ({ids})" if shared else about.name
    return folder if name in taken else name
