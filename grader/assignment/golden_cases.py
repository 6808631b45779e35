"""Finds the golden cases of an assignment: in its archive, or computed by its solution."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from grader.assignment.definition import Assignment
from grader.assignment.golden_archive import MANIFEST, Built, locked, read_cases, write_archive
from grader.assignment.solution_cases import SolutionCases, has_cases, source_digest
from grader.judging.case import Case
from grader.model.case_names import is_drawn, is_fixed
from grader.model.errors import GraderFault

__all__ = [
    "SMALL",
    "ArchiveGoldens",
    "Built",
    "GoldenSource",
    "LiveGoldens",
    "NoGoldens",
    "archive_folder",
    "build_archive",
    "public_cases",
    "public_goldens",
    "read_small_cases",
    "small_cases",
]

#: the folder of the small cases in an archive
SMALL = "small"


class GoldenSource(Protocol):
    """Anything that answers with golden cases."""

    @property
    def digest(self) -> str:
        """Names the archive, or the source of the solution, that the cases come from."""

    def __call__(self, name: str, /) -> Case:
        """Returns a case by name; raises GraderFault when there is none."""


def archive_folder(assignment: Assignment) -> Path:
    """Returns where the archive of an assignment lies."""
    return assignment.folder / "goldens"


def public_cases(assignment: Assignment) -> Iterator[Built]:
    """Yields the cases that a student kit holds, made by the solution with the public seed."""
    cases = SolutionCases(assignment)
    for name in cases.names(drawn=False):
        yield name, *cases.build(name, assignment.public_seed)


def build_archive(assignment: Assignment, folder: Path) -> None:
    """Writes the archive of the public cases, and in a folder of it that of the small ones.

    Raises:
        UnusableAssignment: the solution is not here, or makes no cases.
    """
    write_archive(folder, public_cases(assignment), assignment.public_seed, source_digest(assignment))
    if small := list(small_cases(assignment)):
        write_archive(folder / SMALL, small, assignment.public_seed, source_digest(assignment))


def small_cases(assignment: Assignment) -> Iterator[Built]:
    """Yields the small cases, which checks do not use: they are read when a function goes wrong."""
    yield from SolutionCases(assignment).small()


def read_small_cases(assignment: Assignment) -> dict[str, list[Case]]:
    """Returns the small cases of an assignment's archive by their kinds, smallest first; nothing where there are none.

    Raises:
        UnusableAssignment: the archive is damaged, of another format or of another seed.
    """
    folder = archive_folder(assignment) / SMALL
    kinds: dict[str, list[Case]] = {}
    if folder.is_dir():
        for name, case in read_cases(folder, assignment.public_seed)[1].items():
            kinds.setdefault(name.partition("/")[0], []).append(case)
    return kinds


def public_goldens(assignment: Assignment) -> GoldenSource:
    """Returns the public cases of an assignment's archive, or NoGoldens where there is none.

    Raises:
        UnusableAssignment: the archive is damaged, of another format or of another seed.
    """
    folder = archive_folder(assignment)
    if not folder.exists():
        return NoGoldens(folder / MANIFEST)
    return ArchiveGoldens(folder, assignment.public_seed)


class ArchiveGoldens:
    """The public cases of an archive.

    Raises:
        UnusableAssignment: the archive is missing, damaged, of another format or of another seed.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.digest, self._cases = read_cases(folder, seed)

    def __call__(self, name: str, /) -> Case:
        if name in self._cases:
            return self._cases[name]
        raise GraderFault(f"The golden archive in {self.folder} has no case {name!r}; `grader golden build` makes it.")


class NoGoldens:
    """Stands where an assignment has no archive, which is right where no check asks for a golden case."""

    digest = ""

    def __init__(self, manifest: Path) -> None:
        self._manifest = manifest

    def __call__(self, name: str, /) -> Case:
        raise GraderFault(
            f"A check asks for {name!r}; there is no {self._manifest}, which `grader golden build` makes."
        )


class LiveGoldens:
    """Cases computed by the solution package, each only once.

    Their numbers come from `seed`, so that nobody knows them before they are asked: those of the cases that a student
    kit shows too. Only what is fixed stays as it is there.

    Raises:
        UnusableAssignment: the solution package is not installed.
    """

    def __init__(self, assignment: Assignment, seed: int) -> None:
        self.seed = seed
        self.public_seed = assignment.public_seed
        self.digest = source_digest(assignment)
        self._made = SolutionCases(assignment) if has_cases(assignment) else None
        self._solution = assignment.solution
        self._cases: dict[str, Case] = {}

    def __call__(self, name: str, /) -> Case:
        if name not in self._cases:
            self._cases[name] = self._build(name)
        return self._cases[name]

    def _build(self, name: str) -> Case:
        if self._made is None:
            raise GraderFault(f"A check asks for {name!r}, and the solution {self._solution} has no module `cases`.")
        try:
            inputs, expected, call = self._made.build(name, self.seed)
        except KeyError as exc:
            raise GraderFault(f"The solution has no case {name!r}.") from exc
        return Case(name, locked(inputs), locked(expected), call, hidden=self._is_secret(name))

    def _is_secret(self, name: str) -> bool:
        known = is_fixed(name) or self.seed == self.public_seed
        return is_drawn(name) or not known
