"""Writes the files of one submission that people read, each whole or not at all."""

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from grader.model.people import NOTHING_KNOWN, About
from grader.model.results import Grade
from grader.publishing.page_maker import NOT_MADE, PageMaker, Pages
from grader.store.database import Outcome
from grader.store.files import write_whole

__all__ = [
    "RESULTS_FOLDERS",
    "RESULT_NAMES",
    "STAFF_NAME",
    "folder_name",
    "publish_outcome",
    "publish_pages",
    "unmade_pages",
    "withdraw_outcome",
]

#: where a platform that runs the grader itself reads results.json
RESULTS_FOLDERS = {"gradescope": Path("/autograder/results"), "prairielearn": Path("/grade/results")}
#: what a submission's folder may hold, the files of a grade first
_PAGES = ("grade.json", "report.html", "notebook.html", "ungraded.txt")
#: what a report does not tell its student
STAFF_NAME = "staff.json"
#: all that is written of one submission that is graded alone
RESULT_NAMES = (*_PAGES, STAFF_NAME, "notebook.ipynb", "junit.xml", "results.json", "gl-code-quality-report.json")
_EXPORTS = ("junit.xml", "classroom.json", *(f"{platform}/results.json" for platform in RESULTS_FOLDERS))


def publish_pages(folder: Path, pages: Pages) -> None:
    """Writes the files of one submission."""
    for name in _PAGES:
        # What an earlier grading left must not be taken for this one's.
        if name not in pages:
            (folder / name).unlink(missing_ok=True)
    for name, content in pages.items():
        write_whole(folder / name, content)


def publish_outcome(folder: Path, outcome: Outcome, about: About = NOTHING_KNOWN) -> None:
    """Makes and writes the files of one submission; see `PageMaker.pages`."""
    with PageMaker() as maker:
        publish_pages(folder, maker.pages(outcome, about))


def unmade_pages(graded: Path, names: Iterable[str]) -> list[Path]:
    """Returns the pages of a class's submissions that could not be made: in each stands a sentence that says why."""
    folders = (graded / "submissions" / folder_name(name) for name in names)
    pages = (folder / name for folder in folders for name in _PAGES if name.endswith(".html"))
    return [page for page in pages if _begins(page, NOT_MADE.encode())]


def _begins(page: Path, start: bytes) -> bool:
    with contextlib.suppress(OSError), page.open("rb") as file:
        return file.read(len(start)) == start
    return False


def withdraw_outcome(folder: Path, outcome: Outcome) -> None:
    """Removes what was written of a submission that is no longer there; files of others in its folder stay."""
    names = [file.name for file in outcome.attachments] if isinstance(outcome, Grade) else []
    for name in (*_PAGES, *names, *_EXPORTS):
        (folder / name).unlink(missing_ok=True)
    for place in (*(folder / platform for platform in RESULTS_FOLDERS), folder):
        with contextlib.suppress(OSError):
            place.rmdir()


#: names that this module gives, and those that Windows keeps for devices
_LIKE_OURS = re.compile(r"-[0-9a-f]{8}$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


#: bytes of the readable part of a folder's name; a disk takes 255 for the whole
_READABLE_BYTES = 160


def folder_name(name: str) -> str:
    """Returns a name that is safe as a folder on every system and unique for the submission's name.

    Letters of every script stay. It is unique also on a disk that takes capital letters for small ones or writes
    accents in another form, and for a name that looks like one from here.
    """
    plain = "".join(char if _stays(char) else " " for char in unicodedata.normalize("NFC", name))
    plain = "_".join(plain.split()).strip("._") or "submission"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    own = plain == name == name.lower() and name.isascii() and len(plain) <= 80 and not _LIKE_OURS.search(name)
    short = plain[:80].encode()[:_READABLE_BYTES].decode(errors="ignore")
    return plain if own else f"{short}-{digest}"


def _stays(char: str) -> bool:
    """Whether a character is a letter, an accent or a digit of any script, or one of those that every disk takes."""
    return char in "._-" or unicodedata.category(char)[0] in "LMN"
