"""Examines calls for a proof of purity: their keywords, and the arguments that they take apart."""

import ast

from grader.reading.parsing import nodes
from grader.syntax.known_pure import tables
from grader.syntax.proof_notes import ProofNotes, dotted_name, is_name

__all__ = ["CallProofs", "is_super"]


class CallProofs(ProofNotes):
    """Looks at calls."""

    def _see_call(self, node: ast.Call, owner: str) -> None:
        self._callees.add(node.func)
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        dotted = dotted_name(node.func, self._module) or called
        self._words(node, called, dotted)
        self._arguments(node, called, dotted)
        if self._is_carrier(node) and node not in self._consumed and node not in self._bases:
            self.fail(node, "hands on an instance")
        if dotted in tables().producers and node not in self._consumed:
            self.fail(node, f"hands on what {dotted} gives")
        if dotted == "numpy.errstate" and node not in self._consumed:
            self.fail(node, "keeps a setting of NumPy")

    def _words(self, node: ast.Call, called: str, dotted: str) -> None:
        """Looks at the keywords of a call."""
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        out = words.get("out")
        if "where" in words and not (
            isinstance(out, ast.Call) and dotted_name(out.func, self._module) in tables().fresh
        ):
            self.fail(node, "leaves memory as it was, by `where` without a new `out`")
        if None in words and not (
            self._module.own.get(called) == "function" or called == "dict" or _is_init(node.func)
        ):
            self.fail(node, "does not show what it asks for")
        if None in words and called:
            self._trusted.setdefault(called, node)
        if "file" in words:
            self.fail(node, "prints into a file")
        mode = words.get("mode", node.args[2] if len(node.args) > 2 else ast.Constant("constant"))
        if dotted == "numpy.pad" and not (isinstance(mode, ast.Constant) and not any(map(_is_starred, node.args))):
            self.fail(node, "does not show how it pads")

    def _arguments(self, node: ast.Call, called: str, dotted: str) -> None:
        """Looks at the arguments of calls that use them on the spot, or that ask about types."""
        known = tables()
        if called in ("isinstance", "issubclass") and len(node.args) == 2:
            self.annotation(node.args[1])
            self._trusted.setdefault(called, node)
        elif called == "super":
            self._trusted.setdefault(called, node)
            self._seen.update(part for argument in node.args for part in nodes(argument))
            plain = [argument.id for argument in node.args if isinstance(argument, ast.Name)]
            if node.keywords or len(plain) != len(node.args) or (plain and self._module.own.get(plain[0]) != "class"):
                self.fail(node, "asks for more than its own class")
        elif called in known.consumers or dotted in known.consumers:
            self._consume(node, called, dotted)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in {"join", "extend", "update"} - self._methods:
            self._consumed.update(argument for argument in node.args if not isinstance(argument, ast.Lambda))

    def _consume(self, node: ast.Call, called: str, dotted: str) -> None:
        """Notes which arguments a call takes apart; what it may give back whole is not among them."""
        if called:
            self._trusted.setdefault(called, node)
        name = dotted.rpartition(".")[2]
        first = node.args[:1] if len(node.args) == 1 or name not in ("max", "min") else []
        taken = node.args if name in ("map", "filter", "zip") else node.args[:2] if name == "reduce" else first
        takes_function = name in tables().producers or dotted != called
        self._consumed.update(part for part in taken if takes_function or not isinstance(part, ast.Lambda))
        self._consumed.update(keyword.value for keyword in node.keywords if keyword.arg == "key")

    def _is_carrier(self, node: ast.expr) -> bool:
        """Whether a call makes a value whose text tells where it lies."""
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Name) and self._module.own.get(node.func.id) == "class":
            return True
        return dotted_name(node.func, self._module) in tables().carriers


def _is_starred(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred)


def is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and is_name(node.func, "super")


def _is_init(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "__init__" and is_super(node.value)
