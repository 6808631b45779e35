"""Renders a student's function as numbered and coloured lines of HTML."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType, is_token_subtype

from grader.model.phrases import join_words
from grader.model.results import FunctionSource
from reports.text import CUT, clean, one_line, plural, visible

__all__ = ["CodeView", "code_view"]

#: a line of code longer than this is cut, and so is a function with more lines than any needs
N_COLUMNS = 300
N_LINES = 400

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (String, "s"),
    (Number, "m"),
    (Keyword, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Builtin, "b"),
    (Name.Exception, "b"),
    (Name.Decorator, "b"),
)


@dataclass(frozen=True, slots=True)
class CodeView:
    """One function of the student, ready to be shown."""

    function: str
    #: "package/layers.py, line 88"
    place: str
    #: number and HTML of each line
    lines: tuple[tuple[int, Markup], ...]
    #: numbers of the shown lines that a check names
    marked: frozenset[int]
    #: numbers of other shown lines that set a value which is wrong
    setting: frozenset[int]
    #: what the marks say, as sentences; empty without any
    legend: str
    #: one sentence when lines were left out
    left_out: str


def code_view(
    source: FunctionSource, n_characters: int, marked: Iterable[int] = (), wrong: Collection[str] = ()
) -> CodeView:
    """Returns the source's first lines, as many as fit in n_characters.

    Args:
        source: a function of the student.
        n_characters: how much of it is shown.
        marked: numbers of lines that are marked.
        wrong: values whose assignments are marked, "dx" or "grads['W1']".
    """
    # Only what can be shown is cleaned; one character may take up to eight to write down.
    start = source.code[: 8 * n_characters]
    lines = clean(visible(start)).rstrip("\n").expandtabs(4).split("\n")
    shown = _fitting(lines, n_characters)
    n_lines = len(lines) + source.code[len(start) :].count("\n")
    left_out = ""
    if len(shown) < n_lines or len(start) < len(source.code):
        left_out = f"The first {plural(len(shown), 'line')} of {n_lines:,}; the rest is left out."
    coloured = tuple(enumerate(_coloured("\n".join(shown)), start=source.line))
    at = frozenset(number for number, _ in coloured) & frozenset(marked)
    setting = {name: _lines_that_set(name, coloured, shown) - at for name in wrong}
    return CodeView(
        function=one_line(source.function, 120),
        place=f"{one_line(source.file, 120)}, line {source.line}",
        lines=coloured,
        marked=at,
        setting=frozenset().union(*setting.values()),
        legend=_legend(at, [one_line(name, 40) for name, found in setting.items() if found]),
        left_out=left_out,
    )


def _legend(at: frozenset[int], names: Sequence[str]) -> str:
    """Returns what the marks of lines say."""
    stopped = ["▸ marks where it stopped."] if at else []
    sets = [f"▹ marks where {join_words(names)} {'is' if len(names) == 1 else 'are'} set."] if names else []
    return " ".join(stopped + sets)


def _lines_that_set(name: str, coloured: Sequence[tuple[int, Markup]], lines: Sequence[str]) -> frozenset[int]:
    """Returns the numbers of lines that assign a value; those of a docstring begin as one."""
    rows = zip(coloured, lines, strict=False)
    return frozenset(n for (n, html), line in rows if not html.startswith('<i class="s">') and _sets(line, name))


def _sets(line: str, name: str) -> bool:
    """Whether a line of code assigns a value, or a part of it."""
    target, _, value = line.partition("=")
    if name not in target.replace('"', "'") or value.startswith("=") or value == "" or "(" in target:
        return False
    targets = [part.strip().replace('"', "'") for part in target.rstrip("+-*/@ ").split(",")]
    return any(part == name or part.startswith(f"{name}[") for part in targets)


def _fitting(lines: list[str], n_characters: int) -> list[str]:
    shown: list[str] = []
    for line in lines[:N_LINES]:
        n_characters -= min(len(line), N_COLUMNS) + 1
        if n_characters < 0:
            break
        shown.append(line.rstrip() if len(line) <= N_COLUMNS else line[:N_COLUMNS] + CUT)
    return shown


def _coloured(code: str) -> Iterator[Markup]:
    """Yields the HTML of each line; only tokens that have a colour get an element."""
    parts: list[Markup] = []
    for css_class, text in _tokens(code):
        for i, piece in enumerate(text.split("\n")):
            if i:
                yield Markup("").join(parts)
                parts = []
            if piece:
                html = escape(piece)
                parts.append(Markup(f'<i class="{css_class}">{html}</i>') if css_class else html)
    yield Markup("").join(parts)


def _tokens(code: str) -> Iterator[tuple[str, str]]:
    """Yields (css class, text) with neighbours of one class joined."""
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    last_class, texts = "", [""]
    for kind, text in lexer.get_tokens(code):
        css_class = _class_of(kind)
        if css_class != last_class:
            yield last_class, "".join(texts)
            last_class, texts = css_class, []
        texts.append(text)
    yield last_class, "".join(texts)


@cache
def _class_of(kind: _TokenType) -> str:
    return next((name for parent, name in _CLASSES if is_token_subtype(kind, parent)), "")
