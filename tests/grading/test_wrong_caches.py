"""A backward function that is right but for the cache of a forward function with a known mistake keeps its share."""

import pytest
from submissions.variants import Rewrite, variant

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens
from grader.grading.runner import Runner
from grader.sandbox.level import Level

FORWARD, BACKWARD = "spatial_groupnorm_forward", "spatial_groupnorm_backward"
#: as students write it, in another form than the catalogue's, with the variance of a sample
NORM = """
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1)
    mu = rows.mean(axis=1, keepdims=True)
    v = rows.var(axis=1, ddof=1, keepdims=True)
    hat = (rows - mu) / np.sqrt(v + eps)
    out = gamma * hat.reshape(x.shape) + beta
    cache = (rows - mu, v + eps, gamma)
"""
#: by the graph
BACK = """
    centred, v, gamma = cache
    d = (dout * gamma).reshape(centred.shape)
    m = centred.shape[1]
    dv = np.sum(d * centred, axis=1, keepdims=True) * -0.5 * v ** -1.5
    dc = d / np.sqrt(v) + 2 * centred * dv / m
    dx = (dc - dc.mean(axis=1, keepdims=True)).reshape(dout.shape)
    hat = (centred / np.sqrt(v)).reshape(dout.shape)
    dgamma = np.sum(dout * hat, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
"""


@pytest.mark.slow
def test_right_over_a_wrong_cache_keeps_its_share_and_wrong_over_it_nothing():
    assignment = Assignment.load()
    with Runner(assignment, LiveGoldens(assignment, 7), Level.LIMITS, 7, "groupnorm_backward or groupnorm_f") as runner:
        for body, share in ((BACK, 0.8), (BACK.replace("dc - dc.mean(axis=1, keepdims=True)", "dc"), 0.0)):
            one = variant("ddof", Rewrite(FORWARD, NORM), Rewrite(BACKWARD, body))
            checks = runner.grade(one.submission()).checks
            assert {check.mistakes for check in checks if check.function == FORWARD and check.mistakes} == {
                ("groupnorm-variance-with-ddof-1",)
            }
            lost = [check for check in checks if check.function == BACKWARD and not check.passed]
            assert len(lost) > 8
            assert {check.follows_from for check in lost} == {(FORWARD,)}
            assert all(check.points == pytest.approx(share * check.max_points) for check in lost)
