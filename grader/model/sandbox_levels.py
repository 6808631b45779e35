"""Lists the sandbox levels in one table: their names, descriptions and differences."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["LEVELS", "Level", "LevelTraits", "Places"]


class Level(StrEnum):
    """How much stands between student code and the host, best first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    LIMITS = "limits"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are for the worker, when that is elsewhere than on the host."""

    #: the submission with the given files
    tree: str
    #: our worker package, NumPy and other packages
    site: str
    #: the one folder that may be written
    scratch: str
    #: the folder of images, for notebooks
    data: str


@dataclass(frozen=True, slots=True)
class LevelTraits:
    """One row: a sandbox level."""

    #: a few words for the report
    words: str
    #: what it closes, for `doctor`
    closes: str
    #: whether strangers' code runs at it without being told to
    is_safe: bool
    #: whether files and network are closed, and a filter refuses system calls
    is_closed: bool
    #: whether the worker has namespaces of its own
    has_namespaces: bool
    #: whether kernel rules name the files that may be read
    has_ruleset: bool
    #: None: where they are on the host
    places: Places | None
    #: whether a session is a fork of the worker; else it is a worker of its own
    has_fork: bool = True


LEVELS: Mapping[Level, LevelTraits] = MappingProxyType(
    {
        Level.BUBBLEWRAP: LevelTraits(
            words="isolated in namespaces, no network, read-only system",
            closes="Isolates in namespaces: no network, no other processes, no files except the interpreter, NumPy "
            "and the submission (read-only), a private /tmp; filters system calls; sets limits",
            is_safe=True,
            is_closed=True,
            has_namespaces=True,
            has_ruleset=False,
            places=Places(tree="/workspace", site="/site", scratch="/tmp", data="/data"),
        ),
        Level.LANDLOCK: LevelTraits(
            words="isolated by kernel rules for files and network",
            closes="Isolates by kernel rules: the same files, no network; filters system calls; sets limits. Other "
            "files' names and other processes are visible but not accessible",
            is_safe=True,
            is_closed=True,
            has_namespaces=False,
            has_ruleset=True,
            places=None,
        ),
        Level.LIMITS: LevelTraits(
            words="time and memory are limited, files and network are not isolated",
            closes="Limits time, memory, processes and file sizes only; files and network remain accessible",
            is_safe=False,
            is_closed=False,
            has_namespaces=False,
            has_ruleset=False,
            places=None,
        ),
        Level.PROCESS: LevelTraits(
            words="time is limited, files, network and, but for Windows, memory are not",
            closes="Limits time only, on Windows also memory; files and network remain accessible",
            is_safe=False,
            is_closed=False,
            has_namespaces=False,
            has_ruleset=False,
            places=None,
            has_fork=False,
        ),
    }
)
