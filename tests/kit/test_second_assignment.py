"""The assignments in examples/: graded, released and demonstrated by an engine that does not know them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import archive_folder
from grader.assignment.golden_differences import archive_differences
from grader.classes.class_grading import RunnerSpec
from grader.grading.runner import Runner
from grader.kit.near_misses import near_misses, solved_files, template_files
from grader.kit.student_kit import release
from grader.model.results import Grade
from grader.sandbox.level import Level

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "fully_connected" / "checks"
ASSIGNMENT = Assignment.load(FOLDER)
MISSES = {miss.name: miss for miss in near_misses(ASSIGNMENT)}
SEED = 20261122


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with RunnerSpec(FOLDER, Level.LIMITS, SEED).build() as runner:
        yield runner


def grade(runner: Runner, files: dict[str, str], folder: Path) -> Grade:
    for place, text in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text)
    return runner.grade(RunnerSpec(FOLDER, Level.LIMITS, SEED).read(folder, runner))


@pytest.mark.slow
def test_solution_earns_everything(runner: Runner, tmp_path: Path) -> None:
    result = grade(runner, solved_files(ASSIGNMENT), tmp_path)
    assert result.complete
    assert (result.score, result.max_score) == (100, 100), [check.message for check in result.checks]


@pytest.mark.slow
def test_template_earns_nothing(runner: Runner, tmp_path: Path) -> None:
    result = grade(runner, template_files(ASSIGNMENT), tmp_path)
    assert result.complete
    assert result.score == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", MISSES)
def test_near_miss_is_rejected_by_the_checks_that_it_names(runner: Runner, tmp_path: Path, name: str) -> None:
    result = grade(runner, MISSES[name].files, tmp_path)
    assert result.complete
    lost = {check.id.partition("::")[2].partition("[")[0] for check in result.checks if check.status == "failed"}
    assert lost == MISSES[name].rejected_by
    assert {str(check.status) for check in result.checks} <= {"passed", "failed", "blocked"}


def test_every_check_with_points_rejects_a_near_miss() -> None:
    rejecting = {name for miss in MISSES.values() for name in miss.rejected_by}
    assert {name.partition("::")[2] for name in ASSIGNMENT.rubric.points} == rejecting


def test_committed_goldens_are_what_the_solution_gives() -> None:
    assert not archive_differences(ASSIGNMENT, archive_folder(ASSIGNMENT))


@pytest.mark.slow
def test_released_kit_checks_itself_without_the_solution(tmp_path: Path) -> None:
    release(ASSIGNMENT, tmp_path / "kit")
    assert not [path for path in (tmp_path / "kit").rglob("*") if path.name in ("cases.py", "near_misses.toml")]
    command = [sys.executable, "-m", "grader", "check", str(tmp_path / "kit"), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 of 61.7 points" in done.stdout
