"""What a known mistake is: small edits of the reference, with a name and a sentence for the student."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from reference.samples.texts import CNN, LAYERS, solved

__all__ = ["FunctionEdit", "Mistake", "affected", "mistakes_of", "pieces", "place_of", "planted_texts"]

#: function -> others of the assignment that give what it gives
_CALLERS = {
    "affine_forward": ("ThreeLayerConvNet",),
    "affine_backward": ("ThreeLayerConvNet",),
    "relu_forward": ("ThreeLayerConvNet",),
    "relu_backward": ("ThreeLayerConvNet",),
    "softmax_loss": ("ThreeLayerConvNet",),
    "batchnorm_forward": ("spatial_batchnorm_forward",),
    "batchnorm_backward_alt": ("spatial_batchnorm_backward",),
}


@dataclass(frozen=True, slots=True)
class FunctionEdit:
    """Replaces text in one function of the reference, where it occurs exactly once."""

    function: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """One known mistake in one form; several forms of a mistake have the same name and sentence."""

    #: for reports and tables: "conv-bias-forgotten"
    name: str
    #: what the student is told: it teaches, and does not give the answer away
    says: str
    #: the documented outputs that it makes wrong
    affects: tuple[str, ...]
    edits: tuple[FunctionEdit, ...]

    @property
    def function(self) -> str:
        """The function in which it is made."""
        return self.edits[0].function

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions whose results it makes wrong."""
        return affected(edit.function for edit in self.edits)

    def and_too(self, other: "Mistake") -> "Mistake | None":
        """Returns both mistakes at once, named "first+second"; None where their edits do not go together."""
        affects = tuple(dict.fromkeys((*self.affects, *other.affects)))
        both = Mistake(f"{self.name}+{other.name}", f"{self.says} {other.says}", affects, (*self.edits, *other.edits))
        try:
            both.texts()
        except ValueError:
            return None
        return both

    def texts(self) -> dict[str, str]:
        """Returns the answer files that it changes, as they are with it: workspace path -> text."""
        return planted_texts(self.edits)


#: name, sentence, affected outputs, and each edit as the text that is replaced and what stands there instead
Row = tuple[str, str, str, tuple[tuple[str, str], ...]]


def mistakes_of(function: str, *rows: Row) -> tuple[Mistake, ...]:
    """Returns mistakes that are made in one function."""
    return tuple(
        Mistake(name, says, tuple(affects.split()), tuple(FunctionEdit(function, old, new) for old, new in edits))
        for name, says, affects, edits in rows
    )


def affected(functions: Iterable[str]) -> tuple[str, ...]:
    """Returns functions with those whose results they make."""
    own = tuple(functions)
    return tuple(dict.fromkeys([*own, *(caller for name in own for caller in _CALLERS.get(name, ()))]))


def place_of(function: str) -> str:
    """Returns the answer file of a function."""
    return CNN if function == "ThreeLayerConvNet" else LAYERS


def planted_texts(edits: Iterable[FunctionEdit]) -> dict[str, str]:
    """Returns the answer files that edits change, as they are afterwards.

    Raises:
        ValueError: the old text of an edit is not in its function, or there more than once.
    """
    texts: dict[str, str] = {}
    for edit in edits:
        place = place_of(edit.function)
        parts = dict(pieces(texts.get(place) or solved(place)))
        text = parts[edit.function]
        if text.count(edit.old) != 1:
            raise ValueError(f"{edit.function} holds {text.count(edit.old)} times what an edit replaces: {edit.old!r}")
        parts[edit.function] = text.replace(edit.old, edit.new)
        texts[place] = "".join(parts.values())
    return texts


@cache
def pieces(text: str) -> dict[str, str]:
    """Returns a file in pieces, each by the name of the function or class that it defines; "" is what comes first."""
    pieces = re.split(r"^(?=def |class )", text, flags=re.MULTILINE)
    return {re.split(r"\W+", piece)[1] if number else "": piece for number, piece in enumerate(pieces)}
