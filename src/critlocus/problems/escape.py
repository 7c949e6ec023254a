"""Critical points on a cone that go to infinity: branch points of the ED correspondence over isotropic points.

Over a line ``b0 + s b1`` of data the critical points form a curve. Its points with ``c.f = 1/eps`` go to infinity as
eps goes to 0; scaled to ``c.f = 1`` they are critical for ``eps (b0 + s b1)``. Where s stays finite, critical points go
to infinity for finite data, and their limit is isotropic, ``f.Q f = 0``. Metrics in general position have no such
points; for the Frobenius metric on matrices the whole discriminant, that of the characteristic polynomial of
``U^T U``, is of this kind. Reference: Draisma, Horobet, Ottaviani, Sturmfels & Thomas (2016), sec. 7.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.data_lines import consecutive, minus_one, moved_data
from critlocus.problems.distance import ParametrizedDistance
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem

Points = NDArray[np.complex128]


class EscapePoints:
    """Critical points with ``c.f = 1`` over a line of data.

    Unknowns: z, s. Parameters: p0 (all of the family), p1 (those that move), c.

    Parameters
    ----------
    family : ParametrizedDistance
        Of a variety that is a cone.
    """

    def __init__(self, family: ParametrizedDistance) -> None:
        self.family, self.n = family, family.n_unknowns

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where the parameters lie: p0, p1, c."""
        count = len(self.family.moving)
        return consecutive({"p0": self.family.n_params, "p1": count, "c": count})

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        s = graph.variable()
        parameters = [graph.parameter() for _ in range(self.slices["c"].stop)]
        p0, p1, c = (parameters[part] for part in self.slices.values())
        p = moved_data(graph, p0, self.family.moving.tolist(), [p1], [s])
        f = self.family.coordinates(graph, z)
        return PolynomialSystem(graph, [*self.family.equations(graph, z, p), minus_one(graph, c, f)])

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (f, s)."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        return PolynomialSystem(graph, [*self.family.coordinates(graph, z), graph.variable()])

    def random_rows(self, rng: np.random.Generator, count: int) -> Points:
        """Return parameters of generic lines and slices, shape ``(count, n_params)``."""
        moving = self.family.moving
        first, second = (self.family.random_parameters(rng, count) for _ in range(2))
        return np.hstack([first, second[:, moving], complex_normal(rng, (count, len(moving)))])

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return a random critical point with a line through its datum, and a slice through the point."""
        z, p = self.family.start_pair(rng)
        row, s = self.random_rows(rng, 1)[0], complex_normal(rng, (1,))[0]
        p[self.family.moving] -= s * row[self.slices["p1"]]
        row[self.slices["p0"]] = p
        row[self.slices["c"]] /= row[self.slices["c"]] @ self.family.points(z)
        return [(np.concatenate([z, [s]]), row)]

    def scaled(self, row: Points, factor: complex) -> Points:
        """Return the parameters with all data times a factor."""
        found = row.copy()
        found[self.family.moving] *= factor
        found[self.slices["p1"]] *= factor
        return found
