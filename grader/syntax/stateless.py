"""Proves, where it can, that a submission keeps no state between calls, or says why not.

Checks of code that keeps no state may share a process: none can see what another left there. That must be proven, so
every kind of statement and every name must be one that is known to be harmless; see stateless.toml. Code that passes
keeps values in local variables, in its arguments and results, and in the attributes of an instance's `self`.
"""

import ast
from collections.abc import Iterable, Mapping

from grader.reading.parsing import nodes
from grader.syntax.bindings import Bindings, Module, is_value
from grader.syntax.known_pure import tables
from grader.syntax.proof_notes import Unproven, dotted_name
from grader.syntax.purity import Purity

__all__ = ["harmless_beside", "why_stateful"]

#: names with two underscores that mean nothing to Python, or nothing that matters here
_PLAIN = frozenset({"__all__", "__author__", "__version__", "__date__", "__email__", "__license__", "__copyright__"})
_BASES = frozenset({"object", "Exception", "ValueError", "TypeError", "RuntimeError", "ArithmeticError", "KeyError"})


def why_stateful(modules: Iterable[str], files: Mapping[str, bytes], given: Mapping[str, bytes]) -> str:
    """Returns what keeps a submission from being proven stateless, "" when it is.

    Args:
        modules: workspace paths of the modules whose functions are called.
        files: workspace path -> content of all that is the student's.
        given: the same of what is ours, which keeps no state and is not looked into.
    """
    waiting, proven = [*modules], set(given)
    bindings = _bindings(waiting, files, given)
    try:
        while waiting:
            place = waiting.pop()
            if place not in proven:
                proven.add(place)
                module = bindings.module(place)
                waiting += module.imported
                _Proof(module).run()
    except Unproven as exc:
        return str(exc)
    except (SyntaxError, RecursionError):
        return "a file cannot be read as Python"
    return ""


def harmless_beside(
    modules: Mapping[str, str], files: Mapping[str, bytes], given: Mapping[str, bytes]
) -> dict[str, frozenset[str]]:
    """Returns for each module those whose import changes nothing that it uses, itself among them.

    Args:
        modules: name -> workspace path.
        files, given: as for `why_stateful`.
    """
    places = {name: place for name, place in modules.items() if place in files}
    try:
        runs = {name: _run_by(place, files, given, places.values()) for name, place in places.items()}
    except (SyntaxError, RecursionError):
        return {name: frozenset({name}) for name in places}
    odd = {place for place in set().union(*runs.values()) if not _is_proven(place, files, given, places.values())}
    # What the import of a module runs itself is no other's doing.
    return {name: frozenset(other for other in places if runs[other] & odd <= runs[name]) for name in places}


def _run_by(
    place: str, files: Mapping[str, bytes], given: Mapping[str, bytes], modules: Iterable[str]
) -> frozenset[str]:
    """Returns the student's files that an import runs."""
    bindings, waiting, run = _bindings(modules, files, given), [place], set[str]()
    while waiting:
        if (place := waiting.pop()) not in run and place not in given:
            run.add(place)
            waiting += bindings.module(place).imported
    return frozenset(run)


def _is_proven(place: str, files: Mapping[str, bytes], given: Mapping[str, bytes], modules: Iterable[str]) -> bool:
    try:
        _Proof(_bindings(modules, files, given).module(place)).run()
    except Unproven:
        return False
    return True


def _bindings(modules: Iterable[str], files: Mapping[str, bytes], given: Mapping[str, bytes]) -> Bindings:
    """Returns what names stand for; flat modules find each other in the folders of those that are called."""
    roots = ("", *(place[: place.rindex("/") + 1] for place in modules if "/" in place))
    return Bindings({**files, **given}, given, roots)


class _Proof:
    """Goes through the statements of one module; `run` raises Unproven."""

    def __init__(self, module: Module) -> None:
        self._module = module
        classes = [node for node in module.tree.body if isinstance(node, ast.ClassDef)]
        functions = [part for node in classes for part in node.body if isinstance(part, ast.FunctionDef)]
        data = {name for node in classes for part in node.body for name in _targets(part)}
        data |= {name for function in functions for name in _set_by(function)}
        data |= {function.name for function in functions if _has(function, "property")}
        self._purity = Purity(module, data, {function.name for function in functions} - data)

    def run(self) -> None:
        """Goes through all statements, then through the names that only all functions together explain."""
        for node in self._module.tree.body:
            self._statement(node)
        if self._module.foreign.get("*", "math.*") not in tables().stars:
            raise Unproven(f"{self._module.place} imports {self._module.foreign['*']}")
        self._purity.finish()

    def _statement(self, node: ast.stmt) -> None:
        """Proves one statement of the module itself, which runs once and whose values last."""
        if isinstance(node, ast.FunctionDef):
            self._function(node, "", ())
        elif isinstance(node, ast.ClassDef):
            self._class(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            self._lasting(node, _PLAIN)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            if any(alias.asname and _is_special(alias.asname) for alias in node.names):
                self._purity.fail(node, "gives another meaning to a name of Python's")
        elif not (isinstance(node, ast.Pass) or _is_text(node) or _is_main(node)):
            self._purity.fail(node, "runs outside of functions")

    def _lasting(self, node: ast.Assign | ast.AnnAssign, special: frozenset[str] = frozenset()) -> None:
        """Proves what gives a module or a class a value."""
        names = _targets(node)
        fits = len(names) == (len(node.targets) if isinstance(node, ast.Assign) else 1)
        if names == ["__all__"]:
            fits = node.value is not None and _is_list_of_names(node.value)
        elif node.value is not None and not is_value(node.value):
            # Another name of a type; in a class it would be found by its attribute.
            if not special:
                self._purity.fail(node, "keeps a value that can change")
            self._purity.annotation(node.value)
        if not fits or self._module.foreign.keys() & names or any(map(_is_special, {*names} - special)):
            self._purity.fail(node, "keeps a value that can change")
        if isinstance(node, ast.AnnAssign):
            self._purity.annotation(node.annotation)

    def _class(self, node: ast.ClassDef) -> None:
        if node.decorator_list or node.keywords or _is_special(node.name):
            self._purity.fail(node, "changes how a class is made")
        for base in node.bases:
            name = base.id if isinstance(base, ast.Name) else ""
            own, foreign = self._module.own.get(name), self._module.foreign.get(name, f"builtins.{name}")
            if own != "class" and not (own is None and name in _BASES and foreign == f"builtins.{name}"):
                self._purity.fail(base, "has a base that is not known")
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                self._method(part)
            elif isinstance(part, ast.Assign | ast.AnnAssign):
                self._lasting(part)
            elif not (isinstance(part, ast.Pass) or _is_text(part)):
                self._purity.fail(part, "stands in a class")

    def _method(self, node: ast.FunctionDef) -> None:
        if _is_special(node.name) and node.name != "__init__":
            self._purity.fail(node, f"defines {node.name}")
        if _has(node, "staticmethod"):
            self._function(node, "", ("staticmethod",))
            return
        first = [*node.args.posonlyargs, *node.args.args][:1]
        if not first:
            self._purity.fail(node, "has no name for its instance")
        self._function(node, first[0].arg, ("property",))

    def _function(self, node: ast.FunctionDef, owner: str, decorators: tuple[str, ...]) -> None:
        """Proves a function that lasts; `owner` is the name of the instance whose attributes it may set."""
        if _is_special(node.name) and not owner:
            self._purity.fail(node, f"defines {node.name}")
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            if not self._lasts(default):
                self._purity.fail(default, "keeps a default value that can change")
        for decorator in node.decorator_list:
            name = decorator.id if isinstance(decorator, ast.Name) else ""
            if name not in decorators or name in self._module.foreign or name in self._module.own:
                self._purity.fail(decorator, "has a decorator")
        parameters = [part for part in nodes(node.args) if isinstance(part, ast.arg)]
        self._purity.locals.update(part.arg for part in parameters)
        for part in parameters:
            self._purity.annotation(part.annotation)
        self._purity.annotation(node.returns)
        self._purity.walk(node.body, owner)

    def _lasts(self, node: ast.expr) -> bool:
        """Whether a value that lasts can never change: a number, a text, a type, a function, a tuple of such."""
        if isinstance(node, ast.Tuple):
            return all(map(self._lasts, node.elts))
        if isinstance(node, ast.Name) or dotted_name(node, self._module):
            self._purity.walk([node])
            return True
        return is_value(node)


def _targets(node: ast.stmt) -> list[str]:
    """Returns the plain names that a statement of a module or class gives a value."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _set_by(function: ast.FunctionDef) -> set[str]:
    """Returns the attributes that a method sets."""
    return {
        node.attr
        for node in nodes(function)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name)
    }


def _has(function: ast.FunctionDef, decorator: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == decorator for node in function.decorator_list)


def _is_special(name: str) -> bool:
    return name.startswith("__")


def _is_list_of_names(node: ast.expr) -> bool:
    return isinstance(node, ast.List | ast.Tuple) and all(isinstance(part, ast.Constant) for part in node.elts)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_main(node: ast.stmt) -> bool:
    """Whether a statement runs in the main program only, which a worker's modules never are."""
    test = node.test if isinstance(node, ast.If) and not node.orelse else None
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )
