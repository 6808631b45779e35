"""Cleans hostile text for each place where it is shown.

Everything that a submission named, printed, raised or wrote passes through here before it is shown.
Only the escaping of HTML is elsewhere: the templates escape every value themselves.
"""

import re
from dataclasses import dataclass

__all__ = [
    "Excerpt",
    "clean",
    "csv_cell",
    "excerpt",
    "one_line",
    "plural",
    "sentence_and_lines",
    "visible",
    "xml_text",
]

#: stands where text was cut
CUT = "…"

# Source: ECMA-48, sections 5.4 (control sequences) and 5.6 (control strings). A string without its end loses
# only its introducer: otherwise one byte could hide everything that follows it.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x80-\x9f\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# Direction marks, overrides and isolates; characters without width; invisible tag characters.
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Halves of a character and the two that are none: no encoder and no XML reader takes them.
_NOT_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
# A pile of marks on one letter paints over the lines above and below it.
_MARK_PILE = re.compile(f"({_MARK}{{3}}){_MARK}+")
_FORMULA_START = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Text that fits, and one sentence about what was left out (empty when nothing was)."""

    text: str
    left_out: str = ""


def clean(text: str) -> str:
    """Returns the text without control bytes, terminal sequences and direction overrides; line ends become LF."""
    if text.isascii() and text.isprintable():
        return text  # most are, and five searches would find nothing
    text = _CONTROL.sub("", _without_tricks(text))
    return _MARK_PILE.sub(r"\1", _NOT_TEXT.sub("\ufffd", text))


def visible(code: str) -> str:
    """Returns source code with a name like ⟨U+202E⟩ in place of each character that would not show, or show as another.

    In code nothing may be taken out: what stands between two control bytes runs, and what looks like the end of a
    line need not be one.
    """
    if code.isprintable():
        return code
    return "".join(char if char.isprintable() or char in "\n\t" else f"⟨U+{ord(char):04X}⟩" for char in code)


def one_line(text: str, n_characters: int = 200) -> str:
    """Returns the cleaned text on one line of at most n_characters, ending in "…" when it was cut."""
    start = text[: 8 * n_characters]
    line = " ".join(clean(start).split())
    if len(line) <= n_characters and len(start) == len(text):
        return line
    return line[: n_characters - 1].rstrip() + CUT


def excerpt(text: str, n_characters: int) -> Excerpt:
    """Returns the cleaned text, or its beginning and its end when it is longer than n_characters."""
    # What a program printed last is most often why it stopped.
    n_tail = n_characters // 3
    n_head = n_characters - n_tail
    if len(text) <= 8 * n_characters:
        text = clean(text)
        if len(text) <= n_characters:
            return Excerpt(text)
    head, tail = clean(text[: 4 * n_head])[:n_head], clean(text[-4 * n_tail :])[-n_tail:]
    left_out = plural(max(len(text) - n_characters, 1), "character")
    cut_text = f"{head}\n{CUT} {left_out} left out here {CUT}\n{tail}"
    return Excerpt(cut_text, f"This is the beginning and the end; {left_out} in the middle are left out.")


def sentence_and_lines(text: str, n_characters: int) -> tuple[str, str]:
    """Returns a message's first line and the lines below it, a table or a traceback whose columns must be kept."""
    sentence, _, lines = excerpt(text.strip(), n_characters).text.partition("\n")
    return sentence.strip(), lines.strip("\n")


def csv_cell(text: str) -> str:
    """Returns one line for a CSV cell that no spreadsheet takes for a formula.

    Whoever reads the cell gets the text back by taking one quote from a cell that starts with quotes and such a sign.
    Source: OWASP, CSV Injection: a cell that starts with = + - @, tab or CR is prefixed with a single quote.
    """
    line = one_line(text, 1000)
    is_formula = line.lstrip("'").startswith(_FORMULA_START) or text[:1] in {"\t", "\r", "\n"}
    return f"'{line}" if is_formula else line


def xml_text(text: str) -> str:
    """Returns text of characters that XML 1.0 allows; what it lacks is shown as "#x07", as pytest does.

    Source: XML 1.0, section 2.2; _pytest/junitxml.py, bin_xml_escape.
    """
    text = _CONTROL.sub(_as_code, _without_tricks(text))
    return _NOT_TEXT.sub(_as_code, text)


def plural(n: int, noun: str, nouns: str = "") -> str:
    """Returns "1 check" or "2,000 checks"."""
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"


def _without_tricks(text: str) -> str:
    text = _LINE_END.sub("\n", _ESCAPE_SEQUENCE.sub("", text))
    return _INVISIBLE.sub("", text)


def _as_code(match: re.Match[str]) -> str:
    return f"#x{ord(match[0]):02X}"
