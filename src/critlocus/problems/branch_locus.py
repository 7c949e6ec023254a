"""Data on the branch locus of a network that fills its space: pure critical points meet a spurious one.

Near a point where d mu drops rank by one, mu is a fold map, ``(x, y) -> (x^2, y)``, so that over one side of the branch
locus two real pure points ``x = +-sqrt(u)`` lie on the two sides of the spurious point ``x = 0``, and over the other
side there are none: a pitchfork. The kernel v of d mu is one of the Hessian, but the points are singular solutions of
``F = 0, H v = 0``. With the left kernel w instead they are regular, and w is the conormal of the branch locus: over
``b = p0 + s p1`` they solve

    Q mu(z) = b,   J^T Q w = 0,   c.w = 1.

In a plane the branch locus has a cusp where ``w.Q D^2 mu[v, v] = 0``: there mu is a Whitney cusp, and three pure points
meet. Reference: Whitney, *On singularities of mappings of Euclidean spaces I* (1955).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.data_lines import minus_one, moved_data
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.filled_space import FilledSpace
from critlocus.tape.derivatives import pullback, pushforward
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem

Points = NDArray[np.complex128]


class BranchPoints(DegeneratePoints):
    """The points with ``det J = 0`` over a line (``dims=1``) or a plane (``dims=2``) of data on the branch locus.

    Unknowns: z, w, s (and t). Parameters: those of `DegeneratePoints`, with ``c.w = 1``; for ``tangent`` (alpha, beta)
    with ``w.(alpha p1 + beta p2) = 0``, for ``cusp`` (a0, a1, a2) with
    ``w.Q D^2 mu[v, v] = (a0 + a1 s + a2 t) (e.w) (g.v)^2`` for fixed e and g. That is homogeneous in w and v, so that
    the condition does not draw solutions to where one of them is large: without the products of w and v every fourth
    path was lost. Then the unknowns end with the right kernel v, ``Q J v + k c = 0`` and ``c.v = 1``, where k = 0,
    since ``w.c = 1``.

    Parameters
    ----------
    family : ParametrizedDistance
        Of a variety that fills its space: a `FilledSpace`, or the same in local charts.
    dims : {1, 2}
    condition : {None, "cusp", "tangent"}
    """

    family: ParametrizedDistance

    def __init__(self, family: ParametrizedDistance, dims: int = 1, condition: str | None = None) -> None:
        super().__init__(family, dims, condition)
        self._e, self._g = np.random.default_rng(0).standard_normal((2, self.n))

    @property
    def n_measured(self) -> int:
        """Length of w."""
        return self.n

    def _measured(self, x: Points) -> Points:
        return x[self.n : 2 * self.n]

    def _variables(self, graph: Graph) -> tuple[list[int], list[int], list[int], list[int]]:
        z, w = ([graph.variable() for _ in range(self.n)] for _ in range(2))
        moves = [graph.variable() for _ in range(self.dims)]
        rest = [graph.variable() for _ in range(self.n + 1 if self.condition == "cusp" else 0)]
        return z, w, moves, rest

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations; one fewer than unknowns for the curve in a plane."""
        graph, family = Graph(), self.family
        z, w, moves, rest = self._variables(graph)
        parameters = [graph.parameter() for _ in range(self.n_params)]
        p0, *directions = (parameters[self.slices[f"p{k}"]] for k in range(self.dims + 1))
        c = parameters[self.slices["c"]]
        p = moved_data(graph, p0, family.moving.tolist(), directions, moves)
        found = [*self.at_datum(graph, z, w, p), minus_one(graph, c, w)]
        if self.condition == "tangent":
            found.append(graph.dot([graph.dot(w, d) for d in directions], parameters[self.slices["direction"]]))
        elif self.condition == "cusp":
            v, k = rest[:-1], rest[-1]
            image = family.form.apply(graph, p[: family.n_form], pushforward(graph, family.coordinates(graph, z), v, z))
            found += [graph.sum([(1.0, a, NONE), (1.0, k, b)]) for a, b in zip(image, c, strict=True)]
            found.append(minus_one(graph, c, v))
            a0, *slope = parameters[self.slices["direction"]]
            bend = graph.dot(v, pullback(graph, found[self.n : 2 * self.n], v, z))
            ev, gv = (graph.sum([(float(r), x, NONE) for r, x in zip(fixed, at, strict=True)])
                      for fixed, at in ((self._e, w), (self._g, v)))  # fmt: skip
            a = graph.sum([(1.0, a0, NONE), *((1.0, a, m) for a, m in zip(slope, moves, strict=True))])
            unit = graph.product(ev, graph.product(gv, gv))
            found.append(graph.sum([(1.0, bend, NONE), (-1.0, a, unit)]))
        return PolynomialSystem(graph, found)

    def at_datum(self, graph: Graph, z: Sequence[int], v: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return the nodes of ``Q mu - b`` and of ``J^T Q w``, without a normalisation of w."""
        f, residual = self.family.residual(graph, z, parameters)
        return [*residual, *pullback(graph, f, self.family.form.apply(graph, parameters[: self.family.n_form], v), z)]

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (what tells critical points apart, s, t)."""
        graph = Graph()
        z, _, moves, _ = self._variables(graph)
        return PolynomialSystem(graph, [*self.family.invariants(graph, z), *moves])

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return pairs (unknowns, parameters) that solve the system, on every component of the branch locus."""
        assert isinstance(self.family, FilledSpace)
        return [self._through(z, w, p, rng) for z, w, p in self.family.branch_pairs(rng)]

    def conormal(self, z: Points, v: Points, p: Points) -> Points:
        """Return the conormal of the branch locus, which is w itself."""
        return v

    def _unit(self, x: Points) -> complex:
        n, last = self.n, 2 * self.n + self.dims
        return complex((self._e @ x[n : 2 * n]) * (self._g @ x[last : last + n]) ** 2)

    def _rest(self, z: Points, row: Points) -> Points:
        if self.condition != "cusp":
            return super()._rest(z, row)
        assert isinstance(self.family, FilledSpace)
        v = np.linalg.svd(self.family.tangent(z))[2][-1].conj()
        return np.asarray([*(v / (row[self.slices["c"]] @ v)), 0])

    def cubic(self, z: Points, v: Points, p: Points) -> complex:
        """Return ``w.Q D^2 mu[v, v]`` for the right kernel v of length 1, which vanishes at cusps.

        The Hessian is ``J^T Q J`` plus the second derivative of mu along ``Q mu - b``, which is ``Q w`` for another b.
        """
        family = self.family
        form = family.form.matrix(p[: family.n_form])
        kernel = np.linalg.svd(family.functions.jacobian(z, np.zeros(0)))[2][-1].conj()
        other = p.copy()
        other[family.moving] = form @ (family.points(z) - v)
        return complex(kernel @ family.system.jacobian(z, other) @ kernel)

    def pair_side(self, x: Points, row: Points) -> int:
        """Return 1 if two real pure points lie on the side of larger s of a real solution over a line, else -1.

        To lowest order the pure points ``z0 +- a v`` have ``w.p1 (s - s0) = a^2 / 2 w.Q D^2 mu[v, v]``.
        """
        z, w = x[: self.n], x[self.n : 2 * self.n]
        bend = self.cubic(z, w, row[self.slices["p0"]])
        return 1 if (w @ row[self.slices["p1"]]).real * bend.real > 0 else -1
