"""Lets output reach terminals and pipes that lack some of its characters, as ASCII or a Windows code page."""

import codecs
import sys
import unicodedata

__all__ = ["tolerate_encodings"]

NAME = "grader.plain"
#: what stands for signs of ours
PLAIN = {
    "✓": "+", "✗": "x", "○": "o", "◷": "!", "✱": "*", "▲": "!", "↷": "~", "→": "->", "×": "x", "━": "=", "…": "...",
    "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "⟨": "<", "⟩": ">", "▸": ">",
}  # fmt: skip


def tolerate_encodings() -> None:
    """Has both standard streams replace what they cannot encode instead of failing."""
    codecs.register_error(NAME, _replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=NAME)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_plain(char) for char in text), error.end


def _plain(char: str) -> str:
    if char in PLAIN:
        return PLAIN[char]
    bare = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return bare or "?"
