"""The update rules compute what a hand computes, step by step, and leave their arguments alone."""

from typing import Any

import numpy as np
import pytest

from reference.cs231n.optim import adam, rmsprop, sgd, sgd_momentum

RULES = [sgd, sgd_momentum, rmsprop, adam]


def steps(rule: Any, config: dict[str, Any], gradients: list[float], w: float = 1.0) -> list[float]:
    values = []
    array = np.array([w])
    for gradient in gradients:
        array, config = rule(array, np.array([gradient]), config)
        values.append(float(array[0]))
    return values


def test_sgd_walks_down_the_gradient() -> None:
    assert steps(sgd, {"learning_rate": 0.5}, [1.0, -2.0]) == [0.5, 1.5]


def test_momentum_adds_up_velocity() -> None:
    # v = -0.5, then 0.5 * -0.5 - 0.5 = -0.75
    assert steps(sgd_momentum, {"learning_rate": 0.5, "momentum": 0.5}, [1.0, 1.0]) == [0.5, -0.25]


def test_rmsprop_divides_by_the_root_of_the_average_square() -> None:
    # cache = 0.75 * 0 + 0.25 * 4 = 1, then 0.75 * 1 + 0.25 * 13 = 4
    config = {"learning_rate": 0.5, "decay_rate": 0.75, "epsilon": 1.0}
    assert steps(rmsprop, config, [2.0, 13.0**0.5]) == pytest.approx([0.5, 0.5 - 0.5 * 13**0.5 / 3], rel=1e-15)


def test_adam_corrects_the_bias_of_its_averages() -> None:
    # t = 1: m = 1, v = 1, mt = 2, vt = 4: step 2 / (2 + 1)
    # t = 2: m = 0.5 + 2, v = 0.75 + 0.25 * 16 = 4.75, mt = 2.5 / 0.75, vt = 4.75 / (1 - 0.75**2)
    config = {"learning_rate": 1.0, "beta1": 0.5, "beta2": 0.75, "epsilon": 1.0}
    second = (2.5 / 0.75) / ((4.75 / 0.4375) ** 0.5 + 1)
    assert steps(adam, config, [2.0, 4.0]) == pytest.approx([1 / 3, 1 / 3 - second], rel=1e-14)


def test_adam_with_defaults_starts_with_a_step_of_the_learning_rate() -> None:
    assert steps(adam, {}, [1e-3]) == pytest.approx([1 - 1e-3], rel=1e-7)


@pytest.mark.parametrize("rule", RULES)
def test_defaults_are_those_of_the_course(rule: Any) -> None:
    _, config = rule(np.zeros(2), np.zeros(2))
    numbers = {key: value for key, value in config.items() if not isinstance(value, np.ndarray)}
    assert (
        numbers
        == {
            sgd: {"learning_rate": 1e-2},
            sgd_momentum: {"learning_rate": 1e-2, "momentum": 0.9},
            rmsprop: {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
            adam: {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 1},
        }[rule]
    )
    arrays = {key for key, value in config.items() if isinstance(value, np.ndarray)}
    assert arrays == {sgd: set(), sgd_momentum: {"velocity"}, rmsprop: {"cache"}, adam: {"m", "v"}}[rule]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arguments_keep_their_values_and_the_result_their_type(rule: Any, dtype: Any) -> None:
    rng = np.random.default_rng(231)
    w, dw = rng.standard_normal((4, 5)).astype(dtype), rng.standard_normal((4, 5))
    copies = w.copy(), dw.copy()
    config: dict[str, Any] = {"learning_rate": 0.1}
    first, returned = rule(w, dw, config)
    kept = first.copy()
    second, _ = rule(first, dw, returned)
    assert returned is config
    assert first.dtype == second.dtype == dtype
    np.testing.assert_array_equal(w, copies[0])
    np.testing.assert_array_equal(dw, copies[1])
    np.testing.assert_array_equal(first, kept)
    assert not np.shares_memory(first, w)


@pytest.mark.parametrize("shape", [(), (0,), (3, 1, 2), (300, 301)], ids=str)
def test_adam_in_chunks_equals_the_formula(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(231)
    w = np.array(rng.standard_normal(shape), order="F")
    m, v = np.zeros(shape), np.zeros(shape)
    expected, actual, config = w, w, None
    for t in range(1, 4):
        dw = rng.standard_normal(shape)
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        expected = expected - 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        actual, config = adam(actual, dw, config)
    assert actual.shape == shape
    np.testing.assert_allclose(actual, expected, rtol=1e-12)
