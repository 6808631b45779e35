"""One case of a check: its inputs, the right answers and how messages call it."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Case"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One set of inputs of a function and what the reference makes of them; the arrays are read-only."""

    #: "function/id"
    name: str
    #: arrays and settings by their documented names
    inputs: dict[str, Any]
    #: right answers by their documented names
    expected: dict[str, Any]
    #: the case in words, for messages: "stride=2, pad=1, x (2, 3, 4, 4)"
    call: str
    #: whether its numbers come from a secret seed, so that no message may show them
    hidden: bool = False
