"""Refuses a student kit in which anything of the solution would leak."""

import ast
import importlib.util
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePath, PurePosixPath

from grader.assignment.definition import Assignment
from grader.assignment.markers import bare, bodies, telling_lines
from grader.model.case_names import is_drawn
from grader.model.errors import UnusableAssignment

__all__ = ["CHECKS", "refuse_bytecode", "refuse_leaks"]

#: folder of the kit that is the assignment there
CHECKS = "checks"
_COMPILED = {".pyc", ".pyo", ".pyd", ".so"}
# A file of fewer words, such as the __init__.py of a package, may equal a given one by chance.
_FEW_WORDS = 12


def refuse_leaks(
    files: Mapping[str, bytes], answers: Mapping[str, str], assignment: Assignment, solution: Mapping[str, bytes]
) -> None:
    """Raises UnusableAssignment when a kit holds what students must not get.

    That is: a line that computes something in a marked body, a marker, a hidden golden, a file of the solution package
    or an import of it.

    Args:
        files: of the kit, place -> content.
        answers: the solved answer files with their markers, place -> text.
        assignment: what is released.
        solution: the files of the solution package that are not for students, place -> content.
    """
    telling = _telling(answers)
    secret = {content: place for place, content in solution.items() if len(content.split()) > _FEW_WORDS}
    for place, content in sorted(files.items()):
        if content in secret:
            raise UnusableAssignment(f"{place} is {secret[content]} of the solution package, which no student may get.")
        if place.startswith(f"{CHECKS}/goldens/"):
            _refuse_hidden_goldens(place, content)
        if (text := _text(content)) is None:
            continue
        _refuse_lines(place, text, telling)
        if place.endswith(".py"):
            _refuse_solution_imports(place, text, PurePath(assignment.solution).name)


def refuse_bytecode(files: Mapping[str, bytes]) -> None:
    """Raises UnusableAssignment when one of the files, place -> content, is compiled code, by name or by content."""
    for place, content in sorted(files.items()):
        path = PurePosixPath(place)
        compiled = content[:4] == importlib.util.MAGIC_NUMBER or content[:4] == b"\x7fELF"
        if compiled or path.suffix in _COMPILED or "__pycache__" in path.parts:
            raise UnusableAssignment(f"{place} is compiled code, which holds a program in a form that nobody reads.")


def _telling(answers: Mapping[str, str]) -> dict[str, str]:
    """Returns the telling lines of all bodies -> where they are from, in words."""
    telling: dict[str, str] = {}
    for place, text in answers.items():
        marked = bodies(text, place)
        if not marked:
            raise UnusableAssignment(f"{place} has no marked body: it would be released solved.")
        for body in marked:
            telling |= {code: f"{body.function} ({place}, line {line})" for code, line in telling_lines(body).items()}
    return telling


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _refuse_lines(place: str, text: str, telling: Mapping[str, str]) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if "YOUR CODE" in line:
            raise UnusableAssignment(f"{place}, line {number}: a marker in a file that students get as it is.")
        if (owner := telling.get(bare(line))) is not None:
            raise UnusableAssignment(f"{place}, line {number}: a line of the solution of {owner}.")


def _refuse_solution_imports(place: str, text: str, solution: str) -> None:
    try:
        tree = ast.parse(text)
    except SyntaxError as exc:
        raise UnusableAssignment(f"{place}, line {exc.lineno}: not valid Python: {exc.msg}.") from exc
    for line, name in _imports(tree):
        if name.partition(".")[0] == solution:
            raise UnusableAssignment(f"{place}, line {line}: imports {name!r}, which students do not have.")


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, node.module or ""


def _refuse_hidden_goldens(place: str, content: bytes) -> None:
    """Raises UnusableAssignment when a file of a golden archive names a drawn case, or is no such file."""
    try:
        if place.endswith(".npz"):
            names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        else:
            names = [str(row["name"]) for row in json.loads(content)["cases"]]
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError) as exc:
        raise UnusableAssignment(f"{place} is not part of a golden archive: {exc!r}.") from exc
    for name in names:
        if is_drawn(name):
            raise UnusableAssignment(f"{place} holds {name!r}, which belongs to a hidden check.")
