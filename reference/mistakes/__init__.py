"""The register of known mistakes: small edits of the reference, each with a name and a sentence for the student.

Where a student's results are those of the reference with one of these edits, their mistake has its name. One more is a
row in the file of its layer; `docs/feedback.md` says how it is recognised.
"""

from collections.abc import Iterator, Sequence

from reference.mistakes import batchnorm, convolution, earlier, groupnorm, network, pooling
from reference.mistakes.mistake import Mistake

__all__ = ["MISTAKES", "Mistake"]

#: often made together, and one hides the other: both change the same results
_PAIRS = (
    ("conv-dx-overwritten", "conv-dx-cropped-to-nothing"),
    ("conv-dx-divided-by-images", "conv-dx-cropped-to-nothing"),
    ("conv-dx-last-filter-only", "conv-dx-cropped-to-nothing"),
    ("conv-backward-stride-ignored", "conv-dx-cropped-to-nothing"),
    ("batchnorm-momentum-swapped", "batchnorm-running-variance-with-ddof-1"),
    ("conv-dx-overwritten", "conv-dx-not-cropped"),
)

_SINGLE: tuple[Mistake, ...] = (
    *earlier.MISTAKES,
    *convolution.MISTAKES,
    *pooling.MISTAKES,
    *batchnorm.MISTAKES,
    *groupnorm.MISTAKES,
    *network.MISTAKES,
)


def _together(mistakes: Sequence[Mistake], first: str, second: str) -> Iterator[Mistake]:
    """Yields what comes of two mistakes at once, for each form of the one and of the other that fit together."""
    for one in mistakes:
        for other in mistakes:
            if (one.name, other.name) == (first, second):
                both = one.and_too(other)
                if both is not None:
                    yield both


MISTAKES: tuple[Mistake, ...] = (*_SINGLE, *(both for pair in _PAIRS for both in _together(_SINGLE, *pair)))
