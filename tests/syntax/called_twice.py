"""Calls of a module's functions, made in one process and each in a process of its own: which answers differ.

Run as a program it reads one JSON object a line, {"source": text, "calls": [[function, number], ...]}, and answers each
with the numbers of the calls that gave something else after others than alone. A call that differs from itself alone
(by the clock, or the system's own random numbers) tells nothing and is left out.
"""

import io
import json
import os
import resource
import signal
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.worker import wire
from grader.worker.serve import _begin

__all__ = ["differing"]

#: of one process
SECONDS, MEMORY = 10, 4 << 30
Call = tuple[str, int]


def differing(source: str, calls: list[Call]) -> list[int]:
    """Returns the calls whose answers depend on those before."""
    return list(_in_child(lambda: _differing(source, calls)) or ())


def _differing(source: str, calls: list[Call]) -> list[int]:
    """Imports the module, as a worker does before it forks, and compares."""
    module = types.ModuleType("layers")
    exec(compile(source, "/nowhere/layers.py", "exec"), vars(module))

    def asked(*some: Call) -> list[str]:
        return _in_child(lambda: [_answer(module, *call) for call in some]) or ["ended"] * len(some)

    together = asked(*calls)
    # The first has none before it.
    alone = {calls[0]: together[0]}
    alone |= {call: asked(call)[0] for call in dict.fromkeys(calls) if call not in alone}
    odd = [number for number, call in enumerate(calls) if together[number] != alone[call]]
    again = {call: asked(call)[0] for call in {calls[number] for number in odd}}
    return [number for number in odd if again[calls[number]] == alone[calls[number]]]


def _in_child(action: Callable[[], Any]) -> Any:
    """Returns what an action gives in a process of its own, None when that ends before."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            signal.alarm(SECONDS)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            os.close(reader)
            with os.fdopen(writer, "w") as file:
                file.write(json.dumps(action()))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else None


def _answer(module: types.ModuleType, name: str, number: int) -> str:
    """Returns all that a call shows, as text: its value or its exception, and its prints."""
    printed = sys.stdout = sys.stderr = io.StringIO()
    handler = _begin({"layers": module}, "/nowhere", 1)
    rng = np.random.RandomState(number)
    args = (rng.randint(-3, 4, size=(2, 3)) / 2, number, {"eps": 0.5, "mode": "train"})
    message = {"op": "call", "module": "layers", "name": name, "count": 1, "keep": []}
    reply, value = handler.answer(message, [(args, {})])
    buffers: list[memoryview] = []
    tree = wire.encode(value, buffers)
    error = reply.get("error", {})
    error.pop("frames", None)
    if error.get("type") == "RecursionError":
        # Where the limit is met depends on what the interpreter has compiled; such a verdict comes from a new process.
        return "RecursionError"
    return json.dumps([reply, tree, list(map(_rounded, buffers)), printed.getvalue()])


def _rounded(buffer: memoryview) -> str:
    """Returns the numbers of an array, with as many digits as do not depend on where in memory a sum began."""
    data = bytes(buffer)
    if len(data) % 8:
        return data.hex()
    floats = np.frombuffer(data)
    with np.errstate(all="ignore"):
        plain = np.isfinite(floats).all() and (np.abs(floats) < 1e100).all()
    return " ".join(f"{value:.8g}" for value in floats) if plain else data.hex()


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(differing(asked["source"], [tuple(call) for call in asked["calls"]])), flush=True)
