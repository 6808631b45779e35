"""Makes what a course's server needs to grade: wheels, pinned requirements, settings, and the scripts of a platform.

Everything comes from what runs here, so that a server has the instructor's versions, and needs to train nothing.
"""

import importlib.metadata
import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.requirements import Requirement

from grader.assignment.definition import BUILT_IN, Assignment
from grader.kit import course_scripts
from grader.kit.student_wheel import DISTRIBUTION, staff_wheel, student_wheel
from grader.model.errors import UnusableInput

__all__ = ["ASSIGNMENT", "autograder_files", "bundle_files", "filled", "pinned_requirements", "zipped"]

#: folder of an assignment of the course's own
ASSIGNMENT = "assignment"
#: files that can be run
RUN = frozenset({"setup.sh", "run_autograder"})


def bundle_files(assignment: Assignment) -> dict[str, bytes]:
    """Returns place -> content of the files with which any machine grades like this one; no seed is in them.

    Raises:
        UnusableInput: the grader or the assignment's solution is not installed here.
    """
    name, engine = student_wheel()
    files = {f"wheels/{name}": engine, "requirements.txt": pinned_requirements().encode()}
    if assignment.folder == BUILT_IN:
        staff, solution = staff_wheel(assignment.solution)
        return {**files, f"wheels/{staff}": solution}
    if not assignment.has_solution:
        raise UnusableInput(f"{assignment.folder} has no solution here, which hidden checks need.")
    files |= {f"{ASSIGNMENT}/{place}": content for place, content in _tree(assignment.folder)}
    root = assignment.solution_folder()
    if assignment.solution == Assignment.load().solution:
        staff, solution = staff_wheel(assignment.solution)
        return {**files, f"wheels/{staff}": solution}
    if not assignment.solution.startswith(("./", "../")):
        raise UnusableInput(
            f"The solution {assignment.solution!r} is a package of its own; a server gets one that lies "
            "beside the checks, as a folder: '../solution'."
        )
    # Where the checks look for it from their own folder.
    place = os.path.normpath(f"{ASSIGNMENT}/{assignment.solution}")
    return files | {f"{place}/{name}": content for name, content in _tree(root)}


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


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Returns a zip of the files without times, so that equal files give equal bytes; scripts can be run."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in files.items():
            entry = zipfile.ZipInfo(place, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if place in RUN else 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _tree(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()
