"""Shows the code of two submissions that resemble each other side by side."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from grader.model.results import FunctionSource
from reports.overview.facts import ClassFacts
from reports.overview.findings import Person, percent
from reports.overview.resemblance import Fingerprints, Hashes, Pair, Passage, Resemblance
from reports.text import clean, one_line, plural

__all__ = ["BesideView", "PairView", "Sources", "beside_view", "copy_views", "pair_views"]

#: lines around a passage
N_AROUND = 2
#: a longer function is cut
N_LINES, N_COLUMNS = 160, 160
#: a group of copies names so many
N_NAMED = 12

#: name of a submission -> its functions
Sources = Callable[[str], Sequence[FunctionSource]]


@dataclass(frozen=True, slots=True)
class PairView:
    """One row of the table of pairs."""

    left: Person
    right: Person
    #: 0 to 100, for sorting and the bar
    score: float
    score_words: str
    share: float
    share_words: str
    functions: tuple[str, ...]
    href: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of one side: number (None for a gap), text, and whether both have it."""

    place: str
    lines: tuple[tuple[int | None, str, bool], ...]


@dataclass(frozen=True, slots=True)
class FunctionPair:
    """One function of both."""

    name: str
    left: Excerpt
    right: Excerpt


@dataclass(frozen=True, slots=True)
class BesideView:
    """Everything that the page of a pair says."""

    left: Person
    right: Person
    score_words: str
    share_words: str
    functions: tuple[FunctionPair, ...]


def pair_views(facts: ClassFacts, pairs: Sequence[tuple[Pair, BesideView, str]]) -> tuple[PairView, ...]:
    """Returns a row for each pair, linked to its page where it has one."""
    people = _people(facts)
    return tuple(
        PairView(
            people[pair.left],
            people[pair.right],
            round(100 * pair.score, 1),
            percent(pair.score),
            round(100 * pair.share, 1),
            percent(pair.share),
            tuple(function.name for function in view.functions),
            href,
        )
        for pair, view, href in pairs
    )


def copy_views(facts: ClassFacts, copies: Iterable[Sequence[str]]) -> tuple[tuple[tuple[Person, ...], int], ...]:
    """Returns the first people of each group with the same code, and how many more there are."""
    people = _people(facts)
    return tuple((tuple(people[name] for name in names[:N_NAMED]), len(names[N_NAMED:])) for names in copies)


def beside_view(facts: ClassFacts, pair: Pair, resemblance: Resemblance, sources: Sources) -> BesideView:
    """Returns the functions in which a pair has passages in common, with the lines around them."""
    shared = resemblance.shared(pair.left, pair.right)
    left, right = _by_function(sources(pair.left)), _by_function(sources(pair.right))
    left_passages, right_passages = _passages(left.values(), shared), _passages(right.values(), shared)
    people = _people(facts)
    functions = []
    # A passage may have moved to another function; it is then shown on its own side of both.
    for name in dict.fromkeys([*left_passages, *right_passages]):
        if name in left and name in right:
            sides = (
                _excerpt(left[name], left_passages.get(name, ())),
                _excerpt(right[name], right_passages.get(name, ())),
            )
            functions.append(FunctionPair(one_line(name, 80), *sides))
    return BesideView(
        _deeper(people[pair.left]),
        _deeper(people[pair.right]),
        percent(pair.score),
        percent(pair.share),
        tuple(functions),
    )


def _deeper(person: Person) -> Person:
    return person[0], f"../{person[1]}" if person[1] else None


def _people(facts: ClassFacts) -> dict[str, Person]:
    return {row.key: (row.name, row.href) for row in facts.rows}


def _by_function(sources: Iterable[FunctionSource]) -> dict[str, FunctionSource]:
    return {source.function: source for source in sources}


def _passages(sources: Iterable[FunctionSource], shared: Hashes) -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = {}
    for passage in Fingerprints.of(sources).passages(shared):
        found.setdefault(passage.function, []).append(passage)
    return found


def _excerpt(source: FunctionSource, passages: Sequence[Passage]) -> Excerpt:
    lines = clean(source.code).rstrip("\n").expandtabs(4).split("\n")[:N_LINES]
    same = {n for passage in passages for n in range(passage.first, passage.last + 1)}
    near = {n + step for n in same for step in range(-N_AROUND, N_AROUND + 1)} | {source.line}
    shown: list[tuple[int | None, str, bool]] = []
    left_out = 0
    for n, line in enumerate(lines, start=source.line):
        if n not in near:
            left_out += 1
            continue
        if left_out:
            shown.append((None, f"… {plural(left_out, 'line')}", False))
        left_out = 0
        shown.append((n, line[:N_COLUMNS], n in same))
    if left_out:
        shown.append((None, f"… {plural(left_out, 'line')}", False))
    return Excerpt(f"{one_line(source.file, 80)}, line {source.line}", tuple(shown))
