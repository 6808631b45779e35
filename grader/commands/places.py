"""The type of arguments and options that name a place on disk."""

import os
from pathlib import Path
from typing import Any

import click

__all__ = ["Place"]


class Place(click.Path):
    """A place on disk, as an absolute path: commands work in another folder than that in which they are called."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the absolute path."""
        return Path(os.path.abspath(os.fsdecode(super().convert(value, param, ctx))))
