"""Marked bodies are found, stubbed and unwrapped, and each kind of wrong marker is named with its line."""

import pytest

from grader.assignment.markers import bare, bodies, solved_version, student_version, telling_lines
from grader.model.errors import UnusableAssignment

SOLVED = '''\
"""A module."""


def double(x):
    """Return twice x."""
    # >>> YOUR CODE: out = None
    out = 2 * x  # twice
    # <<< YOUR CODE
    return out


class Net:
    def loss(self, x):
        # >>> YOUR CODE: scores = None
        scores = double(x)
        # <<< YOUR CODE
        if x is None:
            return scores
        # >>> YOUR CODE: pass
        x.sum()
        # <<< YOUR CODE
        return scores
'''


def test_bodies_know_their_function_part_and_lines():
    found = [(body.function, body.part, body.parts, body.first, body.last) for body in bodies(SOLVED, "m.py")]
    assert found == [("double", 1, 1, 6, 8), ("Net.loss", 1, 2, 14, 16), ("Net.loss", 2, 2, 19, 21)]


def test_student_version_has_stubs_and_no_solution():
    text = student_version(SOLVED, "m.py")
    assert (
        "    # TODO: double\n    # ----- your code starts here -----\n    out = None\n"
        "    # ----- your code ends here -----\n    return out\n"
    ) in text
    assert "        # TODO: Net.loss, part 2 of 2\n" in text
    assert "2 * x" not in text
    assert "double(x)\n" not in text.replace("def double(x)", "")
    assert ">>>" not in text


def test_solved_version_lacks_only_the_markers():
    kept = [line for line in SOLVED.split("\n") if "YOUR CODE" not in line]
    assert solved_version(SOLVED, "m.py").split("\n") == kept


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    # <<< YOUR CODE\n    return out", "    return out", "line 13: a body opens inside that of line 6"),
        ("        x.sum()\n        # <<< YOUR CODE\n", "        x.sum()\n", "line 19: the body that opens here"),
        ("    # >>> YOUR CODE: out = None\n", "", "line 7: a body closes that was never opened"),
        ("    # <<< YOUR CODE\n    return", "      # <<< YOUR CODE\n    return", "line 8: the marker is not indented"),
        ("# >>> YOUR CODE: pass", "# >>> YOUR CODE:", "line 19: unknown marker"),
        ("# >>> YOUR CODE: pass", "# >>> Your code: pass", "line 19: unknown marker"),
        ("# twice", "# your code", "line 7: unknown marker"),
        ("# >>> YOUR CODE: pass", "# >>> YOUR CODE: pass it", "line 19: the stub 'pass it' is not a statement"),
        ('"""A module."""\n', '"""A module."""\n# >>> YOUR CODE: pass\n# <<< YOUR CODE\n', "line 2: .* outside of any"),
        ("return out", "return out out", "line 9: not valid Python"),
    ],
)
def test_wrong_marker_is_named_with_its_line(old, new, words):
    assert SOLVED.count(old) == 1
    with pytest.raises(UnusableAssignment, match=f"^m.py, {words}"):
        student_version(SOLVED.replace(old, new), "m.py")


def test_stub_that_breaks_the_file_is_named():
    inside_a_call = SOLVED.replace("        # >>> YOUR CODE: pass\n", "        print(\n        # >>> YOUR CODE: pass\n")
    inside_a_call = inside_a_call.replace("YOUR CODE\n        return", "YOUR CODE\n        )\n        return")
    with pytest.raises(UnusableAssignment, match=r"m.py with its stubs, line \d+: not valid Python"):
        student_version(inside_a_call, "m.py")


def test_lines_that_compute_are_telling_and_names_alone_are_not():
    text = SOLVED.replace(
        "    out = 2 * x  # twice\n",
        "    N, C, H, W = x.shape\n    for n in range(N):  # rows\n"
        "        out[n] = x[n].max()\n    cache = (x, out, N)\n",
    )
    assert telling_lines(bodies(text, "m.py")[0]) == {"for n in range(N):": 8, "out[n] = x[n].max()": 9}


@pytest.mark.parametrize(
    "line",
    [
        "out = x @ w + b['k']",
        "    out = x  @ w + b['k']  # product",
        "# out = x @ w + b['k']",
        "> `out = x @ w + b['k']`",
        "   \"    out = x @ w + b['k']\\n\",",
    ],
)
def test_bare_line_is_the_same_however_it_is_wrapped(line):
    assert bare(line) == "out = x @ w + b['k']"
