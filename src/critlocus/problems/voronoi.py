"""Spheres through a point that touch a variety elsewhere: the boundary of Voronoi cells.

The Voronoi cell of a point y of a variety X is the set of all u in the normal space at y that have no point of X
nearer than y. On its boundary another critical point x of the distance from u is as far from u as y is. Along the
line ``Q u = Q y + h0 + s h`` these are the solutions (x, s) of

    Q(x - y) - h0 - s h  normal to X at x,    |x - y|_Q^2 = 2 <x - y, h0 + s h>.

With y, h0 and h as parameters, y anywhere in space, the equations are linear in h0, a start pair is linear algebra, and
for an irreducible X all pairs of solutions and parameters form an irreducible variety: monodromy reaches every one.
The member with y on X and h0, h normal there has the extra solutions x = y, for every s, to which some paths go; what
is left, isolated and with x != y, are the points of the boundary's algebraic hypersurface on the line.

Reference: Cifuentes, Ranestad, Sturmfels & Weinstein, *Voronoi cells of varieties* (2022).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem

_POINTS = 6


class TangentSpheres:
    """The family of spheres of a pencil that touch a variety: unknowns z, then s; parameters y, h0, h.

    Parameters
    ----------
    distance : Distance
        Of a form without parameters. It gives the unknowns z, and the equations of critical points.
    """

    def __init__(self, distance: Distance) -> None:
        if distance.n_form:
            raise ValueError("tangent spheres need a fixed quadratic form")
        self.distance = distance
        self.size = len(distance.variety.ambient)

    @property
    def n_unknowns(self) -> int:
        """Unknowns of the distance, and s."""
        return self.distance.n_unknowns + 1

    @property
    def n_params(self) -> int:
        """Three points of the ambient space."""
        return 3 * self.size

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations in z, s and the parameters."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.distance.n_unknowns)]
        s = graph.variable()
        y, first, direction = ([graph.parameter() for _ in range(self.size)] for _ in range(3))
        height: list[Term] = []
        target = []
        shift = self.distance.form.apply(graph, [], y)
        away = [graph.sum([(1.0, a, NONE), (1.0, b, s)]) for a, b in zip(first, direction, strict=True)]
        for a, b in zip(shift, away, strict=True):
            target.append(graph.sum([(1.0, a, NONE), (1.0, b, NONE)]))
        equations = self.distance.equations(graph, z, target)
        x = self.distance.coordinates(graph, z)
        chord = [graph.sum([(1.0, a, NONE), (-1.0, b, NONE)]) for a, b in zip(x, y, strict=True)]
        for c, q, a in zip(chord, self.distance.form.apply(graph, [], chord), away, strict=True):
            height += [(1.0, c, q), (-2.0, c, a)]
        return PolynomialSystem(graph, [*equations, graph.sum(height)])

    @cached_property
    def functions(self) -> PolynomialSystem:
        """The map (z, s) -> (x, s), which tells solutions apart."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.distance.n_unknowns)]
        s = graph.variable()
        return PolynomialSystem(graph, [*self.distance.coordinates(graph, z), s])

    def points(self, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the points x, shape ``(..., N)``, of unknowns of shape ``(..., n_unknowns)``."""
        return self.functions(z, np.zeros(0))[..., :-1]

    def random_parameters(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return parameters of very different sizes, shape ``(count, n_params)``; see `Distance.random_parameters`."""
        rows = complex_normal(rng, (count, self.n_params))
        rows *= np.exp(rng.standard_normal((count, 1)) + rng.standard_normal(rows.shape))
        return rows

    def start_pairs(
        self, points: list[NDArray[np.complex128]], rng: np.random.Generator
    ) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return start pairs (z0, p0) with F(z0; p0) = 0: all is random but h0.

        At the points that are given, see `critlocus.continuation.component_points`; a parametrised variety needs none.
        """
        distance = self.distance
        if isinstance(distance, ImplicitDistance):
            return [self._implicit_start(distance, x, rng) for x in points]
        starts = complex_normal(rng, (_POINTS, distance.n_unknowns))
        return [self._parametrized_start(z, rng) for z in starts]

    def _implicit_start(
        self, distance: ImplicitDistance, x: NDArray[np.complex128], rng: np.random.Generator
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Scale random multipliers so that the two distances are equal."""
        parameters, s = self.random_parameters(rng, 1)[0], complex_normal(rng, (1,))
        multipliers = complex_normal(rng, (distance.codimension,))
        chord = x - parameters[: self.size]
        normal = distance.gradients(x).T @ multipliers
        away = self._q @ chord
        factor = -(chord @ away) / (2 * (chord @ normal))
        parameters[self.size : 2 * self.size] = away + factor * normal - s * parameters[2 * self.size :]
        return np.concatenate([x, factor * multipliers, s]), parameters

    def _parametrized_start(
        self, z: NDArray[np.complex128], rng: np.random.Generator
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Solve the equations, which are linear in h0 + s h."""
        parameters, s = self.random_parameters(rng, 1)[0], complex_normal(rng, (1,))
        chord = self.distance.points(z) - parameters[: self.size]
        away = self._q @ chord
        matrix = np.vstack([self.distance.functions.jacobian(z, np.zeros(0)).T, chord])
        right = matrix @ away
        right[-1] /= 2
        total = np.linalg.lstsq(matrix, right, rcond=None)[0]
        _, _, vh = np.linalg.svd(matrix)
        kernel = vh[len(matrix) :].conj().T
        total = total + kernel @ complex_normal(rng, (kernel.shape[1],))
        parameters[self.size : 2 * self.size] = total - s * parameters[2 * self.size :]
        return np.concatenate([z, s]), parameters

    @cached_property
    def _q(self) -> NDArray[np.complex128]:
        return self.distance.form.matrix(np.zeros(0, np.complex128))
