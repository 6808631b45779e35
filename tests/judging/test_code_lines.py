"""Lines of code are shown with their numbers, the one that is meant marked, and a caret below its place."""

import pytest

from grader.judging.code_lines import code_lines, lines_at

TEXT = "a = 1\nb = 2\nif b\n\tc = 3\nd = 4\n"


@pytest.mark.parametrize(
    ("line", "column", "shown"),
    [
        (3, 5, "  1 | a = 1\n  2 | b = 2\n> 3 | if b\n    |     ^\n  4 |     c = 3"),
        (1, 0, "> 1 | a = 1\n  2 | b = 2"),
        (4, 2, "  2 | b = 2\n  3 | if b\n> 4 |     c = 3\n    |     ^\n  5 | d = 4"),
        (1, 99, "> 1 | a = 1\n  2 | b = 2"),
        (9, 1, ""),
        (0, 1, ""),
    ],
)
def test_lines_around_one(line, column, shown):
    assert code_lines(lines_at(TEXT, line), line, column) == shown


def test_numbers_are_right_aligned_and_long_lines_are_cut():
    text = "\n".join(f"x = {'1' * 200}" for _ in range(10))
    shown = code_lines(lines_at(text, 9), 9, 150).splitlines()
    assert [line[:6] for line in shown] == ["   7 |", "   8 |", ">  9 |", "  10 |"]
    assert max(map(len, shown)) == 107
