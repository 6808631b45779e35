"""Stateless code is proven so by reading, and whatever could leave a trace for a later call is not."""

import warnings
from pkgutil import resolve_name

import numpy as np
import pytest

from grader.assignment.definition import Assignment
from grader.reading.submission import Submission
from grader.syntax.known_pure import tables
from grader.syntax.stateless import harmless_beside, why_stateful

LAYERS, CNN = "cs231n/layers.py", "cs231n/classifiers/cnn.py"
GIVEN = {
    "cs231n/__init__.py": b"",
    "cs231n/classifiers/__init__.py": b"",
    "cs231n/utils.py": b"import os\nimport numpy as np\ndef given(x):\n    return x\n_own = {}\n",
}
HEAD = "import numpy as np\n"


def why(text, **others):
    files = {LAYERS: (HEAD + text).encode()}
    files |= {f"cs231n/{name}.py": source.encode() for name, source in others.items()}
    return why_stateful([LAYERS], files, GIVEN)


STATELESS = {
    "loops over copies": """
def f(x, w, b, conv_param):
    '''Text.'''
    stride, pad = conv_param["stride"], conv_param['pad']
    N, C, H, W = x.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, w.shape[0], 1 + (H + 2 * pad - w.shape[2]) // stride, W))
    for n in range(N):
        for f in range(out.shape[1]):
            out[n, f] += np.sum(x_pad[n] * w[f]) + b[f]
    return out, (x, w, b, conv_param)
""",
    "running statistics in the argument": """
def f(x, gamma, beta, bn_param):
    mode, eps = bn_param["mode"], bn_param.get("eps", 1e-5)
    running = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    if mode == "train":
        running = 0.9 * running + 0.1 * x.mean(axis=0)
    elif mode != "test":
        raise ValueError(f'Invalid mode "{mode}"')
    bn_param["running_mean"] = running
    return gamma * x + beta, None
""",
    "a class that keeps what it has in self": """
class Net(object):
    '''Text.'''
    kind = "conv"
    def __init__(self, dims=(3, 32, 32), reg=-1.0, dtype=np.float32):
        super(Net, self).__init__()
        self.params, self.reg = {}, reg
        self.params["W1"] = np.random.randn(*dims).astype(dtype)
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)
    @staticmethod
    def half(x):
        return x / 2
    def loss(self, X, y=None):
        self.last = X
        grads = {}
        grads["W1"] = self.params["W1"] * self.reg
        return self.half(X) if y is None else (0.0, grads)
""",
    "constants, types, helpers": """
from builtins import range, object
from typing import Any
import math
from math import sqrt
from numpy.typing import NDArray
__all__ = ["f"]
Array = NDArray[Any]
EPS = 1e-8
SIZES = LENGTHS = (1, 2)
LIMIT: int = -3 * 2
def _helper(x: Array, *rest, scale: float = EPS, kind=np.float64, **more) -> Array:
    return x * scale * sqrt(2) * math.pi
def f(x: Array) -> dict[str, Any]:
    add = lambda a, b=2: a + b
    def inner(y, seen=[]):
        seen.append(y)
        return add(y)
    try:
        print("shape:", x.shape, sep="\\n")
        assert x.ndim, "no axes"
        total = [inner(v) for v in x.flat if v > 0]
    except (ValueError, TypeError) as error:
        raise RuntimeError("no") from error
    finally:
        del x
    while (n := len(total)) > 3:
        total.pop()
    with np.errstate(divide="ignore"):
        return {"total": np.maximum.reduce(total), **{str(i): _helper(t) for i, t in enumerate(total)}}
def g(n):
    return list(k for k in range(n))
""",
    "what does not run": """
def f(x):
    return x
if __name__ == "__main__":
    import os
    os.system("true")
""",
    "where with a place to write": "def f(a, b):\n    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)",
    "given code": "from cs231n.utils import *\nfrom .utils import given as g\ndef f(x):\n    return given(g(x))",
}
STATEFUL = {
    "a counter": "calls = 0\ndef f(x):\n    global calls\n    calls += 1\n    return x",
    "a dictionary of the module": "seen = {}\ndef f(x):\n    seen[0] = x",
    "a list of the module": "seen = [0]\ndef f(x):\n    return seen",
    "an array of the module": "K = np.zeros(3)\ndef f(x):\n    K[0] = x",
    "a list in a tuple of the module": "K = (1, [])\ndef f(x):\n    K[1].append(x)",
    "a default list": "def f(x, seen=[]):\n    seen.append(x)",
    "a default dictionary by keyword": "def f(x, *, seen={}):\n    seen[0] = x",
    "a default array": "def f(x, out=np.zeros(2)):\n    out += x",
    "a default of a method": "class A:\n    def f(self, x, seen=[]):\n        seen.append(x)",
    "an attribute of a function": "def f(x):\n    f.calls = 1",
    "an attribute of an attribute": "class A:\n    def f(self, x):\n        self.g.calls = x",
    "an attribute of a class": "class A:\n    def f(self, x):\n        A.last = x",
    "an attribute of an argument": "class A:\n    def f(self, other):\n        other.last = 1",
    "an attribute of another self": "class A:\n    def f(self, x):\n        self = f\n        self.last = x",
    "an attribute of no self": "class A:\n    @staticmethod\n    def f(x):\n        x.last = 1",
    "a list of a class": "class A:\n    seen = []\n    def f(self, x):\n        self.seen.append(x)",
    "an array of a class": "class A:\n    seen: object = np.zeros(1)\n    def f(self, x):\n        self.seen += x",
    "memory as it was": "def f(x):\n    out = np.empty(x.shape)\n    out[0] = x[0]\n    return out",
    "memory as it was, by another name": "from numpy import empty_like as zeros\ndef f(x):\n    return zeros(x)",
    "memory as it was, by the type": "def f(x):\n    return np.ndarray(x.shape)",
    "memory as it was, by where": "def f(a, b):\n    return np.divide(a, b, where=b != 0)",
    "memory as it was, by pad": "def f(x):\n    return np.pad(x, 1, mode='empty')",
    "memory as it was, by a mode": "MODE = 1\ndef f(x):\n    mode = 'empty'\n    return np.pad(x, 1, mode)",
    "memory as it was, by words": "def f(a, b, words):\n    return np.divide(a, b, **words)",
    "memory as it was, by an iterator": "def f(x):\n    return np.nditer([x, None])",
    "memory beyond an array": "def f(x):\n    return np.lib.stride_tricks.as_strided(x, (9,))",
    "a setting of NumPy": "def f(x):\n    np.seterr(all='ignore')",
    "a setting of printing": "def f(x):\n    np.set_printoptions(precision=1)",
    "a file": "def f(x):\n    open('x', 'w')",
    "a file of NumPy": "def f(x):\n    np.save('x', x)",
    "a file of an array": "def f(x):\n    x.tofile('x')",
    "a file of print": "def f(x):\n    print(x, file=x)",
    "a module that is no part of the table": "import time\ndef f(x):\n    return time.time()",
    "a part of a module that is none": "import functools\ndef f(x):\n    return functools.lru_cache(x)",
    "a decorator that remembers": "from functools import reduce\n@reduce\ndef f(x):\n    return x",
    "a decorator of a method": "class A:\n    @np.vectorize\n    def f(self):\n        return 1",
    "a decorator within": "def f(x):\n    @np.vectorize\n    def g(y):\n        return y",
    "an import within": "def f(x):\n    import math",
    "a class within": "def f(x):\n    class A:\n        pass",
    "a class that is made in another way": "class A(metaclass=type):\n    pass",
    "a class that is changed": "@np.vectorize\nclass A:\n    pass",
    "a method that Python calls": "class A:\n    def __del__(self):\n        pass",
    "code in a class": "class A:\n    print(1)",
    "a global table": "def f(x):\n    globals()['x'] = x",
    "a name by text": "def f(x):\n    setattr(f, 'x', x)",
    "built-ins by a local name": "def f(open):\n    return open\ndef g(x):\n    return open(x)",
    "NumPy by another meaning": "def f(np):\n    return np.anything",
    "NumPy by another meaning in a constant": "np = 1\ndef f(x):\n    return x",
    "NumPy as a value": "def f(x):\n    y = np\n    return y.seterr(all='ignore')",
    "code outside of functions": "print(1)",
    "a call in a constant": "K = np.zeros(1)",
    "an attribute set at import": "np.seterr = 1",
    "an entry set at import": "K = 1\nK[0] = 2",
    "a hidden attribute": "def f(x):\n    f.__dict__['x'] = x",
    "a hidden name": "def f(x):\n    return __builtins__",
    "a frame": "def f(x):\n    return (i for i in x).gi_frame",
    "a name from nowhere": "def f(x):\n    return somewhere(x)",
    "a coroutine": "async def f(x):\n    return x",
    "a match": "def f(x):\n    match x:\n        case [a]:\n            return a",
    "all of a foreign module": "from os import *\ndef f(x):\n    return x",
    "a foreign module": "from .elsewhere import g\ndef f(x):\n    return g(x)",
    "what given code imports": "from .utils import *\ndef f(x):\n    return os.getcwd()",
    "what given code keeps": "from . import utils\ndef f(x):\n    return utils.given(x)",
    "no Python": "def f(x:\n",
    "a library's functions that change what they are given": "import operator\ndef f(x):\n"
    "    operator.setitem(f, 0, x)",
    "a library through another": "import typing\ndef f(x):\n    typing.sys.modules['seen'] = x",
    "inside of a part of NumPy": "def f(x):\n    np.linalg.linalg.seen = x",
    "inside of a part of NumPy, loaded": "def f(x):\n    np.linalg._linalg.sys.modules['x'] = x",
    "a method of a class": "class A:\n    def put(self, x):\n        self.x = x\ndef f(x):\n    A.put(f, x)",
    "a method of a class by super": "class A:\n    def put(self, x):\n        super(A, A).put(f, x)",
    "a method of a class by a value": "class A:\n    def put(self, x):\n        self.x = x\ndef f(x):\n"
    "    for kind in [A]:\n        kind.put(f, x)",
    "a method of a class by its type": "class A:\n    def put(self, x):\n        type(self).put(f, x)",
    "a method of a built-in class": "def f(x):\n    dict.update(x, x)",
    "a parameter like self within": "class A:\n    def put(self, x):\n        def g(self):\n            self.x = 1\n"
    "        g(f)",
    "a handler's name like self": "class A:\n    def put(self, x):\n        try:\n            pass\n"
    "        except ValueError as self:\n            self.x = 1",
    "NumPy's type by another name": "Array = np.ndarray\ndef f(x):\n    return Array(x.shape)",
    "NumPy's type by an import": "from numpy import ndarray as A\ndef f(x):\n    return A(x.shape)",
    "NumPy's type with its parameters": "from numpy.typing import NDArray\ndef f(x):\n    return NDArray[float]((3,))",
    "NumPy's type of a value": "def f(x):\n    return type(x)((3,))",
    "NumPy's type as a default": "def f(x, make=np.ndarray):\n    return make((3,))",
    "NumPy's type of a class": "class A:\n    make = np.ndarray\n    def f(self):\n        return self.make((3,))",
    "NumPy's type as a base": "class A(np.ndarray):\n    pass\ndef f(x):\n    y = A((3,))\n    return y.sum()",
    "the list of names": "__all__ = ['f']\ndef f(x):\n    __all__.append(x)",
    "a list of names that is made": "__all__ = [np.seterr(all='raise')]\ndef f(x):\n    return x",
    "an array by brackets": "K = np.r_[0.0, 1.0]\ndef f(x):\n    K[0] = x",
    "an alias's own": "K = np.mgrid[0:2]\ndef f(x):\n    K[0] += x",
    "memory as it was, by where and no place": "def f(a, b):\n    return np.divide(a, b, out=None, where=b != 0)",
    "memory as it was, by a name and no place": "def f(a, b):\n    o = None\n"
    "    return np.divide(a, b, out=o, where=b > 0)",
    "memory as it was, by a mode that is made": "def f(x):\n    return np.pad(x, 1, mode='em' + 'pty')",
    "memory as it was, by many arguments": "def f(x):\n    a = (x, 1, 'em' + 'pty')\n    return np.pad(*a)",
    "memory as it was, by another call": "def f(x):\n    pad = np.pad\n    return pad(x, 1, 'em' + 'pty')",
    "memory as it was, by words of another": "def f(x):\n    d = np.divide\n    return d(x, x, **{'where': x > 0})",
    "memory as it was, by an own name": "def d(x):\n    return x\ndef f(x):\n    d = np.divide\n"
    "    return d(x, x, **{'where': x > 0})",
    "where a value lies": "def f(x):\n    return id(x)",
    "where a value lies, by its hash": "def f(x):\n    return hash(f)",
    "where a function lies": "def f(x):\n    return str(lambda: 0)",
    "where a function lies, by name": "def f(x):\n    def g():\n        pass\n    return f'{g}'",
    "where a function lies, by a call": "def f(x):\n    g = lambda: 0\n    return '%s' % g",
    "where a function lies, by a choice": "def f(x):\n    return str(max(lambda: 0, lambda: 1, key=lambda g: 0))",
    "where a function lies, by what comes next": "def f(x):\n    return str(next((i for i in ()), lambda: 0))",
    "where a function lies, by a fold": "import functools\ndef f(x):\n"
    "    return str(functools.reduce(max, [], lambda: 0))",
    "where a method lies": "def f(x):\n    return str(x.sum)",
    "where an array lies": "def f(x):\n    return '{0.sum}'.format(x)",
    "where an array lies, by a format that is made": "def f(x):\n    s = '{0.' + 'sum}'\n    return s.format(x)",
    "where an array lies, by its memory": "def f(x):\n    return str(x.data)",
    "where an iterator lies": "def f(x):\n    return str(zip(x))",
    "where an iterator lies, by a name": "def f(x):\n    y = (i for i in x)\n    return str(y)",
    "where an iterator lies, by a map": "def f(x):\n    return str(list(map(zip, [x])))",
    "where a generator lies": "def f(x):\n    rng = np.random.default_rng(0)\n    return str(rng)",
    "where an instance lies": "class A:\n    pass\ndef f(x):\n    a = A()\n    return str(a)",
    "where an instance lies, by itself": "class A:\n    def f(self):\n        return str(self)",
    "where an instance lies, in a set": "class A:\n    pass\ndef f(x):\n    return {A(), A()}",
    "how much memory is left": "def f(x):\n    try:\n        np.ones(1 << 27)\n    except MemoryError:\n"
    "        return 1",
    "how much memory is left, by any exception": "def f(x):\n    try:\n        np.ones(1 << 27)\n"
    "    except Exception:\n        return 1",
    "how much memory is left, bare": "def f(x):\n    try:\n        np.ones(1 << 27)\n    except:\n        return 1",
    "how much memory is left, at last": "def f(x):\n    try:\n        np.ones(1 << 27)\n    finally:\n        return 1",
    "a setting that is kept": "def f(x):\n    e = np.errstate(all='raise')\n    return e",
    "a setting in a generator": "def f(x):\n    with np.errstate(all='raise'):\n        yield x",
    "an attribute of NumPy's objects": "def f(x):\n    np.finfo(x.dtype)._machar.eps.fill(1)",
    "an own attribute that is NumPy's too": "class A:\n    def __init__(self):\n        self.base = 1\ndef f(x):\n"
    "    x.base.fill(0)",
    "an own method that is NumPy's too": "class A:\n    def tofile(self, x):\n        pass\ndef f(x):\n"
    "    x.tofile('x')",
    "a file of the student's like a library": "from sys import modules\ndef f(x):\n    modules['x'] = x",
    "a module that is imported only": "import bad\ndef f(x):\n    return x",
    "a module that is imported from its package": "from . import bad\ndef f(x):\n    return x",
    "a module below another": "import cs231n.bad\ndef f(x):\n    return x",
    "the main program by a name": "from math import pi as __name__\ndef f(x):\n    return x",
    "a name that is not what it was at first": "from numpy import empty as z\ndef f(x, make=z):\n    return make(3)\n"
    "from numpy import zeros as z",
    "a built-in that is hidden later": "def f(x, show=open):\n    return show\ndef open(x):\n    return x",
    "a method that Python calls, by assignment": "def g(a, b, c):\n    pass\nclass A:\n    __setattr__ = 1",
    "a function that Python calls": "def __getattr__(name):\n    return 1",
    "a cache that a decorator keeps": "import functools\n@functools.lru_cache\ndef f(x):\n    return x",
    "a built-in by another meaning": "def f(x, isinstance=1):\n    return isinstance\ndef g(x):\n"
    "    return isinstance(x, np.ndarray)",
    "a setting of warnings": "import warnings\ndef f(x):\n    warnings.simplefilter('error')",
    "a star that the other file does not give": "from .stars import *\ndef f(x):\n    return open(x)",
}
#: files of the student's beside that one
OTHERS = {
    "cs231n/sys.py": "def modules():\n    pass\n",
    "cs231n/bad.py": "import numpy\nnumpy.sum = print\n",
    "cs231n/stars.py": "__all__ = []\ndef open(x):\n    return x\n",
}


@pytest.mark.parametrize("text", STATELESS.values(), ids=STATELESS)
def test_code_that_leaves_nothing_behind_is_proven_stateless(text):
    assert why(text) == ""
    compile(HEAD + text, "layers.py", "exec")


@pytest.mark.parametrize("text", STATEFUL.values(), ids=STATEFUL)
def test_code_that_may_leave_a_trace_is_not_proven(text):
    files = {LAYERS: (HEAD + text).encode(), **{name: other.encode() for name, other in OTHERS.items()}}
    assert why_stateful([LAYERS], files, GIVEN)


@pytest.mark.parametrize(
    "value", ["9 ** 9 ** 9", "b'x' * (500 << 20)", "'%999999999d' % 1", "(0,) * 10**9", "1 << 9**9"]
)
def test_constants_that_take_long_are_not_proven(value):
    assert why(f"SIZE = {value}\ndef f(x):\n    return x\n")


@pytest.mark.parametrize("value", ["10 ** -8", "2 * 3 % 4", "'-' * 40", "-1 * 2.5", "1 << 20", "(1, 2) + (3,)"])
def test_constants_that_are_soon_computed_are_proven(value):
    assert why(f"SIZE = {value}\ndef f(x):\n    return x\n") == ""


@pytest.mark.parametrize(
    ("layers", "cnn", "beside"),
    [
        ("", "from ..layers import *\n", ("cnn layers", "cnn layers")),
        # The network imports the layers itself.
        ("np.seterr(all='raise')\n", "from ..layers import *\n", ("cnn layers", "cnn layers")),
        ("np.seterr(all='raise')\n", "", ("cnn layers", "cnn")),
        ("", "from ..layers import *\nnp.seterr(all='raise')\n", ("layers", "cnn layers")),
        ("np.sum = 1\n", "np.sum = 2\n", ("layers", "cnn")),
        ("def f(:\n", "", ("layers", "cnn")),
    ],
)
def test_modules_that_change_nothing_for_others_are_told(layers, cnn, beside):
    files = {LAYERS: (HEAD + layers).encode(), CNN: (HEAD + cnn).encode()}
    found = harmless_beside({"layers": LAYERS, "cnn": CNN, "absent": "x.py"}, files, GIVEN)
    assert {name: " ".join(sorted(others)) for name, others in found.items()} == {
        "layers": beside[0],
        "cnn": beside[1],
    }


def test_reason_names_the_line():
    assert why("calls = 0\n\ndef f(x, seen=[]):\n    return x") == (
        "cs231n/layers.py line 4 keeps a default value that can change"
    )


def test_other_files_of_the_student_are_read_as_well():
    text = "from .more import g\nfrom math import *\ndef f(x):\n    return g(x)"
    assert why(text, more="def g(x):\n    return x", unused="x = {}") == ""
    assert "more.py line 1" in why(text, more="x = {}\ndef g(x):\n    return x")


def test_modules_that_import_each_other_are_each_read_once():
    assert (
        why("from .more import *\ndef f(x):\n    return g(x)", more="from .layers import *\ndef g(x):\n    return 1")
        == ""
    )


def test_reference_and_template_are_stateless(tmp_path):
    from grader.kit.student_kit import release

    assignment = Assignment.load()
    for solution in (True, False):
        release(assignment, tmp_path / str(solution), solution=solution)
        submission = Submission.from_path(tmp_path / str(solution), assignment)
        assert why_stateful([LAYERS, CNN], submission.files, assignment.given_bytes()) == ""


def test_every_name_of_the_table_exists_in_some_numpy():
    # Those of the array API, which came with NumPy 2.0.
    linear = ("cross", "matmul", "matrix_norm", "outer", "trace", "vecdot", "vector_norm")
    newer = {"numpy.bool", "numpy.permute_dims", "numpy.astype"} | {f"numpy.linalg.{name}" for name in linear}
    absent = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = tables()
        named = {*known.functions, *known.called, *known.annotations, *known.consumers, *known.fresh}
        for name in named | known.producers | known.carriers | known.subscripted:
            try:
                resolve_name(name if "." in name else f"builtins.{name}")
            except AttributeError:
                absent.add(name)
    assert absent <= (newer if np.__version__ < "2" else set())


def test_attributes_of_the_installed_numpy_are_listed():
    arrays = [np.ndarray, np.dtype, np.ufunc, np.float64, np.finfo, np.flatiter]
    kinds = [*arrays, np.random.Generator, np.random.RandomState]
    missing = {name for kind in kinds for name in dir(kind)} - tables().foreign_attributes
    assert not missing, "stateless.toml: numpy_attributes"
