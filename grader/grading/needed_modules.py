"""Says which modules of a submission a check is given, so that no import costs the functions of another module."""

from collections.abc import Collection, Mapping, Sequence

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.suite import claim, mark

__all__ = ["NeededModules"]


class NeededModules:
    """The modules that the functions of checks lie in.

    Args:
        assignment: says where each function lies.
        beside: module -> others that may be imported with it; a module that is not named is imported alone.
    """

    def __init__(self, assignment: Assignment, beside: Mapping[str, Collection[str]]) -> None:
        self._functions = assignment.functions
        self._tools = frozenset(assignment.tools)
        self._all = frozenset({*assignment.tools, *assignment.modules})
        self._beside = beside
        self._given_all = set[str]()

    def of(self, item: pytest.Item) -> frozenset[str]:
        """Returns the modules that a check is given."""
        spec = self._functions.get(mark(item, "function"))
        if spec is None or claim(item) in self._given_all:
            return self._all
        return self._tools | {spec.module, *self._beside.get(spec.module, ())}

    def give_all(self, item: pytest.Item) -> None:
        """Has a check given all modules from now on, since it calls more than its function."""
        self._given_all.add(claim(item))

    def grouped(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Returns checks in an order in which those that are given the same modules come one after the other."""
        order = {modules: place for place, modules in enumerate(dict.fromkeys(map(self.of, items)))}
        return sorted(items, key=lambda item: order[self.of(item)])
