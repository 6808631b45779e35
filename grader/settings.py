"""Flags and a grader.toml in, Settings out: what an instructor or a kit decides once instead of at every call."""

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from grader.assignment import BUILT_IN, Assignment
from grader.errors import UnusableInput

__all__ = ["Settings"]

FILE_NAME = "grader.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to grade; None means that nobody has decided, so that the default of the command holds."""

    #: folder with assignment.toml
    assignment: Path = BUILT_IN
    #: secret seed of the hidden cases
    seed: int | None = None
    #: sandbox level by name
    sandbox: str | None = None
    #: runners side by side
    jobs: int | None = None
    #: points that count as success for the exit code; None is all of them
    minimum: float | None = None
    #: whether harmless old-year things are granted
    compat: bool = False

    @classmethod
    def read(cls, folder: Path, **flags: Any) -> "Settings":
        """Returns the settings: flags that are not None, then grader.toml in the folder, then defaults.

        Raises:
            UnusableInput: grader.toml is broken or holds an unknown or ill-typed entry; the sentence names it.
        """
        path = folder / FILE_NAME
        settings = cls()
        if path.is_file():
            settings = replace(settings, **_from_file(path))
        return replace(settings, **{name: value for name, value in flags.items() if value is not None})

    def load_assignment(self) -> Assignment:
        """Returns the assignment that is graded."""
        return Assignment.load(self.assignment)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UnusableInput(f"{path} cannot be read: {exc.strerror}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UnusableInput(f"{path} is not valid TOML: {exc}.") from exc
    kinds: dict[str, tuple[type, ...]] = {
        "assignment": (str,),
        "seed": (int,),
        "sandbox": (str,),
        "jobs": (int,),
        "minimum": (int, float),
        "compat": (bool,),
    }
    assert set(kinds) == {field.name for field in fields(Settings)}
    for name, value in data.items():
        if name not in kinds:
            raise UnusableInput(f"{path} has the unknown entry {name!r}; known are {', '.join(kinds)}.")
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and kinds[name] != (bool,)):
            raise UnusableInput(f"{path}: {name} should be {kinds[name][-1].__name__}, not {value!r}.")
    if "assignment" in data:
        data["assignment"] = path.parent / data["assignment"]
    return data
