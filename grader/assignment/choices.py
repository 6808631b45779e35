"""The options that an assignment gives to a course: which values there are, and which holds where nobody has chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from grader.model.options import OFF, ON

__all__ = ["PROFILES", "Choice", "choices_of"]

#: who asks: a course that grades, a demo, a student who checks their own work
PROFILES = ("course", "demo", "own")


@dataclass(frozen=True, slots=True)
class Choice:
    """One option, as [options.NAME] of assignment.toml describes it."""

    name: str
    #: the first holds for a student's own check; without any, a value is the path of a folder
    values: tuple[str, ...] = ()
    #: what holds for a course; the last value unless given
    course: str = ""
    #: what holds for the demo; the course's unless given
    demo: str = ""
    help: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether a value is the path of a folder."""
        return not self.values

    @property
    def flag(self) -> str:
        """The option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def words(self) -> str:
        """What a value should be."""
        return "the path of a folder" if self.is_folder else f"one of {', '.join(self.values)}"

    def default(self, profile: str) -> str:
        """Returns what holds where nobody has chosen; "" of a folder."""
        if self.is_folder:
            return ""
        if profile == "own":
            return self.values[0]
        course = self.course or self.values[-1]
        return self.demo or course if profile == "demo" else course


def choices_of(rows: Mapping[str, Any], optional: Mapping[str, str]) -> MappingProxyType[str, Choice]:
    """Returns the options that assignment.toml declares, and an on and off for each other one that [optional] names.

    Raises:
        ValueError: a name or a value cannot be one; the sentence says which.
    """
    found = {str(name): _choice(str(name), row) for name, row in rows.items()}
    for section, option in optional.items():
        found.setdefault(option, Choice(option, (OFF, ON), help=f"Whether to judge the section {section}."))
        if OFF not in found[option].values:
            raise ValueError(f"[optional] {section}: the option {option!r} has no value {OFF!r}")
    for name in found:
        if not (name.isidentifier() and name.islower()):
            raise ValueError(f"the option {name!r} should be called by small letters and underscores")
    return MappingProxyType(found)


def _choice(name: str, row: Mapping[str, Any]) -> Choice:
    choice = Choice(name, **{**row, "values": tuple(map(str, row.get("values", ())))})
    for value in (choice.course, choice.demo):
        if value and value not in choice.values:
            raise ValueError(f"[options.{name}] names {value!r}, which is none of its values")
    return choice
