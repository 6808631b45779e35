"""The options that several commands share, and how their values become settings and a RunnerSpec."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from grader.classes.class_grading import RunnerSpec
from grader.commands.settings import SEED_BITS, Settings
from grader.model.sandbox_levels import Level
from grader.sandbox.level import choose_level
from grader.store.database import Store

__all__ = ["folder", "grading_options", "say", "untrusted_spec"]

Command = TypeVar("Command", bound=Callable[..., Any])


class _Place(click.Path):
    """A place on disk, as an absolute path: commands work in another folder than that in which they are called."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return Path(os.path.abspath(os.fsdecode(super().convert(value, param, ctx))))


#: type of an argument or option that names a place on disk
folder = _Place(path_type=Path)

config_option = click.option(
    "--config",
    type=folder,
    envvar="GRADER_CONFIG",
    help="The grader.toml that counts; the variable GRADER_CONFIG names one, too.",
)
assignment_option = click.option("--assignment", type=folder, help="Folder with assignment.toml.")
seed_option = click.option("--seed", type=click.IntRange(0, 2**SEED_BITS - 1), help="Secret seed of the hidden cases.")
sandbox_option = click.option(
    "--sandbox",
    type=click.Choice([level.value for level in Level]),
    help="Sandbox level; without it the best one of this host.",
)
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1, 256), help="Runners side by side; default: one per core."
)

data_option = click.option(
    "--data", type=folder, help="The cifar-10-batches-py folder; default: CIFAR10_DIR, else a stand-in."
)

#: what decides how a submission is graded, on every command that grades
GRADING = (
    config_option,
    assignment_option,
    click.option("--compat", is_flag=True, default=None, help="Grant harmless things of older years, noted."),
    click.option("--min", "minimum", type=float, help="Points that count as success for the exit code."),
    click.option(
        "--training",
        type=click.Choice(["certified", "full", "off"]),
        help="How the training section is judged: by a certificate, by really training, or not at all.",
    ),
    click.option("--speed", type=click.Choice(["on", "off"]), help="Whether the speed section is judged."),
    click.option(
        "--notebook",
        type=click.Choice(["auto", "on", "off"]),
        help="Whether the notebook section is judged; auto: when the submission holds a notebook.",
    ),
    click.option("--notebook-data", type=click.Choice(["small", "full"]), help="Data that the notebook trains on."),
    data_option,
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
