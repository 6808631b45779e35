"""Removes all that names a student from the facts of a class, for showing in class."""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from reports.overview.facts import CauseTally, CheckTally, ClassFacts, GroupTally, StudentRow

__all__ = ["FEWEST", "anonymised", "invented_names"]

#: words that fewer students share are not shown: they might be one student's own
FEWEST = 3

_FIRST = (
    "Amber Ancient Autumn Azure Bold Brave Bright Bronze Calm Clever Coastal Copper Coral Crimson Curious Dapper "
    "Daring Dawn Eager Early Emerald Fabled Fair Gentle Gilded Golden Grand Hazel Hidden Humble Indigo Ivory Jade "
    "Jolly Keen Kind Lively Lucky Lunar Maple Marble Merry Misty Noble Northern Ochre Olive Opal Patient Pearl Polar "
    "Proud Quick Quiet Rapid Rosy Royal Ruby Rustic Sandy Scarlet Silent Silver Solar Southern Spry Stellar Still "
    "Sunny Swift Teal Tidal Topaz Twilight Velvet Violet Vivid Wandering Western Wise Witty Woodland Young Zesty"
)
_LAST = (
    "Albatross Alpaca Badger Beaver Bison Bittern Buzzard Caribou Cheetah Chough Condor Cormorant Cougar Crane Curlew "
    "Deer Dolphin Dormouse Dove Eagle Egret Elk Falcon Ferret Finch Fox Gannet Gazelle Gecko Goldfinch Goose Hare "
    "Hedgehog Heron Hoopoe Ibex Ibis Jackdaw Jay Kestrel Kingfisher Kite Koala Lapwing Lark Lemur Leopard Linnet "
    "Lizard Lynx Magpie Marmot Marten Merlin Moose Newt Nightjar Nuthatch Ocelot Oriole Osprey Otter Owl Panda "
    "Panther Pelican Penguin Petrel Plover Puffin Quail Rabbit Raven Robin Salmon Seal Skylark Sparrow Squirrel "
    "Starling Stoat Stork Swallow Swan Tapir Tern Thrush Tiger Toucan Turtle Walrus Weasel Whale Wombat Wren Yak"
)


def anonymised(facts: ClassFacts, secret: bytes) -> ClassFacts:
    """Returns the facts with invented names, ordered by those, without links, reasons or rare words.

    Args:
        secret: kept beside the grades; without it nobody can tell who a name stands for, with it names stay the same.
    """
    names = invented_names((row.key for row in facts.rows), secret)
    parts = _parts(name for row in facts.rows for name in (row.key, row.name))
    order = sorted(range(len(facts.rows)), key=lambda place: names[facts.rows[place].key])
    moved = {place: i for i, place in enumerate(order)}
    return ClassFacts(
        rows=tuple(_hidden(facts.rows[place], names[facts.rows[place].key]) for place in order),
        checks=tuple(_check(check, parts) for check in facts.checks),
        causes={
            key: _nameless(tally, moved, key if not tally.name else tally.hint)
            for key, tally in facts.causes.items()
            if _may_show(tally.hint if tally.name else key, tally, parts)
        },
        unexplained={
            (function, words): _nameless(tally, moved)
            for (function, words), tally in facts.unexplained.items()
            if _may_show(words, tally, parts)
        },
        missing={function: _nameless(tally, moved) for function, tally in facts.missing.items()},
        order=facts.order,
    )


def invented_names(names: Iterable[str], secret: bytes) -> dict[str, str]:
    """Returns an invented name for each name, no two alike; which one depends on the secret and the name."""
    first, last = _FIRST.split(), _LAST.split()
    invented: dict[str, str] = {}
    taken: set[str] = set()
    digests = {name: hmac.digest(secret, name.encode("utf-8", "surrogateescape"), hashlib.sha256) for name in names}
    # In the order of the digests, so that who shares a name with whom says nothing about their real ones.
    for name, digest in sorted(digests.items(), key=lambda item: item[1]):
        number = int.from_bytes(digest[:8])
        word = f"{first[number % len(first)]} {last[number // len(first) % len(last)]}"
        n_same = 1
        while (unique := word if n_same == 1 else f"{word} {n_same}") in taken:
            n_same += 1
        taken.add(unique)
        invented[name] = unique
    return invented


def _hidden(row: StudentRow, name: str) -> StudentRow:
    """Returns a row with nothing but what may be seen: a field that is added later is hidden until it is named here."""
    return StudentRow(
        key=name,
        name=name,
        href=None,
        reason="",
        standing=row.standing,
        score=row.score,
        raw=row.raw,
        max_score=row.max_score,
        sections=row.sections,
        letters=row.letters,
        points=row.points,
        counts=row.counts,
    )


def _check(check: CheckTally, parts: frozenset[str]) -> CheckTally:
    return CheckTally(
        id=check.id,
        title=check.title,
        section=check.section,
        function=check.function,
        max_points=check.max_points,
        visible=check.visible,
        seconds=check.seconds,
        groups=_shared(check, parts),
    )


def _shared(check: CheckTally, parts: frozenset[str]) -> dict[str, GroupTally]:
    return {
        words: GroupTally(example=words, status=group.status, n_students=group.n_students)
        for words, group in check.groups.items()
        if group.n_students >= FEWEST and not _names_somebody(words, parts)
    }


def _may_show(words: str, tally: CauseTally, parts: frozenset[str]) -> bool:
    return len(tally.rows) >= FEWEST and not _names_somebody(words, parts)


def _nameless(tally: CauseTally, moved: Mapping[int, int], hint: str = "") -> CauseTally:
    # What a message quotes is somebody's code; the words that all share are ours.
    return CauseTally(
        hint=hint,
        example="",
        rows=sorted(moved[row] for row in tally.rows),
        points_lost=tally.points_lost,
        functions=tally.functions,
        name=tally.name,
        # Of others that fewer make nothing is shown.
        beside=Counter({name: n for name, n in tally.beside.items() if n >= FEWEST}),
    )


def _parts(names: Iterable[str]) -> frozenset[str]:
    return frozenset(part for name in names for part in re.findall(r"\w{3,}", name.casefold()))


def _names_somebody(words: str, parts: frozenset[str]) -> bool:
    return not parts.isdisjoint(re.findall(r"\w{3,}", words.casefold()))
