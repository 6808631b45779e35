"""Checks one after the other in, the session of each out: cases of one check share a fork until one does not pass."""

from contextlib import ExitStack

from grader.assignment import Limits
from grader.sandbox import Session, Worker

__all__ = ["SessionShare"]


class SessionShare:
    """One submission's sessions: a check never sees what another left behind, and a case is lost in a fork of its own.

    A fork costs more than most calls that are made in it. So the cases of one check, which are the same claim on other
    inputs, are asked in one fork. A case that does not pass there `may_be_repeated`: it is judged again in a new fork,
    and that verdict counts, so that no case pays for what an earlier one did.

    Args:
        worker: with the submission in it.
        seed: set before each case.
    """

    def __init__(self, worker: Worker, seed: int) -> None:
        self._worker = worker
        self._seed = seed
        self._check: tuple[str, Limits] | None = None
        self._session: Session | None = None
        self._stack = ExitStack()
        #: whether the case that runs now was given a session that an earlier case has used
        self.may_be_repeated = False

    def begin(self) -> None:
        """Says that another case begins."""
        self.may_be_repeated = False

    def session(self, check: str, limits: Limits) -> Session:
        """Returns the session of a check's earlier cases, made ready for another one, or a new one."""
        if self._session is not None and self._check == (check, limits) and not self._session.ended:
            self._session.renew(self._seed)
            self.may_be_repeated = True
            return self._session
        self.end()
        self._check = check, limits
        self._session = self._stack.enter_context(self._worker.session(self._seed, limits))
        return self._session

    def end(self) -> None:
        """Ends the session, if there is one."""
        self._session = None
        self._stack.close()
