"""Whole submissions through the whole grader: each wrong one loses what it should, each right one keeps every point.

A few variants are not marked slow. One process grades all of them: what it finds out about the known mistakes is kept.
"""

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from submissions.legal import legal
from submissions.mutants import mutants
from submissions.variants import Variant

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens
from grader.grading.runner import Runner
from grader.kit.student_kit import release
from grader.model.results import Grade, Status
from grader.reading.submission import Submission
from grader.sandbox.level import choose_level
from reference.samples import Sample, samples, write_samples

SEED = 20261122
ALWAYS = {
    "conv_forward_naive pads on one side",
    "conv_backward_naive has dx off by a hundred thousandth",
    "max_pool_forward_naive never goes below zero",
    "max_pool_backward_naive overwrites dx",
    "spatial_batchnorm_forward keeps no statistics",
    "spatial_batchnorm_backward takes pixels for channels",
    "spatial_groupnorm_forward swaps groups and channels",
    "spatial_groupnorm_backward forgets the mean",
    "ThreeLayerConvNet.loss has no 0.5",
    "convolution by im2col, cached",
    "pooling backward that splits among equal maxima",
    "group norm by loops",
    "network drawn by a generator, biases first",
}
# Wrong, and no check notices yet; each is an open matter of the checks.
UNNOTICED: dict[str, str] = {}
#: wrong variant -> what its mistakes are called; those that are not listed have no name
NAMED = tomllib.loads((Path(__file__).parents[1] / "submissions" / "named.toml").read_text(encoding="utf-8"))


@cache
def runner(keyword: str = "") -> Runner:
    assignment = Assignment.load()
    goldens = runner().goldens if keyword else LiveGoldens(assignment, SEED)
    return Runner(assignment, goldens, choose_level(None, trusted=True), SEED, keyword)


def grade(one: Variant | Sample) -> Grade:
    if isinstance(one, Variant):
        return runner(one.keyword).grade(one.submission())
    with TemporaryDirectory() as folder:
        (path,) = write_samples(Path(folder), students=[one])
        return runner().grade(Submission.from_path(path, runner().assignment))


def lost(result: Grade) -> set[str]:
    return {check.function for check in result.checks if not check.passed}


def complaints(result: Grade) -> str:
    return "\n".join(f"{check.id} {check.status}: {check.message}" for check in result.checks if not check.passed)


def cases(variants: tuple[Variant, ...]) -> list[object]:
    def marks(one: Variant) -> list[pytest.MarkDecorator]:
        slow = [] if one.name in ALWAYS else [pytest.mark.slow]
        reason = UNNOTICED.get(one.name)
        return [*slow, pytest.mark.xfail(strict=True, reason=reason)] if reason else slow

    return [pytest.param(one, id=one.name, marks=marks(one)) for one in variants]


def test_variants_are_many_and_their_names_differ() -> None:
    assert len(mutants()) >= 60
    assert len(legal()) >= 25
    names = [one.name for one in (*mutants(), *legal())]
    assert len(set(names)) == len(names)
    assert set(names) >= ALWAYS | set(UNNOTICED) | set(NAMED)
    assert len({tuple(one.files.values()) for one in (*mutants(), *legal())}) == len(names)


@pytest.mark.parametrize("one", cases(mutants()))
def test_wrong_variant_loses_the_function_that_it_breaks(one: Variant) -> None:
    result = grade(one)
    assert result.complete, complaints(result)
    assert one.breaks <= lost(result) <= one.breaks | one.also, complaints(result)
    assert sorted({name for check in result.checks for name in check.mistakes}) == NAMED.get(one.name, [])


@pytest.mark.parametrize("one", cases(legal()))
def test_legal_variant_keeps_every_point(one: Variant) -> None:
    result = grade(one)
    assert not lost(result), complaints(result)
    assert result.full_marks


@pytest.mark.slow
@pytest.mark.parametrize("one", samples(), ids=lambda sample: sample.name)
def test_sample_of_the_demo_loses_exactly_what_it_should(one: Sample) -> None:
    result = grade(one)
    assert result.complete
    with_points = {check.function for check in result.checks if check.max_points and not check.passed}
    assert with_points == set(one.loses), complaints(result)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ALWAYS))
def test_a_fork_for_each_check_gives_the_same_verdicts_and_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = next(one for one in (*mutants(), *legal()) if one.name == name)
    # As text, because NaN is not NaN.
    told = [repr([replace(check, seconds=0.0) for check in grade(one).checks])]
    monkeypatch.setattr("grader.grading.text_findings._is_stateless", lambda *_: False)
    told += [repr([replace(check, seconds=0.0) for check in grade(one).checks])]
    assert told[0] == told[1]


def test_published_solution_keeps_all_that_the_notebook_judges() -> None:
    result = grade(next(sample for sample in samples() if sample.name == "jonas-weber"))
    short = {section.name for section in result.sections if section.score < section.max_score}
    assert short == {"General inputs"}, complaints(result)
    assert lost(result) == {"conv_backward_naive", "max_pool_backward_naive"}
    golden = runner().goldens
    for check in result.checks:
        case_id = check.id.partition("[")[2].rstrip("]")
        if "conv_backward_general" in check.id:
            pad = golden(f"conv_backward_naive/{case_id}").inputs["conv_param"]["pad"]
            assert check.passed == (pad > 0), check.id
        if "max_pool_backward_general" in check.id and not check.passed:
            pool_param = golden(f"max_pool_backward_naive/{case_id}").inputs["pool_param"]
            assert pool_param["stride"] < max(pool_param["pool_height"], pool_param["pool_width"]), check.id


def test_solution_earns_every_point_and_template_none(tmp_path: Path) -> None:
    assignment = runner().assignment
    release(assignment, tmp_path / "solved", solution=True)
    release(assignment, tmp_path / "kit")
    solved, kit = (runner().grade(Submission.from_path(tmp_path / name, assignment)) for name in ("solved", "kit"))
    assert solved.full_marks, complaints(solved)
    assert solved.max_score == 100
    assert kit.score == 0
    assert {check.status for check in kit.checks} == {Status.MISSING}, complaints(kit)
