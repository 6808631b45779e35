"""Makes what a course's server needs to grade: wheels, pinned requirements, settings, and the scripts of a platform.

Everything comes from what runs here, so that a server has the instructor's versions, and needs to train nothing.
"""

import importlib.metadata
import os
from collections.abc import Mapping

from packaging.requirements import Requirement

from grader.assignment.definition import BUILT_IN, Assignment
from grader.kit import course_scripts
from grader.kit.plain_files import files_below
from grader.kit.student_wheel import DISTRIBUTION, staff_wheel, student_wheel
from grader.model.errors import UnusableInput

__all__ = ["ASSIGNMENT", "PROGRAMS", "autograder_files", "bundle_files", "filled", "pinned_requirements"]

#: folder of an assignment of the course's own
ASSIGNMENT = "assignment"
#: files that can be run
PROGRAMS = frozenset({"setup.sh", "run_autograder"})


def bundle_files(assignment: Assignment) -> dict[str, bytes]:
    """Returns place -> content of the files with which any machine grades like this one; no seed is in them.

    Raises:
        UnusableInput: the grader or the assignment's solution is not installed here.
    """
    name, engine = student_wheel()
    files = {f"wheels/{name}": engine, "requirements.txt": pinned_requirements().encode()}
    if assignment.folder != BUILT_IN:
        if not assignment.has_solution:
            raise UnusableInput(f"{assignment.folder} has no solution here, which hidden checks need.")
        files |= {f"{ASSIGNMENT}/{place}": content for place, content in files_below(assignment.folder).items()}
    if assignment.solution == Assignment.load().solution:
        staff, solution = staff_wheel(assignment.solution)
        return {**files, f"wheels/{staff}": solution}
    if not assignment.solution.startswith(("./", "../")):
        raise UnusableInput(
            f"The solution {assignment.solution!r} is a package of its own; a server gets one that lies "
            "beside the checks, as a folder: '../solution'."
        )
    # Where the checks look for it from their own folder.
    root = assignment.solution_folder()
    place = os.path.normpath(f"{ASSIGNMENT}/{assignment.solution}")
    return files | {f"{place}/{name}": content for name, content in files_below(root).items()}


def autograder_files(assignment: Assignment, settings: str) -> dict[str, bytes]:
    """Returns the files of Gradescope's autograder, whose zip has them at its root.

    Args:
        assignment: that is graded.
        settings: text of its grader.toml, with the secret seed.
    """
    scripts = {"setup.sh": course_scripts.GRADESCOPE_SETUP, "run_autograder": course_scripts.GRADESCOPE_RUN}
    texts = {**scripts, "grader.toml": settings}
    return {**{place: text.encode() for place, text in texts.items()}, **bundle_files(assignment)}


def filled(script: str, values: Mapping[str, str]) -> str:
    """Returns a script with the values in the place of their names."""
    for name, value in values.items():
        script = script.replace(f"@{name}@", value)
    return script


def pinned_requirements() -> str:
    """Returns everything that the installed grader needs, at the versions that are installed here."""
    versions: dict[str, str] = {}
    waiting = [DISTRIBUTION]
    while waiting:
        for text in importlib.metadata.requires(waiting.pop()) or ():
            needed = Requirement(text)
            name = needed.name.lower().replace("_", "-")
            if name in versions or (needed.marker and not needed.marker.evaluate({"extra": ""})):
                continue
            versions[name] = importlib.metadata.version(needed.name)
            waiting.append(needed.name)
    return "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))
