"""Outcomes in, files for people and platforms out: every file appears whole or not at all."""

import contextlib
import hashlib
import os
import re
from pathlib import Path

from grader.files import write_whole
from grader.people import NOTHING_KNOWN, About
from grader.results import Grade
from grader.store import Outcome
from reports.exports.classroom import classroom_result
from reports.exports.gradescope import gradescope_json
from reports.exports.prairielearn import prairielearn_json
from reports.github import annotations, step_summary
from reports.gitlab import code_quality
from reports.junit import junit_xml
from reports.notebook import notebook_page
from reports.page import report_html
from reports.text import one_line

__all__ = ["folder_name", "publish_ci", "publish_outcome", "withdraw_outcome"]

#: where a platform that runs the grader itself reads results.json
RESULTS_FOLDERS = {"gradescope": Path("/autograder/results"), "prairielearn": Path("/grade/results")}
#: what a submission's folder may hold, the files of a grade first
_PAGES = ("grade.json", "report.html", "notebook.html", "ungraded.txt")
_EXPORTS = ("junit.xml", "classroom.json", *(f"{platform}/results.json" for platform in RESULTS_FOLDERS))


def publish_outcome(folder: Path, outcome: Outcome, about: About = NOTHING_KNOWN) -> None:
    """Writes grade.json and report.html of one submission, its files, and of a notebook a page that shows it.

    An ungraded submission gets a text that says why. grade.json has the raw points, whatever people changed.
    """
    if isinstance(outcome, Grade):
        (folder / "ungraded.txt").unlink(missing_ok=True)
        write_whole(folder / "grade.json", outcome.to_json())
        for file in outcome.attachments:
            write_whole(folder / file.name, file.content)
        page = notebook_page(outcome)
        if page:
            write_whole(folder / "notebook.html", page)
        else:
            (folder / "notebook.html").unlink(missing_ok=True)
        write_whole(folder / "report.html", report_html(outcome, about))
    else:
        # What an earlier grading left must not be taken for this one's.
        for name in _PAGES[:3]:
            (folder / name).unlink(missing_ok=True)
        write_whole(folder / "ungraded.txt", f"{outcome.reason}\n")


def withdraw_outcome(folder: Path, outcome: Outcome) -> None:
    """Removes what was written of a submission that is no longer there; files of others in its folder stay."""
    names = [file.name for file in outcome.attachments] if isinstance(outcome, Grade) else []
    for name in (*_PAGES, *names, *_EXPORTS):
        (folder / name).unlink(missing_ok=True)
    for place in (*(folder / platform for platform in RESULTS_FOLDERS), folder):
        with contextlib.suppress(OSError):
            place.rmdir()


def publish_ci(folder: Path, outcome: Outcome, platform: str) -> str:
    """Writes the files that a CI platform reads, where it reads them; returns what is to be printed for it.

    Gradescope and PrairieLearn read results.json in a folder of their own; where this host has that folder the file is
    also there. A grade that is not final is no score: Gradescope gets no file then, and shows that the grading failed.
    """
    if platform in RESULTS_FOLDERS:
        return _publish_results(folder, outcome, platform)
    if not isinstance(outcome, Grade):
        return ""
    write_whole(folder / "junit.xml", junit_xml(outcome))
    if platform == "gitlab":
        write_whole(folder / "gl-code-quality-report.json", code_quality(outcome))
        return ""
    _append_to("GITHUB_STEP_SUMMARY", step_summary(outcome))
    # GitHub Classroom's reporter takes the points from the step's output.
    _append_to("GITHUB_OUTPUT", f"result={classroom_result(outcome)}\n")
    return annotations(outcome)


def _publish_results(folder: Path, outcome: Outcome, platform: str) -> str:
    places = [folder / "results.json"]
    home = RESULTS_FOLDERS[platform]
    if home.parent.is_dir():
        places.append(home / "results.json")
    for place in places:
        place.unlink(missing_ok=True)
    try:
        if platform == "prairielearn":
            text = prairielearn_json(outcome)
        elif isinstance(outcome, Grade):
            text = gradescope_json(outcome)
        else:
            raise ValueError(outcome.reason)
    except ValueError as exc:
        return f"No results.json was written: {one_line(str(exc), 500)}"
    for place in places:
        write_whole(place, text)
    return ""


def _append_to(variable: str, text: str) -> None:
    """Adds text to the file that an environment variable of GitHub names, where there is one."""
    if path := os.environ.get(variable):
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)


def folder_name(name: str) -> str:
    """Returns a name that is safe as a folder on every system and unique for the submission's name."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "submission"
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return plain if plain == name and len(plain) <= 80 else f"{plain[:80]}-{digest}"
