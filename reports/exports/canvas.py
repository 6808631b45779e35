"""Fills points into the gradebook that Canvas exported.

Source: canvas-lms, lib/gradebook_importer.rb (header, points row, rows that are no students, delimiter) and
lib/gradebook_exporter.rb (a name that starts with an equals sign is written as a formula that gives the name).
"""

import re
from collections.abc import Iterable, Sequence

from grader.model.people import plain_name
from reports.exports.filling import Filled, Places, cells, fill, number
from reports.exports.matching import GradebookRow, Target, match
from reports.exports.other_files import whose_file
from reports.exports.sheet import Sheet, WrongFile
from reports.text import one_line

__all__ = ["fill_canvas"]

_TOTALS = re.compile("(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
_NO_STUDENT = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE | re.DOTALL)
_AGAIN = "download it in Canvas under Grades, Export, Export Entire Gradebook"


def fill_canvas(
    content: bytes,
    rows: Iterable[GradebookRow],
    column: str = "",
    *,
    overwrite: bool = False,
    only_column: bool = False,
) -> Filled:
    """Returns the gradebook with the points of the class in one assignment's column.

    Args:
        content: of the file that Canvas exported.
        rows: the class.
        column: title of the assignment's column, with or without its id, or the id; empty where there is only one.
        overwrite: whether points that are there already are replaced.
        only_column: whether the columns of other assignments are left out, so that an import cannot set them back.

    Raises:
        WrongFile: it is no gradebook of Canvas, or the column is not in it, is there twice, or cannot be written.
    """
    sheet = _sheet(content)
    header = sheet.texts(0)
    points_row = next((row for row in range(1, len(sheet.raw)) if "Points Possible" in sheet.cell(row, 0)), None)
    section = _section(header)
    place = _assignment(header, section, column)
    if points_row is not None and re.search(r"read\s+only", sheet.cell(points_row, place)):
        raise WrongFile(f"The column {_shown(header[place])} is read-only in Canvas; choose another with --column.")
    students = [row for row in range(1, len(sheet.raw)) if row != points_row and _is_student(sheet, row)]
    most = None if points_row is None else number(sheet.cell(points_row, place))
    places = Places(
        students,
        place,
        None,
        lambda row: most,
        lambda row: _kept(sheet.cell(row, place)),
        columns=[*range(section + 1), place] if only_column else None,
    )
    matches = match(rows, _targets(sheet, students), "canvas")
    return fill(sheet, places, matches, lambda text: text, overwrite=overwrite)


def _sheet(content: bytes) -> Sheet:
    """Returns the cells, with the delimiter under which the header is one."""
    headers = {delimiter: Sheet.header(content, delimiter) for delimiter in (",", ";")}
    for delimiter, header in headers.items():
        if _section(header) >= 0:
            return Sheet.from_bytes(content, delimiter)
    for delimiter, header in headers.items():
        if whose := whose_file(header, _first_cells(content, delimiter)):
            raise WrongFile(f"It is not a Canvas gradebook but {whose}.")
    raise WrongFile(f"It is not a Canvas gradebook: it has no header `Student,ID,…,Section,…`; {_AGAIN}.")


def _first_cells(content: bytes, delimiter: str) -> list[str]:
    try:
        sheet = Sheet.from_bytes(content, delimiter)
    except WrongFile:
        return []
    return [sheet.cell(row, 0) for row in range(1, len(sheet.raw)) if any(sheet.texts(row))]


def _section(header: Sequence[str]) -> int:
    """Returns the place of the last column about the student; -1 when it is no gradebook's header."""
    if not header or not ("Student" in header[0] or header[:2] == ("LastName", "FirstName")):
        return -1
    known = {"SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section", "ID", "FirstName"}
    last = 0
    while last + 1 < len(header) and header[last + 1] in known:
        last += 1
    return last if header[last] == "Section" and "ID" in header[:last] else -1


def _assignment(header: Sequence[str], section: int, wanted: str) -> int:
    """Returns the place of the one column that is meant."""
    named = {i: title for i, title in enumerate(header) if i > section and title.strip()}
    titles = {i: title for i, title in named.items() if not _TOTALS.search(title)}
    exact = [i for i, title in titles.items() if title.strip() == wanted.strip()]
    bare = [i for i, title in titles.items() if wanted.strip() in _parts(title)]
    with_id = [i for i, title in titles.items() if _parts(title)[1]]
    found = (exact or bare) if wanted else with_id
    if len(found) == 1:
        return found[0]
    names = ", ".join(_shown(titles[i]) for i in (found or titles)) or "none"
    n_found = "more than one" if found else "no"
    what = f"column {_shown(wanted)}" if wanted else "assignment's column"
    raise WrongFile(f"The gradebook has {n_found} {what}; name one of these with --column: {names[:600]}.")


def _parts(title: str) -> tuple[str, str]:
    """Returns the title and the id in "Assignment 2 (123)"."""
    found = re.fullmatch(r"(.*)\((\d+)\)\s*", title, re.DOTALL)
    return (found[1].strip(), found[2]) if found else (title.strip(), "")


def _is_student(sheet: Sheet, row: int) -> bool:
    return not all(_NO_STUDENT.fullmatch(text) for text in sheet.texts(row))


def _kept(cell: str) -> str:
    """Returns why a cell must stay: Canvas's own words for somebody who gets no points here."""
    if cell.strip().upper() == "EX":
        return "excused in Canvas, so the cell stays as it was."
    if cell.strip() == "N/A":
        return "Canvas does not give this assignment to the student (N/A), so the cell stays as it was."
    return ""


def _targets(sheet: Sheet, students: Sequence[int]) -> list[Target]:
    header = sheet.texts(0)
    kinds = {"ID": "lms_id", "SIS User ID": "sis_id", "SIS Login ID": "login"}
    columns = {kinds[title]: i for i, title in enumerate(header) if title in kinds}
    targets = []
    for row in students:
        keys = cells(sheet, row, columns)
        last, first = plain_name(sheet.cell(row, 0)), plain_name(sheet.cell(row, 1))
        keys["name"] = f"{last}, {first}" if header[0] == "LastName" else last
        if "@" in keys.get("login", ""):
            keys["email"] = keys["login"]
        targets.append(Target(row, keys))
    return targets


def _shown(title: str) -> str:
    return f'"{one_line(title, 80)}"'
