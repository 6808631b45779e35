"""Small modules, drawn: statements and expressions that keep values, and all that the tables of the proof allow."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from grader.syntax.known_pure import tables
from grader.syntax.stateless import why_stateful

__all__ = ["Writer", "proven"]

MAX_REPAIRS = 25

#: names of a function that hold values
LOCALS = ("x", "n", "d", "a", "b", "c", "e")
#: what outlives a call, and names for it
LASTING = ("SIZE", "PAIR", "TEXT", "f", "g", "K", "np", "math", "copy", "np.float64", "np.add", "np.random", "x.dtype")
KEPT = (
    "SIZE = 3",
    "PAIR = (1, (2.5, 'a'))",
    "TEXT = 'text'",
    "SIZE = [1, 2]",
    "PAIR = {}",
    "TEXT = np.zeros(3)",
    "Alias = np.ndarray",
    "K.count = 0",
    "count: int = 0",
    "SIZE = max",
    "g = f",
)
DEFAULTS = ("2", "(1, 2)", "None", "[]", "{}", "np.float64", "np.zeros(2)", "f", "'a'", "K", "max", "lambda v: v")
DECORATORS = ("@staticmethod", "@property", "@functools.cache", "@functools.lru_cache", "@f", "@classmethod")
PLACES = ("0", ":", "::-1", "n", "...", "'eps'", "'p'", "None, 0")
IN_CLASSES = ("calls = 0", "calls = []", "value: int = 3", "other = (1, 2)", "__slots__ = ()")
OPERATORS = ("+", "-", "*", "/", "@", "%", "==", "<", "in", "is", "and", "or", "//")
#: expressions made of two others
SHAPES = {
    19: ("[ONE, OTHER]", "(ONE, OTHER)", "{'p': ONE, 'q': OTHER}", "{ONE, OTHER}"),
    20: ("[ONE for v in OTHER]", "sum(ONE for v in OTHER)", "{v: ONE for v in OTHER}"),
    21: ("f(ONE, n, d)", "g(ONE, n, d)", "K(ONE).give(OTHER)", "K(ONE).value", "K(ONE)"),
    22: ("sorted(ONE, key=lambda v: OTHER)", "list(map(lambda v: ONE, OTHER))", "(ONE if OTHER else n)"),
    23: ("f'{NAME} {NAME}'", "(a := ONE)", "[*ONE]"),
}
CAUGHT = f"({', '.join(sorted(tables().exceptions))})"
GONE = ("d['eps']", "b[0]", "f.calls", "SIZE")
METHODS = tuple(sorted(tables().methods))
VALUES = tuple(sorted(tables().values))
FUNCTIONS = tuple(sorted(tables().functions | tables().called))
BUILTINS = tuple(sorted((tables().builtins | tables().consumers | tables().producers) - {"print"}))
#: expressions that tell of memory, of names or of settings, or hand on what should not be; {} is another expression
ODD = tuple(
    re.split(
        r"\s\s+",
        """id({})  hash({})  vars({})  dir({})  globals()  locals()  iter({})  object()  type({})  np.empty(3)
        np.empty_like(x)  np.ndarray((2, 3))  np.zeros_like(x, subok=False)  np.sqrt(x, where=x > 9)
        np.add(x, 1, None, where=x > 9)  np.pad(x, 1, mode='empty')  np.pad(x, 1, 'empty')  np.resize(x, (9,))
        np.geterr()  np.seterr(all='ignore')  np.random.get_state()[1]  np.get_printoptions()  np.frompyfunc({}, 1, 1)
        {}.__class__  {}.__dict__  {}.__name__  {}.base  {}.flags  {}.data  {}.ctypes  {}.flat  {}.__array_interface__
        f'{{{}!r}}'  repr({})  str({})  '%s' % ({},)  '{{}}'.format({})  print({})  f.calls  K.calls  K(x).value
        [*map(K, [1])]  (v for v in {})  lambda: {}  x.sum  super()  np.random.default_rng(1)
        np.random.RandomState(1).rand()  np.nditer(x)  np.vectorize(f)  functools.partial(f, x)  np.memmap
        np.dtype('O')  np.array([f])  np.array([{}], object)  setattr(f, 'calls', 1)  getattr(f, 'calls', 0)
        np.array({}, dtype=object)  copy.copy({})  copy.deepcopy({})  {{{}, f, g}}  [f, g, K]  {{'a': f}}  np.r_[x, x]
        np.ogrid  np.s_[1:]  NotImplemented  Ellipsis  np.linalg.linalg  collections.defaultdict(list)
        collections.deque([1])  collections.OrderedDict()  next(iter(x))  slice(1)  range(n)  x.view('V8')
        x.astype('S8')  x.view(np.uint8)  x.astype(object)  x.tolist()  np.zeros(4, 'V8')  np.array(PAIR, object)""",
    )
)


def proven(text: str) -> tuple[str, str]:
    """Returns a module without the statements that keep it from being proven, and what still does or ""."""
    for _ in range(MAX_REPAIRS):
        reason = why_stateful(["layers.py"], {"layers.py": text.encode()}, {})
        place = re.search(r"line (\d+)", reason)
        if not reason or place is None:
            return text, reason
        lines = text.splitlines()
        first = int(place[1]) - 1
        indent = _indent(lines[first])
        last = first + 1
        while last < len(lines) and _indent(lines[last]) > indent:
            last += 1
        plain = " " * indent + ("return a, b, c, e, x, d" if lines[first].lstrip().startswith("return") else "a = a")
        if not indent or lines[first].strip() == plain.strip():
            return text, reason
        lines[first:last] = [plain]
        text = "\n".join(lines) + "\n"
    return text, "too much"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


class Writer:
    """Writes modules.

    Args:
        pick: returns one of some things.
    """

    def __init__(self, pick: Callable[[Sequence[Any]], Any]) -> None:
        self.pick = pick

    def module(self) -> str:
        """Returns the text of a module with functions `f` and `g`, and a class `K`."""
        lines = ["import copy, math, functools, itertools, collections", "import numpy as np"]
        lines += ["SIZE = 3", "PAIR = (1, (2.5, 'a'))", "TEXT = 'text'"]
        if self.pick((False, False, False, True)):
            lines.append(self.pick(KEPT))
        lines += self._class()
        for name in ("g", "f"):
            default = f", k={self.pick(DEFAULTS)}" if self.pick((False, False, False, True)) else ", k=2"
            if self.pick(range(12)) == 0:
                lines.append(self.pick(DECORATORS))
            lines.append(f"def {name}(x, n, d{default}):")
            lines += ["    a, b, c, e = x, [1.5, n], {'p': 1}, n"]
            lines += self._block(self.pick((1, 2, 3, 4)), "    ", 0)
            lines.append(f"    return {self._returned()}")
        return "\n".join(lines) + "\n"

    def _class(self) -> list[str]:
        lines = ["class K:"]
        if self.pick(range(6)) == 0:
            lines.append(
                f"    {self.pick(('calls = 0', 'calls = []', 'value: int = 3', 'other = (1, 2)', '__slots__ = ()'))}"
            )
        lines += ["    def __init__(self, x, n=1, d=None):", "        self.value, self.seen = x, [n]"]
        lines += ["        a, b, c, e = x, [1.5, n], {'p': 1}, n"]
        lines += self._block(self.pick((0, 1)), "        ", 1)
        lines += ["    def give(self, x, n=1, d=None):", "        a, b, c, e = x, [1.5, n], {'p': 1}, n"]
        lines += self._block(self.pick((0, 1)), "        ", 1)
        lines.append(f"        return {self.pick(('self.value', 'self.seen', 'self', 'self.give', self._expr(1)))}")
        return lines

    def _block(self, count: int, indent: str, depth: int) -> list[str]:
        lines = []
        for _ in range(count):
            if depth:
                lines += self._statement(indent, depth)
            else:
                # What follows runs whether this does or not.
                lines += [
                    f"{indent}try:",
                    *self._statement(f"{indent}    ", 0),
                    f"{indent}except {CAUGHT}:",
                    f"{indent}    pass",
                ]
        return lines or [f"{indent}pass"]

    def _statement(self, indent: str, depth: int) -> list[str]:
        kind = self.pick(range(30 if depth < 2 else 20))
        name, value = self.pick(LOCALS), self._expr(0)
        if kind < 8:
            return [f"{indent}{name} = {value}"]
        if kind < 11:
            return [f"{indent}{name} {self.pick(('+=', '-=', '*=', '|='))} {value}"]
        if kind < 14:
            return [f"{indent}{self._target()} = {value}"]
        if kind == 14:
            return [f"{indent}{name}, *{self.pick(LOCALS)} = {value}"]
        if kind == 15:
            return [f"{indent}{self.pick(('global', 'nonlocal'))} {self.pick(('SIZE', 'a', 'total'))}"]
        if kind == 16:
            return [f"{indent}del {self.pick((name, *GONE))}"]
        if kind == 17:
            return [f"{indent}print({value})"]
        if kind < 20:
            return [f"{indent}{value}"]
        inner = self._block(self.pick((1, 2)), f"{indent}    ", depth + 1)
        heads = (
            f"for {name} in {value}:",
            f"if {value}:",
            f"with np.errstate({self.pick(('all', 'divide'))}='ignore'):",
            f"with {value} as {name}:",
            f"def {self.pick((name, 'h'))}(v, w={self.pick(DEFAULTS)}):",
        )
        if kind < 28:
            return [f"{indent}{self.pick(heads)}", *inner]
        caught = self.pick(("ValueError", "TypeError", "(TypeError, KeyError)", "Exception", "ArithmeticError"))
        named = self.pick(("", " as e"))
        last = self.pick(("pass", "a = str(e)", "a = e.args", "raise", "b = e"))
        return [f"{indent}try:", *inner, f"{indent}except {caught}{named}:", f"{indent}    {last}"]

    def _target(self) -> str:
        base = self.pick((*LOCALS, *LASTING))
        return str(self.pick((f"{base}[{self.pick(PLACES)}]", f"{base}.calls", f"{base}.shape", f"self.{base}")))

    def _returned(self) -> str:
        return self.pick((*LOCALS, "(a, b, c)", "[x, a, e]", "d", f"f'{{{self.pick(LOCALS)}}}'", self._expr(0)))

    def _expr(self, depth: int) -> str:
        kind = self.pick(range(26 if depth < 3 else 8))
        if kind < 5:
            return str(self.pick(LOCALS))
        if kind == 5:
            return str(self.pick(("0", "1", "2.5", "'a'", "'mode'", "None", "True", "-1", "(1, 2)", "...")))
        if kind == 6:
            return str(self.pick(LASTING))
        if kind == 7:
            return str(self.pick(("SIZE", "PAIR", "TEXT", "k", "self", "v", "h", "total")))
        one, other = self._expr(depth + 1), self._expr(depth + 1)
        if kind < 12:
            name = self.pick(FUNCTIONS).replace("numpy.", "np.", 1)
            more = self.pick(
                ("", "", f", {other}", ", axis=0", f", out={other}", ", dtype=np.float64", f", where={other}")
            )
            return f"{name}({one}{more})"
        if kind < 15:
            given = self.pick(("", other, f"{other}, {self.pick(LOCALS)}", "axis=0", "key=len"))
            return f"{one}.{self.pick(METHODS)}({given})"
        if kind == 15:
            return f"{one}.{self.pick(VALUES)}"
        if kind == 16:
            return f"{self.pick(BUILTINS)}({one}{self.pick(('', f', {other}'))})"
        if kind == 17:
            return (
                f"({one} {self.pick(('+', '-', '*', '/', '@', '%', '==', '<', 'in', 'is', 'and', 'or', '//'))} {other})"
            )
        if kind == 18:
            return f"{one}[{self.pick((other, *PLACES))}]"
        if kind in SHAPES:
            shape = str(self.pick(SHAPES[kind]))
            return shape.replace("ONE", one).replace("OTHER", other).replace("NAME", self.pick((*LOCALS, *LASTING)))
        template = str(self.pick(ODD))
        return template.format(one) if "{" in template else template
