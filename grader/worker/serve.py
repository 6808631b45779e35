"""Answers the requests of one check with the student's code, in the child of a fork."""

import errno
import random
import sys
import warnings
from _random import Random
from collections.abc import Callable
from os import _exit, getpid, sep
from traceback import extract_tb
from types import ModuleType
from typing import Any

import numpy as np

from grader.worker.channel import Channel
from grader.worker.granted import take_granted
from grader.worker.original_builtins import BUILTINS
from grader.worker.provided_calls import provide_functions
from grader.worker.wire import RefId

__all__ = ["Frames", "RequestHandler", "describe_error", "explain_errors", "flush_prints", "serve"]

globals()["__builtins__"] = BUILTINS

#: file in the workspace, line, function, text of the line
Frames = list[tuple[str, int, str, str]]
Handler = Callable[[dict[str, Any], Any], tuple[dict[str, Any], Any]]

MAX_FRAMES = 20
# Bound once: a student's module can replace the names.
_filter_warnings, _ndarray, _again, _separator = warnings.simplefilter, np.ndarray, errno.EAGAIN, sep
_seed_numpy: Any = np.random.seed
# The generator behind random.random, and how it is seeded without a line of Python.
_generator: Any = random._inst
_seed_python: Callable[[Any, int], None] = Random.seed
#: errno -> what the limit or the sandbox is that a student's code has met
_words: dict[int, str] = {}


def serve(channel: Channel, modules: dict[str, ModuleType], workspace: str, seed: int) -> None:
    """Answers requests until the other end closes.

    Args:
        channel: to the grader.
        modules: the imported answer modules by the name that checks use.
        workspace: folder that the student's own frames lie in.
        seed: for NumPy's and the standard library's global generators; a request that renews brings another.
    """
    handler, owner = _begin(modules, workspace, seed), getpid()
    while (request := channel.receive()) is not None:
        message, value = request
        if "renew" in message:
            handler = _begin(modules, workspace, message["renew"])
        if message["op"] == "provide":
            provide_functions(channel, value, workspace)
            channel.send({})
            continue
        reply, result = handler.answer(message, value)
        if getpid() != owner:
            # The student's function has forked and returns twice; one answer is enough.
            _exit(0)
        if said := take_granted():
            reply = {**reply, "granted": said}
        # What the student printed must be in the capture before the answer is out.
        flush_prints()
        try:
            channel.send(reply, result)
        except OSError:
            return
        # Values may be of the student's own classes and raise when they are looked at.
        except BaseException as error:
            channel.send({"error": describe_error(error, workspace)})


def _begin(modules: dict[str, ModuleType], workspace: str, seed: int) -> "RequestHandler":
    """Returns an empty handler, sets the seeds, and lets a line that has warned before warn again."""
    # What is done anyhow, said once more: a change of filters makes Python forget which warnings it has shown.
    actions: tuple[Callable[[], Any], ...] = (
        lambda: _filter_warnings("default", append=True),
        lambda: _seed_numpy(seed),
    )
    for action in actions:
        try:
            action()
        except BaseException:  # an import may have broken what these are made of
            continue
    _seed_python(_generator, seed)
    _generator.gauss_next = None
    return RequestHandler(modules, workspace)


def describe_error(error: BaseException, workspace: str) -> dict[str, Any]:
    """Returns an exception as plain data: type, text, frames inside the workspace, whether memory ran out, column."""
    try:
        return {
            "type": type(error).__name__[:80],
            "text": _text_of(error)[:2000],
            "frames": _frames(error, workspace)[-MAX_FRAMES:],
            "memory": isinstance(error, MemoryError),
            "column": _column(error),
        }
    except BaseException:  # the student's own classes may do anything when they are looked at
        return {"type": "Exception", "text": "", "frames": [], "memory": False, "column": 0}


def explain_errors(words: dict[str, str]) -> None:
    """Sets what is said after an operating system error, errno as digits -> words."""
    _words.update({int(number): text for number, text in words.items()})


def flush_prints() -> None:
    """Moves what the student printed into the capture."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except BaseException:  # the student may have closed, replaced or removed it
            continue


class RequestHandler:
    """The modules and the values that stay here, and one method for each kind of request."""

    def __init__(self, modules: dict[str, ModuleType], workspace: str) -> None:
        self.modules = modules
        self.workspace = workspace
        self.values: dict[int, Any] = {}

    def answer(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Returns the reply to one request and the value that goes with it."""
        try:
            handler: Handler = getattr(self, f"on_{message['op']}")
            return handler(message, self._resolve(value))
        # SystemExit and KeyboardInterrupt of the student's are answers too.
        except BaseException as error:
            return {"error": describe_error(error, self.workspace)}, None

    def on_call(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Calls a function of a module with each of the arguments in turn; splits what the last call gives by name."""
        function = getattr(self.modules[message["module"]], message["name"], None)
        if function is None:
            return {"absent": True}, None
        result = None
        for args, kwargs in value:
            result = function(*args, **kwargs)
        keep: list[int] = message["keep"]
        if message["count"] == 1:
            return {}, self._keep(result) if keep and result is not None else result
        if not isinstance(result, (tuple, list)) or len(result) != message["count"]:
            return {"odd": _describe(result)}, None
        return {}, tuple(
            self._keep(item) if index in keep and item is not None else item for index, item in enumerate(result)
        )

    def on_method(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Calls a method of a kept value, some times in turn; what the last call gives crosses whole."""
        target, args, kwargs = value
        method, result = getattr(target, message["name"]), None
        for _ in range(message.get("times", 1)):
            result = method(*args, **kwargs)
        return {}, result

    def on_attributes(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Describes a kept value's attributes: equal texts, equal values; None if one of them is no plain value."""
        try:
            return {}, _text_of_value({name: own for name, own in vars(value).items() if name not in message["but"]})
        except (TypeError, RecursionError):
            return {}, None

    def on_get(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Looks up attributes, one after the other, of a kept value."""
        for name in message["path"]:
            value = getattr(value, name)
        return {}, value

    def on_set(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Sets attributes, or entries of a dictionary."""
        target, items = value
        for name in message["path"]:
            target = getattr(target, name)
        for name, item in items.items():
            if message["entries"]:
                target[name] = item
            else:
                setattr(target, name, item)
        return {}, None

    def on_put(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Keeps a value here."""
        return {}, self._keep(value)

    def on_fetch(self, message: dict[str, Any], value: Any) -> tuple[dict[str, Any], Any]:
        """Returns a kept value whole."""
        return {}, value

    def _keep(self, value: Any) -> RefId:
        number = len(self.values) + 1
        self.values[number] = value
        return RefId(number)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, RefId):
            return self.values[value.number]
        if isinstance(value, (tuple, list)):
            return type(value)([self._resolve(item) for item in value])
        if isinstance(value, dict):
            return {key: self._resolve(item) for key, item in value.items()}
        return value


def _describe(result: Any) -> str:
    if result is None:
        return "None"
    if isinstance(result, (tuple, list)):
        return f"{len(result)} values"
    if isinstance(result, _ndarray):
        return "one array"
    return f"a {type(result).__name__[:60]}"


def _text_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # the student's own __str__ may raise
        return ""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, RuntimeError) and text == "can't start new thread":
        number = _again
    return f"{text}: {_words[number]}" if number in _words else text


def _frames(error: BaseException, workspace: str) -> Frames:
    frames: Frames = []
    if isinstance(error, SyntaxError) and error.filename:
        name = _inside(error.filename, workspace)
        if name:
            frames.append((name, error.lineno or 1, "", (error.text or "").strip()[:200]))
            return frames
    for entry in extract_tb(error.__traceback__, limit=-200):
        name = _inside(entry.filename, workspace)
        if name:
            frames.append((name, entry.lineno or 1, entry.name[:80], (entry.line or "").strip()[:200]))
    return frames


def _column(error: BaseException) -> int:
    """Returns where in its line a SyntaxError is, from 1; 0 where that is not known."""
    offset = error.offset if isinstance(error, SyntaxError) else 0
    return offset if type(offset) is int else 0


def _inside(filename: str, workspace: str) -> str:
    """Returns a path relative to the workspace, or "" for files outside of it."""
    # Slashes on every system: Windows writes one path with both.
    prefix, name = (path.replace(_separator, "/") for path in (workspace, filename))
    prefix = prefix.rstrip("/") + "/"
    return name[len(prefix) :][:200] if name.startswith(prefix) else ""


def _text_of_value(value: Any) -> str:
    """Returns a text that no other plain value has; arrays stand in it by a hash. Raises TypeError for other values."""
    kind = type(value)
    if kind is _ndarray and value.dtype.kind in "biuf":
        return f"{value.dtype}{value.shape}{hash(value.tobytes())}"
    if kind is dict:
        return f"{{{', '.join(f'{_text_of_value(key)}: {_text_of_value(own)}' for key, own in value.items())}}}"
    if kind in (list, tuple):
        return f"{kind.__name__}({', '.join(map(_text_of_value, value))})"
    if kind is type:
        return f"{value.__module__}.{value.__qualname__}"
    if value is None or kind in (bool, int, float, str):
        return repr(value)
    raise TypeError
