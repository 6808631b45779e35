"""Grades attacks, side by side in processes of ours, and finds what each has left behind."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from answers import ANSWERS
from attack import ASSIGNMENT, ONE, Attack, hand_in
from escapes import ESCAPES
from frames import FRAMES
from other_files import OTHER_FILES
from resources import RESOURCES
from taken import TAKEN
from texts import TEXTS
from values import VALUES

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens
from grader.grading.runner import Runner
from grader.model.results import Grade
from grader.reading.submission import Submission
from grader.sandbox import launch
from grader.sandbox.level import Level
from grader.sandbox.processes import descendants

__all__ = ["ATTACKS", "HONEST", "SECRET", "Outcome", "grade", "prepare", "run"]

ATTACKS = [*VALUES, *FRAMES, *RESOURCES, *ESCAPES, *ANSWERS, *TEXTS, *TAKEN, *OTHER_FILES]
HONEST = Attack("honest", "")
SECRET = "do-not-show-0c4e"
#: short, so that what runs into them is soon over; the honest functions take milliseconds
LIMITS = {
    "cpu_seconds": 1,
    "wall_seconds": 2.5,
    "import_seconds": 1.5,
    "memory_mb": 768,
    "processes": 16,
    "value_mb": 64,
}
SEED = 3

#: users that workers of this process have had
_users: set[int] = set()
#: places of the host that attacks are after, by name
_places: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attack."""

    grade: Grade
    #: processes, folders and mounts that are there and were not before
    left: tuple[str, ...]


def prepare(places: Mapping[str, object]) -> None:
    """Makes this process one that grades attacks."""
    _places.update(places, GRADER=os.getpid())
    os.environ["GRADER_TEST_SECRET"] = SECRET
    # A folder of its own, so that what is left there is left by us.
    tempfile.tempdir = tempfile.mkdtemp(prefix="arena-", dir=str(places["TEMPORARY"]))
    os.chmod(tempfile.tempdir, 0o755)
    own_user = launch.own_user
    launch.own_user = lambda level: _remember(own_user(level))


def run(name: str, level: Level, checks: str | None = None) -> Outcome:
    """Grades the attack of a name; `checks` are others than its own."""
    attack = next(attack for attack in [HONEST, *ATTACKS] if attack.name == name)
    before = _present()
    result = grade(hand_in(attack, _fill), level, checks or attack.checks)
    return Outcome(result, tuple(sorted(_present() - before)))


def grade(submission: Submission, level: Level, checks: str = ONE) -> Grade:
    """Grades a submission on some checks, with short limits, by a runner that has graded others, as in a class."""
    return _runner(level, checks).grade(submission)


@cache
def _runner(level: Level, checks: str) -> Runner:
    return Runner(*_assignment(), level, SEED, keyword=checks)


@cache
def _assignment() -> tuple[Assignment, LiveGoldens]:
    limits = replace(ASSIGNMENT.rubric.limits, **LIMITS)
    assignment = replace(ASSIGNMENT, rubric=replace(ASSIGNMENT.rubric, limits=limits))
    return assignment, LiveGoldens(assignment, SEED)


def _fill(text: str) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda found: str(_places[found[1]]), text)


def _remember(user: int | None) -> int | None:
    if user is not None:
        _users.add(user)
    return user


def _present() -> set[str]:
    processes = {f"process {pid}" for pid in descendants(os.getpid(), thorough=True)}
    processes |= {f"process {name}" for name in filter(str.isdigit, os.listdir("/proc")) if _user_of(name) in _users}
    folders = {f"folder {name}" for name in os.listdir(tempfile.gettempdir())}
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return processes | folders | {f"mount {line}" for line in mounts if tempfile.gettempdir() in line}


def _user_of(process: str) -> int | None:
    try:
        return int(Path(f"/proc/{process}/status").read_text().partition("Uid:")[2].split()[0])
    except OSError:
        return None
