"""Charts of the gauge: an affine space of parameters on which mu has finite generic fibres and the same image.

At a random point mod a prime the columns of d mu that depend on later ones belong to weights that can be fixed; later
layers come first, so that scalings of units are fixed on the weights that enter them. Fixed weights get random values,
and the weights of a unit are mixed by a random rotation before: special functions then do not lie at infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.modular import PRIME, modular_pivots
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.tangent import differential
from critlocus.varieties.variety import ParametrizedVariety


@dataclass(frozen=True, eq=False)
class Chart:
    """The affine space ``theta = offset + basis t``.

    Attributes
    ----------
    offset : float64 array, shape (n_weights,)
    basis : float64 array, shape (n_weights, dim)
        With orthonormal columns.
    """

    offset: NDArray[np.float64]
    basis: NDArray[np.float64]

    @property
    def dim(self) -> int:
        """Number of coordinates t: the dimension of the variety."""
        return int(self.basis.shape[1])

    def lift(self, t: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return theta, shape ``(..., n_weights)``, for t of shape ``(..., dim)``."""
        return np.asarray(self.offset + t @ self.basis.T)

    def nodes(self, graph: Graph, t: Sequence[int]) -> list[int]:
        """Return the nodes of theta over the nodes of t."""
        found = []
        for offset, row in zip(self.offset.tolist(), self.basis.tolist(), strict=True):
            terms: list[Term] = [(c, node, NONE) for c, node in zip(row, t, strict=True) if c]
            if offset:
                terms.append((offset, graph.constant(1), NONE))
            found.append(graph.sum(terms))
        return found


def modular_tangent(variety: ParametrizedVariety, rng: np.random.Generator, prime: int = PRIME) -> NDArray[np.int64]:
    """Return d mu at a random point mod a 31-bit prime, shape ``(N, n_weights)``."""
    graph = Graph()
    theta = [graph.variable() for _ in range(variety.n_weights)]
    point = rng.integers(1, prime, variety.n_weights)
    return np.asarray(differential(graph, variety.mu(graph, theta), point, prime)[1])


def generic_rank(variety: ParametrizedVariety, rng: np.random.Generator) -> tuple[int, list[int]]:
    """Return the dimension of a variety, and weights whose columns of d mu are independent, last weights first.

    The rank of d mu at a random point mod a 31-bit prime is never above the dimension, and below it only with a chance
    of degree / 2^31.
    """
    matrix = modular_tangent(variety, rng)[:, ::-1]
    pivots = [variety.n_weights - 1 - k for k in modular_pivots(matrix)]
    return len(pivots), sorted(pivots)


def generic_chart(variety: ParametrizedVariety, rng: np.random.Generator) -> Chart:
    """Draw a chart that dominates the variety."""
    n = variety.n_weights
    _, free = generic_rank(variety, rng)
    mixing = np.eye(n)
    fixed = np.setdiff1d(np.arange(n), free)
    for unit in variety.units:
        if np.isin(unit, fixed).any():
            rotation, _ = np.linalg.qr(rng.standard_normal((len(unit), len(unit))))
            mixing[np.ix_(unit, unit)] = rotation
    values = np.zeros(n)
    values[fixed] = rng.choice([-1.0, 1.0], len(fixed)) * rng.uniform(0.7, 1.4, len(fixed))
    return Chart(mixing @ values, mixing[:, free])
