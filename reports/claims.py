"""Joins the cases of one claim: what is checked on twenty inputs is one thing to know, not twenty."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grader.model.case_names import claim_title
from grader.model.phrases import join_words
from grader.model.results import CheckResult, Status
from reports.order import alike
from reports.text import one_line, plural

__all__ = ["ENDINGS", "Claim", "by_claim", "claim_id", "claim_words", "claims_of", "n_claims"]

#: which status of its cases a claim has: a wrong answer, then what could not be judged, then what waits
ENDINGS = (
    *(s for s in Status if s not in (Status.PASSED, Status.BROKEN, Status.BLOCKED)),
    Status.BROKEN,
    Status.BLOCKED,
    Status.PASSED,
)
#: so many cases are named
N_NAMED = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim with all cases that check it, in the order of the grade."""

    cases: tuple[CheckResult, ...]

    @property
    def title(self) -> str:
        """Returns the title without a case; that of an only case stays as it is."""
        return self.cases[0].title if len(self.cases) == 1 else _title(self.cases[0])

    @property
    def lost(self) -> tuple[CheckResult, ...]:
        """Returns the cases that did not pass: first the one that speaks for the claim, visible if it can be."""
        order = sorted(self.cases, key=lambda case: (ENDINGS.index(case.status), not case.visible))
        return tuple(case for case in order if not case.passed)

    @property
    def points(self) -> float:
        return math.fsum(case.points for case in self.cases)

    @property
    def max_points(self) -> float:
        return math.fsum(case.max_points for case in self.cases)

    @property
    def visible(self) -> str:
        """Returns "yes", "no", or "partly" where some cases are hidden."""
        n = sum(case.visible for case in self.cases)
        return "partly" if 0 < n < len(self.cases) else "yes" if n else "no"

    @property
    def result(self) -> CheckResult:
        """Returns the claim as one result: it ends as its first lost case, which is named, with all points."""
        if len(self.cases) == 1:
            return self.cases[0]
        lost = self.lost
        shown = lost[0] if lost else self.cases[0]
        right = f", {len(self.cases) - len(lost)} right" if lost else ""
        also = f" Also wrong: {_names(lost[1:])}." if lost[1:] else ""
        return replace(
            shown,
            id=claim_id(shown),
            title=f"{self.title} ({plural(len(self.cases), 'case')}{right})",
            message=f"{shown.message}\nThis is the case {_case(shown)}.{also}" if lost else "",
            points=self.points,
            max_points=self.max_points,
            output=next((case.output for case in lost or (shown,) if case.output.strip()), ""),
            remarks=tuple(dict.fromkeys(remark for case in self.cases for remark in case.remarks)),
            seconds=math.fsum(case.seconds for case in self.cases),
        )


def claim_id(check: CheckResult) -> str:
    """Returns the id of a check without its case."""
    return check.id.partition("[")[0]


def claims_of(checks: Iterable[CheckResult], *, hidden_apart: bool = False) -> tuple[Claim, ...]:
    """Returns the claims of checks in their order; on request the visible and the hidden cases of one are two."""
    claims: dict[tuple[str, bool], list[CheckResult]] = {}
    for check in checks:
        claims.setdefault((claim_id(check), hidden_apart and check.visible), []).append(check)
    return tuple(Claim(tuple(cases)) for cases in claims.values())


def by_claim(checks: Iterable[CheckResult]) -> tuple[tuple[CheckResult, ...], ...]:
    """Returns lost checks of one function by cause, as `alike`, but all cases of a claim with the first cause of it."""
    first: dict[str, int] = {}
    lines: dict[int, list[CheckResult]] = {}
    for place, same in enumerate(alike(checks)):
        for check in same:
            lines.setdefault(first.setdefault(claim_id(check), place), []).append(check)
    return tuple(map(tuple, lines.values()))


def claim_words(same: Sequence[CheckResult]) -> str:
    """Returns the claim that a line of `by_claim` begins with, its wrong cases, and how many more claims it holds."""
    cases = [check for check in same if claim_id(check) == claim_id(same[0])]
    title = one_line(same[0].title)
    if len(cases) > 1:
        title = f"{one_line(_title(same[0]))} ({plural(len(cases), 'case')}: {_names(cases)})"
    others = n_claims(same) - 1
    return f"{title}; {plural(others, 'more check')} for the same reason" if others else title


def n_claims(checks: Iterable[CheckResult]) -> int:
    """Returns how many claims checks are about."""
    return len({claim_id(check) for check in checks})


def _title(check: CheckResult) -> str:
    return claim_title(check.title, check.id)


def _names(cases: Sequence[CheckResult]) -> str:
    return join_words(list(map(_case, cases[:N_NAMED]))) + (", …" if len(cases) > N_NAMED else "")


def _case(check: CheckResult) -> str:
    return one_line(check.id.partition("[")[2].removesuffix("]"), 60)
