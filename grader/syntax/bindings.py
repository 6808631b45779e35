"""A submission's modules in, what the names of each stand for out: imports followed from file to file, nothing run."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from grader.reading.decoding import decode_source
from grader.syntax.parsing import parse_source

__all__ = ["Bindings", "Module"]


@dataclass(slots=True)
class Module:
    """One file, and what its names stand for once it has been imported."""

    #: workspace path
    place: str
    tree: ast.Module
    #: name -> the dotted name of a module of neither the student's nor ours, or of a part of one
    foreign: dict[str, str] = field(default_factory=dict)
    #: functions, classes and values of this file and of those it imports from
    own: set[str] = field(default_factory=set)
    #: workspace paths of the files it imports from
    imported: list[str] = field(default_factory=list)


class Bindings:
    """The modules of a workspace, each read once.

    Args:
        files: workspace path -> content.
        roots: folders, each ending in "/" or "" for the workspace, from which modules are imported.
    """

    def __init__(self, files: Mapping[str, bytes], roots: Iterable[str]) -> None:
        self._files = files
        self._roots = tuple(roots)
        self._modules: dict[str, Module] = {}

    def module(self, place: str) -> Module:
        """Returns a module; a name whose origin is not clear stands among the foreign ones.

        Raises:
            SyntaxError: it, or one that it imports from, is no valid Python.
        """
        if place not in self._modules:
            module = self._modules[place] = Module(place, parse_source(decode_source(self._files[place]), place))
            for node in module.tree.body:
                self._bind(module, node)
        return self._modules[place]

    def _bind(self, module: Module, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom):
            self._bind_from(module, node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                module.foreign[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            module.own.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            module.own.update(target.id for target in targets if isinstance(target, ast.Name))

    def _bind_from(self, module: Module, node: ast.ImportFrom) -> None:
        package = module.place.split("/")[:-1]
        above = package[: len(package) - node.level + 1] if node.level else []
        dotted = ".".join([*above, *(node.module.split(".") if node.module else [])])
        place = self._find(dotted)
        theirs = self.module(place) if place else None
        module.imported += [place] if place else []
        for alias in node.names:
            name = alias.asname or alias.name
            if theirs is not None and alias.name == "*":
                module.own |= {name for name in theirs.own if not name.startswith("_")}
                module.foreign |= {name: full for name, full in theirs.foreign.items() if not name.startswith("_")}
            elif theirs is not None and alias.name in theirs.own:
                module.own.add(name)
            else:
                module.foreign[name] = f"{dotted}.{alias.name}"

    def _find(self, dotted: str) -> str:
        """Returns the file of a module, "" when it is none of the workspace's."""
        path = dotted.replace(".", "/")
        places = (f"{root}{path}{end}" for root in self._roots for end in (".py", "/__init__.py"))
        return next((place for place in places if place in self._files), "")
