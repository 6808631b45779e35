"""Makes a submission of the reference with a few changed bodies, with a word on what it must lose."""

import hashlib
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.assignment.markers import Body, bodies
from grader.reading.submission import Submission

REFERENCE = Path(__file__).parents[2] / "reference"
LAYERS = "cs231n/layers.py"
CNN = "cs231n/classifiers/cnn.py"

#: function of the assignment -> words that choose the checks which can tell a change of it, for pytest's -k
FAMILIES = {
    "conv_": "test_conv",
    "max_pool_": "test_max_pool",
    "spatial_batchnorm_": "batchnorm",
    "batchnorm_": "batchnorm",
    "spatial_groupnorm_": "groupnorm",
    "ThreeLayerConvNet": "network",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One submission that differs from the reference by one thing, or says the same in another way."""

    name: str
    files: Mapping[str, bytes]
    #: functions of which a check must not pass
    breaks: frozenset[str] = frozenset()
    #: functions of which a check may fail as well, because they use what those make
    also: frozenset[str] = frozenset()
    #: functions that differ from the reference's; empty for changes that are not in a function
    changed: frozenset[str] = frozenset()

    @property
    def keyword(self) -> str:
        """The checks that are enough to judge it; "" for all."""
        functions = self.breaks | self.also | self.changed
        known = {name: [words for start, words in FAMILIES.items() if name.startswith(start)] for name in functions}
        found = {words[0] if words else "" for words in known.values()}
        return found.pop() if len(found) == 1 else ""

    def submission(self) -> Submission:
        digest = hashlib.sha256(b"\0".join(self.files.values())).hexdigest()
        places = {place: place for place in self.files}
        return Submission(self.name, "files", f"sha256:{digest}", self.files, places)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces text that occurs once in the marked bodies of a function."""

    function: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Replaces a whole marked body: the first of the function, or the part of that number."""

    function: str
    code: str
    part: int = 1


def variant(
    name: str,
    *changes: Edit | Rewrite,
    breaks: Iterable[str] = (),
    also: Iterable[str] = (),
    top: str = "",
    in_cnn: str = "",
) -> Variant:
    """Returns the solved answer files with changed bodies.

    Args:
        name: for messages and test ids.
        changes: to marked bodies of the two answer files.
        breaks: functions of which a check must not pass.
        also: functions of which a check may fail as well.
        top: code for the end of layers.py, such as helper functions.
        in_cnn: the same for cnn.py.
    """
    texts = dict.fromkeys((LAYERS, CNN), "")
    left = list(changes)
    for place in texts:
        lines, marked = _reference(place)
        lines = list(lines)
        for body in reversed(marked):
            own = [change for change in left if change.function == body.function]
            lines[body.first - 1 : body.last] = _changed(body, own, left)
        texts[place] = "\n".join(lines)
    if left:
        raise ValueError(f"{name}: these changes do not apply: {left}")
    texts[LAYERS] += "\n\n" + textwrap.dedent(top) if top else ""
    texts[CNN] += "\n\n" + textwrap.dedent(in_cnn) if in_cnn else ""
    changed = frozenset(change.function for change in changes) if not top + in_cnn else frozenset()
    files = {place: text.encode() for place, text in texts.items()}
    return Variant(name, files, frozenset(breaks), frozenset(also), changed)


@cache
def _reference(place: str) -> tuple[list[str], tuple[Body, ...]]:
    text = (REFERENCE / place).read_text(encoding="utf-8")
    return text.split("\n"), bodies(text, place)


def _changed(body: Body, changes: list[Edit | Rewrite], left: list[Edit | Rewrite]) -> list[str]:
    """Returns the lines of a body after its changes, which are taken out of `left`."""
    text = "\n".join(body.lines)
    for change in changes:
        if isinstance(change, Rewrite):
            if change.part != body.part:
                continue
            text = textwrap.indent(textwrap.dedent(change.code).strip("\n"), body.indent)
        elif change.old not in text:
            continue
        elif text.count(change.old) > 1:
            raise ValueError(f"{body.function} holds {change.old!r} more than once")
        else:
            text = text.replace(change.old, change.new)
        left.remove(change)
    return text.split("\n")
