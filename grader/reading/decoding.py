"""Decodes the bytes of a Python file as Python would, or by a stated guess where Python would refuse.

The worker gets the text that was read here, as UTF-8, never the bytes that were handed in. So what is shown in a
report, what is noted and what is proven of a file is what runs, whatever its bytes say about themselves.
"""

import codecs
import io
import re
import tokenize

__all__ = ["decode_source", "encode_source", "python_bytes"]

# Source: PEP 263; the tokenizer in C takes the first place in a line that fits, letters of ASCII only.
_COOKIE = re.compile(r"(coding[:=][ \t]*)[-\w.]+", re.ASCII)
_WIDE = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # begins like the UTF-16 mark, so it comes first
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# Encodings that editors save in and whose bytes below 128 are those letters. Python takes others for source files,
# too (UTF-7, EBCDIC, escapes, puzzles), in which a text shows one thing and means another.
_KNOWN = frozenset(
    ["utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-8", "iso8859-9"]
    + ["iso8859-15", "koi8-r", "koi8-u", "mac-roman", "gbk", "gb2312", "gb18030", "big5", "big5hkscs", "cp950"]
    + ["shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "tis-620", "cp874"]
    + [f"cp125{digit}" for digit in range(9)]
)


def decode_source(data: bytes) -> str:
    r"""Returns the text of a source file, lines ended by "\n"; never fails.

    Follows the byte order mark and the `coding` comment; where those mislead, UTF-8, else Latin-1.

    Source: PEP 263.
    """
    return _decode(data)[0]


def python_bytes(data: bytes) -> tuple[bytes, str]:
    """Returns a source file as the bytes that Python gets, and what is odd about how it was saved.

    Returns:
        Its text as UTF-8; and "" or words that complete "it is saved …", where Python would not read it.
    """
    text, odd = _decode(data)
    return encode_source(text), odd


def encode_source(text: str) -> bytes:
    """Returns a text as UTF-8 that Python reads as just this text; a `coding` comment that says else is set right."""
    data = text.encode("utf-8", "replace")
    if b"coding" not in data or _is_utf8(data):
        return data
    lines = text.split("\n")
    lines[:2] = [_COOKIE.sub(r"\1utf-8", line) if "#" in line else line for line in lines[:2]]
    return "\n".join(lines).encode("utf-8", "replace")


def _is_utf8(data: bytes) -> bool:
    """Whether the first lines name no other encoding than UTF-8."""
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0] == "utf-8"
    except (SyntaxError, UnicodeError, LookupError):
        return False


def _decode(data: bytes) -> tuple[str, str]:
    for mark, name in _WIDE:
        if data.startswith(mark):
            return _unix(data.decode(name, errors="replace")), f"as {name}"
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        if codecs.lookup(encoding).name in _KNOWN:
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
