"""Plain values and our own records as bytes, between processes of ours: reading them runs nothing.

A length, a text in JSON that says how the value is made up, then all its bytes one after the other.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["pack", "unpack"]

_HEAD = 8
#: collections that stand as [name, items]
_COLLECTIONS: dict[str, Any] = {"tuple": tuple, "list": list, "frozenset": frozenset}


def pack(value: object) -> bytes:
    """Returns a value as bytes: texts, numbers, bytes, collections, dictionaries and their views, dataclasses.

    Raises:
        TypeError: something in it is of another kind.
    """
    blobs = bytearray()
    text = json.dumps(_form(value, blobs)).encode()
    return b"".join([len(text).to_bytes(_HEAD, "big"), text, blobs])


def unpack(data: bytes, records: Iterable[type]) -> Any:
    """Returns what was packed.

    Args:
        data: from `pack`.
        records: the dataclasses that may be in it.

    Raises:
        ValueError, TypeError, KeyError, IndexError: it is nothing of the kind.
    """
    start = _HEAD + int.from_bytes(data[:_HEAD], "big")
    known = {record.__qualname__: record for record in records}
    return _value(json.loads(data[_HEAD:start]), memoryview(data)[start:], known)


def _form(value: Any, blobs: bytearray) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is bytes:
        blobs += value
        return ["bytes", len(blobs) - len(value), len(value)]
    if is_dataclass(value) and not isinstance(value, type):
        parts = [_form(getattr(value, field.name), blobs) for field in fields(value)]
        return ["record", type(value).__qualname__, parts]
    if isinstance(value, Mapping):
        kind = "view" if isinstance(value, MappingProxyType) else "dict"
        return [kind, [[_form(key, blobs), _form(item, blobs)] for key, item in value.items()]]
    kind = next((name for name, made in _COLLECTIONS.items() if type(value) is made), "")
    if not kind:
        raise TypeError(f"a {type(value).__name__} is no plain value")
    return [kind, [_form(item, blobs) for item in value]]


def _value(form: Any, blobs: memoryview, known: Mapping[str, Any]) -> Any:
    if not isinstance(form, list):
        return form
    kind, *rest = form
    if kind == "bytes":
        return bytes(blobs[rest[0] : rest[0] + rest[1]])
    if kind == "record":
        record = known[rest[0]]
        names = [field.name for field in fields(record)]
        return record(**dict(zip(names, [_value(part, blobs, known) for part in rest[1]], strict=True)))
    if kind in ("dict", "view"):
        made = {_value(key, blobs, known): _value(item, blobs, known) for key, item in rest[0]}
        return made if kind == "dict" else MappingProxyType(made)
    return _COLLECTIONS[kind](_value(item, blobs, known) for item in rest[0])
