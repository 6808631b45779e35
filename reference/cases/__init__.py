"""The register of all cases: the inputs and right answers behind each name.

A case is named "function/id". Ids that begin with "notebook" are the notebook's own and have its numbers, whatever the
seed. All others follow the seed: in a student kit the public one, in the golden archive, and where a course grades a
secret one, which draws other numbers of the same difficulty. Ids that begin with "drawn" are in no kit: there the seed
draws the shapes, too.
"""

from reference.cases import batchnorm, convolution, groupnorm, network, pooling, prerequisites
from reference.cases.kinds import Kind
from reference.cases.small import SMALL

__all__ = ["KINDS", "SMALL"]

KINDS: dict[str, Kind] = {
    **prerequisites.KINDS,
    **convolution.KINDS,
    **pooling.KINDS,
    **batchnorm.KINDS,
    **groupnorm.KINDS,
    **network.KINDS,
}
