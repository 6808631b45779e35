"""Waits for changes of the Python files and notebooks in a folder."""

import time
from collections.abc import Iterator
from pathlib import Path

import click

from grader.model.errors import UnusableInput
from grader.model.file_names import is_source

__all__ = ["changes"]


def changes(path: Path) -> Iterator[None]:
    """Returns what yields at once, and then whenever a Python file or notebook below the path has changed.

    Raises:
        UnusableInput: the package that watches files is not installed.
    """
    try:
        from watchfiles import watch
    except ImportError as exc:
        raise UnusableInput("--watch needs the package watchfiles; install it with: pip install watchfiles") from exc

    def rounds() -> Iterator[None]:
        yield
        click.echo(f"Watching {path}; press Ctrl-C to stop.", err=True)
        for changed in watch(path):
            if any(is_source(name) for _, name in changed):
                click.clear()
                click.echo(f"Checked again at {time.strftime('%H:%M:%S')}.", err=True)
                yield
                click.echo(f"Watching {path}; press Ctrl-C to stop.", err=True)

    return rounds()
