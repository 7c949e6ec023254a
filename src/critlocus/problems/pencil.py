"""The curve of critical points over a line of parameters, with sections of bidegree (1, 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import Identification
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.distance import Distance
from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem


@dataclass(eq=False)
class Pencil:
    """Points (x, s), x critical for ``p0 + s p1``, on ``alpha + beta s + sum_k (gamma_k + delta_k s) y_k = 0``.

    Parameters
    ----------
    graph : Graph
        Its variables are x, then s; its parameters p0, then p1.
    equations : list of int
        Those of the curve.
    s : int
    y : list of int
        Coordinates that are constant on the classes of the identification.
    identification : Identification
        Which points (x, s) count as one.
    coordinates : str
        What y is, for the record.
    torus : bool
        Points with a vanishing coordinate of x do not belong to the curve.
    """

    graph: Graph
    equations: list[int]
    s: int
    y: list[int]
    identification: Identification
    coordinates: str
    torus: bool

    @cached_property
    def system(self) -> PolynomialSystem:
        """Variables: x, then s. Parameters: p0, p1, alpha, beta, gamma, delta."""
        graph, s = self.graph, self.s
        terms: list[Term] = [(1.0, graph.parameter(), NONE), (1.0, graph.parameter(), s)]
        terms += [(1.0, graph.parameter(), y) for y in self.y]
        terms += [(1.0, graph.parameter(), graph.product(s, y)) for y in self.y]
        return PolynomialSystem(graph, [*self.equations, graph.sum(terms)])

    def values(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return y at points (x, s): shape ``(N, n + 1)`` -> ``(N, len(y))``."""
        blank = [0] * len(self.graph.parameters)
        columns = evaluate(self.graph, self.y, list(points.T), blank, complex)
        return np.stack([np.broadcast_to(c, (len(points),)) for c in columns], axis=1)

    def row(
        self,
        line: NDArray[np.complex128],
        alpha: complex = 0,
        beta: complex = 0,
        gamma: NDArray[np.complex128] | None = None,
        delta: NDArray[np.complex128] | None = None,
    ) -> NDArray[np.complex128]:
        """Return the parameters of a section over the line (p0, p1)."""
        none = np.zeros(len(self.y), np.complex128)
        parts = [
            line,
            np.array([alpha, beta], np.complex128),
            none if gamma is None else gamma,
            none if delta is None else delta,
        ]
        return np.concatenate(parts)


def stratum_pencil(
    family: CriticalPoints, support: NDArray[np.int64], coordinates: str, symmetry: SignGroup | None = None
) -> Pencil:
    """Return the curve of a zero pattern.

    Parameters
    ----------
    support : int array
        Weights that are not identically 0; variables of the system, before s.
    coordinates : str
        What y is: ``function``, the coefficients of the network's function, or ``squares``, the squared weights.
    symmetry : SignGroup, optional
        Acting on the support's weights.
    """
    graph = Graph()
    theta = [graph.constant(0)] * family.network.n_weights
    for k in support:
        theta[int(k)] = graph.variable()
    s = graph.variable()
    if coordinates == "function":
        nodes = [c for row in family.network.parametrisation(graph, theta) for c in row]
        y = [c for c in dict.fromkeys(nodes) if c not in graph.constants]
    else:
        y = [graph.product(theta[int(k)], theta[int(k)]) for k in support]
    equations = family.equations(graph, theta, _line(graph, s, family.n_params))
    group = SignGroup.trivial(len(support)) if symmetry is None else symmetry
    return Pencil(graph, equations, s, y, _with_slope(group), coordinates, torus=True)


def distance_pencil(family: Distance) -> Pencil:
    """Return the curve of critical points of the distance to a variety; y are the coordinates of the point on it."""
    graph = Graph()
    z = [graph.variable() for _ in range(family.n_unknowns)]
    s = graph.variable()
    equations = family.equations(graph, z, _line(graph, s, family.n_params))
    y = [c for c in dict.fromkeys(family.coordinates(graph, z)) if c not in graph.constants]
    plain = Graph()
    variables = [plain.variable() for _ in range(family.n_unknowns + 1)]
    functions = PolynomialSystem(plain, [*family.coordinates(plain, variables[:-1]), variables[-1]])
    return Pencil(graph, equations, s, y, Fibres(functions), "function", torus=False)


def _line(graph: Graph, s: int, count: int) -> list[int]:
    p0 = [graph.parameter() for _ in range(count)]
    p1 = [graph.parameter() for _ in range(count)]
    return [graph.sum([(1.0, a, NONE), (1.0, b, s)]) for a, b in zip(p0, p1, strict=True)]


def _with_slope(symmetry: SignGroup) -> SignGroup:
    """Extend the group to the coordinate s, which it leaves alone."""
    rows = len(symmetry.flips)
    return SignGroup(
        np.hstack([symmetry.flips, np.ones((rows, 1), np.int8)]),
        np.hstack([symmetry.incoming, np.zeros((rows, 1), bool)]),
    )
