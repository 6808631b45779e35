"""Values come back as they were packed, and nothing but values and the records that are known."""

from dataclasses import dataclass
from types import MappingProxyType

import pytest

from grader.model.packing import pack, unpack


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    parts: tuple[bytes, ...] = ()


VALUES = [
    None,
    True,
    -(10**30),
    0.1,
    "\ud800 \x00 ä",
    b"\x00\xff",
    (1, (2,), []),
    [b"a", b"", b"bc"],
    frozenset({"a", "b"}),
    {1: "x", "1": b"y", (1, 2): None},
    MappingProxyType({"a": MappingProxyType({})}),
    Record("r", (b"1", b"23")),
    ["bytes", 0, 5],
    ["record", "Record", ["x"]],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_come_back_as_they_were(value):
    back = unpack(pack(value), [Record])
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [print, object(), Record, {"a": iter("")}], ids=lambda value: type(value).__name__)
def test_other_kinds_are_refused(value):
    with pytest.raises(TypeError, match="is no plain value"):
        pack(value)


@pytest.mark.parametrize("data", [b"", b"x", pack(Record("r")), pack(1)[:-1], b"\0" * 7 + b"\x08" + b'["os",1]'])
def test_what_is_nothing_of_the_kind_is_an_error(data):
    with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
        unpack(data, [])
