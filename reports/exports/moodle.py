"""Fills grades and comments into the grading worksheet that Moodle exported.

Source: moodle, mod/assign/gradingtable.php (columns), mod/assign/feedback/offline (what an upload reads: the number at
the end of the first column, grades within the maximum, comments as HTML) and mod/assign/feedback/file/importziplib.php
(names in a zip of feedback files).
"""

import html
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from reports.exports.filling import Filled, Places, cells, fill, number
from reports.exports.matching import GradebookRow, Matches, Target, match
from reports.exports.sheet import Sheet, WrongFile
from reports.text import one_line

__all__ = ["Worksheet", "feedback_owners", "feedback_zip"]

_AGAIN = "download it on the assignment's page under View all submissions, Download grading worksheet"
_NEEDED = ("Identifier", "Grade", "Last modified (grade)")
_MOST = ("Maximum grade", "Maximum Grade")
#: the zip's members are of one day, so that the same class gives the same bytes
_DAY = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The offline grading worksheet of one assignment."""

    sheet: Sheet
    grade: int
    #: column of the comments; None when the file has none
    feedback: int | None

    @classmethod
    def from_bytes(cls, content: bytes, column: str = "", feedback: str = "") -> "Worksheet":
        """Returns the worksheet in a file.

        Args:
            content: of the file that Moodle wrote.
            column: header of the grades where the site is not in English.
            feedback: header of the comments where the site is not in English.

        Raises:
            WrongFile: it is no worksheet, is graded by a scale, or lacks a column.
        """
        sheet = Sheet.from_bytes(content, ",")
        header = sheet.texts(0) if sheet.raw else ()
        needed = (column,) if column else _NEEDED
        if missing := [title for title in needed if title not in header]:
            hint = "" if column else " (on a site in another language name the grades with --column)"
            raise WrongFile(f"It is no grading worksheet of Moodle: it has no column {missing[0]!r}{hint}; {_AGAIN}.")
        if "Scale" in header:
            raise WrongFile("Moodle grades this assignment by a scale; set its grade to points and download again.")
        comments = feedback or "Feedback comments"
        if feedback and feedback not in header:
            raise WrongFile(f"The worksheet has no column {feedback!r} for comments; {_AGAIN}.")
        place = header.index(comments) if comments in header else None
        worksheet = cls(sheet, header.index(column or "Grade"), place)
        if any(any(sheet.texts(row)) and not worksheet.participant(row) for row in range(1, len(sheet.raw))):
            raise WrongFile(f"A row of the worksheet has no participant's number in its first column; {_AGAIN}.")
        return worksheet

    def students(self) -> list[int]:
        """Returns the rows of the participants."""
        return [row for row in range(1, len(self.sheet.raw)) if self.participant(row)]

    def participant(self, row: int) -> str:
        """Returns the number by which Moodle knows the participant of a row; empty where there is none."""
        found = re.search(r"(\d+)\s*$", self.sheet.cell(row, 0), re.ASCII)
        return found[1] if found else ""

    def name(self, row: int) -> str:
        """Returns the participant's name; empty where submissions are anonymous."""
        header = self.sheet.texts(0)
        return self.sheet.cell(row, header.index("Full name")) if "Full name" in header else ""

    def match(self, rows: Iterable[GradebookRow]) -> Matches:
        """Returns which row belongs to which submission."""
        header = [title.casefold() for title in self.sheet.texts(0)]
        titles = {"full name": "name", "id number": "sis_id", "username": "login"}
        columns = {titles[title]: i for i, title in enumerate(header) if title in titles}
        if mail := [i for i, title in enumerate(header) if "mail" in title]:
            columns["email"] = mail[0]
        targets = [
            Target(row, {**cells(self.sheet, row, columns), "lms_id": self.participant(row)}) for row in self.students()
        ]
        return match(rows, targets, "moodle")

    def fill(self, rows: Iterable[GradebookRow]) -> Filled:
        """Returns the worksheet with grades and, where it has a column for them, comments."""
        header = self.sheet.texts(0)
        most = next((header.index(title) for title in _MOST if title in header), -1)
        locked = header.index("Grade can be changed") if "Grade can be changed" in header else -1
        places = Places(
            self.students(),
            self.grade,
            self.feedback,
            lambda row: number(self.sheet.cell(row, most)),
            lambda row: (
                "Moodle has locked this grade, so the cell stays as it was."
                if self.sheet.cell(row, locked).strip() == "No"
                else ""
            ),
        )
        # The comment becomes HTML in Moodle, so a student's words in it must not become tags.
        return fill(self.sheet, places, self.match(rows), html.escape)


def feedback_zip(file: IO[bytes], members: Iterable[tuple[str, str, str, bytes]]) -> int:
    """Writes a zip that Moodle's "Upload multiple feedback files in a zip" takes; returns how many files it holds.

    Args:
        file: what to write to.
        members: (participant's name, participant's number, file name, content) of each file.
    """
    n_files = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, number_, file_name, content in members:
            info = zipfile.ZipInfo(f"{_folder(name, number_)}/{file_name}", _DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
            n_files += 1
    return n_files


def feedback_owners(worksheet: Worksheet, rows: Sequence[GradebookRow]) -> Iterator[tuple[str, str, GradebookRow]]:
    """Yields (participant's name, participant's number, submission) of each submission whose owner is sure."""
    for row, submission in sorted(worksheet.match(rows).found.items()):
        yield worksheet.name(row) or "Participant", worksheet.participant(row), submission


def _folder(name: str, number_: str) -> str:
    """Returns "First Last_12345_assignsubmission_file_": Moodle cuts it at the underscores, so the name has none."""
    plain = re.sub(r'[_/\\:*?"<>|]+', " ", one_line(name, 80)).strip(" .~") or "Participant"
    return f"{plain}_{number_}_assignsubmission_file_"
