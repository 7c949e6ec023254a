"""The distance to the data at which a dead unit comes to life, as a critical-point problem.

Lifted to the pairs (critical point z of a pattern, kernel v of the dead unit's block B of the Hessian) these data are a
smooth hypersurface. A critical point of the lifted distance has multipliers w and kappa v for ``F = 0`` and
``B v = 0``:

    F = 0,   B v = 0,   H w + kappa grad_z (v.B v) = 0,   u = u0 + J w + kappa D^2 f[v, v],

with derivatives at u, and the second one of f by the unit's weights. This includes the points where the image of the
hypersurface is singular; compare `critlocus.problems.cuspidal_distance`.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.birth import BirthPoints, BlockGraph
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.discriminant_distance import moved_by
from critlocus.problems.weights_family import WeightsFamily
from critlocus.tape.derivatives import pullback, pushforward
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem

Points = NDArray[np.complex128]


class NearestBirth:
    """The critical points of the distance from a datum to the data at which a dead unit comes to life.

    Unknowns: z, v (of the unit), w. Parameters: those of the family, then kappa; the length of v takes its modulus, so
    that the real solutions are those for kappa = 1 and for kappa = -1.

    Parameters
    ----------
    family : WeightsFamily
        Of the pattern.
    block : int64 array
        The weights of the dead unit.
    """

    condition = None

    def __init__(self, family: WeightsFamily, block: NDArray[np.int64]) -> None:
        self.family, self.block = family, block
        self.n = family.n_unknowns

    @cached_property
    def system(self) -> PolynomialSystem:
        """As many equations as unknowns."""
        inner = BlockGraph(self.family, self.block)
        graph, z, dead = inner.graph, inner.z, inner.dead
        v, w = [graph.variable() for _ in dead], [graph.variable() for _ in z]
        parameters = [graph.parameter() for _ in range(self.family.n_params + 1)]
        kappa = parameters[-1]
        f, linear, first, second, move = self._moved(inner, v, w, kappa)
        pulled = self.family.form.apply(graph, parameters[: self.family.n_form], move)
        own, block = inner.gradients(parameters[:-1])
        kernel = pullback(graph, block, v, dead)
        value = graph.dot(v, kernel)
        equations = [
            *moved_by(graph, own, f, pulled, z), *moved_by(graph, kernel, first, pulled, dead)
        ]  # fmt: skip
        by_w = moved_by(graph, pullback(graph, own, w, z), linear, pulled, z)
        by_v = moved_by(graph, pullback(graph, [value], [graph.constant(1)], z), second, pulled, z)
        equations += [graph.sum([(1.0, a, NONE), (1.0, kappa, b)]) for a, b in zip(by_w, by_v, strict=True)]
        return inner.without_unit(equations)

    def _moved(
        self, inner: BlockGraph, v: list[int], w: list[int], kappa: int
    ) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
        """Return the nodes of f, J w, the first and second derivative of f along v, and of u - u0."""
        graph, f = inner.graph, inner.coordinates()
        linear, first = pushforward(graph, f, w, inner.z), pushforward(graph, f, v, inner.dead)
        second = pushforward(graph, first, v, inner.dead)
        terms: list[list[Term]] = [[(1.0, a, NONE), (1.0, kappa, b)] for a, b in zip(linear, second, strict=True)]
        return f, linear, first, second, [graph.sum(t) for t in terms]

    def _map(self, *, invariants: bool) -> PolynomialSystem:
        inner = BlockGraph(self.family, self.block)
        graph = inner.graph
        v, w = [graph.variable() for _ in inner.dead], [graph.variable() for _ in inner.z]
        kappa = graph.constant(1) if invariants else graph.parameter()
        f, _, _, second, move = self._moved(inner, v, w, kappa)
        front = [*self.family.invariants(graph, inner.z), *second] if invariants else f
        return inner.without_unit([*front, *move])

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (what tells orbits apart, D^2 f[v, v], J w): v and -v are one solution."""
        return self._map(invariants=True)

    @cached_property
    def moves(self) -> PolynomialSystem:
        """The map to (f, u - u0), with the parameter kappa."""
        return self._map(invariants=False)

    def random_rows(self, rng: np.random.Generator, count: int) -> Points:
        """Return generic parameters."""
        return np.hstack([self.family.random_parameters(rng, count), complex_normal(rng, (count, 1))])

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return pairs: a degenerate block with any length of v, w from linear algebra, and the b0 that they need."""
        found = []
        for z, v, p in BirthPoints(self.family, self.block).degenerate_pairs(rng):
            v, kappa = v * complex_normal(rng, (1,))[0], complex_normal(rng, (1,))
            w = np.linalg.solve(self.family.system.jacobian(z, p), -kappa * self._slope(z, v, p)) if len(z) else z
            x = np.concatenate([z, v, w])
            move = self.moves(x, kappa)[-len(self.family.targets) :]
            row = np.concatenate([p, kappa])
            row[self.family.targets] -= self.family.form.matrix(p[: self.family.n_form]) @ move
            found.append((x, row))
        return found

    def _slope(self, z: Points, v: Points, p: Points) -> Points:
        """Return ``grad_z (v.B v)`` at the datum p."""
        graph, values = self._slope_map
        return PolynomialSystem(graph, values)(np.concatenate([z, v]), p)

    @cached_property
    def _slope_map(self) -> tuple[Graph, list[int]]:
        inner = BlockGraph(self.family, self.block)
        graph = inner.graph
        v = [graph.variable() for _ in inner.dead]
        parameters = [graph.parameter() for _ in range(self.family.n_params)]
        value = graph.dot(v, pullback(graph, inner.gradients(parameters)[1], v, inner.dead))
        found = inner.without_unit(pullback(graph, [value], [graph.constant(1)], inner.z))
        return found.graph, list(found.equations)
