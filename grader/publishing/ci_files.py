"""Writes the files that a CI platform reads, in the places where it looks."""

import os
from pathlib import Path

from grader.model.results import Grade
from grader.publishing.submission_files import RESULTS_FOLDERS
from grader.store.database import Outcome
from grader.store.files import write_whole
from reports.exports.classroom import classroom_result
from reports.exports.gradescope import gradescope_json
from reports.exports.prairielearn import prairielearn_json
from reports.github import annotations, step_summary
from reports.gitlab import code_quality
from reports.junit import junit_xml
from reports.text import one_line

__all__ = ["publish_ci"]


def publish_ci(folder: Path, outcome: Outcome, platform: str) -> str:
    """Writes the files that a CI platform reads, where it reads them; returns what is to be printed for it.

    Gradescope and PrairieLearn read results.json in a folder of their own; where this host has that folder the file is
    also there. A grade that is not final is no score: Gradescope gets no file then, and shows that the grading failed.
    """
    outcome = outcome.for_students() if isinstance(outcome, Grade) else outcome
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
