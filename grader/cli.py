"""Defines the command line: lists the commands and turns every error into a sentence and an exit code."""

import importlib
import os
import sys

import click

from grader import __version__
from grader.commands.exits import OUR_FAULT, UNUSABLE
from grader.commands.flags import say
from grader.commands.plain_output import tolerate_encodings
from grader.model.errors import GraderError, GraderFault

__all__ = ["main"]


def main() -> None:
    """Runs the command line; every error becomes one sentence and an exit code."""
    tolerate_encodings()
    try:
        sys.exit(cli(standalone_mode=False))
    except click.ClickException as exc:
        exc.show()
        sys.exit(UNUSABLE)
    except (click.Abort, KeyboardInterrupt) as exc:
        # click makes an Abort of an interrupt.
        say(str(exc.__cause__ or exc) or "Stopped.")
        sys.exit(130)
    except GraderFault as exc:
        say(f"Internal error (not your code): {exc}")
        sys.exit(OUR_FAULT)
    except GraderError as exc:
        say(str(exc))
        sys.exit(UNUSABLE)
    except Exception as exc:
        if os.environ.get("GRADER_DEBUG"):
            raise
        say(f"Internal error (not your code): {type(exc).__name__}: {str(exc)[:300]}. GRADER_DEBUG=1 shows where.")
        sys.exit(OUR_FAULT)


#: each is a file of grader/commands, which holds the command under its own name
COMMANDS = (
    "adjust",
    "batch",
    "check",
    "demo",
    "diff",
    "doctor",
    "export",
    "golden",
    "grade",
    "release",
    "report",
    "rubric",
)


class _Commands(click.Group):
    """Commands whose modules are imported when they are named: each brings along what only it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"grader.commands.{cmd_name}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grader")
def cli() -> None:
    """Grades programming assignments through a sandbox.

    Exit codes: 0 all points (or --min reached), 1 points lost, 2 unusable input or arguments, 3 internal error or an
    incomplete grade.
    """
