"""Names of cases in, their inputs and right answers out: the register of everything that a check may be asked.

A case is named "function/id". Ids that begin with "drawn" are hidden: their inputs, shapes too, come from a secret
seed. All others come from the public seed and are in the golden archive.
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
    """Returns whether a case comes from the secret seed."""
    return name.partition("/")[2].startswith("drawn")
