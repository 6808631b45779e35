"""The format in which values cross the wall, encoded and decoded.

A frame is a 12-byte prefix (length of the header, length of the body), a JSON header, padded with spaces to 64 bytes,
and a body of raw bytes. The header holds the message; a value in it is itself (None, bool, int, str, finite float) or
an object with one key:

    {"float": "nan"}                     a float that JSON lacks
    {"array": [dtype, shape]}            C-order, little-endian bytes, the next stretch of the body, padded to 64 bytes
    {"tuple": [...]}, {"list": [...]}, {"dict": [[key, value], ...]}
    {"ref": 7}                           a value that stays in the worker
    {"dtype": "float64"}                 a NumPy scalar type, into the worker only
    {"foreign": "a numpy.matrix"}        a value of a kind that does not cross, out of the worker only

Both sides use this module; the grader's side trusts nothing: every length, kind, shape and depth is checked before use.
"""

import json
import json.encoder
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite, prod
from typing import Any

import numpy as np

from grader.worker.original_builtins import BUILTINS

__all__ = ["Foreign", "RefId", "TooLarge", "WireError", "decode", "encode", "frame", "parse_header", "parse_prefix"]

globals()["__builtins__"] = BUILTINS

PREFIX = struct.Struct(">IQ")
MAX_HEADER = 4 << 20
#: out of the worker, where a header of numbers in brackets takes thirty times its size when it is read
MAX_REPLY_HEADER = 1 << 20
MAX_DEPTH = 12
#: brackets within brackets of a header: at most three for each level of a value
MAX_NESTING = 64
MAX_NODES = 20_000
MAX_STRING = 1 << 20
MAX_AXES = 32
ALIGN = 64
#: frames up to this size are one piece: a reader that is woken once costs less than bytes that are copied once
WHOLE = 1 << 16

#: dtype as written on the wire: exactly the numeric kinds that both sides hold in the same bytes
DTYPES = {
    name: np.dtype(name)
    for name in ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
}


class WireError(Exception):
    """The bytes are no frame of this format; the text says which rule they break."""


class TooLarge(WireError):
    """A frame is larger than what is expected."""


@dataclass(frozen=True, slots=True)
class RefId:
    """Stands for a value that stays in the worker."""

    number: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """Stands for a value of a kind that does not cross; `what` names it, e.g. "a numpy.matrix"."""

    what: str


def encode(value: Any, buffers: list[memoryview], *, types: bool = False) -> Any:
    """Returns the JSON form of a value and appends the bytes of its arrays to `buffers`.

    A value of a kind that does not cross becomes `{"foreign": what it is}`; so do scalar types where `types` is false.
    """
    return _Writer(buffers, types).value(value, 0)


def decode(tree: Any, body: memoryview, *, types: bool = False) -> Any:
    """Returns the value that a JSON form and a body describe; arrays are views of the body.

    Args:
        tree: the JSON form.
        body: the bytes of its arrays.
        types: whether scalar types may be among the values; into the worker only.

    Raises:
        WireError: the form breaks a rule of the format, or the body is not exactly used up.
    """
    reader = _Reader(body, types)
    value = reader.value(tree, 0)
    if reader.position != len(body):
        raise WireError(f"the body holds {len(body)} bytes, the header describes {reader.position}")
    return value


def frame(message: dict[str, Any], buffers: Iterable[memoryview] = ()) -> list[bytes | memoryview]:
    """Returns the pieces of one frame, to be sent one after the other; a short one is one piece."""
    body: list[bytes | memoryview] = []
    size = 0
    for buffer in buffers:
        padding = -buffer.nbytes % ALIGN
        body += [buffer, bytes(padding)] if padding else [buffer]
        size += buffer.nbytes + padding
    header = "".join(_write(message, 0)).encode()
    # Whoever reads header and body in one go has the arrays as well aligned as if they came alone.
    header += b" " * (-len(header) % ALIGN)
    pieces = [PREFIX.pack(len(header), size), header, *body]
    return [b"".join(pieces)] if len(header) + size <= WHOLE else pieces


def parse_prefix(data: bytes | bytearray, max_body: int, max_header: int = MAX_HEADER) -> tuple[int, int]:
    """Returns the lengths of header and body; raises WireError when one is over its limit."""
    header_size, body_size = PREFIX.unpack(data)
    if header_size > max_header:
        raise WireError(f"a header of {header_size} bytes, over the limit of {max_header}")
    if body_size > max_body:
        raise TooLarge(f"a value of {body_size / (1 << 20):.0f} MB, over the limit of {max_body >> 20} MB")
    return header_size, body_size


def parse_header(data: bytes | bytearray) -> dict[str, Any]:
    """Returns the message in a header; raises WireError when it is no JSON object."""
    try:
        text = data.decode()
        message, end = _read(text, 0)
        if text[end:].strip(" "):
            raise WireError("a header with something behind it")
    except (ValueError, RecursionError, StopIteration) as exc:
        raise WireError(f"a header that is not JSON: {str(exc)[:80]}") from exc
    if not isinstance(message, dict):
        raise WireError("a header that is not an object")
    if data.count(b"[") + data.count(b"{") > MAX_NESTING:
        _require_shallow(message)
    # JSON can name half of a surrogate pair, which no file and no terminal can take.
    return _without_halves(message) if b"\\u" in data else message


def _require_shallow(tree: Any) -> None:
    """Raises WireError for brackets nested so deep that a function which calls itself would not come to their end."""
    level = [tree]
    for _ in range(MAX_NESTING):
        parts = (part for item in level for part in (item.values() if isinstance(item, dict) else item))
        level = [part for part in parts if isinstance(part, (list, dict))]
        if not level:
            return
    raise WireError("a header that is nested too deep")


def _without_halves(tree: Any) -> Any:
    if isinstance(tree, str):
        return tree.encode("utf-8", "replace").decode()
    if isinstance(tree, list):
        return [_without_halves(item) for item in tree]
    if isinstance(tree, dict):
        return {_without_halves(key): _without_halves(item) for key, item in tree.items()}
    return tree


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"the constant {name}")


def _refuse_kind(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} in a header")


# Made once, and of C alone: a student's module can replace each line of Python that the module `json` has.
_read = json.JSONDecoder(parse_constant=_refuse_constant).scan_once  # type: ignore[attr-defined]
_write = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, _refuse_kind, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, False
)


class _TooManyParts(Exception):
    """A value has more parts than cross."""


class _Writer:
    """Turns values into their JSON forms, exact types only: a subclass may lie about itself."""

    def __init__(self, buffers: list[memoryview], types: bool) -> None:
        self.buffers = buffers
        self.types = types
        self.nodes = 0

    def value(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _TooManyParts
        if value is None or value is True or value is False:
            return value
        if depth > MAX_DEPTH:
            return {"foreign": f"a value nested deeper than {MAX_DEPTH} levels"}
        write = _WRITERS.get(type(value))
        if write is None:
            value = _plain(value)
            write = _WRITERS.get(type(value))
        if write is None:
            return self.other(value)
        return write(self, value, depth) if depth > 1 else self.whole(write, value, depth)

    def whole(self, write: "_Write", value: Any, depth: int) -> Any:
        """Writes one of the outermost values, or nothing of it when it has too many parts."""
        n_buffers, n_nodes = len(self.buffers), self.nodes
        try:
            return write(self, value, depth)
        except _TooManyParts:
            del self.buffers[n_buffers:]
            self.nodes = n_nodes
            return {"foreign": f"a value of more than {MAX_NODES} parts"}

    def integer(self, value: int, depth: int) -> Any:
        return value if _MIN_INT <= value <= _MAX_INT else {"foreign": "an integer of more than 64 bits"}

    def real(self, value: float, depth: int) -> Any:
        return value if isfinite(value) else {"float": repr(value)}

    def text(self, value: str, depth: int) -> Any:
        return value if len(value) <= MAX_STRING else {"foreign": f"a string of {len(value)} characters"}

    def array(self, value: "np.ndarray[Any, Any]", depth: int) -> Any:
        wire_dtype = value.dtype.newbyteorder("<")
        if wire_dtype.str not in DTYPES or value.ndim > MAX_AXES:
            return {"foreign": f"a {value.ndim}-axis array of {value.dtype}"[:200]}
        contiguous = _contiguous(value, dtype=wire_dtype)
        self.buffers.append(contiguous.reshape(-1).view(_uint8).data)
        return {"array": [wire_dtype.str, list(value.shape)]}

    def scalar(self, value: Any, depth: int) -> Any:
        item = value.item()
        return self.value(float(item) if value.dtype.kind == "f" else item, depth)

    def sequence(self, value: Any, depth: int) -> Any:
        kind = "tuple" if type(value) is tuple else "list"
        if len(value) > MAX_NODES:
            return {"foreign": f"a {kind} of {len(value)} values"}
        return {kind: [self.value(item, depth + 1) for item in value]}

    def dictionary(self, value: dict[Any, Any], depth: int) -> Any:
        if len(value) > MAX_NODES or any(type(key) is not str for key in value):
            return {"foreign": "a dictionary whose keys are not all strings"}
        return {"dict": [[key, self.value(item, depth + 1)] for key, item in value.items()]}

    def other(self, value: Any) -> Any:
        kind = type(value)
        if self.types and kind is type and value in _SCALARS:
            return {"dtype": _dtype(value).name}
        if self.types and isinstance(value, _dtype):
            return {"dtype": value.name}
        try:
            return {"foreign": f"a {kind.__module__}.{kind.__qualname__}"[:120].replace("a builtins.", "a ")}
        except Exception:  # a student's metaclass may raise
            return {"foreign": "a value of an unknown kind"}


def _plain(value: Any) -> Any:
    """Returns an OrderedDict, a named tuple and their like as the plain kind that they hold; others as they are."""
    kind = type(value)
    # The base classes' own methods: what a subclass puts in their place has no part in what is sent.
    if issubclass(kind, dict):
        return dict(dict.items(value))
    if issubclass(kind, tuple):
        return tuple.__getitem__(value, slice(None))
    return list.copy(value) if issubclass(kind, list) else value


# Bound once: NumPy's own names can be replaced by a student's module.
_contiguous, _uint8, _dtype = np.ascontiguousarray, np.uint8, np.dtype
_from_buffer, _empty, _bytes = np.frombuffer, np.empty, np.dtype(np.uint8)
_MIN_INT, _MAX_INT = -(2**63), 2**64 - 1
_SCALARS = tuple(kind for kind in set(np.sctypeDict.values()) if np.dtype(kind).kind in "fiub")
_Write = Callable[[_Writer, Any, int], Any]
_WRITERS: dict[type, _Write] = {
    int: _Writer.integer,
    float: _Writer.real,
    str: _Writer.text,
    np.ndarray: _Writer.array,
    tuple: _Writer.sequence,
    list: _Writer.sequence,
    dict: _Writer.dictionary,
    RefId: lambda writer, value, depth: {"ref": value.number},
    Foreign: lambda writer, value, depth: {"foreign": value.what},
    **dict.fromkeys(_SCALARS, _Writer.scalar),
}


class _Reader:
    """Walks one JSON form, taking arrays off the body in order."""

    def __init__(self, body: memoryview, types: bool) -> None:
        self.body = body
        self.types = types
        self.position = 0
        self.nodes = 0

    def value(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH + 1:
            raise WireError("a value with too many or too deeply nested parts")
        if tree is None or isinstance(tree, (bool, float, str)):
            return tree
        if isinstance(tree, int):
            if not _MIN_INT <= tree <= _MAX_INT:
                raise WireError("an integer of more than 64 bits")
            return tree
        if not isinstance(tree, dict) or len(tree) != 1:
            raise WireError("a value of unknown form")
        ((kind, content),) = tree.items()
        return self._tagged(kind, content, depth)

    def _tagged(self, kind: str, content: Any, depth: int) -> Any:
        if kind == "array":
            return self._array(content)
        if kind in ("tuple", "list") and isinstance(content, list):
            items = [self.value(item, depth + 1) for item in content]
            return tuple(items) if kind == "tuple" else items
        if kind == "dict" and isinstance(content, list):
            entries = dict(self._pair(pair, depth + 1) for pair in content)
            if len(entries) != len(content):
                raise WireError("a dictionary with one key twice")
            return entries
        if kind == "float" and isinstance(content, str) and content in ("nan", "inf", "-inf"):
            return float(content)
        if kind == "ref" and type(content) is int and 0 <= content <= _MAX_INT:
            return RefId(content)
        if kind == "foreign" and isinstance(content, str):
            return Foreign(content[:200])
        if kind == "dtype" and isinstance(content, str) and self.types:
            return _scalar_type(content)
        raise WireError(f"a value of unknown kind {kind[:40]!r}")

    def _pair(self, pair: Any, depth: int) -> tuple[str, Any]:
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise WireError("a dictionary entry that is no pair of key and value")
        return pair[0], self.value(pair[1], depth)

    def _array(self, content: Any) -> Any:
        if not (isinstance(content, list) and len(content) == 2 and isinstance(content[1], list)):
            raise WireError("an array without dtype and shape")
        dtype, shape = DTYPES.get(content[0]) if isinstance(content[0], str) else None, content[1]
        if dtype is None:
            raise WireError(f"an array of unknown dtype {str(content[0])[:40]!r}")
        if len(shape) > MAX_AXES or any(type(axis) is not int or axis < 0 for axis in shape):
            raise WireError("an array of impossible shape")
        n_bytes = prod(shape) * dtype.itemsize
        if n_bytes > len(self.body) - self.position:
            raise WireError(f"an array of shape {tuple(shape)} in a shorter body")
        piece = self.body[self.position : self.position + n_bytes]
        self.position += n_bytes + -n_bytes % ALIGN
        stored = _bytes if dtype.kind == "b" else dtype
        try:
            array = _from_buffer(piece, dtype=stored).reshape(shape) if n_bytes else _empty(shape, dtype=stored)
        except ValueError as exc:
            # An empty array may name axes whose product overflows.
            raise WireError("an array of impossible shape") from exc
        # A bool whose byte is neither 0 nor 1 would break NumPy's own assumptions.
        return _contiguous(array != 0).reshape(shape) if dtype.kind == "b" else array


def _scalar_type(name: str) -> Any:
    for dtype in DTYPES.values():
        if dtype.name == name:
            return dtype.type
    raise WireError(f"an unknown scalar type {name[:40]!r}")
