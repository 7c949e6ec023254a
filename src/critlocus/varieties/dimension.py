"""Dimension of a variety: exactly, as the rank of d mu mod primes, and numerically, with the gap of singular values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.modular import PRIMES, modular_rank
from critlocus.tape.graph import Graph
from critlocus.tape.tangent import differential
from critlocus.varieties.chart import modular_tangent
from critlocus.varieties.expected import expected_dimension
from critlocus.varieties.smooth_point import equation_system, smooth_point
from critlocus.varieties.variety import ImplicitVariety, ParametrizedVariety

SMALL = 1e-9
"""Singular values below this, relative to the largest one, count as 0."""
_POINTS, _WELL = 10, 1e-4


@dataclass(frozen=True)
class NumericalRank:
    """Rank of a matrix by its singular values.

    Attributes
    ----------
    rank : int
        Number of singular values above `SMALL` times the largest one.
    smallest : float
        The last singular value that counts, relative to the largest one; 0 for a zero matrix.
    next : float
        The first one that does not, relative to the largest one; 0 if there is none.
    """

    rank: int
    smallest: float
    next: float

    @classmethod
    def of(cls, matrix: NDArray[np.float64] | NDArray[np.complex128]) -> NumericalRank:
        """Compute the rank of a matrix of any shape."""
        singular = np.linalg.svd(matrix, compute_uv=False)
        if singular.size == 0 or singular[0] == 0:
            return cls(0, 0.0, 0.0)
        relative = singular / singular[0]
        rank = int(np.count_nonzero(relative > SMALL))
        return cls(rank, float(relative[rank - 1]), float(relative[rank]) if rank < len(relative) else 0.0)


@dataclass(frozen=True)
class Dimension:
    """Dimension of a variety and of its surroundings.

    Attributes
    ----------
    ambient, dim, expected : int
    counted : str
        How the expected dimension is counted.
    modular_ranks : tuple of int
        Ranks of d mu at random points mod the primes of `critlocus.modular.PRIMES`; none for implicit varieties. Each
        is a proven lower bound of the dimension, and smaller only by an accident of chance about degree / 2^31.
    numerical : NumericalRank
        Of d mu at the best of a few random real points (deep networks are nearly degenerate at many); or of the
        Jacobian of the equations, whose rank is the codimension, at a point that Newton's method found.
    """

    ambient: int
    dim: int
    expected: int
    counted: str
    modular_ranks: tuple[int, ...]
    numerical: NumericalRank

    @property
    def defect(self) -> int | None:
        """Expected dimension minus dimension; None for implicit varieties, where equations may be superfluous."""
        return self.expected - self.dim if self.modular_ranks else None

    @property
    def filling(self) -> bool:
        """Whether the closure is the whole ambient space."""
        return self.dim == self.ambient

    @property
    def proven(self) -> bool:
        """Whether a lower and an upper bound, both proven, meet."""
        return bool(self.modular_ranks) and self.dim == self.expected

    @property
    def agree(self) -> bool:
        """Whether all ranks, exact and numerical, agree."""
        rank = self.numerical.rank if self.modular_ranks else self.ambient - self.numerical.rank
        return set(self.modular_ranks) <= {self.dim} and rank == self.dim

    @property
    def contradicted(self) -> bool:
        """Whether the ranks mod primes differ, or a numerical rank is above them (one below is only a bad point)."""
        above = bool(self.modular_ranks) and self.numerical.rank > self.dim
        return above or not set(self.modular_ranks) <= {self.dim}


def tangent_maps(
    variety: ParametrizedVariety, rows: NDArray[np.float64] | NDArray[np.complex128]
) -> Iterator[NDArray[np.float64] | NDArray[np.complex128]]:
    """Yield d mu, shape ``(N, n_weights)``, at every row of weights, shape ``(k, n_weights)``."""
    graph = Graph()
    nodes = [graph.variable() for _ in range(variety.n_weights)]
    mu = variety.mu(graph, nodes)
    for row in rows:
        yield differential(graph, mu, row)[1]


def dimension(variety: ParametrizedVariety, rng: np.random.Generator) -> Dimension:
    """Return the dimension of a parametrised variety."""
    ranks = tuple(modular_rank(modular_tangent(variety, rng, prime), prime) for prime in PRIMES)
    expected, counted = expected_dimension(variety)
    points = rng.standard_normal((_POINTS, variety.n_weights))
    numerical = NumericalRank(0, 0.0, 0.0)
    for matrix in tangent_maps(variety, points):
        found = NumericalRank.of(matrix)
        numerical = max(numerical, found, key=lambda r: (r.rank, r.smallest))
        if numerical.rank == max(ranks) and numerical.smallest >= _WELL:
            break
    return Dimension(len(variety.ambient), max(ranks), expected, counted, ranks, numerical)


def implicit_dimension(variety: ImplicitVariety, rng: np.random.Generator) -> Dimension:
    """Return the dimension of a variety given by equations, from the rank of their Jacobian at points of it.

    Raises
    ------
    InputError
        If no point is found.
    """
    system = equation_system(variety)
    point, rank = smooth_point(variety.name, system, rng)
    numerical = NumericalRank.of(system.jacobian(point, np.zeros(0)))
    ambient, equations = len(variety.ambient), len(system.equations)
    return Dimension(
        ambient,
        ambient - rank,
        max(0, ambient - equations),
        "coordinates minus equations",
        (),
        numerical,
    )
