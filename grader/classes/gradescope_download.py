"""Reads a Gradescope export: its submissions, whose they are and when they came in.

Source: Gradescope, "Export Submissions": submission_123/ folders beside submission_metadata.yml, whose keys begin with
colons because Ruby wrote it.
"""

import base64
import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.classes.class_grading import Task
from grader.classes.class_limits import MAX_METADATA_BYTES
from grader.model.errors import UnusableInput
from grader.model.people import About, Student, Submitted
from grader.reading.archives import shown

__all__ = ["METADATA", "SUBMISSION", "gradescope_export"]

METADATA = "submission_metadata.yml"
#: folder of one submission
SUBMISSION = re.compile(r"submission_\d+")
#: characters that YAML forbids, or takes for the end of a line
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
#: of one submission only these are read: whatever else is there, a course's own autograder has written
_NEEDED = ("submitters", "created_at", "history")
_ENTRY = re.compile(r"^[\"']?(submission_\d+)[\"']?:[ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"^  [\"']?:?(\w+)[\"']?:", re.MULTILINE)
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d?-\d\d?)[Tt ]+(?P<clock>\d\d?:\d\d)(?P<seconds>:\d\d)?(?:\.\d*)?"
    r"(?:[ \t]*(?:Z|UTC|(?P<hours>[+-]\d\d?)(?::?(?P<minutes>\d\d))?))?"
)


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
        if path.stat().st_size > MAX_METADATA_BYTES:
            raise UnusableInput(f"{problem}: it is too large.")
        text = _NOT_YAML.sub("\ufffd", path.read_text("utf-8", "replace").removeprefix("\ufeff"))
    except OSError as exc:
        raise UnusableInput(f"{problem}: {exc.strerror}.") from exc
    try:
        data = _read(text)
    except (ValueError, RecursionError, yaml.YAMLError) as exc:
        data = _read_by_parts(text)
        if not data:
            raise UnusableInput(f"{problem}: {' '.join(str(exc).split())[:200]}.") from exc
    if not isinstance(data, dict):
        raise UnusableInput(f"{problem}: it lists no submissions.")
    return data


def _read_by_parts(text: str) -> dict[str, Any]:
    """Returns what can be read of the fields that are needed, each on its own; a fault elsewhere costs nothing."""
    import yaml

    data: dict[str, Any] = {}
    for name, entry in _pieces(_ENTRY, text):
        data.setdefault(name, {})
        for field, piece in _pieces(_FIELD, entry):
            if field in _NEEDED:
                try:
                    data[name] = {**_read(piece), **data[name]}
                except (ValueError, TypeError, RecursionError, yaml.YAMLError):
                    continue
    return data


def _pieces(heading: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    """Returns the name and the text of each part that begins with a heading."""
    found = list(heading.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    begins = [match.end() if heading is _ENTRY else match.start() for match in found]
    return [(match[1], text[begin:end]) for match, begin, end in zip(found, begins, ends, strict=True)]


def _read(text: str) -> Any:
    """Returns YAML as plain data, every value a text as it is written: 0011 is no number, and Yes may be a name."""
    import yaml

    # In C where there is one: a class of hundreds takes the other one seconds.
    base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

    class Forgiving(base):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            pairs = node.value if isinstance(node, yaml.MappingNode) else []
            return {
                key.value: self.construct_object(value, deep=True)
                for key, value in pairs
                if isinstance(key, yaml.ScalarNode)
            }

        def construct_scalar(self, node: Any) -> str:
            text = str(super().construct_scalar(node))
            if node.tag not in ("tag:yaml.org,2002:binary", "!binary"):
                return text
            try:
                return base64.b64decode(text).decode("utf-8", "replace")
            except ValueError:
                return text

    return yaml.load(text, Loader=Forgiving)


def _about(entry: dict[Any, Any]) -> About:
    def value(row: dict[Any, Any], key: str) -> Any:
        return row.get(f":{key}", row.get(key))

    def text(row: dict[Any, Any], key: str) -> str:
        found = value(row, key)
        return "" if found in (None, "~", "null") else str(found).strip()

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
    """Returns a time as ISO 8601, in UTC where no offset is written; empty where it is none."""
    found = _TIME.match(str(value))
    if found is None:
        return ""
    zone = f"{int(found['hours'] or 0):+03d}{found['minutes'] or '00'}"
    written = f"{found['day']} {found['clock']}{found['seconds'] or ':00'} {zone}"
    try:
        time = datetime.strptime(written, "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return ""
    return time.isoformat(timespec="seconds")


def _name(about: About, folder: str, taken: Collection[str], *, shared: bool) -> str:
    """Returns a name that stays the same when anybody hands in again: number and place of the folder do not."""
    if not about.name:
        return folder
    ids = ", ".join(student.sis_id or student.email for student in about.students)
    name = f"{about.name} ({ids})" if shared else about.name
    return folder if name in taken else name
