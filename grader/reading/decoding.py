"""Bytes of a Python file in, its text out: as Python reads it, or a stated guess where Python would refuse."""

import codecs
import io
import re
import tokenize

__all__ = ["decode_source", "encode_source", "python_bytes"]

_COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)([-\w.]+)")
_WIDE = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # begins like the UTF-16 mark, so it comes first
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# Python takes these for source files, nobody saves in them, and some take quadratic time to decode.
_REFUSED = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "utf_7"})


def decode_source(data: bytes) -> str:
    r"""Returns the text of a source file, lines ended by "\n"; never fails.

    Follows the byte order mark and the `coding` comment; where those mislead, UTF-8, else Latin-1.

    Source: PEP 263.
    """
    return _decode(data)[0]


def python_bytes(data: bytes) -> tuple[bytes, str]:
    """Returns a source file as bytes that Python can decode, and how it was saved when that had to be changed.

    Returns:
        The bytes, untouched where Python reads them; and "" or words that complete "it is saved …".
    """
    text, odd = _decode(data)
    return (encode_source(text), odd) if odd else (data, "")


def encode_source(text: str) -> bytes:
    """Returns a text as UTF-8; a `coding` comment that names another encoding is set right."""
    lines = text.split("\n")
    lines[:2] = [_COOKIE.sub(r"\1utf-8", line) for line in lines[:2]]
    return "\n".join(lines).encode("utf-8")


def _decode(data: bytes) -> tuple[str, str]:
    for mark, name in _WIDE:
        if data.startswith(mark):
            return _unix(data.decode(name, errors="replace")), f"as {name}"
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        if codecs.lookup(encoding).name.replace("-", "_") not in _REFUSED:
            return _unix(data.decode(encoding)), ""
        odd = f"as {encoding}, which no editor writes"
    except (SyntaxError, UnicodeError, LookupError):
        odd = "with bytes that its encoding does not have"
    try:
        return _unix(data.decode("utf-8-sig")), odd
    except UnicodeDecodeError:
        return _unix(data.decode("latin-1")), odd


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
