"""Recognises known mistakes by what they make of a function's results; a wrong name is worse than none.

A known mistake is a suspect. The checks that the student's function fails, and those that it passes, are asked what the
suspect makes of them. A suspect is out

- where it makes another wrong value of a case than the student does, or the student's is right;
- where it makes a case wrong that the student passes.

Cases that it leaves right say nothing: with a stride of 1 nobody can tell that the stride was forgotten. What is left
has to be seen in two checks, unless it can show in one only or ends all that the student fails. Where the suspects
that are left explain the same wrong values and have different names, none is named.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.judging.fingerprints import Evidence

__all__ = ["Effect", "Suspect", "recognise"]

#: checks in which a mistake must be seen
ENOUGH = 2
#: how a suspect ends a check: what is wrong there, None where it passes
Effect = Callable[[str, str], Evidence | None]
#: check and name of a wrong value
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Suspect:
    """One form of a known mistake."""

    #: names this form alone
    key: str
    #: shared by all forms of the mistake
    name: str
    #: for the student
    says: str


@dataclass(slots=True)
class _Trace:
    """What is known of one suspect so far."""

    suspect: Suspect
    #: wrong values that are the same as the student's
    seen: set[Cell] = field(default_factory=set)
    #: checks that it ends, of those that the student fails
    ended: set[str] = field(default_factory=set)
    is_out: bool = False


def recognise(
    failed: Mapping[str, Evidence], passed: Collection[str], suspects: Iterable[Suspect], effect: Effect
) -> dict[str, tuple[Suspect, ...]]:
    """Returns the mistakes that explain failed checks of one function: check -> mistakes, most often one.

    Args:
        failed: what is wrong in each failed check; empty where nothing is known but that it failed.
        passed: the other checks of the function.
        suspects: forms of known mistakes that could show in these checks.
        effect: says of a suspect's key and a check how the check ends.
    """
    traces = [_Trace(suspect) for suspect in suspects]
    telling = sorted((check for check in failed if failed[check]), key=lambda check: -len(failed[check]))
    for check in telling:
        for trace in traces:
            if not trace.is_out:
                _compare(trace, check, failed[check], effect(trace.suspect.key, check))
    left = [trace for trace in traces if trace.seen and not trace.is_out]
    if not left:
        return {}
    # Asked only of the few that are left.
    for trace in left:
        trace.ended |= {check for check in failed if not failed[check] and effect(trace.suspect.key, check) is not None}
        trace.is_out = any(effect(trace.suspect.key, check) is not None for check in passed)
    left = [trace for trace in left if not trace.is_out and _is_enough(trace, failed)]
    cells = [(check, value) for check in failed for value in failed[check]]
    named: dict[str, dict[str, Suspect]] = {}
    for cell in cells:
        if best := _best([trace for trace in left if cell in trace.seen]):
            named.setdefault(cell[0], {}).setdefault(best.name, best)
    return {check: tuple(found.values()) for check, found in named.items()}


def _compare(trace: _Trace, check: str, wrong: Evidence, made: Evidence | None) -> None:
    if made is None:
        return
    trace.ended.add(check)
    if any(value not in wrong or not wrong[value].same(made[value]) for value in made):
        trace.is_out = True
    trace.seen.update((check, value) for value in made)


def _is_enough(trace: _Trace, failed: Collection[str]) -> bool:
    """Whether it is seen in two checks, or in one and in no other that it ends, or ends all that the student fails."""
    checks = {check for check, _ in trace.seen}
    return len(checks) >= ENOUGH or trace.ended == checks or trace.ended.issuperset(failed)


def _best(traces: Sequence[_Trace]) -> Suspect | None:
    """Returns the mistake that explains all that the others explain; None where two of different names do."""
    most = max(traces, key=lambda trace: len(trace.seen), default=None)
    if most is None:
        return None
    rivals = [trace for trace in traces if trace.suspect.name != most.suspect.name]
    return most.suspect if all(trace.seen < most.seen for trace in rivals) else None
