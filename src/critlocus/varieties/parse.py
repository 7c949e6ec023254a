"""From the text on a command line to a network or a variety."""

from __future__ import annotations

from collections.abc import Callable

from critlocus.networks.architecture import Architecture
from critlocus.networks.attention import Attention
from critlocus.networks.convolution import Convolution
from critlocus.networks.network import Network
from critlocus.networks.residual import Residual
from critlocus.varieties.algebraic import Equations, Parametrization
from critlocus.varieties.matrices import RankMatrices, RankOneTensors, SymmetricMatrices
from critlocus.varieties.neurovariety import Neurovariety
from critlocus.varieties.variety import Variety

NETWORKS: dict[str, Callable[[str], Architecture]] = {
    "conv": Convolution.parse,
    "attention": Attention.parse,
    "residual": Residual.parse,
}
VARIETIES: dict[str, Callable[[str], Variety]] = {
    "matrices": RankMatrices.parse,
    "symmetric": SymmetricMatrices.parse,
    "segre": RankOneTensors.parse,
    "param": Parametrization.parse,
    "equations": Equations.parse,
}


def parse_architecture(text: str) -> Architecture:
    """Read the name of a network of any kind, such as ``2-2-2``, ``conv:3,2``, ``attention:2,2,1``.

    Raises
    ------
    InputError
        If there is no such network.
    """
    kind = text.strip().partition(":")[0]
    return NETWORKS[kind](text) if kind in NETWORKS else Network.parse(text)


def parse_variety(text: str) -> Variety:
    """Read the name of a network or of a variety, such as ``matrices:3x3,rank=2`` or ``equations:x^2+y^2-1``.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    kind = text.strip().partition(":")[0]
    return VARIETIES[kind](text) if kind in VARIETIES else Neurovariety(parse_architecture(text))
