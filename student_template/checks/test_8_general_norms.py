"""What the documented contracts of the two normalizations include beyond the notebook's inputs."""

from typing import Any

import pytest

from grader.judging import (
    DOUBLE,
    ROUGHLY,
    Golden,
    Record,
    Remark,
    Student,
    WrongAnswer,
    accept_all,
    assert_array,
    assert_cache_lasts,
    assert_close,
    assert_gradients,
    assert_output,
    cases,
    compare,
    stored_in,
)

from .layer_pairs import GROUPNORM, SPATIAL_BATCHNORM

pytestmark = pytest.mark.section("General inputs")

STATISTICS = ("running_mean", "running_var")
NORM_INPUTS = ("x", "gamma", "beta")
# A mode in which batchnorm_forward is right is no reason to look there.
needs_batchnorm_train = pytest.mark.needs("test_batchnorm_forward[train]", "test_batchnorm_forward[train-settings]")
needs_batchnorm_test = pytest.mark.needs("test_batchnorm_forward[test-mode]")
needs_batchnorm_cache = pytest.mark.needs(
    "test_spatial_batchnorm_train",
    "test_spatial_batchnorm_train_general",
    "batchnorm_backward",
    "batchnorm_backward_alt",
)
needs_groupnorm_cache = pytest.mark.needs("spatial_groupnorm_forward")
UNTOUCHED_TRAIN = ("untouched", "untouched-one-image", "untouched-one-channel")
UNTOUCHED_TEST = ("untouched-test-mode", "untouched-test-one-image")
batch_settings = cases("eps", "wide", "tall", "one-image", "one-channel", "float32", "drawn-general")
group_settings = cases("one-group", "group-per-channel", "eps", "wide", "tall", "one-image", "float32", "drawn-general")


@pytest.mark.function("spatial_batchnorm_forward")
@needs_batchnorm_train
@batch_settings
def test_spatial_batchnorm_train_general(
    case_id: str, student: Student, golden: Golden, record_measure: Record
) -> None:
    """spatial_batchnorm_forward is right in training mode for any image and any eps."""
    assert_output(SPATIAL_BATCHNORM, golden(f"spatial_batchnorm_forward/{case_id}"), student, record_measure)


@pytest.mark.function("spatial_batchnorm_forward")
@needs_batchnorm_train
@cases("first-step", "one-step", "three-steps", "drawn-running")
def test_spatial_batchnorm_running_statistics(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_batchnorm_forward moves the running mean and variance towards those of each batch."""
    case = golden(f"spatial_batchnorm_forward/{case_id}")
    bn_param = student.put(case.inputs["bn_param"])
    for x in case.inputs["batches"]:
        out, _ = student.layers.spatial_batchnorm_forward(x, case.inputs["gamma"], case.inputs["beta"], bn_param)
    n_steps = len(case.inputs["batches"])
    call = f"spatial_batchnorm_forward, {case.call}, after {n_steps} step{'s' if n_steps > 1 else ''}"
    words: dict[str, Any] = {"call": call, "hidden": case.hidden}
    assert_close(out, case.expected["out"], name="out", limit=ROUGHLY, record=record_measure, **words)
    after = _statistics(student.fetch(bn_param), call)
    judgements = {
        name: compare(after[name], case.expected[name], name=name, limit=DOUBLE, flexible=True, **words)
        for name in STATISTICS
    }
    for found in filter(None, accept_all(judgements, record_measure)):
        remark(found)


@pytest.mark.function("spatial_batchnorm_forward")
@needs_batchnorm_test
@cases("test-mode", "test-mode-eps", "drawn-test-mode")
def test_spatial_batchnorm_test_mode(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """spatial_batchnorm_forward uses the running statistics in test mode, and leaves them alone."""
    case = golden(f"spatial_batchnorm_forward/{case_id}")
    bn_param = student.put(case.inputs["bn_param"])
    assert_output(SPATIAL_BATCHNORM, case, student, record_measure, refs={"bn_param": bn_param})
    call = f"spatial_batchnorm_forward, {case.call}"
    after = _statistics(student.fetch(bn_param), call)
    words: dict[str, Any] = {"call": call, "limit": 1e-15, "record": record_measure, "hidden": case.hidden}
    hint = "Running statistics change in training mode only."
    for name in STATISTICS:
        before = case.inputs["bn_param"][name]
        assert_close(after[name], before, name=name, figure=f"{name} moved by", flexible=True, hint=hint, **words)


@pytest.mark.function("spatial_batchnorm_forward")
@needs_batchnorm_train
@cases("shapes")
def test_spatial_batchnorm_forward_shapes(
    case_id: str, student: Student, golden: Golden, record_measure: Record
) -> None:
    """spatial_batchnorm_forward stores a running mean and variance of shape (C,)."""
    case = golden(f"spatial_batchnorm_forward/{case_id}")
    bn_param = student.put(case.inputs["bn_param"])
    assert_output(SPATIAL_BATCHNORM, case, student, record_measure, limit=ROUGHLY, refs={"bn_param": bn_param})
    call = f"spatial_batchnorm_forward, {case.call}"
    after = _statistics(student.fetch(bn_param), call)
    for name in STATISTICS:
        assert_array(after[name], case.inputs["gamma"].shape, name=name, call=call)


@pytest.mark.function("spatial_batchnorm_forward")
@cases(
    *UNTOUCHED_TRAIN,
    *UNTOUCHED_TEST,
    marks={
        **dict.fromkeys(UNTOUCHED_TRAIN, needs_batchnorm_train),
        **dict.fromkeys(UNTOUCHED_TEST, needs_batchnorm_test),
    },
)
def test_spatial_batchnorm_forward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record
) -> None:
    """spatial_batchnorm_forward leaves x, gamma and beta as they are."""
    case = golden(f"spatial_batchnorm_forward/{case_id}")
    assert_output(SPATIAL_BATCHNORM, case, student, record_measure, limit=ROUGHLY, untouched=NORM_INPUTS)


@pytest.mark.function("spatial_batchnorm_backward")
@needs_batchnorm_cache
@batch_settings
def test_spatial_batchnorm_backward_general(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_batchnorm_backward is right for any image and any eps."""
    case = golden(f"spatial_batchnorm_backward/{case_id}")
    assert_gradients(SPATIAL_BATCHNORM, case, student, record_measure, remark)


@pytest.mark.function("spatial_batchnorm_backward")
@needs_batchnorm_cache
@cases("shapes")
def test_spatial_batchnorm_backward_shapes(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_batchnorm_backward returns dgamma and dbeta of shape (C,)."""
    case = golden(f"spatial_batchnorm_backward/{case_id}")
    assert_gradients(SPATIAL_BATCHNORM, case, student, record_measure, remark, limit=ROUGHLY, strict=True)


@pytest.mark.function("spatial_batchnorm_backward")
@needs_batchnorm_cache
@cases("untouched", "untouched-one-image", "untouched-one-channel")
def test_spatial_batchnorm_backward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_batchnorm_backward leaves dout, x, gamma and beta as they are."""
    case = golden(f"spatial_batchnorm_backward/{case_id}")
    assert_gradients(SPATIAL_BATCHNORM, case, student, record_measure, remark, limit=ROUGHLY, untouched=NORM_INPUTS)


@pytest.mark.function("spatial_groupnorm_forward")
@group_settings
def test_spatial_groupnorm_forward_general(
    case_id: str, student: Student, golden: Golden, record_measure: Record
) -> None:
    """spatial_groupnorm_forward is right for any number of groups, any image and any eps."""
    assert_output(GROUPNORM, golden(f"spatial_groupnorm_forward/{case_id}"), student, record_measure)


@pytest.mark.function("spatial_groupnorm_forward")
@cases("untouched")
def test_spatial_groupnorm_forward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record
) -> None:
    """spatial_groupnorm_forward leaves x, gamma and beta as they are."""
    case = golden(f"spatial_groupnorm_forward/{case_id}")
    assert_output(GROUPNORM, case, student, record_measure, limit=ROUGHLY, untouched=NORM_INPUTS)


@pytest.mark.function("spatial_groupnorm_backward")
@needs_groupnorm_cache
@group_settings
def test_spatial_groupnorm_backward_general(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_groupnorm_backward is right for any number of groups, any image and any eps."""
    case = golden(f"spatial_groupnorm_backward/{case_id}")
    assert_gradients(GROUPNORM, case, student, record_measure, remark)


@pytest.mark.function("spatial_groupnorm_backward")
@needs_groupnorm_cache
@cases("shapes")
def test_spatial_groupnorm_backward_shapes(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_groupnorm_backward returns dgamma and dbeta of shape (1, C, 1, 1)."""
    case = golden(f"spatial_groupnorm_backward/{case_id}")
    assert_gradients(GROUPNORM, case, student, record_measure, remark, limit=ROUGHLY, strict=True)


@pytest.mark.function("spatial_groupnorm_backward")
@needs_groupnorm_cache
@cases("untouched")
def test_spatial_groupnorm_backward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_groupnorm_backward leaves dout, x, gamma and beta as they are."""
    case = golden(f"spatial_groupnorm_backward/{case_id}")
    assert_gradients(GROUPNORM, case, student, record_measure, remark, limit=ROUGHLY, untouched=NORM_INPUTS)


@pytest.mark.function("spatial_batchnorm_backward")
@needs_batchnorm_cache
@cases("called-again")
def test_spatial_batchnorm_backward_after_another_call(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_batchnorm_backward works with its cache after spatial_batchnorm_forward was called again."""
    case = golden(f"spatial_batchnorm_backward/{case_id}")
    assert_cache_lasts(SPATIAL_BATCHNORM, case, student, record_measure, remark, limit=ROUGHLY)


@pytest.mark.function("spatial_groupnorm_backward")
@needs_groupnorm_cache
@cases("called-again")
def test_spatial_groupnorm_backward_after_another_call(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_groupnorm_backward works with its cache after spatial_groupnorm_forward was called again."""
    case = golden(f"spatial_groupnorm_backward/{case_id}")
    assert_cache_lasts(GROUPNORM, case, student, record_measure, remark, limit=ROUGHLY)


def _statistics(bn_param: Any, call: str) -> dict[str, Any]:
    """Returns the running statistics; raises WrongAnswer when one is not stored."""
    stored = stored_in(bn_param, call)
    for name in STATISTICS:
        if stored.get(name) is None:
            message = f"bn_param has no {name} after the call [{call}]."
            raise WrongAnswer(message, "Is the new value stored in bn_param?")
    return {name: stored[name] for name in STATISTICS}
