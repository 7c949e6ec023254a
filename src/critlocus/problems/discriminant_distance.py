"""The distance to the discriminant as a critical-point problem.

The conormal of the discriminant at b is ``J v`` with v the kernel of the Hessian, so the nearest target u to a datum
u0 is ``u = u0 + J v`` for some length of v: unknowns (z, v), equations ``F(z; b) = 0`` and ``H(z; b) v = 0`` with
``b = b0 + Q J v``. The solutions with v = 0 are the critical points of u0 themselves and are not reached from others.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.tape.derivatives import pullback, pushforward
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem


class NearestDegenerate:
    """The critical points of the distance from a datum to the smooth part of the discriminant.

    Unknowns: z, v. Parameters: those of the family.

    Parameters
    ----------
    family : Distance
    """

    condition = None

    def __init__(self, family: Distance) -> None:
        self.family = family
        self.n = family.n_unknowns

    @cached_property
    def system(self) -> PolynomialSystem:
        """As many equations as unknowns."""
        graph = Graph()
        z, v = ([graph.variable() for _ in range(self.n)] for _ in range(2))
        parameters = [graph.parameter() for _ in range(self.family.n_params)]
        gradient = self.family.equations(graph, z, parameters)
        kernel = pullback(graph, gradient, v, z)
        f = self.family.coordinates(graph, z)
        move = pushforward(graph, f, v, z)
        pulled = self.family.form.apply(graph, parameters[: self.family.n_form], move)
        first = pullback(graph, f, pulled, z)
        second = pullback(graph, move, pulled, z)  # the derivative of J^T along v, applied to Q J v
        pairs = [*zip(gradient, first, strict=True), *zip(kernel, second, strict=True)]
        return PolynomialSystem(graph, [graph.sum([(1.0, a, NONE), (-1.0, b, NONE)]) for a, b in pairs])

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (f, J v)."""
        graph = Graph()
        z, v = ([graph.variable() for _ in range(self.n)] for _ in range(2))
        f = self.family.coordinates(graph, z)
        return PolynomialSystem(graph, [*f, *pushforward(graph, f, v, z)])

    def random_rows(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return generic parameters."""
        return self.family.random_parameters(rng, count)

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return pairs: a degenerate point with any length of v, and the b0 that it belongs to."""
        found = []
        for z, v, p in self.family.degenerate_pairs(rng):
            x = np.concatenate([z, v * complex_normal(rng, (1,))[0]])
            move = self.invariants(x, np.zeros(0))[len(self.family.variety.ambient) :]
            row = p.copy()
            row[self.family.moving] -= self.family.form.matrix(p[: self.family.n_form]) @ move
            found.append((x, row))
        return found
