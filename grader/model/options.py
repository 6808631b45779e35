"""The choices of a course about what is graded; plain data in every task and every grade's key."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FUNCTIONS_ONLY", "NotebookChoice", "NotebookData", "Options", "Switch", "Training"]


class Training(StrEnum):
    """How the training section is judged."""

    #: by comparing the network with the reference at states of the reference's own run
    CERTIFIED = "certified"
    #: by really training
    FULL = "full"
    OFF = "off"


class Switch(StrEnum):
    """Whether a section is judged."""

    ON = "on"
    OFF = "off"


class NotebookChoice(StrEnum):
    """Whether the notebook section is judged."""

    #: when the submission holds a notebook
    AUTO = "auto"
    ON = "on"
    OFF = "off"


class NotebookData(StrEnum):
    """What the notebook's training cells train on."""

    #: a reduced data set
    SMALL = "small"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Options:
    """A course's choices; as constructed, only the sections of plain functions are judged."""

    training: Training = Training.OFF
    speed: Switch = Switch.OFF
    notebook: NotebookChoice = NotebookChoice.OFF
    notebook_data: NotebookData = NotebookData.SMALL
    #: cifar-10-batches-py folder; empty: what CIFAR10_DIR names, else the stand-in
    data: str = ""

    def __getitem__(self, name: str) -> str:
        """Returns the choice of an option by its name."""
        return str(getattr(self, name))

    def switched_off(self, option: str) -> bool:
        """Whether the option of a name switches its section off."""
        return str(getattr(self, option)) == "off"


#: every optional section switched off
FUNCTIONS_ONLY = Options()
