"""Counts what all processes of a submission use together, and ends it when that is more than its budget."""

import contextlib
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.assignment.points_and_limits import Budget
from grader.model.errors import OverBudget
from grader.sandbox.processes import Tally, own_waited
from grader.sandbox.sandbox_limits import PAUSE_SECONDS, STRETCH

__all__ = ["UNLIMITED", "Account", "Meter"]

UNLIMITED = Budget(math.inf, math.inf)
NOTHING_USED = Tally(0.0, {})
#: what a message names of all that used up a budget
N_NAMED = 3


@dataclass(slots=True)
class Account:
    """One budget, and what was used of it so far."""

    budget: Budget
    #: "" for the budget of the whole submission, else the section that has one of its own
    section: str = ""
    cpu_seconds: float = 0.0
    #: on the grader's clock, also while others had the processor
    raw_seconds: float = 0.0
    #: of them, those in which the submission's processes, or the grader itself, stood ready and others were let
    queued_seconds: float = 0.0
    #: what was done -> processor seconds, and seconds of waiting
    cpu_of: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall_of: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def wall_seconds(self) -> float:
        """Seconds for which the grader waited, without those in which others had the processor."""
        return max(0.0, self.raw_seconds - min(self.queued_seconds, STRETCH * self.budget.wall_seconds))

    def require(self) -> None:
        """Raises OverBudget when more was used than there is."""
        if self.cpu_seconds > self.budget.cpu_seconds:
            raise self._over(f"{self.budget.cpu_seconds:g} s of processor time", self.cpu_of)
        if self.raw_seconds > self.budget.wall_seconds and self.wall_seconds > self.budget.wall_seconds:
            raise self._over(f"{self.budget.wall_seconds:g} s on the clock", self.wall_of)

    def _over(self, size: str, used: Mapping[str, float]) -> OverBudget:
        whose = f"the checks of {self.section}" if self.section else "all checks of a submission"
        most = sorted(used.items(), key=lambda row: -row[1])[:N_NAMED]
        named = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in most)
        table = f"[budget.{self.section}]" if self.section else "[budget]"
        return OverBudget(
            f"The budget of this submission is used up: {whose} have {size} together. Most of it was used by: {named}.",
            f"Make what takes longest quicker, or end what waits. {table} in rubric.toml sets the budget; "
            "the report shows the seconds of each check, grade.json what was used.",
        )


class Meter:
    """What a submission uses, charged to the account and the purpose of the moment.

    The processor's seconds are the kernel's own count of the worker's whole tree: the import, every fork, their
    children and threads, whether somebody has waited for them or not. So a busy machine changes nothing.

    Args:
        budget: of the whole submission.
    """

    def __init__(self, budget: Budget = UNLIMITED) -> None:
        self._accounts = {"": Account(budget)}
        self._account = self._accounts[""]
        self._purpose = "the import"
        self._read: Callable[[], Tally] | None = None
        #: of the tree that is read now
        self._cpu = 0.0
        self._waited: dict[int, float] = {}
        self._own_waited = own_waited()
        #: of the account, at the last reading
        self._raw_read = 0.0
        self._next = 0.0
        #: since when the grader has waited, if it does
        self._since: float | None = None

    @property
    def account(self) -> Account:
        """The account of the whole submission."""
        return self._accounts[""]

    def turn_to(self, purpose: str, section: str = "", budget: Budget | None = None) -> None:
        """Charges what is used from now on to a purpose.

        Args:
            purpose: for messages, as a function's name.
            section: which has a budget of its own, "" for that of the submission.
            budget: the section's.
        """
        before = self._account.section
        if (section, purpose) == (before, self._purpose):
            return
        # Between functions of one account, what is not read yet is seen with the next one's: it is next to nothing.
        self._charge(now=section != before)
        if section not in self._accounts:
            self._accounts[section] = Account(budget or UNLIMITED, section)
        self._account, self._purpose = self._accounts[section], purpose
        if section != before:
            self._raw_read = self._account.raw_seconds

    def cpu_of(self, purpose: str) -> float:
        """Returns which processor seconds of the submission's budget were used for a purpose."""
        return self.account.cpu_of[purpose]

    def add(self, purpose: str, cpu_seconds: float) -> None:
        """Charges to the submission's budget what an earlier run has used for a purpose that this one leaves out.

        Its seconds on the clock are left out: how busy the machine was then says nothing of now.
        """
        self.account.cpu_seconds += cpu_seconds
        self.account.cpu_of[purpose] += cpu_seconds

    def share_of(self, purpose: str) -> float:
        """Returns which part of the budget was used for a purpose, between 0 and 1 or a little more."""
        account = self._account
        cpu, wall = account.cpu_of[purpose], account.wall_of[purpose]
        return max(cpu / account.budget.cpu_seconds, wall / account.budget.wall_seconds)

    def attach(self, read: Callable[[], Tally], before: Tally = NOTHING_USED) -> None:
        """Counts another process tree, from its start or from what it had used before."""
        self._read, self._cpu, self._waited = read, before.cpu_seconds, dict(before.waited)

    def detach(self) -> None:
        """Counts the tree for the last time, before it is ended."""
        self._charge(now=True)
        self._read, self._cpu, self._waited = None, 0.0, {}

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Adds the seconds of what is done within, in which the grader waits for the submission's processes."""
        outermost = self._since is None
        if outermost:
            self._since = time.monotonic()
        try:
            yield
        finally:
            if outermost:
                self._add_wait()
                self._since = None

    def look(self) -> None:
        """Raises OverBudget when the budget is used up."""
        self._add_wait()
        self._charge(now=False)
        self._account.require()

    def queued(self) -> Callable[[], float]:
        """Returns a function that gives for how long the tree, or we, have stood ready from now on and were not let."""
        before = sum(self._waited.values()) + self._own_waited

        def since() -> float:
            self._charge(now=True)
            return sum(self._waited.values()) + self._own_waited - before

        return since

    def _add_wait(self) -> None:
        """Adds the seconds of a wait that goes on, or ends."""
        if self._since is not None:
            now = time.monotonic()
            self._account.raw_seconds += now - self._since
            self._account.wall_of[self._purpose] += now - self._since
            self._since = now

    def _charge(self, *, now: bool) -> None:
        """Reads the kernel's counts, at once or when the last time is long enough ago."""
        if self._read is None or (not now and time.monotonic() < self._next):
            return
        self._add_wait()
        read, account = self._read(), self._account
        self._next = time.monotonic() + PAUSE_SECONDS
        # What nobody has waited for and is gone lowers the sum; what was seen of it stays counted.
        used = max(0.0, read.cpu_seconds - self._cpu)
        self._cpu += used
        account.cpu_seconds += used
        account.cpu_of[self._purpose] += used
        own = own_waited()
        queued = max(0.0, own - self._own_waited)
        queued += sum(max(0.0, seconds - self._waited.get(pid, 0.0)) for pid, seconds in read.waited.items())
        account.queued_seconds += min(queued, account.raw_seconds - self._raw_read)
        self._raw_read = account.raw_seconds
        self._waited |= read.waited
        self._own_waited = own
