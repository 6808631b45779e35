"""Names in, a phrase that lists them out."""

from collections.abc import Sequence

__all__ = ["join_words"]


def join_words(words: Sequence[str]) -> str:
    """Returns "a", "a and b" or "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
