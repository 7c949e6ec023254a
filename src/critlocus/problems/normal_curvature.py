"""Critical normal curvatures of an implicit variety, over all points, unit tangents v and unit normals n.

The curvature is ``v^T (sum_i m_i H_i) v`` for ``n = sum_i m_i grad g_i``; its maximum over real points is 1 over the
smallest radius of curvature. As a family, a linear form p in (x, v, m) is subtracted: start pairs then are linear
algebra, and for an irreducible variety of (x, v, m) monodromy reaches everything. The signs of v and m act on the
member p = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.quadratic_form import FixedForm
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.smooth_point import equation_system
from critlocus.varieties.variety import Ambient, ImplicitVariety

_STARTS = 8


class UnitFrames:
    """The variety of points with a unit tangent and a unit normal, coordinates (x, v, m).

    Parameters
    ----------
    one : ImplicitVariety
        With as many equations as its codimension.
    q : float64 array, shape (N, N)
        The metric.
    count : int
        Number of equations.
    """

    def __init__(self, one: ImplicitVariety, q: NDArray[np.float64], count: int) -> None:
        self.one, self.q, self.count = one, q, count
        self.size = len(one.ambient)

    @property
    def name(self) -> str:
        """Name of the variety."""
        return f"unit frames of {self.one.name}"

    @property
    def ambient(self) -> Ambient:
        """Coordinates x, v and m."""
        names = [f"{letter}[{k}]" for letter in "xv" for k in range(self.size)]
        names += [f"m[{k}]" for k in range(self.count)]
        return Ambient(tuple(names), (1.0,) * len(names))

    def equations(self, graph: Graph, x: Sequence[int]) -> list[int]:
        """Return the equations: x on the variety, v tangent, both of length 1."""
        return self.parts(graph, x)[1]

    def parts(self, graph: Graph, w: Sequence[int]) -> tuple[int, list[int]]:
        """Return the node of the curvature, and the equations."""
        x, v, m = w[: self.size], w[self.size : 2 * self.size], w[2 * self.size :]
        equations = self.one.equations(graph, x)
        one = graph.constant(1)
        gradients = [pullback(graph, [g], [one], x) for g in equations]
        normal = pullback(graph, equations, m, x)
        bent = [graph.dot(pullback(graph, [node], [one], x), v) for node in normal]

        def length(vector: Sequence[int], form: NDArray[np.float64]) -> int:
            square = graph.dot(vector, FixedForm(form).apply(graph, [], vector))
            return graph.sum([(1.0, square, NONE), (-1.0, one, NONE)])

        tangent = [graph.dot(gradient, v) for gradient in gradients]
        lengths = [length(v, self.q), length(normal, np.asarray(np.linalg.inv(self.q), np.float64))]
        return graph.dot(v, bent), [*equations, *tangent, *lengths]

    def random(self, x: NDArray[np.complex128], rng: np.random.Generator) -> NDArray[np.complex128]:
        """Return x, v and m of a random complex frame at a smooth point x."""
        gradients = equation_system(self.one).jacobian(x, np.zeros(0))
        _, _, vh = np.linalg.svd(gradients)
        v = complex_normal(rng, (self.size - self.count,)) @ vh[self.count :].conj()
        m = complex_normal(rng, (self.count,))
        normal = m @ gradients
        return np.concatenate([x, v / np.sqrt(v @ self.q @ v), m / np.sqrt(normal @ np.linalg.solve(self.q, normal))])


class NormalCurvature:
    """The family of critical points of curvature minus a linear form p: unknowns (x, v, m), then multipliers.

    Parameters
    ----------
    frames : UnitFrames
    """

    def __init__(self, frames: UnitFrames) -> None:
        self.frames = frames
        self.width = len(frames.ambient)
        self.n_multipliers = 2 * frames.count + 2

    @cached_property
    def system(self) -> PolynomialSystem:
        """The gradient of the Lagrange function; parameters p."""
        graph = Graph()
        w = [graph.variable() for _ in range(self.width)]
        multipliers = [graph.variable() for _ in range(self.n_multipliers)]
        curvature, constraints = self.frames.parts(graph, w)
        gradient = pullback(graph, [curvature, *constraints], [graph.constant(1), *multipliers], w)
        equations = []
        for node in gradient:
            terms: list[Term] = [(1.0, node, NONE), (-1.0, graph.parameter(), NONE)]
            equations.append(graph.sum(terms))
        return PolynomialSystem(graph, equations + constraints, symmetric=True)

    @cached_property
    def functions(self) -> PolynomialSystem:
        """The map to (x, v, m), which tells solutions apart, and to the curvature."""
        graph = Graph()
        w = [graph.variable() for _ in range(self.width)]
        for _ in range(self.n_multipliers):
            graph.variable()
        return PolynomialSystem(graph, [*w, self.frames.parts(graph, w)[0]])

    def random_parameters(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return linear forms of very different sizes, shape ``(count, width)``."""
        rows = complex_normal(rng, (count, self.width))
        return np.asarray(rows * np.exp(1.5 * rng.standard_normal((count, 1)) + rng.standard_normal(rows.shape)))

    def start_pairs(
        self, points: list[NDArray[np.complex128]], rng: np.random.Generator
    ) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return start pairs (z0, p0) at random frames of given points, several at each if there are few.

        See `critlocus.continuation.component_points`.
        """
        found = []
        for x in points * -(-_STARTS // len(points)):
            z = np.concatenate([self.frames.random(x, rng), complex_normal(rng, (self.n_multipliers,))])
            found.append((z, self.system(z, np.zeros(self.width))[: self.width]))
        return found

    def images(self, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return all images of solutions of the member p = 0 under the signs of v and m, shape ``(4 count, n)``.

        Multipliers are kept or change their signs with the terms that they belong to.
        """
        size, count = self.frames.size, self.frames.count
        found = []
        for v in (1, -1):
            for m in (1, -1):
                signs = np.ones(self.width + self.n_multipliers)
                signs[size : 2 * size], signs[2 * size : self.width] = v, m
                # The curvature changes by the sign m: L = m (F + ...) has multipliers m, v m, m, m.
                signs[self.width :] = m
                signs[self.width + count : self.width + 2 * count] = v * m
                found.append(z * signs)
        return np.concatenate(found)
