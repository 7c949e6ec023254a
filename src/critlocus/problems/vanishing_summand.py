"""Data for which a critical point passes through the singular locus because one summand of it vanishes.

Let X be a sum of cones: matrices of rank r are sums of r of rank 1, functions of a network with one hidden layer are
sums of those of its units. With r - 1 summands they are the X' in X. Where a summand ``lambda g`` of a critical point
goes through ``lambda = 0`` at f' in X', the covector ``y = b - Q f'`` vanishes on the tangent space of X' at f' and on
that of the cone along the ray of g: it is normal to X all along ``f' + lambda g`` (Terracini). No critical points
collide, but those second derivatives that belong to the summand change their sign. For r = 1 these are the rays of
`critlocus.problems.apex`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.networks import Network
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.data_lines import consecutive, minus_one, moved_data
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.quadratic_form import minus
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties import Neurovariety
from critlocus.varieties.chart import Chart, generic_chart
from critlocus.varieties.matrices import RankMatrices, RankOneTensors, SymmetricMatrices
from critlocus.varieties.variety import ParametrizedVariety

Points = NDArray[np.complex128]


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


class VanishingSummand:
    """Points f' of X' and rays of g, over a line of data.

    Unknowns: z (f' in a chart), t (the weights of g in an affine space of as many dimensions as X has more than X'), s.
    Parameters: p0, p1 (those that move), c with ``c.t = 1``. This condition is linear, as are those that the y of
    matrices and quadratic networks leaves to g (rays in the span of f' and g serve as well): so f' and s real
    make g real.

    Parameters
    ----------
    family : ParametrizedDistance
        Of a variety that is a sum of cones.
    rng : Generator
        Draws the charts.
    """

    condition = None
    dims = 1

    def __init__(self, family: ParametrizedDistance, rng: np.random.Generator) -> None:
        parts = summands(family.variety)
        if parts is None:
            raise ValueError("the variety is no sum of cones")
        self.family = family
        self.fewer, self.cone = parts
        self.chart = generic_chart(self.fewer, rng)
        size, count = family.n_unknowns - self.chart.dim, self.cone.n_weights
        basis = np.linalg.qr(rng.standard_normal((count, size)))[0]
        self.ray = Chart(rng.standard_normal(count), basis)

    @property
    def n(self) -> int:
        """Coordinates of f' and of g: all unknowns but s."""
        return self.family.n_unknowns

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where the parameters lie: p0, p1, c."""
        family = self.family
        return consecutive({"p0": family.n_params, "p1": len(family.moving), "c": self.n - self.chart.dim})

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return int(self.slices["c"].stop)

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations."""
        graph = Graph()
        z, t = self._variables(graph)
        s = graph.variable()
        parameters = [graph.parameter() for _ in range(self.n_params)]
        p0, p1, c = (parameters[part] for part in self.slices.values())
        p = moved_data(graph, p0, self.family.moving.tolist(), [p1], [s])
        f, g = self._points(graph, z, t)
        n_form = self.family.n_form
        covector = minus(graph, self.family.form.apply(graph, p[:n_form], f), p[n_form:])
        normal = [*pullback(graph, f, covector, z), *pullback(graph, g, covector, t)]
        return PolynomialSystem(graph, [*normal, minus_one(graph, c, t)])

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (f', s)."""
        graph = Graph()
        z, t = self._variables(graph)
        return PolynomialSystem(graph, [*self._points(graph, z, t)[0], graph.variable()])

    @cached_property
    def _maps(self) -> PolynomialSystem:
        graph = Graph()
        f, g = self._points(graph, *self._variables(graph))
        return PolynomialSystem(graph, [*f, *g])

    def _variables(self, graph: Graph) -> tuple[list[int], list[int]]:
        nodes = [graph.variable() for _ in range(self.n)]
        return nodes[: self.chart.dim], nodes[self.chart.dim :]

    def _points(self, graph: Graph, z: list[int], t: list[int]) -> tuple[list[int], list[int]]:
        return self.fewer.mu(graph, self.chart.nodes(graph, z)), self.cone.mu(graph, self.ray.nodes(graph, t))

    def row(self, p0: Points, directions: list[Points], c: Points) -> Points:
        """Return the parameters of one line."""
        return np.concatenate([p0, *directions, c]).astype(np.complex128)

    def random_rows(self, rng: np.random.Generator, count: int) -> Points:
        """Return parameters of generic lines, shape ``(count, n_params)``."""
        first, second = (self.family.random_parameters(rng, count) for _ in range(2))
        moving = self.family.moving
        return np.hstack([first, second[:, moving], complex_normal(rng, (count, self.n - self.chart.dim))])

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return one pair: random f' and g, and a random covector that is normal to X along ``f' + lambda g``."""
        x, s = complex_normal(rng, (self.n,)), complex_normal(rng, (1,))[0]
        row, count = self.random_rows(rng, 1)[0], len(self.family.moving)
        values, jacobian = self._maps(x, np.zeros(0)), self._maps.jacobian(x, np.zeros(0))
        tangent = jacobian[:count] + jacobian[count:]
        normal = np.linalg.svd(tangent.T)[2][self.n :].conj().T
        if normal.shape[1] == 0:
            return []
        form = self.family.form.matrix(row[: self.family.n_form])
        b = form @ values[:count] + normal @ complex_normal(rng, (normal.shape[1],))
        row[self.family.moving] = b - s * row[self.slices["p1"]]
        row[self.slices["c"]] /= row[self.slices["c"]] @ x[self.chart.dim :]
        return [(np.concatenate([x, [s]]), row)]
