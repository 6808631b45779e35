"""Writes the student kit: stubs, given files, visible checks and public goldens."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import archive_folder, public_goldens
from grader.assignment.markers import solved_version, student_version
from grader.assignment.solution_cases import has_cases
from grader.kit.leaks import CHECKS, refuse_bytecode, refuse_leaks
from grader.kit.notebook_text import notebook_from_text
from grader.kit.plain_files import files_below
from grader.kit.server_versions import FILE_NAME, Versions
from grader.model.errors import UnusableAssignment, UnusableInput
from grader.model.file_names import NOTEBOOK

__all__ = ["release"]

#: file of a release that names its files and their content, so that a later release may replace it
RECORD = ".release.json"
#: in every kit, and in no solved tree
KIT_SETTINGS = "grader.toml"
REQUIREMENTS = "requirements.txt"
SETTINGS = f"""# Read by `grader check`: the folder that says what is checked.
assignment = "{CHECKS}"
"""


def release(
    assignment: Assignment, folder: Path, *, solution: bool = False, wheel: tuple[str, bytes] | None = None
) -> list[Path]:
    """Writes the student kit, or the solved tree, and returns the paths of its files, sorted.

    The kit holds the answer files with stubs, the given files, what `kit/` of the solution package holds, the notebooks
    whose texts its `notebook/` holds, `grader.toml`, and the assignment itself without its solution; with a wheel also
    `server.json`, the versions that run here. Nothing appears in `folder` unless all of it can. The same assignment
    gives the same bytes.

    Args:
        assignment: with its solution installed.
        folder: absent, empty, or a former release in which nothing was changed: that is replaced.
        wheel: name and content of what installs the grader; it goes into the kit, and its `requirements.txt` names it.
        solution: write the solved answer files, the given files and the notebooks only; graded they earn every point.

    Raises:
        UnusableAssignment: a marker is wrong, a file is missing, or something would leak; says file and line.
        UnusableInput: the folder holds something that a release did not write, or cannot be written.
    """
    root = assignment.solution_folder()
    answers = {place: _read_text(root / place) for place in assignment.modules.values()}
    if solution:
        files = {place: solved_version(text, place).encode() for place, text in answers.items()}
        files |= assignment.given_bytes() | _notebooks(root)
    else:
        files = _kit(assignment, root, answers)
        _add_grader(files, wheel)
        if wheel is not None:  # else the kit is the same whatever runs here
            files[FILE_NAME] = Versions.here(public_goldens(assignment).digest).to_json()
        refuse_leaks(files, answers, assignment, _solution_files(assignment, root))
    refuse_bytecode(files)
    _require_replaceable(folder, is_kit=KIT_SETTINGS in files)
    try:
        return _write(folder.absolute(), files)
    except OSError as exc:
        raise UnusableInput(f"{exc.filename or folder} cannot be written: {exc.strerror}.") from exc


def _kit(assignment: Assignment, root: Path, answers: Mapping[str, str]) -> dict[str, bytes]:
    """Returns every file of the kit, place -> content."""
    files = {place: student_version(text, place).encode() for place, text in answers.items()}
    given = assignment.given_bytes()
    files |= given | _tree(root / "kit") | _notebooks(root)
    files[KIT_SETTINGS] = SETTINGS.encode()
    own = [path for pattern in ("*.py", "*.toml") for path in assignment.folder.glob(pattern)]
    files |= {f"{CHECKS}/{path.name}": path.read_bytes() for path in own}
    files |= {f"{CHECKS}/goldens/{place}": content for place, content in _goldens(assignment).items()}
    # Pristine copies: in the kit the solution package is not there to take them from.
    return files | {f"{CHECKS}/given/{place}": content for place, content in given.items()}


def _goldens(assignment: Assignment) -> dict[str, bytes]:
    """Returns the archive of the public cases; nothing where the solution makes none."""
    folder = archive_folder(assignment)
    if not has_cases(assignment) and not folder.is_dir():
        return {}
    if not folder.is_dir():
        raise UnusableAssignment(f"{folder} is missing, and a student kit needs it: run `grader golden build` first.")
    return _tree(folder)


def _add_grader(files: dict[str, bytes], wheel: tuple[str, bytes] | None) -> None:
    """Adds the wheel to a kit, and to its requirements how to get the command `grader`."""
    line = "# The command `grader` is installed as your course says.\n"
    if wheel is not None:
        name, files[wheel[0]] = wheel
        line = f"# The command `grader`.\n./{name}\n"
    if wheel is not None or REQUIREMENTS in files:
        files[REQUIREMENTS] = files.get(REQUIREMENTS, b"") + line.encode()


def _notebooks(root: Path) -> dict[str, bytes]:
    """Returns the notebooks whose texts the solution package holds in `notebook/`, place -> content."""
    paths = sorted((root / "notebook").glob("*.py"))
    return {f"{path.stem}{NOTEBOOK}": notebook_from_text(_read_text(path), path.name) for path in paths}


def _solution_files(assignment: Assignment, root: Path) -> dict[str, bytes]:
    """Returns the files of the solution package that are neither given nor of its kit."""
    files = _tree(root)
    return {
        place: content
        for place, content in files.items()
        if place not in assignment.given_files and not place.startswith("kit/")
    }


def _tree(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise UnusableAssignment(f"{folder} is missing, and a student kit needs it.")
    return files_below(folder)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UnusableAssignment(f"The solved file {path} cannot be read: {exc}.") from exc


def _require_replaceable(folder: Path, *, is_kit: bool) -> None:
    """Raises UnusableInput unless the folder is absent, empty, or an unchanged release of the same kind."""
    way_out = "Choose another folder, or move this one away."
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UnusableInput(f"{folder} is not a folder. {way_out}")
    if not folder.exists():
        return
    if Path.cwd().is_relative_to(folder.resolve()):
        raise UnusableInput(f"{folder} is the current folder, which a release would replace; go to another one first.")
    present = _tree(folder)
    if not present:
        return
    try:
        recorded = dict(json.loads(present.pop(RECORD))["files"])
    except (KeyError, ValueError, TypeError):
        raise UnusableInput(f"{folder} is not empty and was not created by `grader release`. {way_out}") from None
    if (KIT_SETTINGS in recorded) != is_kit:
        kinds = ("the solution", "a student kit") if is_kit else ("a student kit", "the solution")
        raise UnusableInput(f"{folder} holds {kinds[0]}, and {kinds[1]} does not replace it. {way_out}")
    changed = sorted(place for place, content in present.items() if recorded.get(place) != _digest(content))
    if changed:
        raise UnusableInput(f"{folder} holds {changed[0]}, which was changed or added after the release. {way_out}")


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Writes all files beside the folder, then puts them in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh, former = Path(scratch, "fresh"), Path(scratch, "former")
        for place, content in {**files, RECORD: _record(files)}.items():
            path = fresh / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if folder.exists():
            folder.rename(former)
        try:
            fresh.rename(folder)
        except OSError:
            if former.exists():
                former.rename(folder)
            raise
    return sorted(folder / place for place in files)


def _record(files: Mapping[str, bytes]) -> bytes:
    digests = {place: _digest(content) for place, content in sorted(files.items())}
    return (json.dumps({"release": 1, "files": digests}, indent=1) + "\n").encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
