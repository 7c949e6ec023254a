"""The distance to the cuspidal edge of the discriminant, where it is singular, as a critical-point problem.

Lifted to the pairs (degenerate critical point z, kernel vector v) the discriminant is smooth. A local minimum of the
distance from a datum b0 is a critical point of the lifted distance: with multipliers w and kappa v for ``F = 0`` and
``H v = 0`` that is

    F = 0,   H v = 0,   H w + kappa D^3[v, v, .] = 0,   u = u0 + J w + kappa D^2 f[v, v],

with derivatives at the datum u. The product of the third equation with v says ``kappa D^3[v, v, v] = 0``: either kappa
vanishes and w is a multiple of v, see `critlocus.problems.discriminant_distance`, or z is at a cusp and u - u0 is
normal to the edge. Strata of higher codimension hold no minimum for b0 in general position: at swallowtails, and at
general kernel vectors of umbilics, the lifted map still has a rank that asks for more conditions than the stratum has
dimensions.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.discriminant_distance import MetricFamily, moved_by
from critlocus.tape.derivatives import pullback, pushforward
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem

Points = NDArray[np.complex128]
Cusp = tuple[Points, Points, Points]
"""A degenerate critical point z with ``D^3[v, v, v] = 0``, its kernel vector v, and the parameters p."""


class NearestCusp:
    """The critical points of the distance from a datum to the cusps of the discriminant.

    Unknowns: z, v, w. Parameters: those of the family, then kappa; the length of v takes its modulus, so that the real
    solutions are those for kappa = 1 and for kappa = -1.

    Parameters
    ----------
    family : MetricFamily
    cusps : list of Cusp
        On every component of the edge.
    """

    condition = None

    def __init__(self, family: MetricFamily, cusps: list[Cusp]) -> None:
        self.family, self.cusps = family, cusps
        self.n = family.n_unknowns

    @cached_property
    def system(self) -> PolynomialSystem:
        """As many equations as unknowns."""
        graph = Graph()
        z, v, w = self._variables(graph)
        parameters = [graph.parameter() for _ in range(self.family.n_params + 1)]
        f = self.family.coordinates(graph, z)
        kappa = parameters[-1]
        linear, first, second, move = _moved(graph, f, z, v, w, kappa)
        pulled = self.family.form.apply(graph, parameters[: self.family.n_form], move)
        gradient = self.family.equations(graph, z, parameters[:-1])
        kernel = pullback(graph, gradient, v, z)
        cubic = pullback(graph, [graph.dot(v, kernel)], [graph.constant(1)], z)
        equations = [*moved_by(graph, gradient, f, pulled, z), *moved_by(graph, kernel, first, pulled, z)]
        by_w = moved_by(graph, pullback(graph, gradient, w, z), linear, pulled, z)
        by_v = moved_by(graph, cubic, second, pulled, z)
        equations += [graph.sum([(1.0, a, NONE), (1.0, kappa, b)]) for a, b in zip(by_w, by_v, strict=True)]
        return PolynomialSystem(graph, equations)

    def _variables(self, graph: Graph) -> tuple[list[int], list[int], list[int]]:
        z, v, w = ([graph.variable() for _ in range(self.n)] for _ in range(3))
        return z, v, w

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (what tells critical points apart, D^2 f[v, v], J w): v and -v are one solution."""
        graph = Graph()
        z, v, w = self._variables(graph)
        f = self.family.coordinates(graph, z)
        _, _, second, move = _moved(graph, f, z, v, w, graph.constant(1))
        return PolynomialSystem(graph, [*self.family.invariants(graph, z), *second, *move])

    @cached_property
    def moves(self) -> PolynomialSystem:
        """The map to (f, u - u0), with the parameter kappa."""
        graph = Graph()
        z, v, w = self._variables(graph)
        f = self.family.coordinates(graph, z)
        return PolynomialSystem(graph, [*f, *_moved(graph, f, z, v, w, graph.parameter())[3]])

    def random_rows(self, rng: np.random.Generator, count: int) -> Points:
        """Return generic parameters."""
        return np.hstack([self.family.random_parameters(rng, count), complex_normal(rng, (count, 1))])

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return a pair for every cusp: random lengths of v and of v in w, and the b0 that they need.

        Random around the size of u: both parts of u - u0 are then about as large as u.
        """
        found = []
        for z, v, p in self.cusps:
            kappa = complex_normal(rng, (1,))
            form = self.family.form.matrix(p[: self.family.n_form])
            size = float(np.linalg.norm(np.linalg.solve(form, p[self.family.targets])))
            x = self._with_multiplier(z, v, p, kappa)
            v = v * complex_normal(rng, (1,)) * np.sqrt(size / np.linalg.norm(self._move(x, kappa)))
            x = self._with_multiplier(z, v, p, kappa)
            along = np.linalg.norm(self._move(np.concatenate([z, 0 * v, v]), kappa))
            x[2 * self.n :] += complex_normal(rng, (1,)) * size / along * v
            row = np.concatenate([p, kappa])
            row[self.family.targets] -= form @ self._move(x, kappa)
            found.append((x, row))
        return found

    def _with_multiplier(self, z: Points, v: Points, p: Points, kappa: Points) -> Points:
        """Return (z, v, w) with the smallest w."""
        hessian = self.family.system.jacobian(z, p)
        still = self._still(np.concatenate([z, v, 0 * z]), p, kappa)
        return np.concatenate([z, v, np.linalg.lstsq(hessian, -still, rcond=1e-10)[0]])

    def _move(self, x: Points, kappa: Points) -> Points:
        """Return u - u0."""
        return np.asarray(self.moves(x, kappa)[-len(self.family.targets) :])

    def _still(self, x: Points, p: Points, kappa: Points) -> Points:
        """Return ``kappa D^3[v, v, .]`` at the datum p, shape ``(n,)``."""
        graph = Graph()
        z, v, _ = self._variables(graph)
        parameters = [graph.parameter() for _ in range(self.family.n_params)]
        kernel = pullback(graph, self.family.equations(graph, z, parameters), v, z)
        cubic = pullback(graph, [graph.dot(v, kernel)], [graph.constant(1)], z)
        return np.asarray(kappa * PolynomialSystem(graph, cubic)(x, p))


def _moved(
    graph: Graph, f: list[int], z: list[int], v: list[int], w: list[int], kappa: int
) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return the nodes of J w, J v, D^2 f[v, v], and of ``u - u0 = J w + kappa D^2 f[v, v]``."""
    linear, first = pushforward(graph, f, w, z), pushforward(graph, f, v, z)
    second = pushforward(graph, first, v, z)
    move = [graph.sum([(1.0, a, NONE), (1.0, kappa, b)]) for a, b in zip(linear, second, strict=True)]
    return linear, first, second, move
