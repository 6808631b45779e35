"""Stands in for the fixture `student` within this process, and runs every check against given functions.

The wall is imitated in what the checks can see of it: arguments and results are copies, caches and models stay inside,
and what goes wrong becomes a StudentError. It is for tests of the checks, where the code is our own.
"""

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens
from grader.assignment.scoring import share_points
from grader.model.errors import Missing, Raised, StudentError, WrongAnswer

CHECKS = Path(__file__).parents[2] / "grader" / "checks"
ASSIGNMENT = Assignment.load(CHECKS)
MARKS = ("section(name)", "function(name)", "needs(*names)", "hidden", "limit(**limits)", "asks(name)", "points(n)")


class Ref:
    """A value that stays inside."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.call_often(1, method, *args, **kwargs)

    def call_often(self, times: int, method: str, *args: Any, **kwargs: Any) -> Any:
        return [_run(method, getattr(self._value, method), args, kwargs) for _ in range(times)][-1]

    def get(self, name: str) -> Any:
        return _across(getattr(self._value, name))

    def attributes(self, but: Collection[str] = ()) -> str:
        return repr({name: value for name, value in vars(self._value).items() if name not in but})

    def set(self, name: str, value: Any) -> None:
        setattr(self._value, name, _inside(value))

    def set_items(self, *path: str, values: Mapping[str, Any]) -> None:
        target = self._value
        for name in path:
            target = getattr(target, name)
        for name, value in values.items():
            target[name] = _inside(value)


class InProcessStudent:
    """`student.layers.f(...)`, `student.cnn.C(...)`, `put` and `fetch` over plain functions."""

    stateless = False

    def __init__(self, functions: Mapping[str, Any]) -> None:
        self._functions = functions
        self.layers = self.cnn = self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        spec = ASSIGNMENT.functions[name]

        def call(*args: Any, **kwargs: Any) -> Any:
            if name not in self._functions:
                raise Missing(f"{name} is not defined.")
            result = _run(name, self._functions[name], args, kwargs, lift=False)
            parts = (result,) if len(spec.returns) == 1 else result
            if parts is None or result is None:
                raise Missing(f"{name} returned None: is it implemented?")
            if not isinstance(parts, (tuple, list)) or len(parts) != len(spec.returns):
                raise WrongAnswer(f"{name} returned another number of values.")
            judged = [part for part, label in zip(parts, spec.returns, strict=True) if label not in spec.keep]
            if all(part is None for part in judged or parts):
                raise Missing(f"{name} returned None: is it implemented?")
            lifted = tuple(
                Ref(part) if label in spec.keep and part is not None else _across(part)
                for part, label in zip(parts, spec.returns, strict=True)
            )
            return lifted[0] if len(lifted) == 1 else lifted

        call.last_of = lambda calls: [call(*args) for args in calls][-1]
        return call

    def put(self, value: Any) -> Ref:
        return Ref(_inside(value))

    def fetch(self, ref: Ref) -> Any:
        # Behind the wall student code may change what is reported; functions with a "fetch" do.
        return _across(self._functions.get("fetch", lambda value: value)(ref._value))


def _run(name: str, function: Callable[..., Any], args: Any, kwargs: Any, lift: bool = True) -> Any:
    try:
        result = function(*_inside(args), **_inside(kwargs))
    except Exception as exc:
        raise Raised(f"{name} raised {type(exc).__name__}: {exc}") from exc
    return _across(result) if lift else result


def _inside(value: Any) -> Any:
    """Returns a copy of arguments, with the values of Refs themselves."""
    if isinstance(value, Ref):
        return value._value
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (tuple, list)):
        return type(value)(_inside(item) for item in value)
    if isinstance(value, dict):
        return {key: _inside(item) for key, item in value.items()}
    return copy.copy(value)


def _across(value: Any) -> Any:
    """Returns a copy of a result as it comes out of the wall."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiub":
            raise WrongAnswer("an array of a kind that does not cross")
        return np.array(value, order="C")
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list)):
        return type(value)(_across(item) for item in value)
    if isinstance(value, dict):
        return {key: _across(item) for key, item in value.items()}
    return value


@dataclass
class Outcome:
    """How one check ended: "passed" or the status of a StudentError, and what it said on the way."""

    status: str = "passed"
    message: str = ""
    hint: str = ""
    measures: list[tuple[str, float, float | None]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    #: what is kept of wrong values
    evidence: dict[str, Any] = field(default_factory=dict)
    #: the student's own wrong function from which this follows correctly
    follows_from: str = ""


class _Collector:
    """A pytest plugin that only keeps the collected checks."""

    def __init__(self, asked: bool) -> None:
        self.items: list[Any] = []
        self._asked = asked

    @pytest.fixture
    def student(self) -> None: ...

    @pytest.fixture
    def golden(self) -> None: ...

    @pytest.fixture
    def record_measure(self) -> None: ...

    @pytest.fixture
    def remark(self) -> None: ...

    @pytest.fixture
    def once(self) -> None: ...

    def pytest_configure(self, config: pytest.Config) -> None:
        for name in MARKS:
            config.addinivalue_line("markers", name)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = [item for item in session.items if self._asked == bool(item.get_closest_marker("asks"))]


def collect(folder: Path = CHECKS, mode: str = "importlib", asked: bool = False) -> list[Any]:
    """Returns the pytest items of all checks in a folder, hidden ones too; or those that only some courses ask for."""
    collector = _Collector(asked)
    options = ["--collect-only", "-pno:terminal", f"--import-mode={mode}", "--strict-markers", "-c/dev/null"]
    code = pytest.main([*options, f"--rootdir={folder}", str(folder)], plugins=[collector])
    assert code == pytest.ExitCode.OK
    return collector.items


def check_id(item: Any) -> str:
    return f"{item.path.name.removeprefix('test_').removesuffix('.py')}::{item.name}"


def points(items: list[Any]) -> dict[str, float]:
    """Returns the points of every check."""
    ids = [f"{item.path.name}::{item.name}" for item in items]
    shares = share_points(ids, ASSIGNMENT.rubric.points, {})
    return {check_id(item): shares[one] for item, one in zip(items, ids, strict=True)}


def run(items: list[Any], functions: Mapping[str, Any], golden: LiveGoldens) -> dict[str, Outcome]:
    """Returns how each check ends for these functions; an exception of our own is let through."""
    outcomes = {}
    for item in items:
        outcome = outcomes[check_id(item)] = Outcome()
        fixtures = {
            "student": InProcessStudent(functions),
            "golden": golden,
            "record_measure": lambda name, value, limit=None, relation="<", o=outcome: o.measures.append(
                (name, float(value), limit)
            ),
            "remark": outcome.remarks.append,
            "once": lambda name, make: make(),
            **getattr(getattr(item, "callspec", None), "params", {}),
        }
        np.random.seed(231)
        try:
            item.function(**{name: fixtures[name] for name in item._fixtureinfo.argnames})
        except StudentError as error:
            outcome.status, outcome.message, outcome.hint = error.status, error.message, error.hint
            outcome.evidence = dict(getattr(error, "evidence", {}))
            outcome.follows_from = getattr(error, "follows_from", "")
    return outcomes
