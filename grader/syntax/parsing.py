"""A source text in, its syntax tree and the statements that an import runs out; nothing is run."""

import ast
import warnings
from collections.abc import Iterator

__all__ = ["parse_source", "top_level"]


def parse_source(text: str, file: str) -> ast.Module:
    """Returns the syntax tree of a source text.

    Raises:
        SyntaxError: it has none here, for whatever reason; `msg` and `lineno` are set.
    """
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SyntaxError("source code cannot contain null bytes", (file, line, 1, ""))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, file)
    except SyntaxError:
        raise
    except (RecursionError, MemoryError) as exc:
        raise SyntaxError("too deeply nested for Python to read", (file, 1, 1, "")) from exc
    except ValueError as exc:
        raise SyntaxError(str(exc), (file, 1, 1, "")) from exc


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yields the statements that run when a module is imported, in order, those under `if` and `try` included."""
    pending = tree.body[::-1]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            parts = (node, *getattr(node, "handlers", ()))
            blocks = (getattr(part, name, []) for part in parts for name in ("body", "orelse", "finalbody"))
            pending += [statement for block in blocks for statement in block][::-1]
