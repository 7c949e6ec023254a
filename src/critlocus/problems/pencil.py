"""The curve of critical points over a line of parameters, with sections of bidegree (1, 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import CriticalPoints
from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem


@dataclass(eq=False)
class Pencil:
    """Points (theta, s), theta critical for ``p0 + s p1``, on ``alpha + beta s + sum_k (gamma_k + delta_k s) y_k = 0``.

    The coordinates y are constant on orbits of the sign group.

    Parameters
    ----------
    family : CriticalPoints
    support : int array
        Weights that are not identically 0; variables of the system, before s.
    coordinates : str
        What y is: ``function``, the coefficients of the network's function, or ``squares``, the squared weights.
    """

    family: CriticalPoints
    support: NDArray[np.int64]
    coordinates: str

    def __post_init__(self) -> None:
        family, graph = self.family, Graph()
        theta = [graph.constant(0)] * family.network.n_weights
        for k in self.support:
            theta[int(k)] = graph.variable()
        s = graph.variable()
        if self.coordinates == "function":
            nodes = [c for row in family.network.parametrisation(graph, theta) for c in row]
            self.y = [c for c in dict.fromkeys(nodes) if c not in graph.constants]
        else:
            self.y = [graph.product(theta[int(k)], theta[int(k)]) for k in self.support]
        p0 = [graph.parameter() for _ in range(family.n_params)]
        p1 = [graph.parameter() for _ in range(family.n_params)]
        line = [graph.sum([(1.0, a, NONE), (1.0, b, s)]) for a, b in zip(p0, p1, strict=True)]
        self._graph, self._equations = graph, family.equations(graph, theta, line)
        self._s = s

    @cached_property
    def system(self) -> PolynomialSystem:
        """Variables: the weights of the support, then s. Parameters: p0, p1, alpha, beta, gamma, delta."""
        graph, s = self._graph, self._s
        terms: list[Term] = [(1.0, graph.parameter(), NONE), (1.0, graph.parameter(), s)]
        terms += [(1.0, graph.parameter(), y) for y in self.y]
        terms += [(1.0, graph.parameter(), graph.product(s, y)) for y in self.y]
        return PolynomialSystem(graph, [*self._equations, graph.sum(terms)])

    def values(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return y at points (theta, s): shape ``(N, len(support) + 1)`` -> ``(N, len(y))``."""
        blank = [0] * len(self._graph.parameters)
        columns = evaluate(self._graph, self.y, list(points.T), blank, complex)
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
