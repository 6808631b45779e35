"""Reads a downloaded CSV file and changes single cells without touching its other bytes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Sheet", "WrongFile"]

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_AGAIN = "take the file as the platform wrote it, or save it as `CSV UTF-8`"


class WrongFile(ValueError):
    """The file is not the one that is to be filled in; the text is one sentence that says what it is and what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file whose every byte is kept."""

    #: raw cells of each record, quotes included
    raw: tuple[tuple[str, ...], ...]
    #: what stands after each record: a line end, or nothing after the last
    ends: tuple[str, ...]
    delimiter: str
    #: whether the file starts with the mark that Excel writes
    has_mark: bool

    @classmethod
    def from_bytes(cls, content: bytes, delimiter: str) -> "Sheet":
        """Returns the cells of a file; `to_bytes` of it without changes gives the same bytes.

        Raises:
            WrongFile: it is no CSV text in UTF-8, or a quote is left open.
        """
        text = _decoded(content)
        rows: list[tuple[str, ...]] = []
        ends: list[str] = []
        place = 0
        while place < len(text):
            cells, end, place = _record(text, place, delimiter, len(rows) + 1)
            rows.append(cells)
            ends.append(end)
        return cls(tuple(rows), tuple(ends), delimiter, content.startswith(_BOM))

    @classmethod
    def header(cls, content: bytes, delimiter: str) -> tuple[str, ...]:
        """Returns the titles in the first record of a file; nothing where a quote in it is left open.

        Raises:
            WrongFile: it is no CSV text in UTF-8.
        """
        text = _decoded(content)
        try:
            return tuple(map(_unquoted, _record(text, 0, delimiter, 1)[0])) if text else ()
        except WrongFile:
            return ()

    def cell(self, row: int, column: int) -> str:
        """Returns the text of a cell without its quotes; empty past the end of a short row."""
        cells = self.raw[row]
        return _unquoted(cells[column]) if 0 <= column < len(cells) else ""

    def texts(self, row: int) -> tuple[str, ...]:
        """Returns the texts of a row."""
        return tuple(_unquoted(cell) for cell in self.raw[row])

    def to_bytes(self, changes: Mapping[tuple[int, int], str], columns: Sequence[int] | None = None) -> bytes:
        """Returns the file with some cells, by (row, column), replaced by a text; all else is byte for byte the same.

        A changed cell keeps its quotes where it had some; a row that is too short for it grows.

        Args:
            changes: (row, column) -> text.
            columns: those that are written; None writes all.
        """
        rows = [list(cells) for cells in self.raw]
        for (row, column), text in changes.items():
            rows[row] += [""] * (column + 1 - len(rows[row]))
            rows[row][column] = self._quoted(text, rows[row][column])
        if columns is not None:
            rows = [[cells[place] if place < len(cells) else "" for place in columns] for cells in rows]
        lines = (self.delimiter.join(cells) + end for cells, end in zip(rows, self.ends, strict=True))
        return (_BOM if self.has_mark else b"") + "".join(lines).encode()

    def _quoted(self, text: str, old: str) -> str:
        needed = any(char in text for char in (self.delimiter, '"', "\r", "\n"))
        doubled = text.replace('"', '""')
        return f'"{doubled}"' if needed or old.startswith('"') else text


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF16) or b"\0" in content[:1000]:
        raise WrongFile(f"It is UTF-16, as a spreadsheet saves Unicode text, not UTF-8; {_AGAIN}.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise WrongFile(f"It is a spreadsheet or an archive, not a CSV file; {_AGAIN}.")
    try:
        return content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as exc:
        raise WrongFile(f"It is not UTF-8 (byte {exc.start + 1}), so names in it would be damaged; {_AGAIN}.") from exc


def _record(text: str, place: int, delimiter: str, number: int) -> tuple[tuple[str, ...], str, int]:
    """Returns the raw cells of the record at a place, its line end, and the place after it."""
    pattern = _cell_pattern(delimiter)
    cells: list[str] = []
    while True:
        found = pattern.match(text, place)
        if found is None:
            raise _open_quote(number)
        cells.append(found[0])
        place = found.end()
        if text.startswith(delimiter, place):
            place += len(delimiter)
            continue
        end = next((end for end in ("\r\n", "\n", "\r") if text.startswith(end, place)), "")
        if not end and place < len(text):
            raise _open_quote(number)
        return tuple(cells), end, place + len(end)


def _open_quote(number: int) -> WrongFile:
    return WrongFile(f"A quote in row {number} is not closed or stands inside a cell; {_AGAIN}.")


def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf'"(?:[^"]|"")*"|(?!")[^{re.escape(delimiter)}\r\n]*')


def _unquoted(raw: str) -> str:
    return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw
