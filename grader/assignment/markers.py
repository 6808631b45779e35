"""Makes the student's version and the solved version of a file with marked bodies.

A body is what a student is to write. In the solution package it stands between two comment lines:

    # >>> YOUR CODE: out = None
    out = 2 * x
    # <<< YOUR CODE

The first line names the statement that stands there for a student.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from grader.model.errors import UnusableAssignment

__all__ = ["Body", "bare", "bodies", "solved_version", "student_version", "telling_lines"]

_OPEN = re.compile(r"^( *)# >>> YOUR CODE: (\S.*)$")
_CLOSE = re.compile(r"^( *)# <<< YOUR CODE$")
# Anything that looks as if it were meant to be a marker.
_ALIKE = re.compile(r"#.*(>>>|<<<|\byour +code\b)", re.IGNORECASE)
# What may stand around a line of a program in another file: a comment, a string of a notebook, a quotation.
_WRAPPING = " \t#>`'\",;\\"
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Body:
    """One marked body of a file."""

    #: dotted name of the function around it
    function: str
    #: which body of that function it is, from 1, and how many there are
    part: int
    parts: int
    #: what stands there for a student
    stub: str
    #: blanks before the markers
    indent: str
    #: line numbers, from 1, of the two marker lines
    first: int
    last: int
    #: what stands between them
    lines: tuple[str, ...]


def bodies(text: str, name: str) -> tuple[Body, ...]:
    """Returns the marked bodies of a file, in order.

    Args:
        text: the file.
        name: what to call it in sentences.

    Raises:
        UnusableAssignment: a marker is unknown, not closed, never opened, indented otherwise than its partner or
            outside of a function; a stub is no statement; the file is no Python. The sentence names file and line.
    """
    lines = text.split("\n")
    functions = _functions(_parse(text, name))
    spans = _spans(lines, name)
    owners = [_owner(functions, first, name) for first, _ in spans]
    found = []
    for place, ((first, last), owner) in enumerate(zip(spans, owners, strict=True)):
        indent, stub = _opening(lines[first - 1], name, first)
        part = owners[: place + 1].count(owner)
        found.append(Body(owner, part, owners.count(owner), stub, indent, first, last, tuple(lines[first : last - 1])))
    return tuple(found)


def student_version(text: str, name: str) -> str:
    """Returns the file with each marked body replaced by its stub, between lines that say who has to act.

    Raises:
        UnusableAssignment: as `bodies`; or the file with its stubs is no Python.
    """
    lines = text.split("\n")
    for body in reversed(bodies(text, name)):
        part = f", part {body.part} of {body.parts}" if body.parts > 1 else ""
        stub = [
            f"# TODO: {body.function}{part}",
            "# ----- your code starts here -----",
            body.stub,
            "# ----- your code ends here -----",
        ]
        lines[body.first - 1 : body.last] = [body.indent + line for line in stub]
    result = "\n".join(lines)
    _parse(result, f"{name} with its stubs")
    return result


def solved_version(text: str, name: str) -> str:
    """Returns the file without its marker lines; raises UnusableAssignment as `bodies`."""
    markers = {line for body in bodies(text, name) for line in (body.first, body.last)}
    return "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in markers)


def telling_lines(body: Body) -> dict[str, int]:
    """Returns the lines of a body that compute something, bare, and the number of each in its file.

    A line that only unpacks, renames or builds from names is not telling: documentation and given files hold such
    lines too, e.g. `N, C, H, W = x.shape`.
    """
    numbered = {bare(line): body.first + place for place, line in enumerate(body.lines, 1)}
    return {code: number for code, number in numbered.items() if len(code) >= _SHORT and _computes(code)}


def bare(line: str) -> str:
    """Returns a line without comment, quotes and blanks around it, each run of blanks as one.

    A line that is commented out, quoted, or an entry of a notebook's JSON gives the same as the line itself.
    """
    line = line.replace('\\"', '"').strip(_WRAPPING).removesuffix("\\n").rstrip(_WRAPPING)
    return " ".join(_without_comment(line).split())


def _spans(lines: list[str], name: str) -> list[tuple[int, int]]:
    """Returns the line numbers of each pair of markers."""
    spans: list[tuple[int, int]] = []
    first = 0
    for number, line in enumerate(lines, 1):
        if _OPEN.match(line):
            if first:
                raise UnusableAssignment(f"{name}, line {number}: a body opens inside that of line {first}.")
            first = number
        elif closing := _CLOSE.match(line):
            if not first:
                raise UnusableAssignment(f"{name}, line {number}: a body closes that was never opened.")
            if closing[1] != _opening(lines[first - 1], name, first)[0]:
                raise UnusableAssignment(f"{name}, line {number}: the marker is not indented as that of line {first}.")
            spans.append((first, number))
            first = 0
        elif _ALIKE.search(line):
            raise UnusableAssignment(f"{name}, line {number}: unknown marker {line.strip()!r}.")
    if first:
        raise UnusableAssignment(f"{name}, line {first}: the body that opens here is never closed.")
    return spans


def _opening(line: str, name: str, number: int) -> tuple[str, str]:
    """Returns blanks and stub of an opening marker."""
    match = _OPEN.match(line)
    assert match is not None
    indent, stub = match.groups()
    try:
        ast.parse(stub)
    except SyntaxError as exc:
        raise UnusableAssignment(f"{name}, line {number}: the stub {stub!r} is not a statement.") from exc
    return indent, stub


def _parse(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as exc:
        raise UnusableAssignment(f"{name}, line {exc.lineno}: not valid Python: {exc.msg}.") from exc


def _functions(tree: ast.AST, prefix: str = "") -> list[tuple[str, int, int]]:
    """Returns dotted name, first and last line of each function, outer ones first."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            dotted = f"{prefix}{node.name}"
            if not isinstance(node, ast.ClassDef):
                found.append((dotted, node.lineno, node.end_lineno or node.lineno))
            found += _functions(node, f"{dotted}.")
    return found


def _owner(functions: list[tuple[str, int, int]], line: int, name: str) -> str:
    around = [dotted for dotted, first, last in functions if first < line <= last]
    if not around:
        raise UnusableAssignment(f"{name}, line {line}: the marker stands outside of any function.")
    return around[-1]


def _without_comment(line: str) -> str:
    if "#" not in line:
        return line
    try:
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            if token.type == tokenize.COMMENT:
                return line[: token.start[1]]
    except (tokenize.TokenError, SyntaxError):
        pass
    return line


def _computes(code: str) -> bool:
    """Whether a line is a statement, or the head of one, that calls, calculates or compares."""
    for attempt in (code, f"{code} pass", f"if True: pass\n{code} pass"):
        try:
            tree = ast.parse(attempt)
        except (SyntaxError, ValueError):
            continue
        work = (ast.Call, ast.BinOp, ast.UnaryOp, ast.AugAssign, ast.Compare, ast.BoolOp, ast.IfExp, ast.comprehension)
        return any(isinstance(node, work) for node in ast.walk(tree))
    return False
