"""Bottlenecks: pairs of points x != y of a variety whose line is normal to it at both.

They are the critical points of ``|x - y|_Q^2`` on X x X away from the diagonal. As a family: those on X x X of

    alpha/2 |x|^2 - beta <x, y> + gamma/2 |y|^2 - <b, (x, y)>,

a distance in the sense of `critlocus.problems.distance` with a form that has three parameters. It is linear in b, so
that a start pair is linear algebra and monodromy reaches everything if X is irreducible; with beta = 0 it splits into
two ED problems, so that the generic member has as many solutions as the square of the ED degree. Bottlenecks are the
regular solutions of the member alpha = beta = gamma = 1, b = 0; the others go to the diagonal, or to infinity.

References: Eklund, *The numerical algebraic geometry of bottlenecks* (2023); Di Rocco, Eklund & Weinstein, *The
bottleneck degree of algebraic varieties* (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.quadratic_form import FixedForm
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import generic_chart
from critlocus.varieties.pairs import ImplicitPairs, ParametrizedPairs
from critlocus.varieties.variety import Variety, is_parametrized

_POINTS = 6


@dataclass(frozen=True, eq=False)
class CoupledForm:
    """``alpha |x|_Q^2 - 2 beta <x, y>_Q + gamma |y|_Q^2`` on pairs (x, y).

    Parameters
    ----------
    q : float64 array, shape (N, N)
    """

    q: NDArray[np.float64]

    @property
    def names(self) -> list[str]:
        """The three parameters."""
        return ["alpha", "beta", "gamma"]

    def apply(self, graph: Graph, parameters: Sequence[int], f: Sequence[int]) -> list[int]:
        """Return the nodes of the form's matrix times f."""
        alpha, beta, gamma = parameters
        half = len(f) // 2
        fixed = FixedForm(self.q)
        x, y = fixed.apply(graph, [], f[:half]), fixed.apply(graph, [], f[half:])
        pairs = [((1.0, alpha, a), (-1.0, beta, b)) for a, b in zip(x, y, strict=True)]
        pairs += [((-1.0, beta, a), (1.0, gamma, b)) for a, b in zip(x, y, strict=True)]
        return [graph.sum(pair) for pair in pairs]

    def matrix(self, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the matrix, shape ``(2 N, 2 N)``."""
        alpha, beta, gamma = parameters
        return np.block([[alpha * self.q, -beta * self.q], [-beta * self.q, gamma * self.q]])


def pair_family(variety: Variety, q: NDArray[np.float64], rng: np.random.Generator) -> Distance:
    """Return the family whose member `bottleneck_parameters` has the bottlenecks of a variety.

    Raises
    ------
    InputError
        If no point of an implicit variety can be found.
    """
    if is_parametrized(variety):
        parametrized = ParametrizedPairs(variety)
        return ParametrizedDistance(parametrized, CoupledForm(q), generic_chart(parametrized, rng))
    return ImplicitDistance(ImplicitPairs(variety), CoupledForm(q), rng)


def bottleneck_parameters(family: Distance) -> NDArray[np.complex128]:
    """Return the member with the bottlenecks: alpha = beta = gamma = 1 and b = 0."""
    return np.concatenate([np.ones(3), np.zeros(family.n_params - 3)]).astype(np.complex128)


def squared_width(family: Distance, graph: Graph, z: Sequence[int]) -> int:
    """Return the node of ``|x - y|_Q^2`` over unknowns z."""
    f = family.coordinates(graph, z)
    half = len(f) // 2
    chord = [graph.sum([(1.0, a, NONE), (-1.0, b, NONE)]) for a, b in zip(f[:half], f[half:], strict=True)]
    form = family.form
    if not isinstance(form, CoupledForm):
        raise TypeError("squared_width belongs to pair families")
    return graph.dot(chord, FixedForm(form.q).apply(graph, [], chord))


def squared_widths(family: Distance, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return ``|x - y|_Q^2`` at unknowns of shape ``(count, n)``."""
    graph = Graph()
    node = squared_width(family, graph, [graph.variable() for _ in range(z.shape[1])])
    return PolynomialSystem(graph, [node])(z, np.zeros(0))[:, 0]


def start_pairs(
    family: Distance, points: list[NDArray[np.complex128]], rng: np.random.Generator
) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
    """Return start pairs (z0, p0) of a distance, on every component of an implicit variety, or of parametrised pairs.

    At given points, see `critlocus.continuation.component_points`; a parametrised variety needs none: it is
    irreducible, and one pair would do; with more, monodromy misses less: from one start, loops over two members of some
    quadrics agreed on 5 of 6 critical points.
    """
    if not isinstance(family, ImplicitDistance):
        return [family.start_pair(rng) for _ in range(_POINTS)]
    found = []
    for x in points * 2:
        z = np.concatenate([x, complex_normal(rng, (family.codimension,))])
        found.append((z, family.solved_parameters(z, rng)))
    return found


def split_pairs(
    family: ImplicitDistance, x: NDArray[np.complex128], bx: NDArray[np.complex128],
    y: NDArray[np.complex128], by: NDArray[np.complex128],
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:  # fmt: skip
    """Return all pairs of critical points x and y of the distances from two targets, and the member with beta = 0.

    Parameters
    ----------
    x, y : complex128 arrays, shapes (K, N) and (L, N)
    bx, by : complex128 arrays, shape (N,)
        The targets, times Q.

    Returns
    -------
    complex128 arrays, shapes (K L, n_unknowns) and (n_params,)
    """
    member = np.concatenate([[1, 0, 1], bx, by]).astype(np.complex128)
    points = np.hstack([np.repeat(x, len(y), axis=0), np.tile(y, (len(x), 1))])
    size = points.shape[1]
    z = np.hstack([points, np.zeros((len(points), family.codimension))])
    residual = family.system(z, np.tile(member, (len(z), 1)))[:, :size]
    for row, r in zip(z, residual, strict=True):
        row[size:] = np.linalg.lstsq(family.gradients(row[:size]).T, -r, rcond=None)[0]
    return z, member
