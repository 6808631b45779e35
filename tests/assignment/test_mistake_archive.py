"""The archive of known mistakes: each is told from all others by it; it reads back as written; damage is noticed."""

from collections import defaultdict

import numpy as np
import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import archive_folder, public_goldens
from grader.assignment.known_mistakes import known_mistakes
from grader.assignment.mistake_archive import (
    MISTAKES,
    ShownMistake,
    mistake_differences,
    read_mistakes,
    written_mistakes,
)
from grader.assignment.planted import planted_modules
from grader.grading.mistake_finding import may_show
from grader.grading.runner import Runner
from grader.judging.fingerprints import Fingerprint
from grader.judging.recognising import Suspect, recognise
from grader.model.errors import UnusableAssignment
from grader.sandbox.level import Level
from reference.cs231n import layers
from reference.samples.texts import solved

ASSIGNMENT = Assignment.load()
ARCHIVE = archive_folder(ASSIGNMENT) / MISTAKES
SHOWN = {mistake.suspect.key: mistake for mistake in read_mistakes(ARCHIVE)}
#: those whose visible cases all have the value that they put in place of a setting
SEEN_IN_HIDDEN_CASES_ONLY = {"network-weight-scale-ignored/1"}


def test_every_known_mistake_is_in_the_archive():
    assert list(SHOWN) == [mistake.suspect.key for mistake in known_mistakes(ASSIGNMENT)]
    assert {key for key, mistake in SHOWN.items() if not mistake.effects} == SEEN_IN_HIDDEN_CASES_ONLY
    assert ARCHIVE.stat().st_size < 150_000


@pytest.fixture(scope="module")
def checks():
    """Returns the visible checks of each function that can show a mistake."""
    with Runner(ASSIGNMENT, public_goldens(ASSIGNMENT), Level.LIMITS, None) as runner:
        found = defaultdict(set)
        for info in runner.list_checks():
            if info.visible and may_show(ASSIGNMENT, info):
                found[info.function].add(info.id)
        return found


def test_every_known_mistake_is_named_rightly_by_the_visible_checks(checks):
    for key in SHOWN.keys() - SEEN_IN_HIDDEN_CASES_ONLY:
        names = set()
        for function in SHOWN[key].functions:
            names |= _names(key, function, checks[function])
        assert names == {SHOWN[key].suspect.name}, key


def _names(key, function, checks):
    mistake = SHOWN[key]
    failed = {check: mistake.effects[check] for check in checks if check in mistake.effects}
    suspects = [other.suspect for other in SHOWN.values() if function in other.functions]
    found = recognise(failed, checks - failed.keys(), suspects, lambda key, check: SHOWN[key].effects.get(check))
    return {suspect.name for suspects in found.values() for suspect in suspects}


# The file


@pytest.fixture
def shown():
    effects = {"test.py::test_f[a]": {"out": Fingerprint("(2,) f", (1.5, -2.0, 1e300), False)}, "test.py::test_g": {}}
    return [
        ShownMistake(Suspect("a/1", "a", "A, “said”."), ("f", "g"), effects),
        ShownMistake(Suspect("b/1", "b", "B."), ("f",), {"test.py::test_f[a]": {"x": Fingerprint("changed")}}),
        ShownMistake(Suspect("b/2", "b", "B."), ("f",), {}),
    ]


def test_archive_reads_back_and_repeats_itself(shown, tmp_path):
    path = tmp_path / MISTAKES
    path.write_bytes(written_mistakes(shown))
    assert path.read_bytes() == written_mistakes(read_mistakes(path))
    assert mistake_differences(path, {mistake.suspect.key: mistake for mistake in shown}) == []
    assert read_mistakes(tmp_path / "none.npz") == ()


def test_differences_are_told(shown, tmp_path):
    (path := tmp_path / MISTAKES).write_bytes(written_mistakes(shown))
    other = ShownMistake(
        shown[1].suspect, ("f",), {"test.py::test_f[a]": {"x": Fingerprint("(2,) f", (1.0, 2.0, 3.0))}}
    )
    new = {"a/1": None, "b/1": other, "c/1": None}
    assert [sentence.partition(str(path))[0] for sentence in mistake_differences(path, new)] == [
        "",
        "",
        "The known mistake c/1 is missing from ",
    ]


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-200], lambda data: b"PK" + data[60:]])
def test_damage_is_noticed(shown, tmp_path, damage):
    (path := tmp_path / MISTAKES).write_bytes(damage(written_mistakes(shown)))
    with pytest.raises(UnusableAssignment, match="`grader golden build` makes it anew"):
        read_mistakes(path)
    assert "is damaged" in mistake_differences(path, {})[0]


# Modules with a mistake in them


def test_planted_modules_call_each_other_and_leave_the_solution_alone():
    place = ASSIGNMENT.modules["layers"]
    text = solved(place).replace("out = np.maximum(x, 0)", "out = np.minimum(x, 0)")
    modules = planted_modules(ASSIGNMENT, {place: text}, ("layers", "cnn"))
    x = np.array([-1.0, 2.0])
    assert modules["layers"].relu_forward(x)[0].tolist() == [-1, 0]
    assert modules["cnn"].relu_forward is modules["layers"].relu_forward
    assert layers.relu_forward(x)[0].tolist() == [0, 2]
