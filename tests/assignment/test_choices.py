"""Options come from assignment.toml, with a default for whoever asks."""

import pytest
import tiny

from grader.assignment.choices import choices_of
from grader.assignment.definition import Assignment
from grader.model.errors import UnusableAssignment
from grader.model.options import Options

OPTIONS = """
[optional]
"First" = "warm_up"
"Second" = "marathon"
[options.marathon]
values = ["off", "half", "whole"]
course = "half"
help = "How far."
[options.shoes]
help = "A folder."
"""


@pytest.fixture
def assignment(tmp_path):
    return declared(tmp_path, OPTIONS)


def declared(folder, text):
    made = tiny.write_assignment(folder / "tiny")
    path = made.folder / "assignment.toml"
    path.write_text(path.read_text() + text)
    return Assignment.load(made.folder)


def test_optional_takes_any_name(assignment):
    assert dict(assignment.optional) == {"First": "warm_up", "Second": "marathon"}
    assert assignment.choices["warm_up"].values == ("off", "on")
    assert assignment.choices["marathon"].words == "one of off, half, whole"
    assert assignment.choices["shoes"].words == "the path of a folder"


@pytest.mark.parametrize(
    ("profile", "values"),
    [("own", ("off", "off", "")), ("course", ("on", "half", "")), ("demo", ("on", "half", ""))],
)
def test_what_nobody_has_chosen_has_a_default(assignment, profile, values):
    chosen = assignment.chosen(Options(), profile)
    assert tuple(chosen[name] for name in ("warm_up", "marathon", "shoes")) == values
    assert assignment.chosen(Options.of(marathon="whole"), profile)["marathon"] == "whole"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[optional]\n"Third" = "x"', r"\[optional\] names the section 'Third'"),
        ('[optional]\n"First" = "x y"', "the option 'x y' should be called by small letters"),
        ('[optional]\n"First" = "x"\n[options.x]\nvalues = ["a", "b"]', "the option 'x' has no value 'off'"),
        ('[options.x]\nvalues = ["a", "b"]\ncourse = "c"', "names 'c', which is none of its values"),
        ("[options.x]\nvaluse = []", "unexpected keyword argument 'valuse'"),
    ],
)
def test_wrong_declarations_are_said(tmp_path, text, words):
    with pytest.raises(UnusableAssignment, match=words):
        declared(tmp_path, text)


def test_nothing_declared_is_no_option():
    assert not choices_of({}, {})
