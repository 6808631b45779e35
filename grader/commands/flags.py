"""Defines the options that several commands share, and turns their values into a RunnerSpec.

Those of an assignment are added by `grader.commands.assignment_flags`.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from grader.classes.class_grading import RunnerSpec
from grader.commands.places import Place
from grader.commands.settings import SEED_BITS, Settings
from grader.model.errors import UnusableInput
from grader.model.sandbox_levels import Level
from grader.sandbox.level import choose_level
from grader.store.database import Store

__all__ = ["folder", "grading_options", "require_folder", "say", "untrusted_spec"]

Command = TypeVar("Command", bound=Callable[..., Any])


#: type of an argument or option that names a place on disk
folder = Place()


def require_folder(path: Path, flag: str = "-o") -> None:
    """Raises UnusableInput where an output folder is to go and something else is."""
    if os.path.lexists(path) and not path.is_dir():
        raise UnusableInput(f"{path} is not a folder; choose another place with {flag}.")


class _Seed(click.ParamType):  # type: ignore[type-arg]  # older versions of click take no argument
    """A whole number that a secret seed may be."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not text.isdecimal() or int(text) >= 2**SEED_BITS:
            self.fail(f"{text!r} is not a whole number from 0 to 2**{SEED_BITS} - 1.", param, ctx)
        return int(text)


config_option = click.option(
    "--config",
    type=folder,
    envvar="GRADER_CONFIG",
    help="Settings file (grader.toml); or set the environment variable GRADER_CONFIG.",
)
assignment_option = click.option(
    "--assignment", type=folder, help="Folder with assignment.toml; default: the built-in assignment."
)
seed_option = click.option("--seed", type=_Seed(), help="Secret seed of the hidden cases; default: a new one.")
sandbox_option = click.option(
    "--sandbox",
    type=click.Choice([level.value for level in Level]),
    help="Sandbox level; default: the strongest available.",
)
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1, 256), help="Number of runners; default: one per core."
)

#: what decides how a submission is graded, on every command that grades
GRADING = (
    config_option,
    assignment_option,
    click.option(
        "--compat", is_flag=True, default=None, help="Accept harmless constructs from older course years and note them."
    ),
    click.option("--min", "minimum", type=float, help="Points that count as success for the exit code."),
)


def grading_options(command: Command) -> Command:
    """Adds the options that decide how a submission is graded."""
    for option in reversed(GRADING):
        command = option(command)
    return command


def untrusted_spec(settings: Settings, store: Store | None = None) -> RunnerSpec:
    """Returns how to grade other people's code: a safe level, and a secret seed where the solution is here."""
    level = choose_level(settings.sandbox, trusted=False)
    seed: int | None = None
    if settings.load_assignment().has_solution:
        drawn = settings.seed if settings.seed is not None else secrets.randbits(SEED_BITS)
        # A class that is graded in two runs is graded with one seed.
        seed = drawn if store is None or settings.seed is not None else int(store.remember_once("seed", str(drawn)))
    else:
        say("The solution is not installed here, so only the visible checks run.")
    return RunnerSpec(settings.assignment.absolute(), level, seed, settings.compat, options=settings.options)


def say(text: str) -> None:
    """Prints a sentence to the standard error."""
    click.echo(text, err=True)
