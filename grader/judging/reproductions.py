"""Calls a function with small inputs and writes the first call that goes wrong as lines for the student's notebook.

An assignment lists its functions in the file that `small_calls` in assignment.toml names: CALLS, function -> SmallCall.
The inputs, smallest first, and their right answers come from `goldens/small`. They are public: what a call shows is
known to everybody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.judging.as_code import array_code, value_code
from grader.judging.case import Case
from grader.judging.fixture_types import Student
from grader.judging.pairs import Pair
from grader.model.check_results import Reproduction
from grader.model.errors import NotImported, Raised, StudentError, WrongAnswer

__all__ = ["Script", "SmallCall", "first_failure", "gradients_call", "output_call", "plain_call"]

#: share of the largest right value from which on a value is wrong; the lines for the notebook are stricter, so that
#: what is wrong here fails there
WRONG = 1e-5
TOLERANCES = "rtol=1e-6, atol=1e-6"
#: a whole number above it is not written out
HUGE = 10**15
#: how much is shown of a value: entries, characters
MOST_SHOWN, MOST_CHARACTERS = 60, 700
#: how much is kept of what a call prints, characters
MOST_PRINTED = 2000

#: code of a value -> the value, and the right one
Values = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class SmallCall:
    """How one function is called with small inputs."""

    #: whose cases are its inputs: "layer" has "layer/small1" and so on
    cases: str
    #: calls it with a case; returns what goes wrong, None when all is right
    attempt: Callable[[Case, Student], Reproduction | None]


@dataclass(frozen=True, slots=True)
class Script:
    """Lines of Python that make inputs and call a function."""

    lines: tuple[str, ...]

    @classmethod
    def of_inputs(cls, inputs: Mapping[str, Any], names: Sequence[str]) -> "Script":
        """Returns the lines that make inputs."""
        return cls(tuple(f"{name} = {value_code(inputs[name])}" for name in names))

    def then(self, *lines: str) -> "Script":
        """Returns these lines with more after them."""
        return Script((*self.lines, *lines))

    def first_wrong(self, values: Values) -> Reproduction | None:
        """Returns what is to be shown of the first wrong value; None where all are right."""
        return next((self._fails_at(name, *both) for name, both in values.items() if _is_wrong(*both)), None)

    def ended_with(self, error: StudentError) -> Reproduction:
        """Returns what is to be shown of a call that gave no value.

        Raises:
            StudentError: to call it again is no help, since it is not there or takes too long.
        """
        if isinstance(error, NotImported) or not isinstance(error, (Raised, WrongAnswer)):
            raise error
        return Reproduction("\n".join(self.lines), error.message.partition("\n")[0][:MOST_CHARACTERS], "")

    def _fails_at(self, name: str, actual: Any, right: Any) -> Reproduction:
        if isinstance(right, tuple):
            lines = self.then(f"np.testing.assert_equal({name}, {right})").lines
            return Reproduction("\n".join(lines), f"{name} = {actual}", f"{name} = {right}")
        expected = np.asarray(right, dtype=np.float64)
        checks = [f"right = {array_code(expected)}", f"np.testing.assert_allclose({name}, right, {TOLERANCES})"]
        if isinstance(actual, (np.ndarray, int, float)) and (np.ndim(actual) == 0) != (expected.ndim == 0):
            # NumPy compares a number with each entry of an array, and so passes an empty one.
            checks.insert(1, f"assert np.shape({name}) == {expected.shape}")
        return Reproduction("\n".join(self.then(*checks).lines), _shown(name, actual), _shown(name, expected))


def first_failure(
    call: SmallCall, cases: Sequence[Case], student: Student, printed: Callable[[], str] = str
) -> Reproduction | None:
    """Returns the first of the cases, smallest first, that goes wrong; None where none does, or one takes too long.

    Args:
        call: how the function is called.
        cases: its inputs.
        student: whose function it is.
        printed: gives all that the student's code has printed so far.
    """
    try:
        for case in cases:
            before = printed()
            if (found := call.attempt(case, student)) is not None:
                return replace(found, printed=printed().removeprefix(before)[:MOST_PRINTED])
    except StudentError:
        pass
    return None


def output_call(pair: Pair, cases: str = "", stored: str = "") -> SmallCall:
    """Returns how a forward function is called.

    Args:
        pair: whose forward function it is.
        cases: name of its cases; that of the function unless given.
        stored: the input, a dictionary, that holds further results after the call.
    """

    def attempt(case: Case, student: Student) -> Reproduction | None:
        script = Script.of_inputs(case.inputs, pair.takes).then(_forward_line(pair))
        settings = student.put(case.inputs[stored]) if stored else None
        try:
            out, _ = _function(student, pair.module, pair.forward)(*_arguments(pair, {**case.inputs, stored: settings}))
            after = student.fetch(settings) if settings is not None else None
        except StudentError as error:
            return script.ended_with(error)
        results = {"out": (out, case.expected["out"])}
        for name in case.expected:
            if stored and name in case.inputs[stored]:
                results[f'{stored}["{name}"]'] = (
                    after.get(name) if isinstance(after, dict) else None,
                    case.expected[name],
                )
        return script.first_wrong(results)

    return SmallCall(cases or pair.forward, attempt)


def gradients_call(pair: Pair, cases: str = "") -> SmallCall:
    """Returns how a backward function is called: with the cache of its own forward function, or the documented one."""

    def attempt(case: Case, student: Student) -> Reproduction | None:
        found = []
        if not set(pair.gives) <= set(case.expected):
            # As of a layer that is not trained.
            return None
        for line, cache in _caches(pair, case, student):
            script = Script.of_inputs(case.inputs, (*pair.takes, "dout")).then(line)
            reproduction = _plain(
                script, case, student, pair.module, pair.backward, ("dout", "cache"), pair.gives, cache
            )
            if reproduction is None:
                # Right with either cache is right.
                return None
            found.append(reproduction)
        return found[0] if found else None

    return SmallCall(cases or pair.backward, attempt)


def plain_call(module: str, function: str, takes: Sequence[str], gives: Sequence[str]) -> SmallCall:
    """Returns how a function is called that needs no other one."""

    def attempt(case: Case, student: Student) -> Reproduction | None:
        return _plain(Script.of_inputs(case.inputs, takes), case, student, module, function, takes, gives)

    return SmallCall(function, attempt)


def _plain(
    script: Script,
    case: Case,
    student: Student,
    module: str,
    function: str,
    takes: Sequence[str],
    gives: Sequence[str],
    cache: Any = None,
) -> Reproduction | None:
    script = script.then(f"{', '.join(gives)} = {function}({', '.join(takes)})")
    values = {**case.inputs, "cache": cache}
    try:
        given = _function(student, module, function)(*(values[name] for name in takes))
    except StudentError as error:
        return script.ended_with(error)
    results = given if len(gives) > 1 else (given,)
    return script.first_wrong({name: (value, case.expected[name]) for name, value in zip(gives, results, strict=True)})


def _caches(pair: Pair, case: Case, student: Student) -> list[tuple[str, Any]]:
    """Returns the caches that a backward function may be given, each with the line that makes it."""
    caches: list[tuple[str, Any]] = []
    try:
        _, own = _function(student, pair.module, pair.forward)(*_arguments(pair, case.inputs))
        caches.append((_forward_line(pair), own))
    except StudentError:
        if not pair.cache:
            raise
    if pair.cache:
        caches.append((f"cache = ({', '.join(pair.cache)})", tuple(case.inputs[name] for name in pair.cache)))
    return caches


def _forward_line(pair: Pair) -> str:
    return f"out, cache = {pair.forward}({', '.join(pair.takes)})"


def _function(student: Student, module: str, name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(getattr(student, module), name)
    return function


def _arguments(pair: Pair, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(values[name] for name in pair.takes)


def _is_wrong(actual: Any, right: Any) -> bool:
    """Whether a value is not the right one; axes of length one do not count, since checks may forgive them."""
    if isinstance(right, tuple):
        # A shape.
        return [size for size in actual if size > 1] != [size for size in right if size > 1]
    expected = np.squeeze(np.asarray(right, dtype=np.float64))
    if type(actual) is int and abs(actual) > HUGE:
        return True
    if not isinstance(actual, (np.ndarray, int, float)) or np.squeeze(actual).shape != expected.shape:
        return True
    # Wrong values may be huge.
    with np.errstate(all="ignore"):
        error = np.abs(np.squeeze(actual).astype(np.float64) - expected).max(initial=0.0)
    # Written so that NaN is wrong.
    return not error < WRONG * (np.abs(expected).max(initial=0.0) or 1.0)


def _shown(name: str, value: Any) -> str:
    """Returns a value as NumPy prints it, with its shape."""
    if type(value) is int and abs(value) > HUGE:
        return f"{name} is a huge number"
    if value is None or isinstance(value, (int, float)):
        return f"{name} = {value:.8g}" if isinstance(value, float) else f"{name} = {value}"
    if not isinstance(value, np.ndarray):
        return f"{name} is a {type(value).__name__}"
    text = np.array2string(
        value, precision=6, suppress_small=True, threshold=MOST_SHOWN, edgeitems=2, max_line_width=80
    )
    head = f"{name}, shape {value.shape}:\n" if value.ndim else f"{name} = "
    return f"{head}{text}"[:MOST_CHARACTERS]
