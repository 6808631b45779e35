"""Writes docs/adequacy.md: how many wrong versions of each function the checks reject, and which they let through."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Judged", "interval", "page"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one mutant."""

    form: str
    function: str
    operator: str
    diff: str
    #: checks that reject it
    killed_by: tuple[str, ...]
    #: on what it differs from the solution; "" where nothing was found
    differs: str = ""


def interval(count: int, of: int) -> tuple[float, float]:
    """Returns Wilson's interval of a rate, 95 %."""
    if not of:
        return 0.0, 1.0
    z, rate = 1.96, count / of
    middle = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def percent(count: int, of: int) -> str:
    """Returns a rate with its interval."""
    low, high = interval(count, of)
    return f"{100 * count / max(of, 1):.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def page(judged: Iterable[Judged], explained: dict[str, str]) -> str:
    """Returns docs/adequacy.md.

    Args:
        judged: every mutant.
        explained: form, function and diff of one that is wrong and accepted -> why it is.
    """
    rows = list(judged)
    accepted = [row for row in rows if not row.killed_by]
    same = [row for row in rows if not row.differs]
    out = [HEAD.format(n=len(rows)), *_counts(rows), "", _rates(rows, same), ""]
    out.append(WRONG)
    for row in accepted:
        if row.differs:
            why = explained.get(f"{row.form} {row.function}\n{row.diff}", "")
            out.append(f"- `{row.function}`, {row.form}, {row.operator} ({row.differs}) {why}".rstrip())
            out.append(f"\n{_code(row.diff)}\n")
    out.append(REFUSED)
    for row in same:
        if row.killed_by:
            claims = dict.fromkeys(name.partition("[")[0] for name in row.killed_by)
            out.append(f"- `{row.function}`, {row.form}, {row.operator}: " + ", ".join(f"`{name}`" for name in claims))
            out.append(f"\n{_code(row.diff)}\n")
    out += [EQUIVALENT, *_by_kind([row for row in accepted if not row.differs]), "", CLAIMS, *_claims(rows)]
    return "\n".join(out) + "\n"


def _counts(rows: list[Judged]) -> Iterable[str]:
    yield "| function | form | mutants | rejected | no difference found | wrong and accepted |"
    yield "|---|---|---|---|---|---|"
    groups: dict[tuple[str, str], list[Judged]] = {}
    for row in rows:
        groups.setdefault((f"`{row.function}`", row.form), []).append(row)
    for (function, form), own in [*groups.items(), (("all", ""), rows)]:
        alive = [row for row in own if not row.killed_by]
        wrong = sum(bool(row.differs) for row in alive)
        yield f"| {function} | {form} | {len(own)} | {len(own) - len(alive)} | {len(alive) - wrong} | {wrong} |"


def _rates(rows: list[Judged], same: list[Judged]) -> str:
    n_other = len(rows) - len(same)
    n_wrong = sum(not row.killed_by and bool(row.differs) for row in rows)
    n_refused = sum(bool(row.killed_by) for row in same)
    return (
        f"Of {n_other} mutants that differ from the solution somewhere, {percent(n_wrong, n_other)} are accepted\n"
        f"(with the 95 % interval). Of {len(same)} that give its values on all drawn inputs,\n"
        f"{percent(n_refused, len(same))} are rejected all the same; they are listed below, with what rejects them."
    )


def _by_kind(rows: list[Judged]) -> Iterable[str]:
    yield "| function | operator | mutants | one of them |"
    yield "|---|---|---|---|"
    kinds: dict[tuple[str, str], list[Judged]] = {}
    for row in rows:
        kinds.setdefault((row.function, row.operator), []).append(row)
    for (function, operator), own in sorted(kinds.items()):
        shown = " → ".join(f"`{line[1:].strip()}`" for line in own[0].diff.split("\n")[:2]).replace("|", "\\|")
        yield f"| `{function}` | {operator} | {len(own)} | {shown} |"


def _claims(rows: list[Judged]) -> Iterable[str]:
    yield "| claim | rejects | alone |"
    yield "|---|---|---|"
    alone, rejects = Counter[str](), Counter[str]()
    for row in rows:
        claims = {name.partition("[")[0] for name in row.killed_by}
        rejects.update(claims)
        alone.update(claims if len(claims) == 1 else ())
    for claim, count in sorted(rejects.items(), key=lambda item: -item[1]):
        if "::" in claim:
            yield f"| `{claim}` | {count} | {alone[claim]} |"


def _code(diff: str) -> str:
    return "\n".join(f"      {line}" for line in diff.split("\n"))


HEAD = """# What the checks let through

`tox -e adequacy` writes this page. It makes {n:,} wrong versions (mutants) of the graded functions, from the solution
and from a vectorised form of it, by the general operators of [cosmic-ray](https://cosmic-ray.readthedocs.io) and by
those that array code needs: axes, slices, orders, names of one kind, accumulation. Each is judged by all checks of its
function, visible and hidden, and compared with the solution on 300 drawn inputs that the contract allows.
[Right versions](rewrites.md), written in other ways, are judged on a page of their own.
"""
WRONG = """## Wrong and accepted
"""
REFUSED = """## Rejected, and no difference found

Mutants that behave as the solution on all drawn inputs, and that some check rejects: by what happens to inputs, or by
inputs that are not drawn, such as windows with equal maxima. A wrong rejection would stand here.
"""
EQUIVALENT = """## No difference found

These pass all checks and give the solution's values on all drawn inputs, by kind:
"""
CLAIMS = """## What each claim is worth

How many mutants the cases of a claim reject, and how many no other claim rejects. A claim that alone rejects nothing
here is about what these operators do not produce: inputs that are changed, types, shapes, or state that is kept.
"""
