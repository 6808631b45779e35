"""The register of known mistakes: small edits of the reference, each with a name and a sentence for the student.

Where a student's results are those of the reference with one of these edits, their mistake has its name. One more is a
row in the file of its layer; `docs/feedback.md` says how it is recognised.
"""

from reference.mistakes import batchnorm, convolution, earlier, groupnorm, network, pooling
from reference.mistakes.mistake import Mistake

__all__ = ["MISTAKES", "Mistake"]

MISTAKES: tuple[Mistake, ...] = (
    *earlier.MISTAKES,
    *convolution.MISTAKES,
    *pooling.MISTAKES,
    *batchnorm.MISTAKES,
    *groupnorm.MISTAKES,
    *network.MISTAKES,
)
