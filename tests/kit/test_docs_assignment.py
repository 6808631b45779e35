"""The assignment that docs/assignments.md writes step by step works as that page says."""

import re
from pathlib import Path

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import archive_folder, build_archive
from grader.classes.class_grading import RunnerSpec
from grader.grading.runner import Runner
from grader.kit.near_misses import near_misses, sample_class
from grader.kit.student_kit import release
from grader.model.results import Grade
from grader.sandbox.level import Level

PAGE = Path(__file__).parents[2] / "docs" / "assignments.md"
BLOCK = re.compile(r"^```\w+\n# (averages/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    root = tmp_path_factory.mktemp("written")
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 7
    for place, text in blocks:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text, encoding="utf-8")
    assignment = Assignment.load(root / "averages" / "checks")
    build_archive(assignment, archive_folder(assignment))
    return assignment


def grade(spec: RunnerSpec, runner: Runner, files: dict[str, str], folder: Path) -> Grade:
    for place, text in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")
    return runner.grade(spec.read(folder, runner))


@pytest.mark.slow
def test_solution_template_and_near_misses_are_graded_as_the_page_says(assignment: Assignment, tmp_path: Path) -> None:
    spec = RunnerSpec(assignment.folder, Level.LIMITS, 11)
    rejected_by = {miss.name: miss.rejected_by for miss in near_misses(assignment)}
    with spec.build() as runner:
        grades = {
            name: grade(spec, runner, files, tmp_path / name) for name, files in dict(sample_class(assignment)).items()
        }
    assert {name: grade.score for name, grade in grades.items() if name not in rejected_by} == {
        "solved": 100,
        "not-begun": 0,
    }
    for name, names in rejected_by.items():
        lost = {check.id.partition("::")[2].partition("[")[0] for check in grades[name].checks if not check.passed}
        assert lost == names


@pytest.mark.slow
def test_kit_is_released_and_checks_itself(assignment: Assignment, tmp_path: Path) -> None:
    release(assignment, tmp_path / "kit")
    released = {path.relative_to(tmp_path / "kit").as_posix() for path in (tmp_path / "kit").rglob("*")}
    assert {"averages.py", "README.md", "grader.toml", "checks/goldens/cases.npz"} <= released
    assert not [place for place in released if place.endswith(("/given", "cases.py", "near_misses.toml"))]
    spec = RunnerSpec(tmp_path / "kit" / "checks", Level.LIMITS, None)
    with spec.build() as runner:
        result = runner.grade(spec.read(tmp_path / "kit", runner))
    assert (result.complete, result.score) == (True, 0)
    assert {str(check.status) for check in result.checks} == {"missing"}
