"""Finds what the messages of the same failure have in common."""

import re

from reports.text import CUT, one_line, sentence_and_lines

__all__ = ["OPEN", "general_words"]

#: stands for what differs from one submission to the next
OPEN = CUT

# "[layer_forward, stride=1, pad=0, x (2, 3, 5, 5)]": the call, which the check's title names already.
_CALL = re.compile(r" ?\[[A-Za-z_][\w.]*(?:, [^\]]*)?\]")
_CODE = re.compile(r"`[^`]*`")
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w)")
_ROW = re.compile(rf"([\[(])\s*{OPEN}(?:\s*,\s*{OPEN})*\s*,?\s*([\])])")


def general_words(message: str) -> str:
    """Returns a message's first sentence with its numbers, shapes, calls and quoted code left open.

    "dx is wrong in 11 of 96 entries, first at [0, 3]" becomes "dx is wrong in … of … entries, first at […]".
    """
    sentence = one_line(sentence_and_lines(message, 1000)[0], 400)
    # A name in backticks is part of the claim; a line of code is the student's own.
    words = _CODE.sub(lambda code: code[0] if code[0][1:-1].isidentifier() else f"`{OPEN}`", _CALL.sub("", sentence))
    return one_line(_ROW.sub(rf"\1{OPEN}\2", _NUMBER.sub(OPEN, words)), 240)
