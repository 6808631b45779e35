"""Parameters of a case reach the check whatever way they are given, and a check's own fixtures keep their say."""

import pytest
import tiny

from grader.model.results import Status

CHECKS = '''
import pytest

pytestmark = [pytest.mark.section("First"), pytest.mark.function("halve")]

@pytest.fixture
def doubled(request):
    return 2 * request.param

@pytest.fixture
def threshold():
    return "mine"

@pytest.mark.parametrize("doubled", [1.0, 2.0], indirect=True)
@pytest.mark.parametrize("plain", ["a"])
def test_indirect(student, doubled, plain):
    """An indirect parameter goes to its fixture."""
    assert doubled in (2.0, 4.0) and plain == "a"
    assert student.main.halve(doubled) == doubled / 2

@pytest.mark.parametrize("x, y", [(2.0, 1.0), (4.0, 2.0)])
@pytest.mark.parametrize(argnames=("unit",), argvalues=[(1.0,)])
def test_direct(student, x, y, unit, threshold):
    """Direct parameters come by name, and the module's own fixture counts."""
    assert student.main.halve(x) == y * unit
    assert threshold == "mine"

@pytest.fixture
def shown(x):
    return f"{x}!"

@pytest.mark.parametrize("x", [2.0])
def test_fixture_of_a_parameter(student, shown, x):
    """A fixture sees the same parameter."""
    assert shown == f"{x}!"
'''
RUBRIC = """
total = 10
[points]
"test_tiny.py::test_indirect" = 4
"test_tiny.py::test_direct" = 4
"test_tiny.py::test_fixture_of_a_parameter" = 2
"""


@pytest.mark.parametrize(("body", "status"), [("x / 2", Status.PASSED), ("x", Status.FAILED)])
def test_parameters_arrive(tmp_path, body, status):
    runner = tiny.runner(tmp_path, checks=CHECKS, rubric=RUBRIC)
    checks = runner.grade(tiny.submission(f"def halve(x):\n    return {body}\n", tmp_path)).checks
    assert [check.id.partition("::")[2] for check in checks] == [
        "test_indirect[a-1.0]",
        "test_indirect[a-2.0]",
        "test_direct[1.0-2.0-1.0]",
        "test_direct[1.0-4.0-2.0]",
        "test_fixture_of_a_parameter[2.0]",
    ]
    assert {check.status for check in checks[:4]} == {status}
    assert checks[4].passed


MIXED = '''
import pytest

pytestmark = [pytest.mark.section("First"), pytest.mark.function("halve")]
made = []

@pytest.fixture(scope="module")
def whole():
    made.append("up")
    yield 2.0
    made.append("down")

class TestOfAClass:
    def test_method(self, student):
        """A method is a check, too."""
        assert student.main.halve(2.0) == 1.0

def test_before(student):
    """A check that asks for nothing of its own comes first."""
    assert student.main.halve(2.0) == 1.0

def test_whole(student, whole):
    """A fixture of a module is made."""
    assert student.main.halve(whole) == 1.0

def test_between(student, record_measure):
    """A check that asks for nothing of its own stands between two that do."""
    record_measure("half", student.main.halve(2.0))
    raise SystemExit("odd")

def test_whole_again(student, whole):
    """A fixture of a module stays until its last check."""
    assert made[-1] == "up" and len(made) % 2
'''


@pytest.mark.parametrize("conftest", ["", "import pytest\n@pytest.fixture\ndef student():\n    return None\n"])
def test_checks_that_pytest_sets_up_stand_beside_others(tmp_path, conftest):
    names = ("TestOfAClass::test_method", "test_before", "test_whole", "test_between", "test_whole_again")
    rubric = "total = 10\n[points]\n" + "".join(f'"test_tiny.py::{name.rpartition("::")[2]}" = 2\n' for name in names)
    runner = tiny.runner(tmp_path, checks=MIXED, rubric=rubric)
    if conftest:
        (tmp_path / "tiny" / "conftest.py").write_text(conftest)
    for _ in range(2):
        checks = runner.grade(tiny.submission("def halve(x):\n    return x / 2\n", tmp_path)).checks
        passed = {check.id.rpartition("::")[2]: check.passed for check in checks}
        # A fixture that a conftest.py puts in the place of ours counts.
        right = {"test_whole_again"} if conftest else {*passed} - {"test_between"}
        assert {name for name, ok in passed.items() if ok} == right
