"""Checks run with replies that are replaced before the grader reads them, from the nth of each check on."""

import contextlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from fuzz.lies import Lie, Untouched

from grader.grading.solution_answers import DirectLink, SolutionAnswers, unframed
from grader.sandbox.connection import Link

__all__ = ["Desk", "Told"]

#: requests of a check, by their operation and the function that they name
Request = tuple[str, str]


@dataclass(slots=True)
class Told:
    """What was done to the replies of one check."""

    lie: Lie
    #: number of the first reply that is replaced; all other replies to the same request are, too
    first: int
    seed: int = 0
    n_replies: int = 0
    request: Request | None = None
    n_lies: int = 0
    #: what was asked before the first lie, and answered truly
    before: set[Request] = field(default_factory=set)

    def replaced(self, request: Request, message: Mapping[str, Any], value: Any) -> bytes | None:
        """Returns the bytes that take the place of a reply; None for a reply that stays."""
        self.n_replies += 1
        if self.request is None and self.n_replies > self.first:
            self.request = request
        if self.request is None:
            self.before.add(request)
        if self.request != request:
            return None
        with contextlib.suppress(Untouched):
            data = self.lie.tell(dict(message), value, random.Random(self.seed))
            self.n_lies += 1
            return data
        return None


class Desk(SolutionAnswers):
    """Stands for a worker: right functions answer in this process, and `told` replaces what they say."""

    def __init__(self, modules: Mapping[str, ModuleType], told: Told | None = None) -> None:
        super().__init__(modules)
        self.told = told

    def link(self, seed: int, max_body: int) -> Link:
        return _Lying(self.modules, seed, max_body, self.told)


class _Lying(DirectLink):
    def __init__(self, modules: dict[str, ModuleType], seed: int, max_body: int, told: Told | None) -> None:
        super().__init__(modules, seed, max_body)
        self._told = told

    def replied(self, request: Mapping[str, Any], answer: bytes) -> bytes:
        if self._told is None:
            return answer
        lie = self._told.replaced((str(request["op"]), str(request.get("name", ""))), *unframed(answer))
        return answer if lie is None else lie
