"""The types of all fixtures that a check may ask for, so that a check is typed without importing the engine.

`Fixtures` is the list: each name of a fixture, its type, and what it is for.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol, TypedDict, TypeVar

import numpy as np

from grader.judging.case import Case
from grader.judging.causes import Array

__all__ = [
    "Clocks",
    "Figure",
    "Figures",
    "Fixtures",
    "Function",
    "Golden",
    "Images",
    "Module",
    "Once",
    "Options",
    "PrintedFigure",
    "Progress",
    "Record",
    "RecordPicture",
    "RecordSeries",
    "Ref",
    "ReferenceRun",
    "Remark",
    "Secret",
    "Stopwatch",
    "Student",
    "StudentWithin",
    "Threshold",
    "Timing",
    "TrainingRun",
    "Trusted",
]

T = TypeVar("T")


# The student's code


class Function(Protocol):
    """A function or class of the student's; a call raises a StudentError where their code gives no answer."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Returns what the function returns: one value, or a tuple; what assignment.toml keeps is a Ref."""

    def last_of(self, calls: Sequence[tuple[Any, ...]]) -> Any:
        """Returns what the last of some calls gives, which are made in turn."""


class Module(Protocol):
    """A file of the student's: `student.layers`."""

    def __getattr__(self, function: str) -> Function: ...


class Ref(Protocol):
    """A value that stays with the student's code: a cache, a model, or what `Student.put` made."""

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns what a method gives."""

    def call_often(self, times: int, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns what the last of so many equal calls of a method gives."""

    def get(self, *path: str) -> Any:
        """Returns the value that attribute names lead to; raises Missing when one of them is not there."""

    def attributes(self, but: Collection[str] = ()) -> str | None:
        """Returns a text of all attributes but some; equal texts, equal values. None if one is no plain value."""

    def set(self, name: str, value: Any) -> None:
        """Sets an attribute."""

    def set_items(self, *path: str, values: Mapping[str, Any]) -> None:
        """Sets entries of the dictionary that attribute names lead to, of the value itself without a name."""


class Clocks(Protocol):
    """How long the threads of a student's session ran and waited for a processor, in seconds."""

    @property
    def ran(self) -> float: ...
    @property
    def waited(self) -> float: ...


class Student(Protocol):
    """The student's code: `student.MODULE.FUNCTION(...)`, with the modules of assignment.toml."""

    @property
    def stateless(self) -> bool:
        """Whether the code is proven to keep no values between calls but in its instances."""

    def __getattr__(self, module: str) -> Module: ...

    def put(self, value: Any) -> Ref:
        """Returns a Ref to a copy of the value there, so that it can be looked at after a call."""

    def fetch(self, ref: Any) -> Any:
        """Returns the value behind a Ref."""

    def clocks(self) -> Clocks:
        """Returns how long the student's threads ran and waited so far."""


class StudentWithin(Protocol):
    """Gives the student's code in a process of its own, within other limits than the check's, by their names."""

    def __call__(self, **limits: float) -> Student: ...


# What is right, and what a course asks


class Golden(Protocol):
    """Gives a case by its name, "function/id"."""

    def __call__(self, name: str, /) -> Case: ...


class Options(Protocol):
    """The course's choices, by the names of the options that assignment.toml declares."""

    def __getitem__(self, name: str, /) -> str: ...


class Threshold(Protocol):
    """Gives the threshold of a name in rubric.toml, or else the check's own."""

    def __call__(self, name: str, own: float, /) -> float: ...


class Secret(Protocol):
    """Gives a random generator for a name, drawn from the grade's seed: the same for a whole class."""

    def __call__(self, name: str, /) -> np.random.RandomState: ...


class Trusted(Protocol):
    """Gives a given file, or a file of the solution where that is installed, as a module of ours; else None."""

    def __call__(self, file: str, /) -> ModuleType | None: ...


# What a check measures and says


class Record(Protocol):
    """Stores a number that decides, or that is only shown when it has no limit; returns it."""

    def __call__(self, name: str, value: float, limit: float | None = None, relation: str = "<", /) -> float: ...


class Once(Protocol):
    """Makes what several checks look at: once, where the submission is proven to keep no state between calls."""

    def __call__(self, name: str, make: Callable[[], T], /) -> T:
        """Returns what an earlier check has made under the name in the same process, or else what `make` gives.

        Args:
            name: of what is made, with the case.
            make: calls the student's code; what it returns must not be a Ref, nor changed by anybody.
        """
        ...


class Remark(Protocol):
    """Notes something legal but unusual."""

    def __call__(self, text: str, /) -> None: ...


class RecordSeries(Protocol):
    """Stores a curve for the report."""

    def __call__(self, name: str, x: Iterable[float], y: Iterable[float], /) -> None: ...


class RecordPicture(Protocol):
    """Stores a picture for the report, the bytes of a PNG."""

    def __call__(self, title: str, png: bytes, /) -> None: ...


class Progress(Protocol):
    """Says in a sentence how far a long check is."""

    def __call__(self, text: str, /) -> None: ...


# Time


class Timing(Protocol):
    """One call: what it gave, and how long it took."""

    @property
    def value(self) -> Any: ...
    @property
    def seconds(self) -> float: ...


class Stopwatch(Protocol):
    """Times a call: of the student's code where a student is named, else of our own."""

    def __call__(self, call: Callable[[], Any], student: Any = None, /) -> Timing: ...


# Training


class Images(Protocol):
    """Training images, and held-out ones whose labels no student's code gets; pixels are bytes."""

    @property
    def words(self) -> str: ...
    @property
    def train(self) -> Array: ...
    @property
    def held_out(self) -> Array: ...

    def batch(self, indices: Any) -> tuple[Array, Array]:
        """Returns training images, float32, the mean subtracted, and their labels."""

    def held_out_batch(self, indices: Any) -> tuple[Array, Array]:
        """Returns held-out images and labels, as `batch` does."""

    def whole(self) -> "Images":
        """Returns the same images, all of them read or made: for what goes through them in no order."""


class ReferenceRun(Protocol):
    """What the solution did in one training run, and what it answers at any parameters."""

    @property
    def settings(self) -> dict[str, Any]: ...
    @property
    def start(self) -> dict[str, Array]: ...
    @property
    def end(self) -> dict[str, Array]: ...
    @property
    def kept_at(self) -> tuple[int, ...]: ...
    @property
    def losses(self) -> Array: ...
    @property
    def accuracies(self) -> Array: ...

    def answer(self, params: Mapping[str, Any], X: Array, y: Array) -> tuple[float, dict[str, Array]]:
        """Returns the solution's loss and gradients."""

    def scores(self, params: Mapping[str, Any], X: Array) -> Array:
        """Returns the solution's scores."""

    def once(self, key: object, build: Callable[[], T]) -> T:
        """Returns what `build` returned when this key was first asked for."""


class TrainingRun(Protocol):
    """Gives the solution's run of a name, by the plan of its first call; None where there is no solution."""

    def __call__(self, name: str, /, **plan: Any) -> ReferenceRun | None: ...


# The notebook


class Figure(Protocol):
    """A figure that the notebook prints, as notebook.toml lists it."""

    @property
    def key(self) -> str: ...
    @property
    def relation(self) -> str: ...


class FigureRow(Protocol):
    """A figure in the report's table."""

    @property
    def executed(self) -> float | None: ...


class PrintedFigure(Protocol):
    """A figure as the executed notebook prints it."""

    @property
    def row(self) -> FigureRow: ...
    @property
    def limit(self) -> float | None:
        """The limit that holds for the data that the cell ran on; None where any number will do."""

    @property
    def problem(self) -> str: ...


class Figures(Protocol):
    """Gives a figure as the executed notebook prints it; raises Missing or Blocked where it cannot count."""

    def __call__(self, figure: Any, /) -> PrintedFigure: ...


class Fixtures(TypedDict):
    """Every fixture by its name; a check gets those that its arguments are called."""

    student: Student
    student_within: StudentWithin
    once: Once
    golden: Golden
    options: Options
    threshold: Threshold
    secret: Secret
    trusted: Trusted
    record_measure: Record
    remark: Remark
    record_series: RecordSeries
    record_picture: RecordPicture
    progress: Progress
    stopwatch: Stopwatch
    images: Images
    training_run: TrainingRun
    #: of a check that takes it, once for each figure of notebook.toml
    figure: Figure
    notebook: Figures
