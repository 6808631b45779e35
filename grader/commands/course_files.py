"""Writes the files with which a course grades on a platform, for `grader export`: an autograder's zip, CI workflows."""

import hashlib
import json
import secrets
import sys
from pathlib import Path
from typing import Any

import click

from grader.assignment.definition import BUILT_IN
from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import say
from grader.commands.settings import SEED_BITS, Settings
from grader.kit import course_scripts
from grader.kit.course_bundle import ASSIGNMENT, PROGRAMS, autograder_files, bundle_files, filled
from grader.kit.plain_files import zipped
from grader.kit.student_wheel import student_wheel
from grader.model.errors import UnusableInput
from grader.store.files import write_whole

__all__ = ["COURSE_FORMS", "write_course_files"]

#: form -> what it writes where no -o says so
COURSE_FORMS = {
    "gradescope-autograder": Path("autograder.zip"),
    "github-action": Path("course-ci"),
    "gitlab-ci": Path("course-ci"),
}
#: what stands in the files where the course has to put its own address
ADDRESS = "https://EXAMPLE.edu/course"


def write_course_files(form: str, output: Path | None, url: str, flags: dict[str, Any]) -> int:
    """Writes the files of a form; returns the exit code.

    Args:
        form: one of COURSE_FORMS.
        output: where they go.
        url: from where the platform downloads the course's files; "" leaves an example in its place.
        flags: --assignment and --config.
    """
    target = output or COURSE_FORMS[form]
    settings = named_settings(flags, Path())
    if form == "gradescope-autograder":
        return _write_autograder(target, settings)
    if target.exists() and not target.is_dir():
        raise UnusableInput(f"{target} is a file; name a folder with -o.")
    return _write_workflows(form, target, settings, url.rstrip("/") or ADDRESS)


def _write_autograder(target: Path, settings: Settings) -> int:
    if target.is_dir():
        raise UnusableInput(f"{target} is a folder; name the zip with -o.")
    seed = settings.seed if settings.seed is not None else secrets.randbits(SEED_BITS)
    content = zipped(
        autograder_files(settings.load_assignment(), f"seed = {seed}\n{_settings_text(settings)}"), PROGRAMS
    )
    write_whole(target, content)
    if settings.seed is None:
        say("A secret seed was drawn and lies in the zip; keep the zip, or name a seed with --config grader.toml.")
    click.echo(f"Autograder: {target} ({len(content) / 1e6:.1f} MB). Upload it under Configure Autograder.")
    return ALL_POINTS


def _write_workflows(form: str, target: Path, settings: Settings, url: str) -> int:
    files = bundle_files(settings.load_assignment())
    bundle = zipped({**files, "grader.toml": _settings_text(settings).encode()})
    values = {
        "PYTHON": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "URL": url,
        "BUNDLE_SHA256": hashlib.sha256(bundle).hexdigest(),
    }
    written: dict[str, bytes] = {"course/course.zip": bundle}
    if form == "gitlab-ci":
        written["course/grade.yml"] = filled(course_scripts.GITLAB_GRADE, values).encode()
    else:
        name, wheel = student_wheel()
        values |= {"WHEEL": name, "WHEEL_SHA256": hashlib.sha256(wheel).hexdigest()}
        written |= {
            f"download/{name}": wheel,
            "course/.github/workflows/grade.yml": filled(course_scripts.GITHUB_GRADE, values).encode(),
            "students/.github/workflows/check.yml": filled(course_scripts.GITHUB_CHECK, values).encode(),
        }
    for place, content in written.items():
        write_whole(target / place, content)
    click.echo(f"Wrote {len(written)} files to {target}; docs/course_ci.md says where each goes and what to set.")
    if url == ADDRESS:
        say(f"{ADDRESS} stands where the files are downloaded from; name the address with --url, or change it there.")
    return ALL_POINTS


def _settings_text(settings: Settings) -> str:
    """Returns what a server's grader.toml says, without the seed."""
    choices = settings.load_assignment().choices
    # A folder of this machine is none of the server's.
    rows: dict[str, object] = {name: value for name, value in settings.options.chosen if choices[name].values}
    rows["compat"] = settings.compat
    if settings.assignment != BUILT_IN:
        rows["assignment"] = ASSIGNMENT
    if settings.minimum is not None:
        rows["minimum"] = settings.minimum
    if settings.sandbox is not None:
        rows["sandbox"] = settings.sandbox
    # JSON's texts, numbers and truth values are TOML's, too.
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in rows.items())
