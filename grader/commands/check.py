"""`grader check`: a student checks their own work with the visible checks."""

import os
import webbrowser
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from rich.console import Console

from grader.assignment.definition import BUILT_IN, Assignment
from grader.assignment.golden_cases import public_goldens
from grader.classes.class_grading import RunnerSpec
from grader.classes.submission_grader import SubmissionGrader
from grader.commands.assignment_flags import OwnCommand
from grader.commands.configuration import own_settings
from grader.commands.elsewhere import called_from, elsewhere
from grader.commands.exits import exit_code
from grader.commands.flags import folder, grading_options, say
from grader.commands.one_submission import grade_one, output_option
from grader.commands.output import ClearsOutput, clear_output
from grader.commands.reach import Reach, in_ci
from grader.commands.settings import Settings
from grader.commands.watch import changes
from grader.grading.points_range import PointsRange
from grader.kit.server_versions import Versions, differences, read_versions
from grader.model.errors import GraderError, UnusableInput
from grader.model.options import ON
from grader.model.phrases import join_words
from grader.model.results import Grade
from grader.sandbox.level import level_for_own_code
from grader.store.files import write_whole
from grader.store.kept_checks import KeptChecks
from reports.status_words import range_words
from reports.terminal import selfcheck_view

__all__ = ["check"]

#: folder of the output in which the report of selected checks goes, so that it never replaces the full one
SELECTION = "selection"
#: how far below a student's folder somebody may be who means all of it
MAX_DEPTH = 3


class CheckCommand(ClearsOutput, OwnCommand):
    """Reads the line of `grader check`."""


@click.command(cls=CheckCommand)
@click.argument("path", type=folder, default=Path())
@click.option("-k", "keyword", default="", help="Only checks that match: a function, a section or an expression.")
@click.option(
    "--function", "functions", multiple=True, metavar="NAME", help="Only checks of this function. Repeatable."
)
@click.option("--last-failed", is_flag=True, help="Only functions that lost points in the last full check.")
@output_option
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option("--fresh", is_flag=True, help="Run every check, also of functions of which nothing has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, and nothing else.")
@click.option("--html", "in_browser", is_flag=True, help="Open the report in a browser.")
@grading_options
@elsewhere
def check(
    path: Path,
    keyword: str,
    functions: tuple[str, ...],
    last_failed: bool,
    output: Path,
    watch: bool,
    fresh: bool,
    as_json: bool,
    in_browser: bool,
    **flags: Any,
) -> int:
    """Check your own work with the visible checks.

    PATH is your folder (default: the current one) or the name of a function, to check only that one. The report of
    selected checks goes into a folder of its own, so the full report stays.
    """
    rounds: Iterable[None] = (None,)
    function, path = _function_and_place(path)
    if (whole := _whole_tree(path, flags.get("assignment"))) != path:
        say(f"Checking {whole}, the folder that {path} belongs to.")
        path = whole
        if click.get_current_context().get_parameter_source("output") is ParameterSource.DEFAULT:
            output = whole / output.name
    functions = (*functions, *([function] if function else ()))
    if bool(keyword) + bool(functions) + last_failed > 1:
        raise UnusableInput("-k, --function and --last-failed each choose checks: give one of them.")
    failed = _failed_before(output) if last_failed else ()
    keyword = keyword or " or ".join(functions or failed)
    report = output
    output = output / SELECTION if keyword else output
    if watch:
        rounds = changes(path)
    clear_output(output, path, Reach.of(path, ci=in_ci()))
    settings = own_settings(path, flags)
    for name in functions:
        _require_function(name, path if name == function else None, settings.load_assignment())
    level = level_for_own_code()
    spec = RunnerSpec(settings.assignment, level, None, settings.compat, keyword, settings.options)
    code = 0
    # What is made once is kept from round to round.
    _say_differences(path, settings.load_assignment())
    kept = KeptChecks(path)
    if fresh:
        kept.forget()
    # What was granted while code ran is not kept with its results.
    with SubmissionGrader(spec, untrusted=False, kept=None if fresh or settings.compat else kept) as grader:
        for _ in rounds:
            result = grade_one(path, grader, settings.load_assignment().modules.values(), output)
            # A report is not part of what is handed in.
            write_whole(report / ".gitignore", "*\n")
            if as_json:
                click.echo(result.to_json())
            else:
                points = None if keyword else grader.points_range(result)
                _show(_seen_from_here(result, path), points, settings, output)
            code = exit_code([result], settings.minimum)
            if in_browser:
                webbrowser.open((output / "report.html").resolve().as_uri())
                in_browser = False
    return code


def _function_and_place(path: Path) -> tuple[str, Path]:
    """Returns the function that is meant where a path does not exist, and the folder to check."""
    if os.path.lexists(path) or not path.name.isidentifier():
        return "", path
    return path.name, path.parent


def _whole_tree(path: Path, assignment: Path | None) -> Path:
    """Returns the folder of a student's whole tree when the path is a folder inside of it."""
    places = [Path(place) for place in Assignment.load(assignment or BUILT_IN).modules.values()]
    inside = {place.parent for place in places} - {Path()}
    for root in path.parents[:MAX_DEPTH]:
        if path.relative_to(root) in inside and all((root / place).is_file() for place in places):
            return root
    return path


def _require_function(name: str, path: Path | None, assignment: Assignment) -> None:
    """Raises UnusableInput unless there are functions of this name; it was given as a path where one is named."""
    if any(name in function for function in assignment.functions):
        return
    near = get_close_matches(name, assignment.functions, 3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`grader rubric` lists them all."
    absent = f"{path / name} does not exist, and no" if path else "No"
    raise UnusableInput(f"{absent} function is called {name}; {hint}")


def _say_differences(path: Path, assignment: Assignment) -> None:
    """Says how the server's versions, as the kit names them, differ from those here, and whether that matters."""
    server = read_versions(path)
    if server is None:
        return
    places = [place for place in assignment.modules.values() if (path / place).is_file()]
    files = {place: (path / place).read_bytes() for place in places}
    for sentence in differences(server, Versions.here(public_goldens(assignment).digest), files):
        say(sentence)


def _failed_before(output: Path) -> tuple[str, ...]:
    """Returns the functions that lost points in the last full check."""
    try:
        last = Grade.from_json((output / "grade.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, GraderError) as exc:
        raise UnusableInput(
            f"{output} holds no results of a full check; run grader check without --last-failed."
        ) from exc
    failed = dict.fromkeys(check.function for check in last.checks if not check.passed)
    if not failed:
        raise UnusableInput(f"No function lost points in the check that {output} holds; run grader check for all.")
    return tuple(failed)


def _seen_from_here(result: Grade, path: Path) -> Grade:
    """Returns a result whose files are named as from the current folder, so that a terminal can open them."""
    here = called_from()
    if not path.is_dir() or not (path.is_relative_to(here) or here.is_relative_to(path)):
        return result
    places = {source.file: os.path.relpath(path / source.file, here) for source in result.sources}
    sources = (replace(source, file=places[source.file]) for source in result.sources)
    return replace(result, sources=tuple(sources))


def _show(result: Grade, points: PointsRange | None, settings: Settings, output: Path) -> None:
    """Prints a result; with the range of its points, which those of selected checks have not."""
    so_far = range_words(points.at_least, points.at_most, points.max_score) if points else ""
    Console().print(selfcheck_view(result, so_far=so_far))
    if points and (left_out := _left_out(settings)):
        click.echo(left_out)
    click.echo(f"Report: {output / 'report.html'}")


def _left_out(settings: Settings) -> str:
    """Returns a sentence on the sections that are not checked here, and how to check them too."""
    assignment, options = settings.load_assignment(), settings.options
    off = {section: option for section, option in assignment.optional.items() if options.switched_off(option)}
    if not off:
        return ""
    choices = [assignment.choices[option] for option in dict.fromkeys(off.values())]
    values = [ON if ON in choice.values else choice.default("course") for choice in choices]
    flags = " ".join(f"{choice.flag} {value}" for choice, value in zip(choices, values, strict=True))
    return f"Not checked here: {join_words(list(off))}. To check them too, which takes longer: grader check {flags}"
