"""Represents the student's code in a check: passes each call to the worker and returns its answer."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from grader.assignment.definition import Assignment, FunctionSpec
from grader.judging.code_lines import code_lines, lines_at
from grader.judging.diagnosis import diagnose
from grader.model.errors import (
    Crashed,
    GraderFault,
    Missing,
    NotImported,
    OverMemory,
    Raised,
    StudentError,
    TimedOut,
    WrongAnswer,
)
from grader.model.file_names import is_notebook
from grader.sandbox.processes import Clocks
from grader.sandbox.worker import Session
from grader.worker.wire import Foreign, RefId

__all__ = ["NotThere", "Ref", "Student", "Where", "as_it_is", "no_text"]

#: file and line in the workspace in, what a student calls them out: for code of a notebook the cell, and the line in it
Where = Callable[[str, int], tuple[str, int]]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def as_it_is(file: str, line: int) -> tuple[str, int]:
    """Returns the same place: that of a file that was handed in as it is."""
    return file, line


def no_text(file: str) -> str:
    """Returns no text of any file."""
    return ""


class NotThere(GraderFault):
    """A check calls a module other than that of the function which it judges."""


class Student:
    """What the fixture `student` gives to a check: `student.<module>.<function>(...)`, `put` and `fetch`.

    Given modules that the assignment lists as tools are called in the same way; they run among the student's code,
    which may have changed them.

    A call that ends its session (a crash, a loop) costs what that session held: the next call gets a new one, so that a
    check can still try another way.

    Args:
        open_session: returns a new session; whoever gave it closes it.
        assignment: says which functions there are and what they return.
        files: workspace paths that the submission has.
        where: names the places that messages mention.
        text_of: gives the text of a workspace file, "" where there is none.
        stateless: whether the code is proven to keep no values between calls but in its instances.
        on_call: called with the name of each function that is called.
    """

    def __init__(
        self,
        open_session: Callable[[], Session],
        assignment: Assignment,
        files: Collection[str],
        where: Where = as_it_is,
        *,
        text_of: Callable[[str], str] = no_text,
        stateless: bool = False,
        on_call: Callable[[str], None] | None = None,
    ) -> None:
        self.stateless = stateless
        self._on_call = on_call
        self._open_session = open_session
        self._assignment = assignment
        self._files = files
        self._where = where
        self._text_of = text_of
        self._session = open_session()
        self._ended: StudentError | None = None

    def __getattr__(self, module: str) -> "_Module":
        if module in self._assignment.tools:
            tool = self._assignment.tools[module]
            return _Module(self, module, tool.file, tool.functions)
        if module not in self._assignment.modules:
            raise _unknown("module", module, {**self._assignment.modules, **self._assignment.tools})
        return _Module(self, module, self._assignment.modules[module], self._assignment.functions)

    def put(self, value: Any) -> "Ref":
        """Returns a Ref to a copy of the value behind the wall, so that it can be looked at after a call."""
        return self._ref(self._ask({"op": "put"}, value, "put"), "put")

    def fetch(self, ref: "Ref") -> Any:
        """Returns the value behind a Ref; raises WrongAnswer when its kind cannot cross."""
        return self._lift(self._ask({"op": "fetch"}, ref, ref.what), ref.what)

    def clocks(self) -> Clocks:
        """Returns how long the threads behind the wall ran and waited for a processor, in seconds."""
        return self._session.clocks()

    def _call(self, file: str, name: str, spec: FunctionSpec, calls: Sequence[Arguments]) -> Any:
        module = spec.module
        if self._on_call:
            self._on_call(name)
        self._require_import(module, file, name)
        keep = [index for index, part in enumerate(spec.returns) if part in spec.keep]
        message = {"op": "call", "module": module, "name": name, "count": len(spec.returns), "keep": keep}
        reply, value = self._exchange(message, list(calls), name)
        if reply.get("absent"):
            own, _ = self._where(file, 0)
            raise Missing(f"{name} is not defined in {own if is_notebook(own) else file}.")
        if "odd" in reply:
            raise _wrong_count(name, str(reply["odd"])[:100], spec)
        return self._lift_documented(value, name, spec)

    def _lift_documented(self, value: Any, name: str, spec: FunctionSpec) -> Any:
        """Checks a result against the documented names and returns it with Refs in place of what stayed."""
        parts = (value,) if len(spec.returns) == 1 else value
        if not isinstance(parts, tuple) or len(parts) != len(spec.returns):
            raise WrongAnswer(f"{name} returned something that does not match the call.")
        judged = [part for part, label in zip(parts, spec.returns, strict=True) if label not in spec.keep]
        if all(part is None for part in judged or parts):
            returned = "None" if len(spec.returns) == 1 else f"({', '.join(['None'] * len(spec.returns))})"
            raise Missing(f"{name} returned {returned if judged == list(parts) else 'None'}: is it implemented?")
        lifted = tuple(
            self._kept(part, label) if label in spec.keep else self._lift(part, f"{label} of {name}")
            for part, label in zip(parts, spec.returns, strict=True)
        )
        return lifted[0] if len(spec.returns) == 1 else lifted

    def _require_import(self, module: str, file: str, name: str) -> None:
        if file not in self._files and module not in self._assignment.tools:
            raise Missing(f"{file} is not in the submission, so there is no {name}.")
        if module not in self._session.imports:
            raise NotThere(f"{module} is not among the modules that this check was given.")
        problem = self._session.imports[module]
        if isinstance(problem, StudentError):
            raise problem
        if problem is not None:
            error = self._translate(problem)
            lines = self._lines_around(problem)
            raise NotImported("\n".join([error.message, *([lines] if lines else [])]), error.hint) from error

    def _exchange(self, message: dict[str, Any], value: Any, call: str) -> tuple[dict[str, Any], Any]:
        lowered = self._lower(value)
        if self._ended is not None:
            self._session, self._ended = self._open_session(), None
        try:
            reply, result = self._session.ask(message, lowered, call=call)
        except (Crashed, TimedOut) as exc:
            self._ended = exc
            raise
        if isinstance(reply.get("error"), dict):
            raise self._translate(reply["error"])
        return reply, result

    def _translate(self, error: dict[str, Any]) -> StudentError:
        """Returns the StudentError for an exception that the worker described."""
        kind, text = str(error.get("type", ""))[:80], str(error.get("text", ""))[:2000]
        frames = [(*self._own_place(file, line), name, code) for file, line, name, code in error.get("frames", ())]
        message, hint = diagnose(kind, text, frames, self._assignment.given_files)
        return (OverMemory if error.get("memory") is True else Raised)(message, hint)

    def _lines_around(self, error: dict[str, Any]) -> str:
        """Returns the lines around the one of the student's that an exception names; "" where they are not known."""
        own = [frame for frame in error.get("frames", ()) if frame[0] not in self._assignment.given_files]
        if not own:
            return ""
        file, line = own[-1][:2]
        own_file, own_line = self._where(file, line)
        around = [(*self._where(file, number), code) for number, code in lines_at(self._text_of(file), line)]
        lines = [(number, code) for place, number, code in around if place == own_file]
        return code_lines(lines, own_line, error.get("column", 0))

    def _own_place(self, file: str, line: int) -> tuple[str, int]:
        # A given file keeps its name, by which it is told from the student's.
        return (file, line) if file in self._assignment.given_files else self._where(file, line)

    def _ask(self, message: dict[str, Any], value: Any, call: str) -> Any:
        return self._exchange(message, value, call)[1]

    def _kept(self, part: Any, label: str) -> "Ref | None":
        return None if part is None else self._ref(part, label)

    def _ref(self, number: Any, what: str) -> "Ref":
        if not isinstance(number, RefId):
            raise WrongAnswer(f"{what} returned something that does not match the call.")
        return Ref(self, self._session, number, what)

    def _lower(self, value: Any) -> Any:
        """Returns a value with numbers in place of Refs; raises what ended the session that a Ref belongs to."""
        if isinstance(value, Ref):
            if value.session is not self._session or self._ended is not None:
                raise self._ended or Crashed(f"{value.what} is gone with the process that held it.")
            return value.number
        if isinstance(value, (tuple, list)):
            return type(value)(self._lower(item) for item in value)
        if isinstance(value, dict):
            return {key: self._lower(item) for key, item in value.items()}
        return value

    def _lift(self, value: Any, what: str) -> Any:
        if isinstance(value, Foreign):
            raise WrongAnswer(f"{what} is {value.what}; it should be a plain NumPy array or number.")
        if isinstance(value, RefId):
            raise WrongAnswer(f"{what} returned something that does not match the call.")
        if isinstance(value, (tuple, list)):
            return type(value)(self._lift(item, f"value {index} of {what}") for index, item in enumerate(value))
        if isinstance(value, dict):
            return {key: self._lift(item, f"{what}[{key[:40]!r}]") for key, item in value.items()}
        return value


class Ref:
    """A value that stays behind the wall: a cache, a model, or something that `put` made."""

    def __init__(self, student: Student, session: Session, number: RefId, what: str) -> None:
        self.session = session
        self.number = number
        self.what = what
        self._student = student

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns what a method gives, whole; raises StudentError as a function call does."""
        return self.call_often(1, method, *args, **kwargs)

    def call_often(self, times: int, method: str, *args: Any, **kwargs: Any) -> Any:
        """Returns what the last of so many equal calls of a method gives, made in turn, without a word in between."""
        message = {"op": "method", "name": method, **({"times": times} if times > 1 else {})}
        value = self._student._ask(message, (self, args, kwargs), method)
        return self._student._lift(value, f"what {method} returned")

    def get(self, *path: str) -> Any:
        """Returns the value that attribute names lead to; raises Missing when one of them is not there."""
        what = ".".join((self.what, *path))
        return self._student._lift(self._look_up(path, what), what)

    def attributes(self, but: Collection[str] = ()) -> str | None:
        """Returns a text of all attributes but some; equal texts, equal values. None if one is no plain value."""
        text = self._student._ask({"op": "attributes", "but": list(but)}, self, self.what)
        return text if isinstance(text, str) else None

    def set(self, name: str, value: Any) -> None:
        """Sets an attribute."""
        self._set((), {name: value}, entries=False)

    def set_items(self, *path: str, values: Mapping[str, Any]) -> None:
        """Sets entries of the dictionary that attribute names lead to, of the value itself without a name."""
        self._set(path, values, entries=True)

    def _set(self, path: tuple[str, ...], values: Mapping[str, Any], *, entries: bool) -> None:
        message = {"op": "set", "path": list(path), "entries": entries}
        self._student._ask(message, (self, dict(values)), f"setting {', '.join(values)}")

    def _look_up(self, path: tuple[str, ...], what: str) -> Any:
        try:
            return self._student._ask({"op": "get", "path": list(path)}, self, what)
        except Raised as exc:
            raise Missing(f"{what} is not there.", "Is the attribute set in __init__?") from exc


class _Module:
    """`student.layers`: gives a callable for every name of the assignment."""

    def __init__(self, student: Student, name: str, file: str, functions: Mapping[str, FunctionSpec]) -> None:
        self._student = student
        self._name = name
        self._file = file
        self._functions = functions

    def __getattr__(self, function: str) -> Any:
        spec = self._functions.get(function)
        if spec is None or spec.module != self._name:
            here = [name for name, row in self._functions.items() if row.module == self._name]
            raise _unknown(f"function of {self._name}", function, here)
        return _Function(self._student, self._file, function, spec)


def _unknown(kind: str, name: str, known: Iterable[str]) -> Exception:
    """Returns what to raise for a name that a check may not use: a slip of the check, or a question of Python's own."""
    if name.startswith("_"):
        return AttributeError(name)
    near = get_close_matches(name, list(known), 1)
    hint = f"did you mean {near[0]}?" if near else "assignment.toml lists them."
    return GraderFault(f"The assignment has no {kind} that is called {name!r}; {hint}")


class _Function:
    """`student.layers.forward`: calls the function behind the wall."""

    def __init__(self, student: Student, file: str, name: str, spec: FunctionSpec) -> None:
        self._student = student
        self._file = file
        self._name = name
        self._spec = spec

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._student._call(self._file, self._name, self._spec, [(args, kwargs)])

    def last_of(self, calls: Sequence[tuple[Any, ...]]) -> Any:
        """Returns what the last of some calls gives, which are made in turn, without a word in between."""
        return self._student._call(self._file, self._name, self._spec, [(args, {}) for args in calls])


def _wrong_count(name: str, odd: str, spec: FunctionSpec) -> StudentError:
    if odd == "None":
        return Missing(f"{name} returned None: is it implemented?")
    return WrongAnswer(f"{name} returned {odd}, should be ({', '.join(spec.returns)}).")
