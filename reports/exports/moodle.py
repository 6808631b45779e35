"""Fills grades and comments into the grading worksheet that Moodle exported.

Source: moodle, mod/assign/gradingtable.php (columns), mod/assign/feedback/offline (what an upload reads: the number at
the end of the first column, grades within the maximum, comments as HTML) and mod/assign/feedback/file/importziplib.php
(names in a zip of feedback files).
"""

import html
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from reports.exports.filling import Filled, Places, cells, fill, number
from reports.exports.matching import GradebookRow, Matches, Target, match
from reports.exports.moodle_columns import Columns, find_columns, is_no, participant, scale_in
from reports.exports.other_files import whose_file
from reports.exports.sheet import Sheet, WrongFile
from reports.text import one_line

__all__ = ["Worksheet", "feedback_owners", "feedback_zip"]

_AGAIN = "download it on the assignment's page under View all submissions, Download grading worksheet"
_NEEDED = ("Identifier", "Grade", "Last modified (grade)")
_MAIL = re.compile(r"mail|correo|courriel|почт|メール|邮件|邮箱|電子郵件|posta|pošta", re.IGNORECASE)
#: the zip's members are of one day, so that the same class gives the same bytes
_DAY = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The offline grading worksheet of one assignment."""

    sheet: Sheet
    columns: Columns

    @classmethod
    def from_bytes(cls, content: bytes, column: str = "", feedback: str = "") -> "Worksheet":
        """Returns the worksheet in a file.

        Args:
            content: of the file that Moodle wrote.
            column: header of the grades where it is not found.
            feedback: header of the comments where it is not found.

        Raises:
            WrongFile: it is no worksheet, is graded by a scale, or lacks a column.
        """
        sheet = Sheet.from_bytes(content, ",")
        _refuse_others(sheet, content, column)
        columns = find_columns(sheet, column, feedback)
        if isinstance(columns, str):
            hint = "" if column or feedback else " (name the grades with --column)"
            raise WrongFile(f"It is not a Moodle grading worksheet: it has no {columns}{hint}; {_AGAIN}.")
        if scale_in(sheet, columns):
            raise WrongFile("Moodle grades this assignment by a scale; set its grade to points and download again.")
        worksheet = cls(sheet, columns)
        if any(any(sheet.texts(row)) and not worksheet.participant(row) for row in range(1, len(sheet.raw))):
            raise WrongFile(f"A row of the worksheet has no participant's number in its first column; {_AGAIN}.")
        return worksheet

    def students(self) -> list[int]:
        """Returns the rows of the participants."""
        return [row for row in range(1, len(self.sheet.raw)) if self.participant(row)]

    def participant(self, row: int) -> str:
        """Returns the number by which Moodle knows the participant of a row; empty where there is none."""
        return participant(self.sheet, row)

    def name(self, row: int) -> str:
        """Returns the participant's name; empty where submissions are anonymous."""
        return self.sheet.cell(row, self._place_of_names())

    def match(self, rows: Iterable[GradebookRow]) -> Matches:
        """Returns which row belongs to which submission."""
        header = [title.casefold() for title in self.sheet.texts(0)]
        titles = {"id number": "sis_id", "matrikelnummer": "sis_id", "username": "login", "anmeldename": "login"}
        columns = {titles[title]: i for i, title in enumerate(header) if title in titles}
        if (place := self._place_of_names()) >= 0:
            columns["name"] = place
        if mail := [i for i, title in enumerate(header) if _MAIL.search(title)]:
            columns["email"] = mail[0]
        targets = [
            Target(row, {**cells(self.sheet, row, columns), "lms_id": self.participant(row)}) for row in self.students()
        ]
        return match(rows, targets, "moodle")

    def fill(self, rows: Iterable[GradebookRow], *, overwrite: bool = False) -> Filled:
        """Returns the worksheet with grades and, where it has a column for them, comments.

        Args:
            rows: the class.
            overwrite: whether grades that are there already are replaced.
        """
        columns = self.columns
        places = Places(
            self.students(),
            columns.grade,
            columns.feedback if columns.feedback >= 0 else None,
            lambda row: number(self.sheet.cell(row, columns.most)),
            lambda row: (
                "Moodle has locked this grade, so the cell stays as it was."
                if is_no(self.sheet.cell(row, columns.locked))
                else ""
            ),
            # Moodle skips a grade above the maximum and takes its comment all the same.
            may_exceed=False,
        )
        # The comment becomes HTML in Moodle, so a student's words in it must not become tags.
        filled = fill(self.sheet, places, self.match(rows), html.escape, overwrite=overwrite)
        return replace(filled, remarks=(*filled.remarks, *columns.doubts))

    def _place_of_names(self) -> int:
        """Returns the column of the names, the second one; -1 where submissions are anonymous."""
        title = self.sheet.texts(0)[1].casefold() if len(self.sheet.texts(0)) > 1 else ""
        if title == "full name":
            return 1
        names = [self.sheet.cell(row, 1) for row in self.students()]
        is_other = self.columns.grade <= 1 or _MAIL.search(title) or title in ("status", "id number", "username")
        return -1 if is_other or len(set(names)) < len(names) else 1


def _refuse_others(sheet: Sheet, content: bytes, column: str) -> None:
    """Raises WrongFile for another platform's file, for one with semicolons, and for one that lacks a column."""
    header = sheet.texts(0) if sheet.raw else ()
    whose = whose_file(header)
    if whose and "of Moodle" not in whose:
        raise WrongFile(f"It is not a Moodle grading worksheet but {whose}.")
    if not whose and "of Moodle" in whose_file(Sheet.header(content, ";")):
        raise WrongFile(f"It is separated by semicolons, as a spreadsheet saves it, and Moodle reads commas; {_AGAIN}.")
    needed = _NEEDED if header[:1] == ("Identifier",) and not column else ()
    if missing := [title for title in needed if title not in header]:
        raise WrongFile(f"It is not a Moodle grading worksheet: it has no column {missing[0]!r}; {_AGAIN}.")


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
