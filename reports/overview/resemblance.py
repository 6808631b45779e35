"""Finds pairs of submissions that resemble each other, by winnowed fingerprints.

Only text is compared; nothing is imported or run. Names of variables, comments and strings do not count, so that
renaming hides nothing. What the template gives is left out, and a passage counts the less the more students have it.

Source: Schleimer, Wilkerson and Aiken, Winnowing (SIGMOD 2003); the choice of fingerprints is copydetect's.
"""

import keyword
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt

from grader.model.results import FunctionSource

__all__ = ["Fingerprints", "Hashes", "Pair", "Passage", "Resemblance", "tokens_of"]

#: tokens in a passage; shorter ones are nobody's own
N_TOKENS = 14
#: a shared run of N_TOKENS + WINDOW - 1 tokens is always found
WINDOW = 8
#: a pair is shown from this score
LEAST_SCORE = 0.25
#: and from so many shared passages
LEAST_SHARED = 10
#: only a class full of near copies has more pairs; a person has seen what goes on there long before
N_PAIRS = 2_000
#: so many hashes are compared at once
N_BLOCK = 4096

# Every part takes what it can and never gives back (`*+`), so that no text, however it was made, takes long.
_TOKEN = re.compile(
    r"(?P<skip>\s++|\#[^\n]*+|\\\n)"
    r"|(?P<text>[rRbBfFuU]{0,2}(?:'{3}(?:[^\\']|\\.|'(?!''))*+(?:'{3})?|\"{3}(?:[^\\\"]|\\.|\"(?!\"\"))*+(?:\"{3})?"
    r"|'(?:[^\\'\n]|\\.)*+'?|\"(?:[^\\\"\n]|\\.)*+\"?))"
    r"|(?P<member>\.\s*+[^\W\d]\w*+)|(?P<name>[^\W\d]\w*+)|(?P<number>\.?\d[\w.]*+)"
    r"|(?P<sign>\*\*=?|//=?|[-+*/%@&|^<>=!]=|->|.)",
    re.DOTALL,
)

Hashes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of one function that both submissions have."""

    function: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions that resemble each other."""

    left: str
    right: str
    #: what they share, each passage weighted by how few have it, per passage of the smaller one: 0 to 1
    score: float
    #: share of the smaller one's passages that the other has too, 0 to 1
    share: float
    #: passages in common
    n_shared: int


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The chosen hashes of one submission's code, and the tokens where they stand."""

    hashes: Hashes
    #: number of the token at which each hash begins
    places: npt.NDArray[np.int64]
    #: function and line of each token
    lines: Sequence[tuple[str, int]] = field(repr=False)

    @classmethod
    def of(cls, sources: Iterable[FunctionSource]) -> "Fingerprints":
        """Returns the fingerprints of all functions of a submission; no passage spans two functions."""
        # The library draws plots, which takes a second to import; only a whole class needs it.
        from copydetect.utils import winnow

        hashes: list[Hashes] = []
        places: list[npt.NDArray[np.int64]] = []
        lines: list[tuple[str, int]] = []
        for source in sources:
            tokens = tokens_of(source.code)
            grams = _grams([text for text, _ in tokens])
            if len(grams):
                chosen, where = winnow(grams, WINDOW, remove_duplicates=False)
                hashes.append(chosen.astype(np.uint32))
                places.append(where + len(lines))
            lines += [(source.function, source.line + line) for _, line in tokens]
        if not hashes:
            return cls(np.empty(0, np.uint32), np.empty(0, np.int64), lines)
        return cls(np.concatenate(hashes), np.concatenate(places), lines)

    def passages(self, shared: Hashes) -> tuple[Passage, ...]:
        """Returns the lines where shared hashes stand; neighbours are one passage."""
        from copydetect.utils import get_copied_slices

        found = self.places[np.isin(self.hashes, shared)]
        passages: list[Passage] = []
        for start, end in get_copied_slices(np.unique(found), N_TOKENS).T.astype(int):
            # A run of tokens may go from one function into the next, a passage never does.
            (function, first), (other, last) = self.lines[start], self.lines[min(end, len(self.lines)) - 1]
            passages.append(Passage(function, first, last if other == function else _end(self.lines, start)))
        return tuple(passages)


class Resemblance:
    """The fingerprints of a class: a few kilobytes a student, none of the code."""

    def __init__(self, template: Iterable[FunctionSource] = ()) -> None:
        """Args: template: functions as students get them, whose code is nobody's own."""
        self._given = np.unique(Fingerprints.of(template).hashes)
        self._hashes: dict[str, Hashes] = {}
        self._digests: dict[str, int] = {}

    def add(self, name: str, sources: Sequence[FunctionSource]) -> None:
        """Takes the functions of one submission."""
        hashes = np.unique(Fingerprints.of(sources).hashes)
        self._hashes[name] = hashes[~np.isin(hashes, self._given)]
        self._digests[name] = zlib.crc32("\0".join(source.code for source in sources).encode(errors="replace"))

    def copies(self) -> tuple[tuple[str, ...], ...]:
        """Returns the groups of submissions whose functions are the same to the last character, the smallest first."""
        groups: dict[int, list[str]] = {}
        for name, digest in self._digests.items():
            if len(self._hashes[name]):
                groups.setdefault(digest, []).append(name)
        return tuple(sorted((tuple(names) for names in groups.values() if len(names) > 1), key=len))

    def pairs(self) -> tuple[Pair, ...]:
        """Returns the pairs that stand out, the closest first; copies stand for one.

        There are at most N_PAIRS, so where so many come back, others may have been left out.
        """
        first_of = {digest: name for name, digest in reversed(self._digests.items())}
        names = [name for name, hashes in self._hashes.items() if len(hashes)]
        if len(names) < 2:
            return ()
        shared = _shared_weight([self._hashes[name] for name in names])
        sizes = np.array([len(self._hashes[name]) for name in names])
        score = shared / np.minimum.outer(sizes, sizes)
        alone = np.array([first_of[self._digests[name]] == name for name in names])
        left, right = np.nonzero(np.triu((score >= LEAST_SCORE) & np.logical_and.outer(alone, alone), 1))
        order = np.argsort(-score[left, right], kind="stable")
        found = (
            self._pair(names[i], names[j], float(score[i, j])) for i, j in zip(left[order], right[order], strict=True)
        )
        return tuple(islice((pair for pair in found if pair.n_shared >= LEAST_SHARED), N_PAIRS))

    def shared(self, left: str, right: str) -> Hashes:
        """Returns the hashes that two submissions have in common, without the template's."""
        return np.intersect1d(self._hashes[left], self._hashes[right], assume_unique=True)

    def _pair(self, left: str, right: str, score: float) -> Pair:
        n_shared = len(self.shared(left, right))
        smaller = min(len(self._hashes[left]), len(self._hashes[right]))
        return Pair(left, right, min(score, 1.0), n_shared / smaller, n_shared)


def tokens_of(code: str) -> list[tuple[str, int]]:
    """Returns (token, line) with every name as V, every string as S, comments left out; lines count from 0.

    Names after a dot stay: `np.sum` and `np.einsum` are choices, the name of a variable is not. Any text has tokens,
    valid Python or not.
    """
    tokens, line = [], 0
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup, match[0]
        if kind != "skip":
            tokens.append((_token(kind, text), line))
        line += text.count("\n")
    return tokens


def _token(kind: str | None, text: str) -> str:
    if kind == "text":
        return "S"
    if kind == "name" and not keyword.iskeyword(text):
        return "V"
    return "".join(text.split())


def _grams(tokens: Sequence[str]) -> npt.NDArray[np.int64]:
    """Returns a hash of each run of N_TOKENS tokens; CRC, because Python's own hash differs from run to run."""
    runs = range(len(tokens) - N_TOKENS + 1)
    return np.array([zlib.crc32(" ".join(tokens[i : i + N_TOKENS]).encode(errors="replace")) for i in runs], np.int64)


def _shared_weight(rows: Sequence[Hashes]) -> npt.NDArray[np.float32]:
    """Returns the weight of what each two rows share, (N, N).

    A hash that d of N rows have weighs log((N + 1) / d) / log(N + 1): near 1 when two have it, near 0 when all have it.
    """
    n_rows = len(rows)
    known, counts = np.unique(np.concatenate(rows), return_counts=True)
    common = known[counts > 1]
    roots = np.sqrt(np.log((n_rows + 1) / counts[counts > 1]) / np.log(n_rows + 1)).astype(np.float32)
    shared = np.zeros((n_rows, n_rows), np.float32)
    # Block by block: the whole table of rows by hashes would not fit for a large class.
    for start in range(0, len(common), N_BLOCK):
        block = common[start : start + N_BLOCK]
        table = np.zeros((n_rows, len(block)), np.float32)
        for i, row in enumerate(rows):
            table[i] = np.isin(block, row, assume_unique=True)
        table *= roots[start : start + N_BLOCK]
        shared += table @ table.T
    return shared


def _end(lines: Sequence[tuple[str, int]], start: int) -> int:
    function = lines[start][0]
    return max(line for name, line in lines[start : start + 10 * N_TOKENS] if name == function)
