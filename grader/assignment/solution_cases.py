"""Makes golden cases with an assignment's solution.

The contract: the solution's module `cases` has `KINDS`, a mapping of names to `grader.judging.Kind`. The case
"layer/matrix" is made by KINDS["layer"], whose `draws["matrix"]` draws the inputs and whose `answer` answers them. It
may have `SMALL`, a mapping of the same names to lists of inputs, smallest first: those of calls that students can
paste, of which "layer/small1" is the first.
"""

import hashlib
import traceback
from collections.abc import Iterator, Mapping, Sequence

from grader.assignment.definition import Assignment
from grader.assignment.solution import has_module, solution_module
from grader.judging.case_kinds import Kind, Values, describe, generator
from grader.model.case_names import case_id_of, is_drawn
from grader.model.errors import UnusableAssignment

__all__ = ["SolutionCases", "has_cases"]

MODULE = "cases"


def has_cases(assignment: Assignment) -> bool:
    """Whether the solution is here and makes cases."""
    return has_module(assignment, MODULE)


class SolutionCases:
    """The cases that a solution makes.

    Raises:
        UnusableAssignment: the solution is not here, or does not keep to the contract.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._public_seed = assignment.public_seed
        self._where = f"{assignment.solution}, module {MODULE}"
        kinds = getattr(solution_module(assignment, MODULE), "KINDS", None)
        if not isinstance(kinds, Mapping) or not all(isinstance(kind, Kind) for kind in kinds.values()):
            raise UnusableAssignment(f"{self._where}: KINDS should be a mapping of names to grader.judging.Kind.")
        self.kinds: Mapping[str, Kind] = kinds
        self._small: Mapping[str, Sequence[Values]] = getattr(solution_module(assignment, MODULE), "SMALL", {})

    def names(self, *, drawn: bool) -> list[str]:
        """Returns the names of all cases that are in no student kit, or of all that are."""
        names = (f"{function}/{case_id}" for function, kind in self.kinds.items() for case_id in kind.draws)
        return [name for name in names if is_drawn(name) == drawn]

    def inputs(self, name: str, seed: int) -> Values:
        """Returns arrays and settings of a case; the same name and seed give the same ones everywhere.

        Raises:
            KeyError: no case has this name.
        """
        draw = self._kind(name).draws[case_id_of(name)]
        return dict(draw(generator(name, seed, self._public_seed)))

    def build(self, name: str, seed: int) -> tuple[Values, Values, str]:
        """Returns inputs, expected values and words of a case.

        Raises:
            KeyError: no case has this name.
            UnusableAssignment: the solution raises an exception; says where.
        """
        kind = self._kind(name)
        try:
            inputs = self.inputs(name, seed)
            expected = dict(kind.answer(inputs))
        except Exception as exc:
            raise UnusableAssignment(f"{self._where}: the case {name} cannot be made: {_in_words(exc)}.") from exc
        return inputs, expected, describe(inputs, kind.told)

    def small(self) -> Iterator[tuple[str, Values, Values, str]]:
        """Yields name, inputs, expected values and words of each small case.

        Raises:
            UnusableAssignment: the solution raises an exception; says where.
        """
        for kind, rows in self._small.items():
            for number, inputs in enumerate(rows, start=1):
                name = f"{kind}/small{number}"
                try:
                    expected = dict(self.kinds[kind].answer(inputs))
                except Exception as exc:
                    raise UnusableAssignment(
                        f"{self._where}: the case {name} cannot be made: {_in_words(exc)}."
                    ) from exc
                expected.pop("mistakes", None)
                yield name, inputs, expected, describe(inputs, self.kinds[kind].told)

    def _kind(self, name: str) -> Kind:
        function, _, case_id = name.partition("/")
        if function not in self.kinds or case_id not in self.kinds[function].draws:
            raise KeyError(name)
        return self.kinds[function]


def _in_words(error: Exception) -> str:
    """Returns kind and text of an exception of the solution, with its line."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename} line {last.lineno})"


def source_digest(assignment: Assignment) -> str:
    """Returns "sha256:..." over the Python files of the solution."""
    root, digest = assignment.solution_folder(), hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.name == "setup.py":
            continue  # builds the distribution, and is not in it
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"
