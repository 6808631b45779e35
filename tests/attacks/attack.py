"""What an attack is, and how it is handed in: the reference's answer files with a few lines more."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType

from grader.assignment.definition import Assignment
from grader.reading.submission import Submission
from grader.sandbox.level import Level

__all__ = ["ALL", "ASSIGNMENT", "CNN", "ONE", "SAFE", "TARGET", "TWO", "Attack", "hand_in", "honest_files"]

ASSIGNMENT = Assignment.load()
LAYERS, CNN = ASSIGNMENT.modules["layers"], ASSIGNMENT.modules["cnn"]

#: the function that attacks stand in
TARGET = "max_pool_forward_naive"
#: one check of it, and one of another function that is there to see that the rest is graded
ONE = "(max_pool_forward or groupnorm_forward) and drawn1"
#: also those on the notebook's own inputs, for attacks that need to know inputs or to have run before
TWO = "(max_pool_forward or groupnorm_forward) and (notebook or drawn1) and not general"

ALL, SAFE = tuple(Level), (Level.BUBBLEWRAP, Level.LANDLOCK)

# `honest` is the reference's function, for attacks that compute the right answer too; `attempt` tells whether the wall
# held. Names in @…@ are put in by the test: places and processes of the host.
PREAMBLE = """

import os, sys, time
import numpy as np
honest = max_pool_forward_naive

def attempt(what, action):
    try:
        result = action()
    except BaseException as exc:
        print("kept from", what, "by", type(exc).__name__)
    else:
        print("GOT IN:", what, repr(result)[:200])
"""


@dataclass(frozen=True, slots=True)
class Attack:
    """A submission that wants what it does not deserve."""

    name: str
    #: what it must not achieve
    must_not: str
    #: body of max_pool_forward_naive(x, pool_param); "" leaves the honest one
    body: str = ""
    #: code of the module, run at import
    top: str = ""
    #: of each check of the target; "passed" earns all its points, anything else none
    status: str | tuple[str, ...] = "failed"
    #: pattern that each message of these checks has
    words: str = ""
    #: whether the checks of the other function pass; an import that does not end takes its whole module along
    others_pass: bool = True
    #: where it runs; some would do harm at level limits, which does not promise otherwise
    levels: tuple[Level, ...] = ALL
    #: whether it tells by `attempt` how far it got
    tells: bool = False
    #: which checks run
    checks: str = ONE
    #: further files
    files: dict[str, bytes] = field(default_factory=dict)
    #: whether the target's file is left as the reference has it
    bare: bool = False


def hand_in(attack: Attack, fill: Callable[[str], str] = str) -> Submission:
    """Returns an attack as a submission; `fill` puts in what is known of the host only when it runs."""
    files = honest_files()
    code = "" if attack.bare else PREAMBLE + textwrap.dedent(attack.top)
    if attack.body:
        code += f"\ndef {TARGET}(x, pool_param):\n" + textwrap.indent(textwrap.dedent(attack.body).strip("\n"), "    ")
    files[LAYERS] += fill(code + "\n").encode("utf-8", "surrogatepass")
    files |= {name: fill(content.decode()).encode() for name, content in attack.files.items()}
    origin = {name: name for name in files}
    return Submission(attack.name, "files", "sha256:0", MappingProxyType(files), MappingProxyType(origin))


def honest_files() -> dict[str, bytes]:
    """Returns the reference's answer files."""
    return {name: (ASSIGNMENT.solution_folder() / name).read_bytes() for name in ASSIGNMENT.modules.values()}
