"""Asks a student's backward function for gradients in different ways and judges each answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.judging.case import Case
from grader.judging.causes import Array
from grader.judging.comparing import Judgement, compare, directional_derivative, evidence_of, scaled_error
from grader.judging.fingerprints import Evidence, changed_in_place
from grader.judging.fixture_types import Record, Remark, Student
from grader.judging.pairs import Pair, limit_of
from grader.model.errors import Blocked, Missing, NotImported, Raised, StudentError, WrongAnswer

__all__ = ["Attempt", "Judge", "changed_of", "record_figures", "reject_changed", "watch"]

#: central differences of step 1e-5 are right to about 1e-9; a wrong gradient is off by far more
AGREES = 1e-6
#: correlation of a wrong output with the right one from which on it counts as the same function with a mistake in it
RESEMBLES = 0.5
#: how far from a straight line an output is, relative to how much it moves, that is none
BENT = 1e-6
#: an output this far off is not the rounding of a right one, nor eps in another place
WRONG_OUTPUT = 1e-5


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to ask for the gradients, and what came of it."""

    gradients: tuple[Any, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    #: output of the student's forward function; None when that gave none, or was not asked
    out: Any = None
    #: what the student's code did instead of answering
    error: StudentError | None = None
    #: names of arrays that the backward call changed
    changed: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return self.error is None and not self.changed and all(judgement.right for judgement in self.judgements)


@dataclass(frozen=True, slots=True)
class Judge:
    """Asks for the gradients of one case, in one way or another, and compares them."""

    pair: Pair
    case: Case
    student: Student
    #: `limit_of` the first input unless given
    limit: float | None = None
    #: `rel_error` where the notebook judges by that
    error: Callable[[Any, Any], float] = scaled_error
    #: whether gradients of parameters must have their documented shape, axes of length one included
    strict: bool = False
    #: names of input arrays that the backward call must leave alone, dout among them
    untouched: tuple[str, ...] = ()
    #: whether the derivative of the student's own forward function is measured when all is right
    own_derivative: bool = False
    #: more options of `compare` for dx
    dx_options: Mapping[str, Any] = field(default_factory=dict)

    def attempt_own(self, again: bool = False) -> Attempt:
        """Returns what comes of the cache of the student's own forward function.

        Args:
            again: whether the forward function is called again before, for other images with the same settings.
        """
        inputs = self.case.inputs
        watched = watch(self.student, self.case, self.untouched)
        settings = [name for name in self.pair.takes if again and isinstance(inputs[name], dict)]
        values = {**inputs, **watched, **watch(self.student, self.case, settings)}
        try:
            out, cache = self._forward(values)
            if again:
                first = self.pair.takes[0]
                self._forward({**values, first: -inputs[first][1:]})
        except StudentError as error:
            return Attempt(error=error)
        return self._attempt(cache, watched, out)

    def attempt_documented(self) -> Attempt:
        """Returns what comes of the documented cache."""
        watched = watch(self.student, self.case, self.untouched)
        values = {**self.case.inputs, **watched}
        return self._attempt(tuple(values[name] for name in self.pair.cache), watched, None)

    def accept(self, attempt: Attempt, record_measure: Record, remark: Remark) -> None:
        """Records the figures and the remarks of a right attempt."""
        record_figures(attempt.judgements, record_measure)
        for judgement in attempt.judgements:
            if judgement.remark:
                remark(judgement.remark)

    def look_at_own(self, own: Attempt, record_measure: Record, remark: Remark) -> None:
        """Measures the student's own pair, for a backward function that is right already."""
        if own.out is None:
            return
        self.measure_own_derivative(own, record_measure)
        if not own.right:
            remark(f"{self.pair.backward} does not work with the cache that {self.pair.forward} makes.")

    def reject(self, shown: Attempt, own: Attempt, record_measure: Record) -> None:
        """Raises what is wrong with an attempt, in words that say where to look."""
        record_figures(shown.judgements, record_measure)
        forward = self.pair.forward
        if shown.error is not None:
            if shown is own and own.out is None:
                self._reject_forward(shown.error)
            asked = isinstance(shown.error, (Raised, WrongAnswer)) and own.out is not None
            if asked and self._wrong_output(own.out) and self._right_in_parts(own):
                raise WrongAnswer(shown.error.message, self._in_parts, follows_from=forward)
            raise shown.error
        wrong = next((judgement for judgement in shown.judgements if not judgement.right), None)
        if wrong is None:
            reject_changed(shown.changed, self._call)
            return
        hint, follows = wrong.hint, False
        evidence: Evidence = evidence_of(dict(zip(self.pair.gives, shown.judgements, strict=False)))
        wrong_forward = own.out is not None and self._wrong_output(own.out)
        over: Evidence = {}
        if wrong_forward and not self.pair.cache:
            # What the backward function makes of the cache of a wrong forward function tells nothing of its mistakes.
            evidence, over = {}, evidence
        if own.out is not None and self.measure_own_derivative(own, record_measure) and wrong_forward:
            hint = f"This is the derivative of your own {forward}, which is itself wrong: correct {forward} first."
            follows = self._follows(own)
            # The mistake is not in this function.
            evidence = {}
        if wrong_forward and not follows and self._right_in_parts(own):
            hint, follows, evidence = self._in_parts, True, {}
        raise WrongAnswer(
            wrong.message,
            hint,
            evidence,
            wrong.places,
            follows_from=forward if follows else "",
            over_cache=(forward, over),
        )

    def _right_in_parts(self, own: Attempt) -> bool:
        """Whether the gradients are right part by part, in each of which the wrong forward function is right.

        A backward function cannot be asked for more where a wrong forward function makes its cache.
        """
        case, pair = self.case, self.pair
        if pair.parts is None or own.changed:
            return False
        found = {name: np.zeros(np.shape(case.expected[name])) for name in pair.gives}
        try:
            for part in pair.parts(case.inputs):
                out, cache = self._forward(part.inputs)
                right = case.expected["out"][part.places["out"]]
                if not isinstance(out, np.ndarray) or not scaled_error(out, right) < WRONG_OUTPUT:
                    return False
                given = getattr(self._module, pair.backward)(part.inputs["dout"], cache)
                for name, gradient in zip(pair.gives, given if len(pair.gives) > 1 else (given,), strict=True):
                    here = found[name][part.places[name]]
                    here += np.reshape(gradient, here.shape)
        except (StudentError, TypeError, ValueError):
            return False
        return all(self._compare(name, gradient).right for name, gradient in found.items())

    def _follows(self, own: Attempt) -> bool:
        """Whether the gradients are right for the student's own forward function, and that is one that went wrong.

        The pair agrees along one direction already. It has to along others as well, and along dx's alone, which must
        not be zero; the call must change nothing; and the output has to resemble the right one, and to be no straight
        line where that is none: a function of another kind, made to have an easy derivative, is no mistake in this one.
        """
        if own.changed or resemblance(own.out, self.case.expected["out"]) < RESEMBLES:
            return False
        if not self.pair.linear and self._is_straight(own.out):
            return False
        values = {name[1:]: np.asarray(self.case.inputs[name[1:]], dtype=np.float64) for name in self.pair.gives}
        return all(
            self._agrees(own, values, seed, only) for seed, only in ((1, ""), (2, ""), (3, self.pair.gives[0][1:]))
        )

    def _is_straight(self, out: Array) -> bool:
        """Whether the student's output is a straight line along a direction of the first input."""
        name = self.pair.takes[0]
        x = np.asarray(self.case.inputs[name], dtype=np.float64)
        step = np.random.RandomState(4).randn(*x.shape)
        try:
            ahead, behind = (self._forward({**self.case.inputs, name: x + sign * step})[0] for sign in (1, -1))
            with np.errstate(all="ignore"):
                bend, moved = np.abs(ahead + behind - 2 * out).max(), np.abs(ahead - behind).max()
        except (StudentError, TypeError, ValueError):
            return True
        return not bend > BENT * moved

    def _agrees(self, own: Attempt, values: Mapping[str, Array], seed: int, only: str) -> bool:
        """Whether the gradients agree with the student's own forward function along a direction, and say something.

        Args:
            only: the one input that moves; "" for all.
        """
        found = self._own_error(own, values, seed, only)
        return found is not None and _tells(*found)

    def measure_own_derivative(self, own: Attempt, record_measure: Record) -> bool:
        """Records how far the gradients are from the derivative of the student's own forward function.

        Two forward calls along one random direction; returns whether they agree. The figure decides nothing.
        """
        values = {name[1:]: np.asarray(self.case.inputs[name[1:]], dtype=np.float64) for name in self.pair.gives}
        if not own.gradients or not all(map(_fits, own.gradients, values.values())):
            return False
        found = self._own_error(own, values, 0)
        if found is None:
            return False
        record_measure("error against the derivative of your own forward pass", found[0])
        return _tells(*found)

    def _own_error(
        self, own: Attempt, values: Mapping[str, Array], seed: int, only: str = ""
    ) -> tuple[float, float] | None:
        """Returns how far the gradients are from the slope of the student's own forward function, and that slope.

        None where the forward function gives no slope.

        Args:
            seed: of the direction.
            only: the one input that moves; "" for all.
        """
        rng = np.random.RandomState(seed)
        drawn = [rng.randn(*value.shape) for value in values.values()]
        direction = [step * (only in ("", name)) for name, step in zip(values, drawn, strict=True)]
        measured = self._own_slope(values, direction)
        if measured is None:
            return None
        # Wrong values may be huge.
        with np.errstate(all="ignore"):
            claimed = sum(float(np.vdot(step, given)) for step, given in zip(direction, own.gradients, strict=True))
        return abs(claimed - measured) / max(abs(claimed), abs(measured), 1e-8), measured

    def _own_slope(self, values: Mapping[str, Array], direction: Sequence[Array]) -> float | None:
        """Returns the derivative of sum(out * dout) along a direction, or None when the forward function gives none."""

        dout = self.case.inputs["dout"]

        def output(*moved: Array) -> Any:
            out, _ = self._forward({**self.case.inputs, **dict(zip(values, moved, strict=True))})
            if not isinstance(out, np.ndarray) or out.shape != dout.shape:
                raise WrongAnswer(f"{self.pair.forward} does not return an array with the shape of dout.")
            return out

        try:
            return float(np.vdot(directional_derivative(output, list(values.values()), direction), dout))
        except StudentError:
            return None

    @property
    def _in_parts(self) -> str:
        forward = self.pair.forward
        return f"These gradients are right for every part in which your own {forward} is: correct {forward} first."

    @property
    def _call(self) -> str:
        return f"{self.pair.backward}, {self.case.call}"

    @property
    def _module(self) -> Any:
        return getattr(self.student, self.pair.module)

    def _forward(self, values: Mapping[str, Any]) -> Any:
        return getattr(self._module, self.pair.forward)(*(values[name] for name in self.pair.takes))

    def _attempt(self, cache: Any, watched: Mapping[str, Any], out: Any) -> Attempt:
        case, student = self.case, self.student
        watched = {**watched, **watch(student, case, ("dout",) if self.untouched else ())}
        try:
            # What the forward call changed is not this function's fault.
            before = {name: student.fetch(ref) for name, ref in watched.items()}
            function = getattr(self._module, self.pair.backward)
            arguments = watched.get("dout", case.inputs["dout"]), cache
            judged = self._judged(function(*arguments))
            changed = changed_of(student, watched, before)
            if self.untouched and not changed:
                # What the worker reports may be forged: whoever uses the arrays again must get the same, too.
                _, again = self._judged(function.last_of([arguments, arguments]))
                changed = () if _same_verdicts(judged[1], again) else tuple(watched)
        except StudentError as error:
            return Attempt(out=out, error=error)
        return Attempt(*judged, out, None, changed)

    def _judged(self, given: Any) -> tuple[tuple[Any, ...], tuple[Judgement, ...]]:
        """Returns the gradients that a call gave, and what came of comparing them."""
        gradients = given if len(self.pair.gives) > 1 else (given,)
        return gradients, tuple(map(self._compare, self.pair.gives, gradients))

    def _compare(self, name: str, gradient: Any) -> Judgement:
        return compare(
            gradient,
            self.case.expected[name],
            name=name,
            call=self._call,
            limit=limit_of(self.case, self.pair.takes[0]) if self.limit is None else self.limit,
            error=self.error,
            flexible=name != "dx" and not self.strict,
            in_front=not self.strict,
            hidden=self.case.hidden,
            **(self.dx_options if name == "dx" else {}),
        )

    def _wrong_output(self, out: Any) -> bool:
        return not (isinstance(out, np.ndarray) and scaled_error(out, self.case.expected["out"]) < WRONG_OUTPUT)

    def _reject_forward(self, error: StudentError) -> None:
        """Raises for a backward function that cannot be asked, since its forward function gave no cache."""
        if isinstance(error, NotImported):
            raise error
        message = f"{self.pair.backward} needs the cache that {self.pair.forward} makes. {error.message}"
        if isinstance(error, Missing):
            raise Missing(message, error.hint) from error
        raise Blocked(message, f"Look at {self.pair.forward} first.") from error


def resemblance(out: Any, expected: Array) -> float:
    """Returns the correlation of two outputs, 0 to 1; 0 where it is none of the right shape, or constant."""
    if not isinstance(out, np.ndarray) or out.shape != expected.shape or out.size < 2:
        return 0.0
    with np.errstate(all="ignore"):
        given, right = (np.ravel(values).astype(np.float64) for values in (out, expected))
        given, right = given - given.mean(), right - right.mean()
        size = float(np.linalg.norm(given) * np.linalg.norm(right))
        found = abs(float(given @ right)) / size if size > 0 else 0.0
    return found if np.isfinite(found) else 0.0


def watch(student: Student, case: Case, names: Iterable[str]) -> dict[str, Any]:
    """Returns Refs to copies of inputs behind the wall, which can be looked at after a call."""
    return {name: student.put(case.inputs[name]) for name in names}


def _same_verdicts(first: Iterable[Judgement], second: Iterable[Judgement]) -> bool:
    return [judgement.right for judgement in first] == [judgement.right for judgement in second]


def changed_of(student: Student, refs: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, ref in refs.items() if not _identical(student.fetch(ref), before[name]))


def _identical(first: Any, second: Any) -> bool:
    if not isinstance(first, np.ndarray) or not isinstance(second, np.ndarray):
        return False
    return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=True)


def reject_changed(names: tuple[str, ...], call: str) -> None:
    if names:
        message = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} changed by the call [{call}]."
        hint = "An operation in place (+=, *=, x[...] = ...) writes into the caller's array."
        raise WrongAnswer(message, hint, changed_in_place(names))


def _tells(error: float, measured: float) -> bool:
    """Whether gradients agree with a slope that was measured; two zeros agree, and tell nothing."""
    return error < AGREES and abs(measured) > 1e-8


def _fits(gradient: Any, value: Array) -> bool:
    return isinstance(gradient, np.ndarray) and gradient.size == value.size


def record_figures(judgements: Iterable[Judgement], record_measure: Record) -> None:
    for judgement in judgements:
        if judgement.figure is not None:
            record_measure(*judgement.figure)
