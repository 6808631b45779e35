"""Says which modules of a submission a check is given, so that no import costs the functions of another module."""

from collections.abc import Sequence

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.suite import claim, mark

__all__ = ["NeededModules"]


class NeededModules:
    """The modules that the functions of checks lie in.

    Args:
        assignment: says where each function lies.
        alone: whether a check is given the module of its function only, since importing another may change what it
            does; else all of them.
    """

    def __init__(self, assignment: Assignment, *, alone: bool) -> None:
        self._functions = assignment.functions
        self._tools = frozenset(assignment.tools)
        self._all = frozenset({*assignment.tools, *assignment.modules})
        self._alone = alone
        self._given_all = set[str]()

    def of(self, item: pytest.Item) -> frozenset[str]:
        """Returns the modules that a check is given."""
        spec = self._functions.get(mark(item, "function"))
        if not self._alone or spec is None or claim(item) in self._given_all:
            return self._all
        return self._tools | {spec.module}

    def give_all(self, item: pytest.Item) -> None:
        """Has a check given all modules from now on, since it calls more than its function."""
        self._given_all.add(claim(item))

    def grouped(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Returns checks in an order in which those that are given the same modules come one after the other."""
        order = {modules: place for place, modules in enumerate(dict.fromkeys(map(self.of, items)))}
        return sorted(items, key=lambda item: order[self.of(item)])
