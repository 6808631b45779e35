"""Gives this distribution the version of the engine beside it, and asks for exactly that engine."""

import re
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parents[1]

engine = (ROOT / "grader" / "__init__.py").read_text(encoding="utf-8")
(version,) = re.findall(r'^__version__ = "(.+)"$', engine, re.MULTILINE)

setup(
    version=version,
    # Not in this folder, all of which is the package.
    options={"build": {"build_base": str(ROOT / "build" / "reference")}},
    install_requires=[
        f"convnet-grader=={version}",
        "jupytext>=1.16",  # grader release writes the kit's notebook from its text
    ],
)
