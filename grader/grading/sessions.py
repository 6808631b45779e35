"""Decides which checks may share a session of the worker."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from grader.assignment.points_and_limits import Limits
from grader.grading.check_limits import SESSION_SHARE
from grader.grading.solution_answers import SolutionAnswers
from grader.sandbox.worker import Session, Worker

__all__ = ["SharedSessions"]


class SharedSessions:
    """One submission's sessions: a check never sees what another left behind, and a case is lost in a fork of its own.

    A fork costs more than most calls that are made in it. So the cases of one check, which are the same claim on other
    inputs, are asked in one fork, and so are all checks of code that is proven to leave nothing behind. A case that
    does not pass there `may_be_repeated`: it is judged again in a new fork, and that verdict counts, so that no case
    loses points by what an earlier one did.

    Args:
        worker: with the submission in it, or the right answers.
        seed: set before each case.
        stateless: whether the submission is proven to keep no state; see `grader.syntax.stateless`.
    """

    def __init__(self, worker: Worker | SolutionAnswers, seed: int, *, stateless: bool = False) -> None:
        self._worker = worker
        self._seed = seed
        self._stateless = stateless
        self._sharers: tuple[str, Limits] | None = None
        self._session: Session | None = None
        self._stack = ExitStack()
        #: name -> what was made under it in the session
        self._made: dict[str, Any] = {}
        #: whether the case that runs now was given a session that an earlier case has used
        self.may_be_repeated = False

    def begin(self) -> None:
        """Says that another case begins."""
        self.may_be_repeated = False

    def session(self, check: str, limits: Limits) -> Session:
        """Returns the session of earlier cases, made ready for another one of this check, or a new one."""
        sharers = "" if self._stateless else check, limits
        if self._session is not None and self._sharers == sharers and self._fits(self._session, limits):
            self._session.renew(self._seed)
            self.may_be_repeated = True
            return self._session
        self.end()
        self._sharers = sharers
        fork = self._worker.session(self._seed, limits, another=not self._stateless)
        self._session = self._stack.enter_context(fork)
        return self._session

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Returns what was made under a name in the same session before; made anew where the code may keep state.

        Code that keeps none gives the same for the same calls, as the seeds are set anew for each case.
        """
        if not self._stateless:
            return make()
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def end(self) -> None:
        """Ends the session, if there is one."""
        self._session = None
        self._made.clear()
        self._stack.close()

    def end_unless_shared(self, before: str, after: str) -> None:
        """Ends the session unless the check that comes after one may be asked in it as well."""
        if not (self._stateless or before == after):
            self.end()

    @staticmethod
    def _fits(session: Session, limits: Limits) -> bool:
        return not session.ended and session.spent_seconds < SESSION_SHARE * limits.cpu_seconds
