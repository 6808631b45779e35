"""The command line in, an exit code out: 0 all points, 1 points lost, 2 unusable input, 3 our fault or incomplete."""

import importlib
import os
import sys

import click

from grader import __version__
from grader.commands.exits import OUR_FAULT, UNUSABLE
from grader.commands.flags import say
from grader.errors import GraderError, GraderFault

__all__ = ["main"]


def main() -> None:
    """Runs the command line; every error becomes one sentence and an exit code."""
    try:
        sys.exit(cli(standalone_mode=False))
    except click.ClickException as exc:
        exc.show()
        sys.exit(UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        say("Stopped. What is graded so far is kept; the same command goes on from there.")
        sys.exit(130)
    except GraderFault as exc:
        say(f"Our fault: {exc}")
        sys.exit(OUR_FAULT)
    except GraderError as exc:
        say(str(exc))
        sys.exit(UNUSABLE)
    except Exception as exc:
        if os.environ.get("GRADER_DEBUG"):
            raise
        say(f"Our fault: {type(exc).__name__}: {str(exc)[:300]}. GRADER_DEBUG=1 shows where.")
        sys.exit(OUR_FAULT)


#: module of grader.commands -> its commands
COMMANDS = {
    "single": ("check", "grade"),
    "many": ("batch", "demo", "report"),
    "adjusting": ("adjust",),
    "comparing": ("diff",),
    "exporting": ("export",),
    "authoring": ("release", "golden", "rubric"),
    "host": ("doctor",),
}


class _Commands(click.Group):
    """Commands whose modules are imported when they are named: each brings along what only it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in COMMANDS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module, names in COMMANDS.items():
            if cmd_name in names:
                command: click.Command = getattr(importlib.import_module(f"grader.commands.{module}"), cmd_name)
                return command
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grader")
def cli() -> None:
    """Grades the convolutional-networks assignment through a sandbox.

    Exit codes: 0 all points (or --min reached), 1 points lost, 2 unusable input or arguments, 3 our fault or an
    incomplete grade.
    """
