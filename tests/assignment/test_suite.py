"""What is wrong with a check file is said in a sentence."""

import pytest
import tiny

from grader.model.errors import GraderFault, UnusableAssignment

SKIPPED = '''
import pytest

@pytest.mark.{}
def test_double(student):
    """double doubles its input."""
'''


@pytest.mark.parametrize("mark", ["skip", "xfail(strict=True)", "poinst(3)"])
def test_an_unknown_mark_is_named_with_the_known_ones(tmp_path, mark):
    name = mark.partition("(")[0]
    runner = tiny.runner(tmp_path, checks=SKIPPED.format(mark))
    sentence = (
        rf"^test_tiny\.py(::test_double)? has the mark '{name}', which checks cannot have; there are section, "
        "function, needs, hidden, limit, asks, points, and pytest's parametrize.$"
    )
    with pytest.raises(UnusableAssignment, match=sentence):
        runner.list_checks()


def test_another_error_of_a_check_file_is_ours(tmp_path):
    with pytest.raises(GraderFault, match="could not be run"):
        tiny.runner(tmp_path, checks="raise ValueError('no')").list_checks()
