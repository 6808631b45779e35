"""Recognises known mistakes by what they make of a function's results; a wrong name is worse than none.

A known mistake is a suspect. The checks that the student's function fails, and those that it passes, are asked what
the suspect makes of them. A suspect is out where it makes a value wrong that the student has right; it is not named
where it makes another wrong value than the student does.

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
    #: whether the student is right where it is wrong
    is_out: bool = False
    #: whether the student is wrong in another way than it is
    differs: bool = False


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
    # Those that say most come first; of these the caller's order counts.
    telling = sorted((check for check in failed if failed[check]), key=lambda check: -len(failed[check]))
    for check in telling:
        for trace in traces:
            _compare(trace, check, failed[check], effect(trace.suspect.key, check))
        traces = [trace for trace in traces if not trace.is_out and (trace.seen or not trace.differs)]
    # Asked only of the few that are left.
    traces = [trace for trace in traces if trace.seen]
    traces = [trace for trace in traces if all(effect(trace.suspect.key, check) is None for check in passed)]
    for trace in traces:
        trace.ended |= {check for check in failed if not failed[check] and effect(trace.suspect.key, check) is not None}
    named: dict[str, dict[str, Suspect]] = {}
    for cell in ((check, value) for check in failed for value in failed[check]):
        best = _best([trace for trace in traces if cell in trace.seen])
        if best is not None and not best.differs and _is_enough(best, failed):
            named.setdefault(cell[0], {}).setdefault(best.suspect.name, best.suspect)
    return {check: tuple(found.values()) for check, found in named.items()}


def _compare(trace: _Trace, check: str, wrong: Evidence, made: Evidence | None) -> None:
    if made is None:
        return
    trace.ended.add(check)
    trace.is_out |= any(value not in wrong for value in made)
    same = {(check, value) for value in made if value in wrong and wrong[value].same(made[value])}
    trace.differs |= len(same) < len(made)
    trace.seen |= same


def _is_enough(trace: _Trace, failed: Collection[str]) -> bool:
    """Whether it is seen in two checks, or in one and in no other that it ends, or ends all that the student fails."""
    checks = {check for check, _ in trace.seen}
    return len(checks) >= ENOUGH or trace.ended == checks or trace.ended.issuperset(failed)


def _best(traces: Sequence[_Trace]) -> _Trace | None:
    """Returns the trace that explains all that the others explain; None where two of different names do.

    One that differs elsewhere counts as well: beside a second mistake it may be the one.
    """
    most = max(traces, key=lambda trace: (len(trace.seen), not trace.differs), default=None)
    if most is None:
        return None
    rivals = [trace for trace in traces if trace.suspect.name != most.suspect.name]
    return most if all(trace.seen < most.seen for trace in rivals) else None
