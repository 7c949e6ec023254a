"""Varieties that are sums of cones, taken apart: all summands but one, and the one.

Matrices of rank r are sums of r of rank 1, functions of a network with one hidden layer are sums of those of its units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from critlocus.networks import Network
from critlocus.problems.distance import ParametrizedDistance
from critlocus.varieties import Neurovariety
from critlocus.varieties.chart import Chart, generic_chart
from critlocus.varieties.matrices import RankMatrices, RankOneTensors, SymmetricMatrices
from critlocus.varieties.variety import ParametrizedVariety


def n_summands(variety: ParametrizedVariety) -> int:
    """Return how many cones a variety is the sum of, each smooth but for its apex; 0 if it is not known to be one."""
    if isinstance(variety, RankMatrices | SymmetricMatrices):
        return variety.rank
    if isinstance(variety, RankOneTensors):
        return 1
    if not isinstance(variety, Neurovariety) or not isinstance(variety.network, Network):
        return 0
    network = variety.network
    one_layer = len(network.widths) == 3 and not network.bias and network.sigma.is_power
    return network.widths[1] if one_layer else 0


def summands(variety: ParametrizedVariety) -> tuple[ParametrizedVariety, ParametrizedVariety] | None:
    """Return the sums of one summand less, and the cone of one summand; None if there is one summand only, or none."""
    count = n_summands(variety)
    if count < 2:
        return None
    fewer, one = (_with_summands(variety, k) for k in (count - 1, 1))
    return fewer, one


def _with_summands(variety: ParametrizedVariety, count: int) -> ParametrizedVariety:
    if isinstance(variety, RankMatrices | SymmetricMatrices):
        return replace(variety, rank=count)
    assert isinstance(variety, Neurovariety)
    assert isinstance(variety.network, Network)
    first, _, last = variety.network.widths
    return Neurovariety(replace(variety.network, widths=(first, count, last)))


def quadratic_cones(variety: ParametrizedVariety) -> bool:
    """Tell whether the summands are matrices of rank 1, symmetric or not: units can be mixed with one another."""
    if isinstance(variety, RankMatrices | SymmetricMatrices):
        return True
    if not n_summands(variety) or not isinstance(variety, Neurovariety) or not isinstance(variety.network, Network):
        return False
    network = variety.network
    return network.sigma.degree == 1 or (network.sigma.degree == 2 and network.widths[2] == 1)


@dataclass(frozen=True, eq=False)
class SummandCharts:
    """The sums f' of all summands but one, and the rays of the one, g, in coordinates.

    Attributes
    ----------
    family : ParametrizedDistance
        Of the whole variety X.
    fewer : ParametrizedDistance
        Of the sums X' of one summand less, in a chart of their own.
    cone : ParametrizedVariety
        Of one summand.
    ray : float64 array, shape (n_weights, dim X - dim X')
        A basis of a linear space of weights of g.
    """

    family: ParametrizedDistance
    fewer: ParametrizedDistance
    cone: ParametrizedVariety
    ray: NDArray[np.float64]

    @classmethod
    def draw(cls, family: ParametrizedDistance, rng: np.random.Generator) -> SummandCharts:
        """Draw the charts; ValueError if the variety is no sum of two cones or more."""
        parts = summands(family.variety)
        if parts is None:
            raise ValueError("the variety is no sum of cones")
        fewer = ParametrizedDistance(parts[0], family.form, generic_chart(parts[0], rng))
        shape = parts[1].n_weights, family.n_unknowns - fewer.n_unknowns
        return cls(family, fewer, parts[1], np.linalg.qr(rng.standard_normal(shape))[0])

    @property
    def size(self) -> int:
        """Coordinates of g."""
        return int(self.ray.shape[1])

    @property
    def ray_chart(self) -> Chart:
        """The linear space of weights of g as a chart."""
        return Chart(np.zeros(len(self.ray)), self.ray)
