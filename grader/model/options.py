"""The choices of a course about what is graded; plain data in every task and every grade's key."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["AUTO", "FUNCTIONS_ONLY", "OFF", "ON", "Options"]

#: values of the option of an optional section: it is not judged; it is; it is when the submission holds a notebook
OFF, ON, AUTO = "off", "on", "auto"


@dataclass(frozen=True, slots=True)
class Options:
    """A course's choices, by the names of the options that the assignment declares."""

    #: name and value, sorted
    chosen: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, str] | None = None, **more: str) -> "Options":
        """Returns options of these names and values."""
        return cls(tuple(sorted({**(values or {}), **more}.items())))

    def __getitem__(self, name: str) -> str:
        """Returns the value of an option; "" where nobody has chosen."""
        return dict(self.chosen).get(name, "")

    def over(self, others: Mapping[str, str]) -> "Options":
        """Returns these choices, and the others where nobody has chosen."""
        return Options.of({**others, **dict(self.chosen)})

    def switched_off(self, option: str) -> bool:
        """Whether the option of a name switches its section off."""
        return self[option] in ("", OFF)


#: every optional section switched off
FUNCTIONS_ONLY = Options()
