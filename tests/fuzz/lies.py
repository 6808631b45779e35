"""What a worker can answer in the place of the truth: values of every kind, at every place, and raw frames."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.worker import wire
from grader.worker.wire import Foreign, RefId

__all__ = ["CONTROL", "HUGE", "LIES", "Lie", "framed"]

Message = dict[str, Any]

DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
#: what cannot be read otherwise than as the numbers that it holds
SAME_NUMBERS = {"<f4", "<f8"}


class Untouched(Exception):
    """This lie has no place in this reply."""


@dataclass(frozen=True, slots=True)
class Lie:
    """One way to answer wrongly."""

    name: str
    #: the true message and value, and a generator of random numbers -> the bytes of the answer
    tell: Callable[[Message, Any, random.Random], bytes]
    #: whether a check may pass in spite of it, since the numbers that it needs are there
    harmless: bool = False


def framed(message: Message, value: Any) -> bytes:
    """Returns the bytes of a reply."""
    buffers: list[memoryview] = []
    tree = wire.encode(value, buffers)
    return b"".join(bytes(piece) for piece in wire.frame({**message, "value": tree}, buffers))


def raw(header: bytes, body: bytes = b"", promise: int | None = None) -> bytes:
    """Returns the bytes of a frame, whatever its header says."""
    return wire.PREFIX.pack(len(header), len(body) if promise is None else promise) + header + body


# Values in the place of others


def plain_values() -> Iterator[tuple[str, Any]]:
    """Yields values that are no right answer anywhere."""
    yield from (("none", None), ("true", True), ("false", False), ("zero", 0), ("minus-one", -1), ("seven", 7))
    yield from (("largest", 2**64 - 1), ("smallest", -(2**63)), ("half", 0.5), ("largest-float", 1.7e308))
    yield from ((f"float-{text}", float(text)) for text in ("nan", "inf", "-inf"))
    yield from (("empty-text", ""), ("text", "passed"), ("long-text", "x" * 60_000), ("nul", "a\0b"))
    yield from (("markup", "<script>alert(1)</script>"), ("escape", "\x1b[2J\r\n::error::x"), ("digits", "1.5"))
    yield from (("empty-list", []), ("empty-tuple", ()), ("empty-dict", {}), ("list-of-nothing", [None] * 3))
    yield from (("ragged", [[1.0], [2.0, 3.0]]), ("uneven", [1, [2]]), ("mixed", [1, "a", None, 2.5, True]))
    yield from (("numbers", [0.5] * 6), ("texts", ["a", "b"]), ("pair", (1.0, {})), ("pair-of-none", (None, None)))
    yield from (("many-parts", list(range(15_000))), ("odd-keys", {"": 1, "\0": [], "W1": {}}))
    yield ("six-texts", dict.fromkeys(NAMES, "weights"))
    yield ("six-dicts", {name: {"data": 1} for name in NAMES})
    yield ("six-ragged", {name: [[1.0], [2.0, 3.0]] for name in NAMES})
    yield ("six-arrays-in-lists", {name: [np.ones(3), np.ones(2)] for name in NAMES})
    yield ("six-numbers", dict.fromkeys(NAMES, 1))
    yield ("six-empty", {name: np.zeros((0, 3)) for name in NAMES})
    yield ("six-bools", {name: np.ones((2, 2), bool) for name in NAMES})
    yield ("arrays", [np.zeros(3), np.ones((2, 2))])
    yield ("foreign", Foreign("a thing"))
    yield from (("ref", RefId(1)), ("no-ref", RefId(999)), ("minus-ref", RefId(-1)), ("huge-ref", RefId(10**30)))
    yield ("list-of-refs", [RefId(1), RefId(2)])
    yield from (("scalar-array", np.array(2.5)), ("empty-array", np.zeros((0,))), ("one-entry", np.ones((1, 1))))
    yield ("no-images", np.zeros((0, 3, 8, 8)))
    yield ("endless-empty", np.zeros((0, 1 << 40)))
    yield ("many-axes", np.zeros((1,) * 32))
    deep: Any = 1
    for _ in range(11):
        deep = [deep]
    yield ("deep-list", deep)


NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")


def of_array(array: Any) -> Iterator[tuple[str, Any]]:
    """Yields arrays and others that look like one array."""
    for dtype in DTYPES:
        with np.errstate(all="ignore"):
            yield f"as-{dtype[1:]}", array.astype(dtype)
    yield "as-nan", np.full(array.shape, np.nan)
    yield "as-inf", np.full(array.shape, -np.inf)
    yield "as-largest", np.full(array.shape, 1.7e308)
    yield "as-list", array.tolist()
    yield "as-pair", (array, array)
    yield "as-dict", {"data": array}
    yield "as-flat", array.reshape(-1)
    yield "as-longer", np.concatenate([array.reshape(-1), np.ones(1)])
    yield "as-one-axis-more", array[None]
    yield "as-transposed", np.ascontiguousarray(array.T)
    yield "as-first", array.reshape(-1)[:1].reshape(()) if array.size else array
    yield "as-zeros", np.zeros(array.shape)


ARRAY_LIES = tuple(name for name, _ in of_array(np.ones(2)))


def of_dictionary(value: Mapping[str, Any], random_: random.Random) -> Iterator[tuple[str, Any]]:
    """Yields dictionaries that look like one dictionary."""
    names = list(value)
    one = random_.choice(names)
    yield "without-a-key", {name: value[name] for name in names if name != one}
    yield "with-more-keys", {**value, "": None, "W99": [1], "\ud800": 2}
    yield "backwards", {name: value[name] for name in names[::-1]}
    yield "other-names", {name.lower(): item for name, item in value.items()}
    yield "as-pairs", [[name, item] for name, item in value.items()]
    yield "one-for-all", dict.fromkeys(names, value[one])


DICT_LIES = ("without-a-key", "with-more-keys", "backwards", "other-names", "as-pairs", "one-for-all")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yields the places inside a value that hold something else than a reference, the whole first."""
    if isinstance(value, RefId):
        return
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (tuple, list)) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Returns a value with another one at a place."""
    if not path:
        return new
    if isinstance(value, dict):
        return {key: put(part, path[1:], new) if key == path[0] else part for key, part in value.items()}
    parts = [put(part, path[1:], new) if key == path[0] else part for key, part in enumerate(value)]
    return tuple(parts) if isinstance(value, tuple) else parts


def _whole(new: Any) -> Callable[[Message, Any, random.Random], bytes]:
    return lambda message, value, random_: framed(message, new)


def _part(new: Any) -> Callable[[Message, Any, random.Random], bytes]:
    def tell(message: Message, value: Any, random_: random.Random) -> bytes:
        inner = [path for path in places(value) if path]
        if not inner:
            raise Untouched
        return framed(message, put(value, random_.choice(inner), new))

    return tell


def _array(name: str) -> Callable[[Message, Any, random.Random], bytes]:
    def tell(message: Message, value: Any, random_: random.Random) -> bytes:
        arrays = [
            path for path in places(value) if isinstance(at(value, path), np.ndarray) and at(value, path).size < 9000
        ]
        if not arrays:
            raise Untouched
        path = random_.choice(arrays)
        return framed(message, put(value, path, dict(of_array(at(value, path)))[name]))

    return tell


def _dictionary(name: str) -> Callable[[Message, Any, random.Random], bytes]:
    def tell(message: Message, value: Any, random_: random.Random) -> bytes:
        found = [path for path in places(value) if isinstance(at(value, path), dict) and at(value, path)]
        if not found:
            raise Untouched
        path = random_.choice(found)
        return framed(message, put(value, path, dict(of_dictionary(at(value, path), random_))[name]))

    return tell


def _sequence(change: Callable[[list[Any]], Any]) -> Callable[[Message, Any, random.Random], bytes]:
    def tell(message: Message, value: Any, random_: random.Random) -> bytes:
        if not isinstance(value, (tuple, list)) or len(value) < 2:
            raise Untouched
        return framed(message, change(list(value)))

    return tell


def _many(array: Callable[[], Any], n_times: int = 1) -> Callable[[Message, Any, random.Random], bytes]:
    """Puts a large array into the place of arrays, or of the whole."""

    def tell(message: Message, value: Any, random_: random.Random) -> bytes:
        arrays = [path for path in places(value) if isinstance(at(value, path), np.ndarray)] or [()]
        random_.shuffle(arrays)
        for path in arrays[:n_times]:
            value = put(value, path, array())
        return framed(message, value)

    return tell


# Messages and frames in the place of others


def messages() -> Iterator[tuple[str, Callable[[Message, Any, random.Random], bytes]]]:
    """Yields replies whose other parts are odd."""
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    odd_parts = (None, True, 7, -(10**300), 1.5, "x", "x" * 100_000, [], [1, [2]], {}, {"a": {"b": []}}, deep)
    for number, part in enumerate(odd_parts):
        for key in ("error", "odd", "absent", "count", "seconds"):
            yield f"{key}-{number}", lambda m, v, r, key=key, part=part: raw(json.dumps({key: part}).encode())
        for key in ("type", "text", "frames", "memory"):
            yield (
                f"error-{key}-{number}",
                lambda m, v, r, key=key, part=part: raw(json.dumps({"error": {key: part}}).encode()),
            )
        frame = ["cs231n/layers.py", part, part, part]
        for rows in ([frame], [[part] * 4], frame, [part] * 2000):
            error = {"type": "ValueError", "text": "x", "frames": rows}
            yield (
                f"frames-{number}-{len(rows)}-{rows is frame}",
                lambda m, v, r, e=error: raw(json.dumps({"error": e}).encode()),
            )
    frames = [["cs231n/layers.py", 10**5000 if n else -5, "f", "code"] for n in range(1)]
    yield (
        "error-place",
        lambda m, v, r: raw(json.dumps({"error": {"type": "E", "text": "t", "frames": frames}}).encode()),
    )
    for name in (
        "MemoryError",
        "SystemExit",
        "RecursionError",
        "BaseExceptionGroup",
        "\x1b[31m",
        "<b>",
        "",
        "\ud800" * 50,
    ):
        error = {"type": name, "text": f"{name} \ud800 \0 \x1b <i>" * 300, "frames": [], "memory": True}
        yield f"error-of-{name[:3]!r}", lambda m, v, r, error=error: raw(json.dumps({"error": error}).encode())
    yield "nothing-said", lambda m, v, r: raw(b"{}")
    yield "everything-said", lambda m, v, r: raw(b'{"error":{},"absent":true,"odd":"None","value":null,"value":7}')


def nested(depth: int, text: bytes) -> bytes:
    return b"[" * depth + text + b"]" * depth


def frames() -> Iterator[tuple[str, bytes]]:
    """Yields frames that break the format, or use all of it."""
    half = b'"\\ud800"'
    for depth in (20, 100, 200, 240, 300, 400, 450, 480, 500, 700, 900, 950, 970, 980, 990, 1000, 100_000):
        for key in (b"value", b"odd", b"error", b"x"):
            yield f"deep-{depth}-{key.decode()}", raw(b'{"' + key + b'":' + nested(depth, half) + b"}")
        yield f"deep-dicts-{depth}", raw(b'{"a":' * depth + half + b"}" * depth)
        yield f"deep-type-{depth}", raw(b'{"error":{"type":' + nested(depth, half) + b"}}")
        yield f"deep-lists-{depth}", raw(b'{"value":' + b'{"list":[' * depth + b"1" + b"]}" * depth + b"}")
    yield "not-json", raw(b"\x80\x04evil")
    yield "not-text", raw(b'{"value": "\xff\xfe"}')
    yield "json-nan", raw(b'{"value": NaN}')
    yield "json-infinity", raw(b'{"value": -Infinity}')
    yield "json-overflow", raw(b'{"value": 1e999}')
    yield "json-digits", raw(b'{"value": ' + b"9" * 400 + b"}")
    yield "json-many-digits", raw(b'{"value": ' + b"9" * 5000 + b"}")
    yield "json-digits-odd", raw(b'{"odd": ' + b"9" * 4000 + b"}")
    yield "json-digits-ref", raw(b'{"value": {"ref": ' + b"9" * 4000 + b"}}")
    yield "json-list", raw(b"[1, 2]")
    yield "json-null", raw(b"null")
    yield "json-number", raw(b"7")
    yield "json-text", raw(b'"x"')
    yield "json-two", raw(b'{"value": 1}{"value": 2}')
    yield "json-empty", raw(b"")
    yield "json-blank", raw(b" " * 1000)
    yield "json-twice", raw(b'{"value":{"dict":[["W1",1],["W1",2]],"dict":[["W1",3]]}}')
    yield "same-key-twice", raw(b'{"value":{"dict":[["W1",1],["W1",2]]}}')
    yield "unhashable-key", raw(b'{"value":{"dict":[[["W1"],1]]}}')
    yield "number-key", raw(b'{"value":{"dict":[[1,1]]}}')
    yield "long-pair", raw(b'{"value":{"dict":[["a",1,2]]}}')
    yield "two-kinds", raw(b'{"value":{"list":[],"tuple":[]}}')
    yield "no-kind", raw(b'{"value":{}}')
    yield "bare-list", raw(b'{"value":[1]}')
    yield "float-text", raw(b'{"value":{"float":"1e5"}}')
    yield "float-list", raw(b'{"value":{"float":[]}}')
    yield "float-true", raw(b'{"value":{"float":true}}')
    yield "ref-true", raw(b'{"value":{"ref":true}}')
    yield "ref-text", raw(b'{"value":{"ref":"1"}}')
    yield "foreign-number", raw(b'{"value":{"foreign":1}}')
    yield "foreign-long", raw(b'{"value":{"foreign":"' + b"x" * 900_000 + b'"}}')
    yield "dtype", raw(b'{"value":{"dtype":"float64"}}')
    for number, content in enumerate(
        (b'["<f8",[1,2]]', b'["<f8",[-1]]', b'["<f8",[1.0]]', b'["<f8",[true]]', b'["<f8","1"]', b'["|O",[1]]')
    ):
        yield f"array-{number}", raw(b'{"value":{"array":' + content + b"}}", bytes(64))
    yield "array-terabyte", raw(b'{"value":{"array":["<f8",[137438953472]]}}', bytes(64))
    yield "array-overflow", raw(b'{"value":{"array":["<f8",[4294967296,4294967296]]}}', bytes(64))
    yield "array-empty-overflow", raw(b'{"value":{"array":["<f8",[0,4294967296,4294967296,4294967296]]}}')
    yield "array-axes", raw(b'{"value":{"array":["<f8",[' + b"1," * 40 + b"1]]}}", bytes(64))
    yield "array-huge-axis", raw(b'{"value":{"array":["<f8",[' + b"9" * 1000 + b"]]}}", bytes(64))
    yield "body-too-long", raw(b'{"value":{"array":["<f8",[1]]}}', bytes(640))
    yield "body-too-short", raw(b'{"value":{"array":["<f8",[100]]}}', bytes(64))
    yield "bool-bytes", raw(b'{"value":{"array":["|b1",[64]]}}', bytes(range(64)))
    yield "many-lists", raw(b'{"value":{"list":[' + b'{"list":[]},' * 80_000 + b"1]}}")
    yield "many-arrays", raw(b'{"value":{"list":[' + b'{"array":["<f8",[0]]},' * 15_000 + b"1]}}")
    yield "header-of-lists", raw(b'{"x":[' + b"[]," * 1_300_000 + b"1]}")
    yield "header-of-dicts", raw(b'{"x":["\\ud800",' + b'{"":0},' * 590_000 + b"1]}")
    yield "header-of-text", raw(b'{"odd":"' + b"x" * 4_000_000 + b'"}')
    yield "header-of-wide-text", raw('{"odd":"\U0001f600'.encode() + b"x" * 4_000_000 + b'"}')
    yield "header-over-limit", raw(b" " * (5 << 20))
    yield "promise", raw(b'{"value":1}', promise=1 << 60)
    yield "cut-prefix", b"\0\0"
    yield "cut-header", wire.PREFIX.pack(1000, 0) + b"{"
    yield "cut-body", wire.PREFIX.pack(2, 1000) + b"{}" + bytes(10)
    yield "nothing", b""
    yield "noise", bytes(range(256)) * 40


def _lies() -> Iterator[Lie]:
    for name, value in plain_values():
        yield Lie(f"whole-{name}", _whole(value), harmless=name == "ref")
        yield Lie(f"part-{name}", _part(value))
    for name in ARRAY_LIES:
        yield Lie(
            f"array-{name}",
            _array(name),
            harmless=name[3:] in ("f4", "f8", "f2")
            or name in ("as-list", "as-one-axis-more", "as-zeros", "as-flat", "as-transposed", "as-first"),
        )
    for name in DICT_LIES:
        yield Lie(f"dict-{name}", _dictionary(name), harmless=name in ("with-more-keys", "backwards", "one-for-all"))
    yield Lie("shorter", _sequence(lambda parts: tuple(parts[:-1])))
    yield Lie("longer", _sequence(lambda parts: (*parts, parts[0])))
    yield Lie("swapped", _sequence(lambda parts: tuple(parts[::-1])))
    yield Lie("first-only", _sequence(lambda parts: parts[0]))
    yield Lie("a-list", _sequence(lambda parts: parts), harmless=True)
    for name, tell in messages():
        yield Lie(f"message-{name}", tell)
    for name, data in frames():
        yield Lie(f"frame-{name}", lambda message, value, random_, data=data: data)
    yield Lie("second-answer", lambda message, value, random_: framed(message, value) * 2, harmless=True)


LIES = tuple(_lies())

#: arrays that are as large as they may be, and larger
HUGE = tuple(
    Lie(name, tell)
    for name, tell in (
        ("huge-bools", _many(lambda: np.ones(250_000_000, bool))),
        ("large-bools", _many(lambda: np.ones(15_000_000, bool))),
        ("large-halves", _many(lambda: np.ones(7_000_000, np.float16))),
        ("large-doubles", _many(lambda: np.ones(1_900_000))),
        ("six-large-bools", _many(lambda: np.ones(2_500_000, bool), 6)),
        ("six-large-halves", _many(lambda: np.ones((1000, 1200), np.float16), 6)),
        ("sixty-mb-of-bools", _many(lambda: np.ones(60_000_000, bool))),
    )
)


def _control() -> Iterator[Lie]:
    parts = (None, True, -1, 0, 1, 7, 0x137F, 0xFFFF, 0xFF, 127, 255, 10**9, 10**18, 10**300, 1.5, "x", [], {}, [[[]]])
    for key in ("pid", "status", "seconds", "memory_mb", "lingered", "left_files", "error", "locked"):
        for part in parts:
            yield Lie(f"{key}-{str(part)[:12]}", lambda m, v, r, key=key, part=part: framed({**m, key: part}, None))
    yield from (lie for lie in LIES if lie.name.startswith(("frame-", "message-error", "second")))


#: answers of the process that forks, not of a fork
CONTROL = tuple(_control())
