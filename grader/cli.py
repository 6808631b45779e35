"""The command line in, an exit code out: 0 all points, 1 points lost, 2 unusable input, 3 our fault or incomplete."""

import os
import sys

import click

from grader import __version__
from grader.commands.adjusting import adjust
from grader.commands.authoring import golden, release, rubric
from grader.commands.comparing import diff
from grader.commands.exits import OUR_FAULT, UNUSABLE
from grader.commands.exporting import export
from grader.commands.flags import say
from grader.commands.host import doctor
from grader.commands.many import batch, demo, report
from grader.commands.single import check, grade
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grader")
def cli() -> None:
    """Grades the convolutional-networks assignment through a sandbox.

    Exit codes: 0 all points (or --min reached), 1 points lost, 2 unusable input or arguments, 3 our fault or an
    incomplete grade.
    """


for command in (check, grade, batch, demo, report, adjust, diff, export, release, golden, rubric, doctor):
    cli.add_command(command)
