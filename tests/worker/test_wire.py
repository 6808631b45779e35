"""The wire format: what crosses comes out equal, what does not cross is named, and lies are refused by rule."""

import json
import math
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.worker import wire


def cross(value):
    buffers: list[memoryview] = []
    pieces = wire.frame({"value": wire.encode(value, buffers, types=True)}, buffers)
    data = b"".join(bytes(piece) for piece in pieces)
    header_size, body_size = wire.parse_prefix(data[: wire.PREFIX.size], 1 << 20)
    message = wire.parse_header(data[wire.PREFIX.size : wire.PREFIX.size + header_size])
    body = memoryview(bytearray(data[wire.PREFIX.size + header_size :]))
    assert len(body) == body_size
    return wire.decode(message["value"], body, types=True)


@pytest.mark.parametrize("n_values", [0, 1, 13, wire.WHOLE])
def test_short_frames_are_one_piece_and_bodies_begin_aligned(n_values):
    buffers: list[memoryview] = []
    tree = wire.encode(np.zeros(n_values), buffers)
    pieces = wire.frame({"value": tree}, buffers)
    header_size, body_size = wire.parse_prefix(bytes(pieces[0])[: wire.PREFIX.size], 1 << 20)
    assert header_size % wire.ALIGN == 0
    assert (len(pieces) == 1) == (header_size + body_size <= wire.WHOLE)
    assert sum(memoryview(piece).nbytes for piece in pieces) == wire.PREFIX.size + header_size + body_size


@pytest.mark.parametrize("value", [None, True, False, 0, -(2**63), 2**64 - 1, 1.5, -0.0, math.inf, "ä\n", (), [], {}])
def test_plain_values_cross(value):
    result = cross(value)
    assert result == value
    assert type(result) is type(value)


def test_nan_crosses():
    assert math.isnan(cross(math.nan))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "i1", "i8", "u2", "?"])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3), (1, 1, 5)])
def test_arrays_cross_with_dtype_and_shape(dtype, shape):
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    result = cross({"a": [array, array.T]})["a"]
    np.testing.assert_array_equal(result[0], array, strict=dtype[0] != ">")
    np.testing.assert_array_equal(result[1], array.T)
    assert type(result[0]) is np.ndarray
    assert result[0].dtype.isnative


def test_scalar_types_cross_as_themselves():
    assert cross((np.float32, np.dtype("float64"))) == (np.float32, np.float64)


class Lying(dict):
    def items(self):
        return [("a", 2)]


Pair = namedtuple("Pair", "x y")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (OrderedDict(a=1.0), {"a": 1.0}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (Lying(a=1), {"a": 1}),
        (Pair(1, 2), (1, 2)),
    ],
)
def test_containers_of_another_class_cross_as_the_plain_kind(value, plain):
    result = cross(value)
    assert result == plain
    assert type(result) is type(plain)


class Lazy(np.ndarray):
    pass


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (np.zeros(2).view(Lazy), "Lazy"),
        (np.ma.masked_array([1.0]), "MaskedArray"),
        (np.array([object()]), "object"),
        (np.zeros(2, dtype="c16"), "complex128"),
        (np.zeros(2, dtype=[("a", "f4")]), "array of"),
        ({1: 2}, "dictionary"),
        (2**70, "64 bits"),
        (object(), "a object"),
        (lambda: 0, "function"),
        ({1, 2}, "a set"),
    ],
)
def test_other_kinds_are_named_not_sent(value, what):
    result = cross([value])[0]
    assert isinstance(result, wire.Foreign)
    assert what in result.what


def test_deep_value_is_named_not_sent():
    value: list = []
    for _ in range(50):
        value = [value]
    assert "nested deeper" in repr(cross(value))


@pytest.mark.parametrize(
    ("tree", "rule"),
    [
        ({"array": ["<f8", [2]]}, "shorter body"),
        ({"array": ["<f8", [1 << 40]]}, "shorter body"),
        ({"array": ["<f8", [-1]]}, "impossible shape"),
        ({"array": ["<f8", [0, 1 << 62, 1 << 62]]}, "impossible shape"),
        ({"array": ["<f8", [True]]}, "impossible shape"),
        ({"array": ["<f8", [1] * 40]}, "impossible shape"),
        ({"array": ["|O", [1]]}, "unknown dtype"),
        ({"array": [["<f8"], [1]]}, "unknown dtype"),
        ({"array": ["<f8"]}, "without dtype"),
        ({"dict": [["a"]]}, "no pair"),
        ({"dict": [[1, 2]]}, "no pair"),
        ({"pickle": "x"}, "unknown kind"),
        ({"dtype": "float64"}, "unknown kind"),
        (2**64, "64 bits"),
        ({"a": 1, "b": 2}, "unknown form"),
        ([1], "unknown form"),
        ({"list": [0] * 30_000}, "too many"),
    ],
)
def test_lies_are_refused_by_rule(tree, rule):
    with pytest.raises(wire.WireError, match=rule):
        wire.decode(tree, memoryview(b""))


def test_unknown_scalar_type_is_refused():
    with pytest.raises(wire.WireError, match="scalar type"):
        wire.decode({"dtype": "object"}, memoryview(b""), types=True)


def test_half_of_a_surrogate_pair_is_replaced():
    assert wire.parse_header(b'{"a\\ud800": ["\\udfff", "\\ud83d\\ude00"]}') == {"a?": ["?", "\N{GRINNING FACE}"]}


def test_value_of_too_many_parts_is_cut_short():
    value: list = [np.zeros(1)] * 200
    for _ in range(4):
        value = [value] * 200
    assert repr(cross((1.5, value, None))) == "(1.5, Foreign(what='a value of more than 20000 parts'), None)"


def test_scalar_type_does_not_come_out():
    assert wire.encode(np.float64, []) == {"foreign": "a type"}


def test_classes_that_lie_about_themselves_are_named_not_sent():
    class Meta(type):
        @property
        def __module__(cls):
            raise RuntimeError

    class Liar(metaclass=Meta):
        @property
        def __class__(self):
            return wire.RefId

    assert isinstance(cross(Liar()), wire.Foreign)


def test_bytes_that_nothing_describes_are_refused():
    with pytest.raises(wire.WireError, match="64 bytes"):
        wire.decode(None, memoryview(bytes(64)))


def test_bool_bytes_become_real_bools():
    array = wire.decode({"array": ["|b1", [3]]}, memoryview(b"\x00\x01\xff" + bytes(61)))
    assert array.view(np.uint8).tolist() == [0, 1, 1]


@pytest.mark.parametrize("header", [b"", b"[]", b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff", b'{"a":' + b"9" * 5000])
def test_header_that_is_no_object_is_refused(header):
    with pytest.raises(wire.WireError, match="header"):
        wire.parse_header(header)


def test_promised_sizes_have_limits():
    with pytest.raises(wire.WireError, match="header of"):
        wire.parse_prefix(wire.PREFIX.pack(1 << 30, 0), 10)
    with pytest.raises(wire.WireError, match="over the limit"):
        wire.parse_prefix(wire.PREFIX.pack(1, 1 << 60), 1 << 20)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["array", "list", "dict", "tuple", "float", "ref", "dtype", "foreign", "x"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=12,
)


@given(tree=json_values, body=st.binary(max_size=130))
def test_any_json_is_decoded_or_refused(tree, body):
    try:
        wire.decode(json.loads(json.dumps(tree)), memoryview(body))
    except wire.WireError:
        return
