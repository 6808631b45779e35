"""One submission through the checks: every outcome has its status, sentence and points; nothing leaks over."""

import pytest
import tiny

from grader.model.errors import UnusableAssignment, UnusableInput
from grader.model.results import Grade, Status


@pytest.fixture
def grade(tmp_path):
    runner = tiny.runner(tmp_path)

    def run(text):
        return runner.grade(tiny.submission(text, tmp_path))

    return run


def by_function(grade, name):
    return {check.id.partition("::")[2]: check for check in grade.checks if check.function == name}


def test_right_answer_earns_every_point(grade):
    result = grade(tiny.RIGHT)
    assert [check.status for check in result.checks] == [Status.PASSED] * 5
    assert (result.score, result.max_score, result.complete, result.full_marks) == (10, 10, True, True)
    assert [section.name for section in result.sections] == ["First", "Second"]
    assert Grade.from_json(result.to_json()) == result


def test_points_are_split_over_cases_and_hidden_ones_are_marked(grade):
    checks = by_function(grade(tiny.RIGHT), "double")
    assert checks["test_double[plain]"].points == checks["test_double[drawn1]"].points == 3
    assert checks["test_double[plain]"].visible
    assert not checks["test_double[drawn1]"].visible
    assert checks["test_double[plain]"].title == "double doubles its input (plain)"


def test_without_a_seed_hidden_checks_do_not_run(tmp_path):
    runner = tiny.runner(tmp_path, seed=None)
    result = runner.grade(tiny.submission(tiny.RIGHT, tmp_path))
    assert (result.score, result.max_score) == (7, 7)
    assert all(check.visible for check in result.checks)
    assert runner.goldens.asked == ["double/plain"]


def test_wrong_answer_fails_with_its_figure(grade):
    check = by_function(grade(tiny.RIGHT.replace("2 * x", "2.5 * x")), "double")["test_double[plain]"]
    assert (check.status, check.points) == (Status.FAILED, 0)
    assert check.message.startswith("out is off by")
    assert check.measures[0].value > check.measures[0].limit


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("return None", Status.MISSING, "returned None: is it implemented?"),
        ("return None, None", Status.MISSING, "returned"),
        ("return 1, 2, 3", Status.FAILED, r"returned 3 values, should be (out, cache)"),
        ("return x", Status.FAILED, "returned one array, should be"),
        ("return np.matrix([1.0]), 1", Status.FAILED, "matrix"),
        ("raise ValueError('odd')", Status.RAISED, "odd"),
        ("return np.ones(1 << 40), 1", Status.MEMORY, ""),
        ("import os; os._exit(0)", Status.CRASHED, "ended the Python process"),
        pytest.param("while True: pass", Status.TIMEOUT, "processor time", marks=pytest.mark.slow),
    ],
)
def test_each_outcome_has_its_status_and_costs_only_its_checks(grade, body, status, words):
    result = grade(tiny.RIGHT.replace("return 2 * x, (x,)", body))
    check = by_function(result, "double")["test_double[plain]"]
    assert (check.status, check.points) == (status, 0)
    assert words in check.message
    assert result.complete
    assert by_function(result, "Model")["test_model"].status is Status.PASSED


def test_absent_function_is_missing(grade):
    check = by_function(grade(tiny.RIGHT.replace("def double", "def other")), "double")["test_double[plain]"]
    assert (check.status, check.message) == (Status.MISSING, "double is not defined in main.py.")


def test_failure_behind_a_prerequisite_is_blocked_and_names_it(grade):
    result = grade(tiny.RIGHT.replace("return x / 2", "return x / 3"))
    check = by_function(result, "double")["test_double_needs_halve"]
    assert check.status is Status.BLOCKED
    assert check.message.startswith("halve is not right yet, and this needs it.")
    assert by_function(result, "double")["test_double[plain]"].status is Status.PASSED


def test_prints_are_shown_and_remarks_cost_nothing(grade):
    text = tiny.RIGHT.replace("return 2 * x, (x,)", "print('looking'); return (2 * x).astype('f4'), (x,)")
    check = by_function(grade(text), "double")["test_double[plain]"]
    assert check.status is Status.PASSED
    assert check.output == "looking\n"
    assert check.remarks == ("float32 is returned",)


def test_import_of_what_is_not_installed_costs_only_what_uses_it(grade):
    result = grade(f"import not_installed_anywhere\n{tiny.RIGHT}")
    assert result.full_marks
    assert "`not_installed_anywhere` cannot be imported here" in result.notes[0]


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("def f(:\n", Status.RAISED, "main.py line 1"),
        ("raise SystemExit(0)\n", Status.RAISED, "main.py line 1"),
        pytest.param("while True: pass\n", Status.TIMEOUT, "Importing main.py takes longer", marks=pytest.mark.slow),
        ("import os; os._exit(1)\n", Status.CRASHED, "Importing main.py ends"),
    ],
)
def test_import_that_fails_gives_every_check_its_sentence(grade, text, status, words):
    result = grade(text)
    assert {check.status for check in result.checks} == {status}
    assert all(words in check.message for check in result.checks)
    assert (result.score, result.complete) == (0, True)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "import numpy as np\n\ndef double(x:\n    return 2 * x\n",
            "  1 | import numpy as np\n  2 |\n> 3 | def double(x:\n    |           ^\n  4 |     return 2 * x",
        ),
        (
            "import numpy as np\nnp.no_such_name\neps = 1e-5\n",
            "  1 | import numpy as np\n> 2 | np.no_such_name\n  3 | eps = 1e-5",
        ),
    ],
)
def test_file_that_cannot_be_imported_is_shown_around_the_line(grade, text, lines):
    result = grade(text)
    assert {check.message.partition("\n")[2] for check in result.checks} == {lines}
    # The student reads the same: these lines hold no inputs.
    assert {check.message.partition("\n")[2] for check in result.for_students().checks} == {lines}


def test_two_runs_of_one_runner_share_nothing(grade):
    wrong = grade(tiny.RIGHT.replace("2 * x", "3 * x"))
    right = grade(tiny.RIGHT)
    assert (wrong.score, right.score) == (2, 10)


def test_broken_check_is_our_fault_and_makes_the_grade_incomplete(tmp_path):
    checks = tiny.CHECKS.replace('golden(f"double/{case}")', "undefined_name")
    runner = tiny.runner(tmp_path, checks=checks)
    result = runner.grade(tiny.submission(tiny.RIGHT, tmp_path))
    assert not result.complete
    assert {check.status for check in by_function(result, "double").values()} == {Status.BROKEN, Status.PASSED}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "student.main.halve(np",
            "student.main.havle(np",
            "has no function of main that is called 'havle'; did you mean halve?",
        ),
        ("student.main.halve(np", "student.mian.halve(np", "has no module that is called 'mian'; did you mean main?"),
        (
            "def test_halve(student)",
            "def test_halve(student, gloden)",
            "asks for the fixture 'gloden', which does not exist",
        ),
    ],
)
def test_slip_of_a_check_is_named(tmp_path, old, new, words):
    runner = tiny.runner(tmp_path, checks=tiny.CHECKS.replace(old, new))
    result = runner.grade(tiny.submission(tiny.RIGHT, tmp_path))
    (broken,) = [check for check in result.checks if check.status is Status.BROKEN]
    assert words in broken.message


def test_checks_that_cannot_be_imported_are_named(tmp_path):
    runner = tiny.runner(tmp_path, checks="import nothing_like_it\n")
    with pytest.raises(UnusableAssignment, match="nothing_like_it"):
        runner.grade(tiny.submission(tiny.RIGHT, tmp_path))


def test_check_without_points_is_refused(tmp_path):
    runner = tiny.runner(tmp_path, rubric="[points]\n")
    with pytest.raises(UnusableAssignment, match="has no points"):
        runner.list_checks()


def test_keyword_that_matches_nothing_is_said(tmp_path):
    runner = tiny.runner(tmp_path, keyword="nosuchcheck")
    with pytest.raises(UnusableInput, match="No check matches"):
        runner.grade(tiny.submission(tiny.RIGHT, tmp_path))


def test_listing_runs_nothing(tmp_path):
    runner = tiny.runner(tmp_path)
    checks = runner.list_checks()
    assert sum(check.max_points for check in checks) == 10
    assert runner.goldens.asked == []


def test_pytest_options_of_the_shell_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maxfail=1 -k halve")
    runner = tiny.runner(tmp_path)
    assert len(runner.grade(tiny.submission(tiny.RIGHT, tmp_path)).checks) == 5


def test_files_of_pytest_in_a_submission_are_ignored(tmp_path):
    runner = tiny.runner(tmp_path)
    submission = tiny.submission(tiny.RIGHT.replace("2 * x", "3 * x"), tmp_path)
    (tmp_path / "ada" / "conftest.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "ada" / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    assert runner.grade(submission).score == 2


@pytest.mark.slow
def test_function_that_has_looped_gets_less_time(tmp_path):
    runner = tiny.runner(tmp_path, rubric=tiny.RUBRIC.replace("cpu_seconds = 1", "cpu_seconds = 2"))
    result = runner.grade(tiny.submission(tiny.RIGHT.replace("return 2 * x, (x,)", "while True: pass"), tmp_path))
    said = [check.message for check in result.checks if check.function == "double"]
    assert ["2 s of processor time" in text for text in said] == [True, False, False]
    assert all("1 s of processor time" in text for text in said[1:])


SECOND_TRY = """
import pytest
from grader.model.errors import StudentError

@pytest.mark.section("S")
@pytest.mark.function("double")
@pytest.mark.points(1)
def test_second_try(student):
    \"\"\"double works at the second try.\"\"\"
    held = student.put(1)
    with pytest.raises(StudentError, match="exit code"):
        student.main.double(13)
    with pytest.raises(StudentError, match="exit code"):
        student.fetch(held)
    assert student.main.double(2)[0] == 4
    with pytest.raises(StudentError, match="gone with the process"):
        student.fetch(held)
"""


def test_check_may_go_on_after_a_crash_but_not_with_what_was_lost(tmp_path):
    runner = tiny.runner(tmp_path, checks=SECOND_TRY, rubric="")
    text = tiny.RIGHT.replace("return 2 * x, (x,)", "import os; return (2 * x, 0) if x != 13 else os._exit(1)")
    (check,) = runner.grade(tiny.submission(text, tmp_path)).checks
    assert (check.status, check.message) == (Status.PASSED, "")


def test_what_an_instructor_may_want_to_read_is_noted_and_costs_nothing(grade):
    result = grade(tiny.RIGHT.replace("return x / 2", "open('/dev/null').close(); return x / 2"))
    (note,) = result.notes
    assert note.startswith("For the instructor: main.py line 5 opens")
    assert result.full_marks
    assert grade(tiny.RIGHT).notes == ()


def test_runner_that_was_interrupted_in_a_check_grades_the_next_one(tmp_path):
    runner = tiny.runner(tmp_path)
    right = tiny.submission(tiny.RIGHT, tmp_path)

    def stop(result, count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.grade(right, stop)
    assert runner.grade(right).full_marks


def test_checks_are_collected_once(tmp_path, monkeypatch):
    runner = tiny.runner(tmp_path)
    right = tiny.submission(tiny.RIGHT, tmp_path)
    assert runner.grade(right).full_marks
    monkeypatch.setattr(pytest, "main", None)
    assert runner.grade(right).full_marks
    assert len(runner.list_checks()) == 5
