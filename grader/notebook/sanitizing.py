"""Removes from a cell what would affect the machine around it, and says what was removed.

A student's own machine needs its drive mounted, packages installed and folders changed; here all of that is in place,
and none of it is allowed.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.notebook.notebook_limits import MAX_COMMAND
from grader.reading.magics import as_pass, cell_text

__all__ = ["Sanitized", "parsed", "sanitize"]

DRIVE, FOLDER, RESTART = "mounts a drive", "changes the folder", "restarts the kernel"
INSTALL, COMPILE, DOWNLOAD = "installs packages", "compiles an extension", "downloads files"
SHELL = "runs a shell command"

#: magics that stand for a whole cell
CELL_MAGICS = {"bash", "sh", "script", "cmd", "sx", "system", "!", "ruby", "perl", "javascript", "js", "html", "svg"}
#: line magics and what they do; "" is left out silently
LINE_MAGICS = {
    **dict.fromkeys(("cd", "pushd", "popd", "bookmark"), FOLDER),
    **dict.fromkeys(("pip", "conda", "mamba", "uv"), INSTALL),
    **dict.fromkeys(("sx", "system", "sc"), SHELL),
    **dict.fromkeys(("autoreload", "aimport", "grade"), ""),
}
#: first match says what a shell line does
SHELL_WORDS = (
    (re.compile(r"setup\.py|build_ext|\bcython|\bgcc\b|\bg\+\+|\bmake\b", re.IGNORECASE), COMPILE),
    (re.compile(r"\b(pip3?|conda|mamba|apt|apt-get|brew)\b.*\binstall\b"), INSTALL),
    (re.compile(r"get_datasets|\b(wget|curl|gdown|unzip|tar|git)\b"), DOWNLOAD),
)
#: last part of a called name -> what it does; with the names that it may hang on
CALLS = {
    **{("os", name): FOLDER for name in ("chdir", "fchdir")},
    **{("os", name): SHELL for name in ("system", "popen", "execv", "execvp", "spawnl", "startfile")},
    **{("subprocess", name): SHELL for name in ("run", "call", "Popen", "check_call", "check_output", "getoutput")},
    **{("os", name): RESTART for name in ("_exit", "kill", "abort")},
    **{("sys", "exit"): RESTART, ("", "exit"): RESTART, ("", "quit"): RESTART, ("kernel", "do_shutdown"): RESTART},
    **{("drive", "mount"): DRIVE, ("pip", "main"): INSTALL, ("pyximport", "install"): COMPILE},
    **{("", name): FOLDER for name in ("chdir",)},
}
#: a cell of the course's own notebook that asks for this variable knows where it runs
OURS = "GRADER_NOTEBOOK_DATA"
# Without going back in a long line of blanks, which would take hours.
_MAGIC = re.compile(r"^(?P<indent>\s*+)(?:(?P<name>[\w., \[\]]++)=\s*+)?(?P<mark>[!%]?)(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Sanitized:
    """A cell that can be run."""

    source: str
    #: what was left out, e.g. "mounts a drive"; each once
    left_out: tuple[str, ...] = ()


def sanitize(source: str) -> Sanitized:
    """Returns a cell without statements and magics that reach for its surroundings; lines keep their numbers."""
    if OURS in source:
        return Sanitized(source)
    kinds: dict[str, None] = {}
    first = source.lstrip()
    if first.startswith("%%"):
        magic = first[2:].split(None, 1)[0] if first[2:].split() else ""
        if magic.lower().startswith("cython"):
            return Sanitized("", (COMPILE,))
        if magic in CELL_MAGICS:
            return Sanitized("", (_shell_kind(source),))
        return Sanitized(source)
    # Only where a statement begins: a line of a string that looks like a command is none.
    source = cell_text(source).with_commands(lambda line: _kept(line, kinds))
    source = _without_calls(source, kinds)
    return Sanitized(source, tuple(kinds))


def parsed(source: str) -> ast.Module | None:
    """Returns the syntax tree of a cell, its magics passed over; None where it is no Python of today."""
    if source.lstrip().startswith("%%"):
        magic, _, rest = source.lstrip().partition("\n")
        source = rest if magic[2:].split(" ")[0] in ("time", "timeit", "capture", "prun") else ""
    return _as_python(source)


def _kept(line: str, kinds: dict[str, None]) -> str:
    """Returns a command as it can stay, and adds what it would have done."""
    match = _MAGIC.match(line)
    if match is None:
        return line
    instead = f"{match['indent']}{match['name'].rstrip()} = []" if match["name"] else f"{match['indent']}pass"
    kind = _shell_kind(match["rest"]) if match["mark"] == "!" else _magic_kind(match["rest"].lstrip("%").split())
    if kind is None:
        return line
    kinds |= dict.fromkeys(filter(None, [kind]))
    return instead


def _magic_kind(words: list[str]) -> str | None:
    """Returns what a magic does that cannot stay, "" where nobody needs to know; None for one that stays."""
    magic = words[0] if words else ""
    if magic == "load_ext" and words[1:2] in (["autoreload"], ["grader"], ["cython"], ["Cython"]):
        return COMPILE if words[1].lower() == "cython" else ""
    return LINE_MAGICS.get(magic)


def _shell_kind(command: str) -> str:
    return next((kind for pattern, kind in SHELL_WORDS if pattern.search(command[:MAX_COMMAND])), SHELL)


def _without_calls(source: str, kinds: dict[str, None]) -> str:
    """Replaces simple statements that call for the surroundings by `pass`."""
    tree = _as_python(source)
    if tree is None:
        return source
    mounts = any(_imports_drive(node) for node in ast.walk(tree))
    if mounts:
        kinds[DRIVE] = None
    spans = []
    for statement in _simple_statements(tree):
        kind = _kind_of(statement)
        # Folder names and checks of a cell that mounts a drive mean nothing without it.
        if kind or (mounts and not isinstance(statement, (ast.Import, ast.ImportFrom))):
            spans.append(statement)
            kinds |= dict.fromkeys(filter(None, [kind]))
        elif mounts and _imports_drive(statement):
            spans.append(statement)
    lines = [line.encode() for line in source.split("\n")]
    for statement in reversed(spans):
        _blank(lines, statement)
    return b"\n".join(lines).decode()


def _as_python(source: str) -> ast.Module | None:
    return _parse(cell_text(source).with_commands(as_pass))


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _simple_statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yields the statements outside of functions and classes that hold no others, in order."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node
        else:
            yield from _simple_statements(node)


def _kind_of(statement: ast.stmt) -> str:
    for node in ast.walk(statement):
        if isinstance(node, ast.Lambda):
            return ""
        if isinstance(node, ast.Call) and (kind := CALLS.get(_called(node.func))):
            return kind
    return ""


def _called(function: ast.expr) -> tuple[str, str]:
    """Returns the name that a call's name hangs on, and the name."""
    if isinstance(function, ast.Name):
        return "", function.id
    if isinstance(function, ast.Attribute):
        owner = function.value
        name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        return name or "?", function.attr
    return "?", "?"


def _imports_drive(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith("google.colab")
    return isinstance(node, ast.Import) and any(alias.name.startswith("google.colab") for alias in node.names)


def _blank(lines: list[bytes], statement: ast.stmt) -> None:
    """Puts `pass` in the place of a statement, which may be one of several on its line."""
    first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
    tail = lines[last][statement.end_col_offset or 0 :]
    lines[first] = lines[first][: statement.col_offset] + b"pass" + tail
    for number in range(first + 1, last + 1):
        lines[number] = b""
