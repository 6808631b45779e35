"""Shows a line of the student's code with those around it, and a caret below the place where Python stopped reading."""

from collections.abc import Sequence

__all__ = ["code_lines", "lines_at"]

#: lines shown before and after
BEFORE, AFTER = 2, 1
MOST_CHARACTERS = 100
TAB = 4


def lines_at(text: str, line: int) -> list[tuple[int, str]]:
    """Returns a line of a text, from 1, with those around it, numbered; nothing where there is no such line."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return []
    return [(n, lines[n - 1]) for n in range(max(line - BEFORE, 1), min(line + AFTER, len(lines)) + 1)]


def code_lines(lines: Sequence[tuple[int, str]], line: int, column: int = 0) -> str:
    """Returns numbered lines as a text, the one that is meant marked.

    Args:
        lines: number and text of each.
        line: number of the one that is meant.
        column: character of it, from 1, that gets a caret; 0 for none.
    """
    width = max((len(str(number)) for number, _ in lines), default=0)
    shown = []
    for number, code in lines:
        mark = ">" if number == line else " "
        shown.append(f"{mark} {number:{width}} | {code.expandtabs(TAB)[:MOST_CHARACTERS]}".rstrip())
        caret = len(code[: column - 1].expandtabs(TAB)) if 0 < column <= len(code) + 1 else MOST_CHARACTERS
        if number == line and caret < MOST_CHARACTERS:
            shown.append(f"  {'':{width}} | {' ' * caret}^")
    return "\n".join(shown)
