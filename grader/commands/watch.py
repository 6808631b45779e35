"""Waits for changes of the Python files in a folder."""

from collections.abc import Iterator
from pathlib import Path

from grader.model.errors import UnusableInput

__all__ = ["changes"]


def changes(path: Path) -> Iterator[None]:
    """Yields whenever a Python file or notebook below the path has changed; needs the extra `watch`."""
    try:
        from watchfiles import watch
    except ImportError as exc:
        raise UnusableInput("--watch needs the package watchfiles: pip install 'convnet-grader[watch]'.") from exc
    for changed in watch(path):
        if any(name.endswith((".py", ".ipynb")) for _, name in changed):
            yield
