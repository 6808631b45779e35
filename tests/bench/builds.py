"""Makes the builds that tests/bench/against.py measures: an earlier commit, installed beside the one that runs this."""

import compileall
import hashlib
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import grader

__all__ = ["Build", "earlier_build", "this_build"]

ROOT = Path(__file__).parents[2]
#: ours, in whatever form the environment that runs this has them
OURS = ("convnet-grader", "convnet-grader-reference")


@dataclass(frozen=True)
class Build:
    """A commit that can be run."""

    name: str
    python: Path
    #: variables of its own
    environment: Mapping[str, str]


def this_build() -> Build:
    """Returns the build that runs this: the installed wheels under tox, otherwise the checkout."""
    place = Path(grader.__file__).parents[1]
    for package in ("grader", "reports", "reference"):
        compileall.compile_dir(place / package, quiet=2)
    return Build(_git("describe", "--always", "--dirty"), Path(sys.executable), {"PYTHONPATH": str(place)})


def earlier_build(commit: str, folder: Path) -> Build:
    """Returns an earlier commit, installed with the libraries that run this, in their versions.

    Args:
        commit: of this repository.
        folder: for the build; one that is there already is taken.
    """
    name = _git("rev-parse", "--short", commit)
    libraries = _libraries()
    # Other versions of the libraries are another build.
    versions = hashlib.sha256("\n".join((sys.version, *libraries)).encode()).hexdigest()[:8]
    home = folder / f"{name}-{versions}"
    python = home / "env" / "bin" / "python"
    if not (home / "complete").is_file():
        with tempfile.TemporaryDirectory() as tree:
            _git("worktree", "add", "--detach", "--force", tree, name)
            try:
                _install(Path(tree), home, python, libraries)
            finally:
                _git("worktree", "remove", "--force", tree)
        (home / "complete").touch()
    # PYTHONPATH may name this checkout.
    return Build(name, python, {"PYTHONPATH": ""})


def _install(tree: Path, home: Path, python: Path, libraries: list[str]) -> None:
    venv.create(home / "env", with_pip=True, clear=True)
    constraints = home / "constraints.txt"
    constraints.write_text("\n".join(libraries) + "\n")
    pip = (python, "-m", "pip", "install", "--quiet", "--constraint", constraints)
    subprocess.run((*pip, tree), check=True)
    # What staff alone has was part of the one distribution before.
    if (tree / "reference" / "pyproject.toml").is_file():
        subprocess.run((*pip, tree / "reference"), check=True)


def _libraries() -> list[str]:
    found = ((_name(distribution), distribution.version) for distribution in distributions())
    return sorted({f"{name}=={version}" for name, version in found if name not in OURS})


def _name(distribution: object) -> str:
    return str(getattr(distribution, "name", "")).lower().replace("_", "-")


def _git(*arguments: str | Path) -> str:
    command = ("git", "-C", str(ROOT), *map(str, arguments))
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
