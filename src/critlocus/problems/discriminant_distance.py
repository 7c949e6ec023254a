"""The distance to the discriminant as a critical-point problem.

The conormal of the discriminant at b is ``J v`` with v the kernel of the Hessian, so the nearest target u to a datum
u0 is ``u = u0 + J v`` for some length of v: unknowns (z, v), equations ``F(z; b) = 0`` and ``H(z; b) v = 0`` with
``b = b0 + Q J v``. The solutions with v = 0 are the critical points of u0 themselves and are not reached from others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.discriminant import Family
from critlocus.problems.quadratic_form import QuadraticForm, minus
from critlocus.tape.derivatives import pullback, pushforward
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem


class MetricFamily(Family, Protocol):
    """A family ``grad_z (1/2 |f(z) - u|_Q^2 + ...) = 0``, linear in ``b = Q u``.

    Attributes
    ----------
    form : QuadraticForm
        Q; its parameters are the first `n_form` ones.
    targets : int64 array
        The parameters b.
    """

    @property
    def form(self) -> QuadraticForm: ...  # noqa: D102
    @property
    def n_form(self) -> int: ...  # noqa: D102
    @property
    def targets(self) -> NDArray[np.int64]: ...  # noqa: D102

    def coordinates(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the nodes of f."""
        ...


class NearestDegenerate:
    """The critical points of the distance from a datum to the smooth part of the discriminant.

    Unknowns: z, v. Parameters: those of the family.

    Parameters
    ----------
    family : MetricFamily
    """

    condition = None

    def __init__(self, family: MetricFamily) -> None:
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
        return PolynomialSystem(
            graph, [*moved_by(graph, gradient, f, pulled, z), *moved_by(graph, kernel, move, pulled, z)]
        )

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (what tells critical points apart, J v)."""
        graph, z, _, move = self._moved()
        return PolynomialSystem(graph, [*self.family.invariants(graph, z), *move])

    @cached_property
    def moves(self) -> PolynomialSystem:
        """The map to (f, u - u0)."""
        graph, _, f, move = self._moved()
        return PolynomialSystem(graph, [*f, *move])

    def _moved(self) -> tuple[Graph, list[int], list[int], list[int]]:
        graph = Graph()
        z, v = ([graph.variable() for _ in range(self.n)] for _ in range(2))
        f = self.family.coordinates(graph, z)
        return graph, z, f, pushforward(graph, f, v, z)

    def random_rows(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return generic parameters."""
        return self.family.random_parameters(rng, count)

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return pairs: a degenerate point with any length of v, and the b0 that it belongs to."""
        found = []
        for z, v, p in self.family.degenerate_pairs(rng):
            x = np.concatenate([z, v * complex_normal(rng, (1,))[0]])
            move = self.moves(x, np.zeros(0))[-len(self.family.targets) :]
            row = p.copy()
            row[self.family.targets] -= self.family.form.matrix(p[: self.family.n_form]) @ move
            found.append((x, row))
        return found


def moved_by(graph: Graph, equations: list[int], f: list[int], pulled: list[int], inputs: list[int]) -> list[int]:
    """Return equations at ``b0 + Q (u - u0)`` instead of b0, where they have the term ``-(d f / d inputs)^T b``.

    Parameters
    ----------
    equations : list of int
        Over b0.
    f : list of int
        The function, or a derivative of it.
    pulled : list of int
        ``Q (u - u0)``.
    """
    return minus(graph, equations, pullback(graph, f, pulled, inputs))
