"""Joins names or numbers into a phrase such as "a, b and c"."""

from collections.abc import Sequence

__all__ = ["cell_words", "join_words"]


def join_words(words: Sequence[str]) -> str:
    """Returns "a", "a and b" or "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def cell_words(numbers: Sequence[int], *, capital: bool = False) -> str:
    """Returns "cell 3" or "cells 3, 5 and 7", of more than eight the first ones and how many more there are."""
    names = [str(number) for number in numbers[:8]] + ([f"{len(numbers) - 8} more"] if len(numbers) > 8 else [])
    word = "cell" if len(numbers) == 1 else "cells"
    return f"{word.capitalize() if capital else word} {join_words(names)}"
