"""Measures what whole grades cost, beside an earlier commit on the same submissions: for `tox -e bench -- --baseline`.

Both builds take turns, and the least of each command's runs counts: what other processes add is never negative.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from builds import Build
from usage import Usage, usage_of

from grader.assignment.definition import Assignment
from grader.kit.student_kit import release

__all__ = ["GROUPS", "Measured", "rows"]

SEED = 231
#: submissions of a class beside its first
MORE = 8
FUNCTIONS_ONLY = ("--training", "off", "--speed", "off", "--notebook", "off")
NO_NOTEBOOK = ("--notebook", "off")
NOTEBOOK_ONLY = ("--training", "off", "--speed", "off", "--notebook", "on")
#: a wrong network that learns: the regulariser lacks its factor
RIGHT_LINE, WRONG_LINE = "0.5 * reg * sum", "reg * sum"
NETWORK = Path("cs231n", "classifiers", "cnn.py")


@dataclass(frozen=True, slots=True)
class Measured:
    """A row: what two builds take for the same."""

    what: str
    unit: str
    before: float
    now: float
    #: of now in before
    aim: str

    @property
    def ratio(self) -> float:
        return self.now / self.before


#: one command line of a build, under a name
Commands = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Group:
    """Rows that come from the same commands."""

    commands: Commands
    rows: Callable[[Mapping[str, tuple[Usage, Usage]]], Iterator[Measured]]
    #: runs of minutes, measured less often
    slow: bool = False
    #: each command finds an empty cache
    empty_cache: bool = False
    images: bool = False


def _functions(found: Mapping[str, tuple[Usage, Usage]]) -> Iterator[Measured]:
    yield _cpu("Functions only: `grade`, cold", found["cold"], "0.8")
    yield _memory("Functions only: `grade`, cold", found["cold"], "")
    yield _each("Functions only: each more in a batch", found["one"], found["many"], MORE, "0.85")


def _defaults(found: Mapping[str, tuple[Usage, Usage]]) -> Iterator[Measured]:
    yield _cpu("Defaults: `batch` of one", found["one"], "")
    yield _each("Defaults: each more in a batch", found["one"], found["many"], MORE, "1/5")
    yield _memory(f"Defaults: `batch` of {MORE + 1}, one runner", found["many"], "1/3")


def _wrong(found: Mapping[str, tuple[Usage, Usage]]) -> Iterator[Measured]:
    yield _each("Defaults: one more, a wrong network that learns", found["one"], found["wrong"], 1, "1/10")


def _container(found: Mapping[str, tuple[Usage, Usage]]) -> Iterator[Measured]:
    yield _cpu("Defaults: `grade`, empty cache", found["grade"], "1/25")
    yield _wall("Defaults: `grade`, empty cache", found["grade"], "")
    yield _memory("Defaults: `grade`, empty cache", found["grade"], "1/3")


def _images(found: Mapping[str, tuple[Usage, Usage]]) -> Iterator[Measured]:
    yield _cpu("The same on CIFAR-10", found["grade"], "1/15")
    yield _wall("The same on CIFAR-10", found["grade"], "")


def _notebook(found: Mapping[str, tuple[Usage, Usage]]) -> Iterator[Measured]:
    yield _above("A solved notebook, executed: above the same grade without", found["without"], found["with"])


def _runners(found: Mapping[str, tuple[Usage, Usage]]) -> Iterator[Measured]:
    yield _memory("Defaults: `batch -j 2`", found["two"], "")
    yield _memory("Defaults: `batch -j 8`", found["eight"], "")


GROUPS: Mapping[str, Group] = {
    "functions": Group(
        {
            "cold": ("grade", "one/s0", *FUNCTIONS_ONLY),
            "one": ("batch", "one", "-j", "1", *FUNCTIONS_ONLY),
            "many": ("batch", "class", "-j", "1", *FUNCTIONS_ONLY),
        },
        _functions,
    ),
    "defaults": Group(
        {
            "one": ("batch", "one", "-j", "1", *NO_NOTEBOOK),
            "many": ("batch", "class", "-j", "1", *NO_NOTEBOOK),
        },
        _defaults,
    ),
    "wrong": Group(
        {
            "one": ("batch", "one", "-j", "1", *NO_NOTEBOOK),
            "wrong": ("batch", "wrong", "-j", "1", *NO_NOTEBOOK),
        },
        _wrong,
        slow=True,
    ),
    "container": Group({"grade": ("grade", "one/s0", *NO_NOTEBOOK)}, _container, slow=True, empty_cache=True),
    "images": Group({"grade": ("grade", "one/s0", *NO_NOTEBOOK)}, _images, slow=True, empty_cache=True, images=True),
    "notebook": Group(
        {
            "without": ("grade", "solved", *FUNCTIONS_ONLY),
            "with": ("grade", "solved", *NOTEBOOK_ONLY),
        },
        _notebook,
        slow=True,
    ),
    "runners": Group(
        {
            "two": ("batch", "class", "-j", "2", *NO_NOTEBOOK),
            "eight": ("batch", "class", "-j", "8", *NO_NOTEBOOK),
        },
        _runners,
        slow=True,
    ),
}


def rows(
    names: Iterable[str], builds: tuple[Build, Build], caches: Path, repeat: int, slow_repeat: int
) -> Iterator[Measured]:
    """Yields the rows of some groups.

    Args:
        names: of the groups.
        builds: the earlier one and the one of now.
        caches: holds a folder for each build: what it keeps on a machine.
        repeat: runs of each command.
        slow_repeat: runs of each command that takes minutes.
    """
    with TemporaryDirectory() as place:
        folder = Path(place)
        _make_classes(folder)
        for name in names:
            group = GROUPS[name]
            if group.images and not os.environ.get("CIFAR10_DIR"):
                continue
            yield from group.rows(_measured(group, builds, folder, caches, slow_repeat if group.slow else repeat))


def _measured(
    group: Group, builds: tuple[Build, Build], folder: Path, caches: Path, repeat: int
) -> dict[str, tuple[Usage, Usage]]:
    """Returns what each command takes with each build."""
    if not group.empty_cache:
        # What a machine keeps is made once, and does not count.
        for build in builds:
            _run(build, ("batch", "one", "-j", "1", *NO_NOTEBOOK), folder, caches / build.name)
    found: dict[str, tuple[list[Usage], list[Usage]]] = {name: ([], []) for name in group.commands}
    for _ in range(repeat):
        for name, command in group.commands.items():
            for build, usages in zip(builds, found[name], strict=True):
                with TemporaryDirectory() as empty:
                    cache = Path(empty) if group.empty_cache else caches / build.name
                    usages.append(_run(build, command, folder, cache, images=group.images))
                print(f"{build.name} {' '.join(command)}: {usages[-1]}", file=sys.stderr)
    return {name: (_best(before), _best(now)) for name, (before, now) in found.items()}


def _run(build: Build, command: Sequence[str], folder: Path, cache: Path, *, images: bool = False) -> Usage:
    """Runs a command of a build; what it writes is thrown away."""
    environment = {**build.environment, "GRADER_CACHE": str(cache)}
    if not images:
        environment["CIFAR10_DIR"] = ""
    with TemporaryDirectory(dir=folder) as out:
        line = (build.python, "-m", "grader", *command, "-o", out, "--seed", str(SEED))
        return usage_of(line, folder, environment, cores=2)


def _best(usages: Sequence[Usage]) -> Usage:
    return Usage(*(min(getattr(usage, name) for usage in usages) for name in Usage.__dataclass_fields__))


def _make_classes(folder: Path) -> None:
    """Writes the submissions: the solved tree, with its notebook and without, and one with a wrong network."""
    solved = folder / "solved"
    release(Assignment.load(), solved, solution=True)
    for group, count in (("one", 1), ("class", MORE + 1), ("wrong", 2)):
        for number in range(count):
            submission = folder / group / f"s{number}"
            shutil.copytree(solved, submission, ignore=shutil.ignore_patterns("*.ipynb", ".release.json"))
            with open(submission / "cs231n" / "layers.py", "a", encoding="utf-8") as file:
                file.write(f"# {number}\n")  # a submission of its own
    network = folder / "wrong" / "s1" / NETWORK
    text = network.read_text(encoding="utf-8")
    if RIGHT_LINE not in text:
        raise RuntimeError(f"{NETWORK} has no line with {RIGHT_LINE}")
    network.write_text(text.replace(RIGHT_LINE, WRONG_LINE), encoding="utf-8")


def _cpu(what: str, usages: tuple[Usage, Usage], aim: str) -> Measured:
    return Measured(what, "CPU s", usages[0].cpu_seconds, usages[1].cpu_seconds, aim)


def _wall(what: str, usages: tuple[Usage, Usage], aim: str) -> Measured:
    return Measured(what, "wall s", usages[0].wall_seconds, usages[1].wall_seconds, aim)


def _memory(what: str, usages: tuple[Usage, Usage], aim: str) -> Measured:
    return Measured(what, "peak MB", usages[0].peak_mb, usages[1].peak_mb, aim)


def _each(what: str, one: tuple[Usage, Usage], many: tuple[Usage, Usage], more: int, aim: str) -> Measured:
    before, now = ((all_.cpu_seconds - first.cpu_seconds) / more for first, all_ in zip(one, many, strict=True))
    return Measured(what, "CPU s", before, now, aim)


def _above(what: str, without: tuple[Usage, Usage], with_it: tuple[Usage, Usage]) -> Measured:
    return _each(what, without, with_it, 1, "")
