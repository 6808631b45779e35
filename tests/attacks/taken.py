"""Attacks on what the worker is made of: an import takes the names that our own code behind the wall would use.

What is taken is of no use to the answer files, so every function keeps its points, and at every level the same.
"""

from attack import Attack

__all__ = ["TAKEN"]

TAKE = """
import importlib
def broken(*args, **kwargs):
    raise SystemExit("taken")
def take(module, *names):
    module = importlib.import_module(module)
    for name in names or [name for name in vars(module) if not name.startswith("__")]:
        setattr(module, name, broken)
def take_methods(kind):
    for name in [name for name in vars(kind) if callable(vars(kind)[name]) and name not in ("__new__", "__class__")]:
        try:
            setattr(kind, name, broken)
        except (TypeError, AttributeError):
            pass
"""
HOOK = """
def hook(frame, event, arg):
    if "/grader/worker/" in frame.f_code.co_filename:
        broken()
"""


def taken(name: str, top: str) -> Attack:
    return Attack(f"taken-{name}", "cost any function a point", top=TAKE + top, status="passed")


MODULES = (
    *("struct", "ctypes", "json", "json.decoder", "json.encoder", "socket", "signal", "resource", "select", "math"),
    *(
        "time",
        "random",
        "errno",
        "gc",
        "codecs",
        "encodings.utf_8",
        "traceback",
        "linecache",
        "contextlib",
        "dataclasses",
    ),
    *("threading", "array", "_socket", "_json", "_random", "warnings", "io", "functools", "typing", "ast", "tokenize"),
)

TAKEN = [
    *(taken(module, f"take({module!r})") for module in MODULES),
    taken("os", "take('os', *[name for name in dir(os) if name[0] != '_' and name not in ('fspath', 'path', 'stat')])"),
    taken("os-constants", "os.WNOHANG = os.O_RDWR = 0; os.devnull = '/nowhere'"),
    taken(
        "numpy",
        "take('numpy', 'frombuffer', 'ascontiguousarray', 'asarray', 'dtype', 'uint8', 'empty', 'ndarray')",
    ),
    taken("numpy-seeds", "np.random.seed = broken; import operator; operator.index = broken"),
    taken(
        "built-ins",
        "import builtins\nfor name in ('open', 'iter', 'repr', 'sorted', 'vars', 'bytearray', 'memoryview'):\n"
        "    setattr(builtins, name, broken)",
    ),
    taken("methods-of-sockets", "import socket, _socket; take_methods(socket.socket); take_methods(_socket.socket)"),
    taken("methods-of-json", "import json; take_methods(json.JSONEncoder); take_methods(json.JSONDecoder)"),
    taken("methods-of-numbers", "import ctypes; take_methods(ctypes.c_ulong); take_methods(ctypes.CDLL)"),
    taken("methods-of-generators", "import random; take_methods(random.Random)"),
    taken("trace", f"{HOOK}sys.settrace(hook)"),
    taken("profile", f"{HOOK}sys.setprofile(hook)"),
    taken("trace-of-threads", "import threading; threading.settrace(broken); threading.setprofile(broken)"),
    taken("streams", "del sys.stdout, sys.stderr"),
    taken("streams-that-raise", "class Broken:\n    flush = write = broken\nsys.stdout = sys.stderr = Broken()"),
    taken(
        "hooks",
        "import gc, atexit; sys.excepthook = sys.displayhook = sys.unraisablehook = broken\n"
        "gc.callbacks.append(broken); atexit.register(broken)\n"
        "os.register_at_fork(before=broken, after_in_child=broken, after_in_parent=broken)",
    ),
    taken(
        "codecs-of-errors", "import codecs; codecs.register_error('backslashreplace', broken); codecs.register(broken)"
    ),
    taken(
        "module-that-is-ours",
        "for name in [name for name in sys.modules if name.startswith('grader')]:\n    del sys.modules[name]",
    ),
]
