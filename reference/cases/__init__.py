"""The register of all cases: the inputs and right answers behind each name.

A case is named "function/id". Ids that begin with "notebook" are the notebook's own and have its numbers, whatever the
seed. All others follow the seed: in a student kit the public one, in the golden archive, and where a course grades a
secret one, which draws other numbers of the same difficulty. Ids that begin with "drawn" are in no kit: there the seed
draws the shapes, too.
"""

from grader.judging import generator
from reference.cases import batchnorm, convolution, groupnorm, network, pooling, prerequisites
from reference.cases.batchnorm import NOTEBOOK_SEED
from reference.cases.kinds import Kind, Values

__all__ = ["KINDS", "NOTEBOOK_SEED", "case_inputs", "kind_of"]

KINDS: dict[str, Kind] = {
    **prerequisites.KINDS,
    **convolution.KINDS,
    **pooling.KINDS,
    **batchnorm.KINDS,
    **groupnorm.KINDS,
    **network.KINDS,
}


def kind_of(name: str) -> Kind:
    """Returns how the cases of a case's function come about; raises KeyError naming the case when there is none."""
    function, _, case_id = name.partition("/")
    if function not in KINDS or case_id not in KINDS[function].draws:
        raise KeyError(name)
    return KINDS[function]


def case_inputs(name: str, seed: int) -> Values:
    """Returns arrays and settings of one case by name; the same name and seed give the same inputs everywhere.

    Raises:
        KeyError: no case has this name.
    """
    return dict(kind_of(name).draws[name.partition("/")[2]](generator(name, seed, NOTEBOOK_SEED)))
