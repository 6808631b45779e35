"""A description of a kept value's attributes is equal where they are, and only then."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.worker.serve import RequestHandler

PLAIN: dict[str, Any] = {
    "params": {"W": np.ones(3)},
    "reg": 0.5,
    "sizes": [1, (2, 3)],
    "dtype": np.float32,
    "last": None,
}


def described(value: Any) -> Any:
    return RequestHandler({}, "/nowhere").on_attributes({"but": ["params"]}, value)[1]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("reg", 0.25),
        ("reg", "0.5"),
        ("sizes", [1, [2, 3]]),
        ("dtype", np.float64),
        ("last", 0),
        ("new", 1),
        ("last", np.zeros(2)),
    ],
)
def test_another_attribute_gives_another_text(name: str, other: Any) -> None:
    assert described(SimpleNamespace(**PLAIN)) == described(SimpleNamespace(**PLAIN)) is not None
    assert described(SimpleNamespace(**{**PLAIN, name: other})) != described(SimpleNamespace(**PLAIN))


def test_arrays_are_told_apart_by_value_type_and_shape() -> None:
    arrays = [np.zeros(4), np.zeros(4, np.int64), np.zeros((2, 2)), np.array([0.0, 0, 0, 1])]
    assert len({described(SimpleNamespace(kept=array)) for array in arrays}) == len(arrays)


def test_what_is_left_out_counts_for_nothing() -> None:
    changed = {**PLAIN, "params": {"W": np.zeros(3)}}
    assert described(SimpleNamespace(**changed)) == described(SimpleNamespace(**PLAIN))


def test_what_is_no_plain_value_has_no_text() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (object(), endless, lambda: None, np.array([None])):
        assert described(SimpleNamespace(kept=value)) is None
    assert described(3) is None
