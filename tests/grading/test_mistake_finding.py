"""Mistakes are named in grades, whatever form the code has; right submissions ask for nothing."""

import os
from collections import Counter
from functools import cache

import pytest
from submissions.legal import legal
from submissions.mutants import mutants
from submissions.variants import CNN, LAYERS, Rewrite, Variant, variant

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens, public_goldens
from grader.grading.runner import Runner
from grader.model.results import Grade
from grader.sandbox.level import choose_level
from reference.mistakes import MISTAKES, Mistake
from reference.samples.texts import solved

SEED = 20261122
CONV, CONV_BACK, POOL = "conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive"
BN, BN_BACK = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
GN, GN_BACK = "spatial_groupnorm_forward", "spatial_groupnorm_backward"

# Each in a form that the catalogue does not have: the mistake's name, the function, its body.
FORMS = [
    (
        "conv-stride-ignored-along-width",
        CONV,
        """
        from numpy.lib.stride_tricks import sliding_window_view

        stride, pad = conv_param["stride"], conv_param["pad"]
        H, W = x.shape[2:]
        HH, WW = w.shape[2:]
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        windows = sliding_window_view(padded, (HH, WW), axis=(2, 3))[:, :, ::stride]
        windows = windows[:, :, :, : 1 + (W + 2 * pad - WW) // stride]
        out = np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]
        """,
    ),
    (
        "conv-padded-behind-only",
        CONV,
        """
        stride, pad = conv_param["stride"], conv_param["pad"]
        N, C, H, W = x.shape
        F, _, HH, WW = w.shape
        rows, cols = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
        padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
        padded[:, :, :H, :W] = x
        out = np.zeros((N, F, rows, cols))
        for i in range(rows):
            for j in range(cols):
                patch = padded[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW].reshape(N, -1)
                out[:, :, i, j] = patch @ w.reshape(F, -1).T + b
        """,
    ),
    (
        "conv-dx-overwritten",
        CONV_BACK,
        """
        x, w, b, conv_param = cache
        stride, pad = conv_param["stride"], conv_param["pad"]
        (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.sum(dout, axis=(0, 2, 3))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                at = np.s_[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], padded[at])
                dpadded[at] = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
        dx = dpadded[:, :, pad : pad + H, pad : pad + W]
        """,
    ),
    (
        "pool-window-sides-swapped",
        POOL,
        """
        from numpy.lib.stride_tricks import sliding_window_view

        height, width, stride = pool_param["pool_width"], pool_param["pool_height"], pool_param["stride"]
        windows = sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
        out = windows.max(axis=(4, 5))
        """,
    ),
    (
        "batchnorm-each-image-alone",
        BN,
        """
        N, C, H, W = x.shape
        if bn_param["mode"] == "train":
            flat = x.reshape(N, C, H * W)
            centred = flat - flat.mean(axis=2)[:, :, None]
            std = (np.square(centred).mean(axis=2) + bn_param.get("eps", 1e-5)) ** 0.5
            out = (centred / std[:, :, None]).reshape(x.shape) * gamma[None, :, None, None] + beta[None, :, None, None]
            _, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
        else:
            out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
            out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
        """,
    ),
    (
        "batchnorm-dx-images-counted-for-pixels",
        BN_BACK,
        """
        N, C, H, W = dout.shape
        centred, std, gamma = cache
        x_hat = (centred / std).reshape(N, H, W, C).transpose(0, 3, 1, 2)
        shape = (1, C, 1, 1)
        dbeta, dgamma = np.einsum("nchw->c", dout), np.einsum("nchw,nchw->c", dout, x_hat)
        dx = dout * N - dbeta.reshape(shape) - x_hat * dgamma.reshape(shape)
        dx *= (gamma / (N * std)).reshape(shape)
        """,
    ),
    (
        "groupnorm-variance-with-ddof-1",
        GN,
        """
        N, C, H, W = x.shape
        rows = x.reshape(N * G, -1)
        deviations = rows - rows.mean(axis=1, keepdims=True)
        var = np.einsum("ij,ij->i", deviations, deviations) / (rows.shape[1] - 1)
        std = np.sqrt(var + eps)[:, None]
        x_hat = (deviations / std).reshape(x.shape)
        out = x_hat * gamma + beta
        cache = (x_hat, std.reshape(N, G, 1, 1, 1), gamma)
        """,
    ),
    (
        "groupnorm-dx-variance-wrong-sign",
        GN_BACK,
        """
        x_hat, std, gamma = cache
        N, C, H, W = dout.shape
        G = std.shape[1]
        dbeta, dgamma = dout.sum((0, 2, 3), keepdims=True), (dout * x_hat).sum((0, 2, 3), keepdims=True)
        rows, hats = (dout * gamma).reshape(N * G, -1), x_hat.reshape(N * G, -1)
        M = rows.shape[1]
        dx = M * rows - rows.sum(axis=1, keepdims=True) + hats * (rows * hats).sum(axis=1, keepdims=True)
        dx = (dx / (M * std.reshape(N * G, 1))).reshape(dout.shape)
        """,
    ),
]
TWO_AT_ONCE = """
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.mean(dout, axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], padded[at])
            dpadded[at] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dx = dpadded[:, :, :H, :W]
"""


#: through the worker every eightieth mistake is planted; with GRADER_EVERY_MISTAKE in the environment all, in minutes
PLANTED = MISTAKES if os.environ.get("GRADER_EVERY_MISTAKE") else MISTAKES[25::80]
SEEN_IN_HIDDEN_CASES_ONLY = {"network-weight-scale-ignored"}


@cache
def runner(keyword: str, seed: int | None) -> Runner:
    assignment = Assignment.load()
    goldens = public_goldens(assignment) if seed is None else LiveGoldens(assignment, seed)
    return Runner(assignment, goldens, choose_level(None, trusted=True), seed, keyword)


def named(grade: Grade, function: str) -> Counter[tuple[str, ...]]:
    return Counter(check.mistakes for check in grade.checks if not check.passed and check.function == function)


@pytest.mark.parametrize(("name", "function", "code"), FORMS, ids=[form[0] for form in FORMS])
def test_form_of_the_code_does_not_matter(name: str, function: str, code: str) -> None:
    wrong = variant(name, Rewrite(function, code), breaks={function})
    grade = runner(wrong.keyword, None).grade(wrong.submission())
    found = named(grade, function)
    assert found[(name,)] >= 2
    assert set(found) <= {(name,), ()}
    assert not {names for check in grade.checks for names in check.mistakes if check.function != function}


@pytest.mark.parametrize("mistake", PLANTED, ids=lambda mistake: f"{mistake.name}-{mistake.function}")
def test_planted_mistake_is_named_rightly(mistake: Mistake) -> None:
    texts = {place: mistake.texts().get(place, solved(place)) for place in (LAYERS, CNN)}
    planted = Variant(
        mistake.name, {place: text.encode() for place, text in texts.items()}, frozenset({mistake.function})
    )
    grade = runner(planted.keyword, None).grade(planted.submission())
    names = {name for check in grade.checks for name in check.mistakes}
    assert names == set(mistake.name.split("+")) or (not names and mistake.name in SEEN_IN_HIDDEN_CASES_ONLY)


def test_two_mistakes_of_one_function_are_both_named_in_check_and_hint() -> None:
    wrong = variant("two", Rewrite(CONV_BACK, TWO_AT_ONCE), breaks={CONV_BACK})
    grade = runner(wrong.keyword, None).grade(wrong.submission())
    (check,) = (check for check in grade.checks if check.id.endswith("test_conv_backward[notebook]"))
    assert check.mistakes == ("conv-dx-cropped-at-the-corner", "conv-db-mean")
    assert check.hint.startswith("The padding is taken off dx")
    assert "db is a mean" in check.hint


def test_two_mistakes_of_which_one_hides_the_other_are_both_named() -> None:
    both = next(mistake for mistake in MISTAKES if mistake.name == "conv-dx-overwritten+conv-dx-cropped-to-nothing")
    test_planted_mistake_is_named_rightly(both)


def test_derivative_of_a_wrong_forward_function_has_no_mistake_of_its_own() -> None:
    flipped = next(one for one in mutants() if one.name.startswith("flipped convolution with its own right"))
    grade = runner(flipped.keyword, None).grade(flipped.submission())
    assert set(named(grade, CONV)) == {("conv-filters-flipped",)}
    assert set(named(grade, CONV_BACK)) == {()}


def test_backward_function_on_the_cache_of_a_wrong_forward_function_has_no_name() -> None:
    # Its dx is that of another mistake, made in the backward function.
    test_planted_mistake_is_named_rightly(next(one for one in MISTAKES if one.name == "groupnorm-not-divided"))


def test_server_names_a_mistake_as_the_kit_does_in_hidden_cases_too() -> None:
    name, function, code = FORMS[0]
    wrong = variant(name, Rewrite(function, code), breaks={function})
    grade = runner(wrong.keyword, SEED).grade(wrong.submission())
    assert any(not check.visible and check.mistakes == (name,) for check in grade.checks)
    assert set(named(grade, function)) == {(name,)}
    assert Grade.from_json(grade.to_json()) == grade


def test_right_submission_asks_for_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    right = next(one for one in legal() if one.name == "convolution by im2col, cached")
    grading = runner(right.keyword, None)
    monkeypatch.setattr(grading._effects, "suspects", lambda function: pytest.fail("nothing has failed"))
    assert all(check.passed for check in grading.grade(right.submission()).checks)
