"""The register of all cases: the inputs and right answers behind each name.

A case is named "function/id". Ids that begin with "notebook" are the notebook's own and have its numbers, whatever the
seed. All others follow the seed: in a student kit the public one, in the golden archive, and where a course grades a
secret one, which draws other numbers of the same difficulty. Ids that begin with "drawn" are in no kit: there the seed
draws the shapes, too.
"""

from reference.cases import batchnorm, convolution, groupnorm, network, pooling, prerequisites
from reference.cases.kinds import NOTEBOOK_SEED, Kind, Values, describe, generator

__all__ = ["KINDS", "NOTEBOOK_SEED", "Kind", "Values", "case_inputs", "describe", "is_hidden", "kind_of"]

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
    return dict(kind_of(name).draws[name.partition("/")[2]](generator(name, seed)))


def is_hidden(name: str) -> bool:
    """Returns whether a case is in no student kit."""
    return name.partition("/")[2].startswith("drawn")
