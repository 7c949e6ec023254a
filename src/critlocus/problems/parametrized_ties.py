"""Ties of a point of a parametrised variety with x = y divided out, see `critlocus.problems.divided_ties`.

Here ``x = f(t + e v)`` and y = f(t). With f_k, J_k the Taylor coefficients of f and of its Jacobian in e, ``h(s) = h0 +
s h`` and ``D = f_1 + e f_2 + ...``, what is left of the equations of ties is

    J^T Q D - (J_1 + e J_2 + ...)^T h(s) = 0,
    <f_2 + 2 e f_3 + 3 e^2 f_4 + ..., Q D> = <f_3 + 2 e f_4 + 3 e^2 f_5 + ..., h(s)>.

Where several t have the image y, a tie that comes close to y by way of another t is not divided: all preimages of ties
are followed, see `critlocus.continuation.preimages`.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.problems.divided_ties import DividedTies, normalised
from critlocus.tape.derivatives import jacobian
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.series import horner, taylor
from critlocus.tape.system import PolynomialSystem

_NOTHING = np.zeros(0)
_STEPS, _STARTS = 100, 60
_FAR, _ON = 1e6, 1e-12


class ParametrizedTies(DividedTies):
    """Unknowns v, e, s, k0, k; parameters p0, p, t, the form.

    The parameters t of y move freely. ``h0 = p0 - J(t) k0`` and ``h = p - J(t) k``, with k0 and k such that they are
    normal at y: normal forms given as p0 and p have k0 = k = 0.

    Parameters
    ----------
    distance : Distance
        Of a parametrised variety.
    rng : Generator
        Draws the normalisation of v.
    """

    def __init__(self, distance: Distance, rng: np.random.Generator) -> None:
        self.distance = distance
        self.width = distance.n_unknowns
        self.form = complex_normal(rng, (self.width,))

    def own(self, y: NDArray[np.complex128], rng: np.random.Generator) -> NDArray[np.complex128] | None:
        """Return parameters of y in the chart, by the Gauss-Newton method from random points, first from real ones."""
        functions = self.distance.functions
        for k in range(2 * _STARTS):
            t = complex_normal(rng, (self.width,))
            if k < _STARTS:  # a path from a real start stays real, up to rounding
                t = np.exp(rng.standard_normal()) * t.real.astype(np.complex128)
            for _ in range(_STEPS):
                step = np.linalg.lstsq(functions.jacobian(t, _NOTHING), functions(t, _NOTHING) - y, rcond=1e-12)[0]
                t = t - step
                if not np.abs(t).max() < _FAR or np.linalg.norm(step) <= 1e-15 * np.linalg.norm(t):
                    break
            found = np.abs(t).max() < _FAR
            if found and np.linalg.norm(functions(t, _NOTHING) - y) <= _ON * max(1.0, float(np.linalg.norm(y))):
                return t.real.astype(np.complex128) if k < _STARTS else t
        return None

    def base(self, w: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return t."""
        return np.tile(row[-2 * self.width : -self.width], (len(w), 1))

    @cached_property
    def system(self) -> PolynomialSystem:
        """The divided equations."""
        graph = Graph()
        v = [graph.variable() for _ in range(self.width)]
        e, s = graph.variable(), graph.variable()
        k0, k = ([graph.variable() for _ in range(self.width)] for _ in range(2))
        p0, p = ([graph.parameter() for _ in self.distance.variety.ambient.names] for _ in range(2))
        t = [graph.parameter() for _ in range(self.width)]
        f, rows = self._taylor(graph, t, v)
        normals = []
        forms = []
        for given, shift in ((p0, k0), (p, k)):
            form = [
                graph.sum([(1.0, c, NONE)] + [(-1.0, j[0], x) for j, x in zip(row, shift, strict=True)])
                for c, row in zip(given, rows, strict=True)
            ]
            forms.append(form)
            normals += [graph.dot([row[j][0] for row in rows], form) for j in range(self.width)]
        h = [graph.sum([(1.0, a, NONE), (1.0, b, s)]) for a, b in zip(*forms, strict=True)]
        pulled = self.distance.form.apply(graph, [], [horner(graph, c[1:], e) for c in f])
        critical = []
        for j in range(self.width):
            terms: list[Term] = []
            for row, q, n in zip(rows, pulled, h, strict=True):
                terms += [(1.0, horner(graph, row[j], e), q), (-1.0, horner(graph, row[j][1:], e), n)]
            critical.append(graph.sum(terms))
        height: list[Term] = []
        for c, q, n in zip(f, pulled, h, strict=True):
            height.append((1.0, horner(graph, c[2:], e, range(1, len(c[2:]) + 1)), q))
            height.append((-1.0, horner(graph, c[3:], e, range(1, len(c[3:]) + 1)), n))
        return PolynomialSystem(graph, [*normals, *critical, graph.sum(height), normalised(graph, v)])

    def _taylor(self, graph: Graph, t: list[int], v: list[int]) -> tuple[list[list[int]], list[list[list[int]]]]:
        own = Graph()
        z = [own.variable() for _ in range(self.width)]
        f = self.distance.coordinates(own, z)
        entries = jacobian(own, f, z)
        zero = own.constant(0)
        rows = [[entries.get((i, k), zero) for k in range(self.width)] for i in range(len(f))]
        value = taylor(PolynomialSystem(own, f), graph, t, v)
        return value, [taylor(PolynomialSystem(own, row), graph, t, v) for row in rows]

    def functions(self, row: NDArray[np.complex128]) -> PolynomialSystem:
        """Return the map w -> (x, s, x - y)."""
        graph = Graph()
        w = [graph.variable() for _ in range(self.system.n)]
        t, e = [graph.constant(c) for c in self.base(np.zeros((1, 0), np.complex128), row)[0].tolist()], w[self.width]
        f, _ = self._taylor(graph, t, w[: self.width])
        x = [horner(graph, c, e) for c in f]
        chord = [graph.product(e, horner(graph, c[1:], e)) for c in f]
        return PolynomialSystem(graph, [*x, w[self.width + 1], *chord])

    def place(
        self, y: NDArray[np.complex128], first: NDArray[np.complex128], direction: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Take h0 and h as they are: k = 0."""
        return np.concatenate([first, direction, y, self.form]), np.zeros(2 * self.width, np.complex128)

    def divide(
        self, z: NDArray[np.complex128], row: NDArray[np.complex128], own: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Divide the parameters' difference by e."""
        chord = z[:, :-1] - self.base(z, row)
        e = (chord @ self.form)[:, None]
        return np.hstack([chord / e, e, z[:, -1:], np.tile(own, (len(z), 1))])

    def multiply(self, w: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the parameters of x, and s."""
        d = self.width
        return np.hstack([self.base(w, row) + w[:, d : d + 1] * w[:, :d], w[:, d + 1 : d + 2]])
