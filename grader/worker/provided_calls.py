"""Puts functions of the grader's side in the place of a submission's: each call goes back across the wall.

What answers is elsewhere; here is nothing but the question. A cache that comes back is a number, which only the
functions that gave it understand.
"""

from collections.abc import Callable, Iterable
from os import _exit
from sys import modules
from types import ModuleType
from typing import Any

from grader.worker.channel import Channel
from grader.worker.original_builtins import BUILTINS

__all__ = ["provide_functions"]

globals()["__builtins__"] = BUILTINS

# Bound once: a student's module can replace the names.
_modules, _end = modules, _exit


def provide_functions(channel: Channel, functions: Iterable[tuple[str, str, str]], workspace: str) -> None:
    """Puts a function that asks the grader wherever modules of the workspace hold the student's own, or lack it.

    Args:
        channel: to the grader, which waits for the answer to a request meanwhile.
        functions: module as it is imported, name in it, what the grader calls it.
        workspace: folder of the modules that are changed.
    """
    own = [module for module in list(_modules.values()) if _is_inside(module, workspace)]
    for module_name, name, called in functions:
        asks = _asking(channel, called, name)
        before = getattr(_modules.get(module_name), name, None)
        for module in own:
            names = vars(module)
            # By whatever name it was imported; where nothing is written yet, under its own.
            for found in [other for other, value in names.items() if before is not None and value is before]:
                names[found] = asks
            names.setdefault(name, asks)


def _is_inside(module: Any, workspace: str) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(module, ModuleType) and isinstance(file, str) and file.startswith(workspace)


def _asking(channel: Channel, called: str, name: str) -> Callable[..., Any]:
    def ask(*args: Any, **kwargs: Any) -> Any:
        channel.send({"calls": called}, (args, kwargs))
        answer = channel.receive()
        if answer is None:
            _end(0)
        message, value = answer
        if "refused" in message:
            raise ValueError(message["refused"])
        result, changed = value
        # A function may keep running statistics in a dictionary of its caller's.
        for place, entries in changed:
            (args[place] if isinstance(place, int) else kwargs[place]).update(entries)
        return result

    ask.__name__ = ask.__qualname__ = name
    return ask
