"""Gives a command the flags of the options that its assignment declares."""

import os
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from grader.assignment.choices import Choice
from grader.assignment.definition import BUILT_IN, Assignment
from grader.commands.places import Place
from grader.commands.reach import in_ci
from grader.model.errors import GraderError, UnusableAssignment

__all__ = ["AssignmentCommand", "OwnCommand"]

#: key of what a command line has found out, in its context
_FLAGS = "grader.assignment_flags"
_SETTINGS = "grader.toml"


class AssignmentCommand(click.Command):
    """A command whose flags include one for each option of the assignment.

    Which assignment it is must be known before the line is read: the one that --assignment or the file of --config
    names, else the built-in one. Whether an option belongs to the assignment that is graded in the end is said when the
    settings are read.
    """

    #: whether a grader.toml in a folder of the line counts, too
    looks_into_folders = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the line with the flags of the assignment that it means."""
        ctx.meta[_FLAGS] = self._flags(args)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Returns the command's own parameters and those of the assignment."""
        own = super().get_params(ctx)
        # The option of help is the last one.
        return [*own[:-1], *ctx.meta.get(_FLAGS, ()), *own[-1:]]

    def _flags(self, args: Sequence[str]) -> list[click.Option]:
        taken: set[str | None] = {param.name for param in self.params}
        for folder in _folders(args, inside=self.looks_into_folders and not in_ci()):
            try:
                choices = Assignment.load(folder).choices.values()
            except GraderError:
                # Whoever uses the assignment says what is wrong with it.
                continue
            return [_option(choice, folder, taken) for choice in choices]
        return []


class OwnCommand(AssignmentCommand):
    """A command for one's own work: the grader.toml of a kit says which assignment it is; in CI work is another's."""

    looks_into_folders = True


def _option(choice: Choice, folder: Path, taken: set[str | None]) -> click.Option:
    if choice.name in taken:
        raise UnusableAssignment(
            f"{folder / 'assignment.toml'} calls an option {choice.name}, and {choice.flag} is a flag of the command."
        )
    kind: Any = Place() if choice.is_folder else click.Choice(choice.values)
    return click.Option([choice.flag], type=kind, help=choice.help or None)


def _folders(args: Sequence[str], *, inside: bool) -> Iterator[Path]:
    """Yields the folders that the assignment may be in, the likeliest first."""
    if named := _value_of("--assignment", args):
        yield Path(named)
        return
    configs = [_value_of("--config", args) or os.environ.get("GRADER_CONFIG", "")]
    if inside:
        configs += [os.path.join(arg, _SETTINGS) for arg in [*args, "."] if os.path.isdir(arg)]
    for config in filter(None, configs):
        try:
            folder = tomllib.loads(Path(config).read_text(encoding="utf-8")).get("assignment")
        except (OSError, ValueError):
            continue
        if isinstance(folder, str):
            yield Path(config).parent / folder
    yield BUILT_IN


def _value_of(flag: str, args: Sequence[str]) -> str:
    for number, arg in enumerate(args):
        if arg.startswith(f"{flag}="):
            return arg.partition("=")[2]
        if arg == flag and number + 1 < len(args):
            return args[number + 1]
    return ""
