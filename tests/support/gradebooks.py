"""Readers of gradebook files that know the platforms' rules and nothing of ours: what an import would make of a file.

Source: canvas-lms, lib/gradebook_importer.rb; moodle, mod/assign/feedback/offline and mod/assign/feedback/file.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field


@dataclass
class CanvasCourse:
    """What Canvas knows: its students, and its assignments by id."""

    #: (id, SIS user id, login, name, sortable name)
    students: list[tuple[str, str, str, str, str]]
    assignments: dict[str, str]
    custom_columns: tuple[str, ...] = ()
    #: assignment column -> student id -> grade as text
    grades: dict[str, dict[str, str]] = field(default_factory=dict)
    points_possible: dict[str, str] = field(default_factory=dict)

    def read(self, content: bytes) -> None:
        """Imports a file; raises ValueError where Canvas says "Invalid header row" or would make up a student."""
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_canvas_delimiter(text), strict=True))
        header, columns = rows[0], _canvas_columns(rows[0])
        assignments = {
            i: title
            for i, title in enumerate(header)
            if i >= columns["first"]
            and title not in self.custom_columns
            and not re.search("(Current|Final) (Score|Points|Grade)|Override", title)
        }
        for title in assignments.values():
            if re.sub(r".*\((\d+)\)$", r"\1", title) not in self.assignments:
                raise ValueError(f"a new assignment is proposed: {title}")
        for row in rows[1:]:
            if "Points Possible" in (row[0] if row else ""):
                self.points_possible = {title: _canvas_number(row[i]) for i, title in assignments.items()}
            elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell, re.I) for cell in row):
                student = self._student(row, columns)
                for i, title in assignments.items():
                    self.grades.setdefault(title, {})[student] = _canvas_number(row[i].strip())

    def _student(self, row, columns):
        name = f"{row[1]} {row[0]}".strip() if columns["names"] == 2 else row[0]
        looked_up = (
            [s for s in self.students if row[columns["id"]] and s[0] == row[columns["id"]]]
            or [s for s in self.students if "sis" in columns and s[1] and s[1] == row[columns["sis"]]]
            or [s for s in self.students if "login" in columns and s[2] and s[2] == row[columns["login"]]]
            or [s for s in self.students if name in (s[3], s[4])]
        )
        if not looked_up:
            raise ValueError(f"a new student is proposed: {name}")
        return looked_up[0][0]


def _canvas_delimiter(text):
    lines, counts = text.splitlines()[:3], {}
    for delimiter in ";,":
        sizes = {len(next(csv.reader([line], delimiter=delimiter), [])) for line in lines}
        counts[delimiter] = sizes.pop() if len(sizes) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _canvas_columns(header):
    if len(header) > 4 and header[:2] == ["LastName", "FirstName"] and "ID" in header[2]:
        columns = {"names": 2, "id": 2}
    elif len(header) > 3 and "Student" in header[0] and "ID" in header[1]:
        columns = {"names": 1, "id": 1}
    else:
        raise ValueError("Invalid header row")
    place = columns["id"] + 1
    if header[place] == "SIS Login ID":
        columns["login"], place = place, place + 1
    elif header[place : place + 2] == ["SIS User ID", "SIS Login ID"]:
        columns["sis"], columns["login"], place = place, place + 1, place + 2
        place += header[place] == "Integration ID"
        place += header[place] == "Root Account"
    if "Section" not in header[place]:
        raise ValueError("Invalid header row")
    columns["first"] = place + 1
    return columns


def _canvas_number(cell):
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *head, last = re.split("[,.]", cell)
    return f"{''.join(head)}.{last}" if head else last


@dataclass
class MoodleAssignment:
    """What Moodle knows: its participants' numbers, the highest grade, and when each was last graded."""

    participants: set[str]
    maximum: float
    grades: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def read(self, content: bytes) -> None:
        """Imports an offline grading worksheet; raises ValueError for "invalidgradeimport" or a grade out of range."""
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
        header = rows[0]
        for needed in ("Identifier", "Grade", "Last modified (grade)"):
            if needed not in header:
                raise ValueError("invalidgradeimport")
        for row in rows[1:]:
            if len(row) != len(header):
                raise ValueError("csvloaderror")
            number = row[header.index("Identifier")][len("Participant ") :]
            if number not in self.participants:
                continue
            grade = row[header.index("Grade")].strip()
            if grade:
                if not 0 <= float(grade) <= self.maximum:
                    raise ValueError(f"out of range: {grade}")
                self.grades[number] = float(grade)
            if "Feedback comments" in header and (comment := row[header.index("Feedback comments")]):
                self.comments[number] = comment

    def read_feedback(self, content: bytes) -> None:
        """Imports a zip of feedback files; raises ValueError for a file that belongs to nobody."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                number, name = self._owner(member)
                self.files.setdefault(number, {})[name] = archive.read(member)

    def _owner(self, member):
        parts = ["", "import", *member.split("/")]
        if parts[-1].startswith((".", "~")):
            raise ValueError(f"hidden: {member}")
        while parts:
            info = parts.pop(0).split("_", 4)
            if len(info) < 4 or not info[1].isdigit() or info[1] not in self.participants:
                continue
            if (info[2], info[3]) not in {("assignsubmission", "file"), ("assignfeedback", "file")}:
                continue
            return info[1], "/".join([*info[4:], *parts]).strip("/")
        raise ValueError(f"nobody's: {member}")
