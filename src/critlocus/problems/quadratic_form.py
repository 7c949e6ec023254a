"""The quadratic form Q of a distance: a fixed matrix, or one made of moments that are parameters of the family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.moments import Moments, pair_sum
from critlocus.tape.graph import NONE, Graph, Term


class QuadraticForm(Protocol):
    """Q, perhaps depending on parameters, which come before all others of the family."""

    @property
    def names(self) -> list[str]:
        """Names of its parameters."""
        ...

    def apply(self, graph: Graph, parameters: Sequence[int], f: Sequence[int]) -> list[int]:
        """Return the nodes of ``Q f``."""
        ...

    def matrix(self, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return Q at values of its parameters, shape ``(N, N)``."""
        ...


@dataclass(frozen=True, eq=False)
class FixedForm:
    """A fixed symmetric matrix.

    Parameters
    ----------
    values : float64 or complex128 array, shape (N, N)
    """

    values: NDArray[np.float64] | NDArray[np.complex128]

    @property
    def names(self) -> list[str]:
        """None."""
        return []

    def apply(self, graph: Graph, parameters: Sequence[int], f: Sequence[int]) -> list[int]:
        """Return the nodes of ``Q f``."""
        return [
            graph.sum([(1.0, graph.constant(c), node) for c, node in zip(row, f, strict=True) if c])
            for row in self.values.tolist()
        ]

    def matrix(self, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the matrix."""
        return self.values.astype(np.complex128)


@dataclass(frozen=True, eq=False)
class MomentForm:
    """The form of a squared error on data: one block of moments of the inputs for every output.

    Parameters
    ----------
    moments : Moments
    """

    moments: Moments

    @cached_property
    def names(self) -> list[str]:
        """The moments of the inputs."""
        return [f"sum x^{e}" for e in self.moments.exponents]

    @cached_property
    def _index(self) -> NDArray[np.int64]:
        """Which moment is in which entry of a block."""
        at = {e: k for k, e in enumerate(self.moments.exponents)}
        return np.array([[at[pair_sum(a, b)] for b in self.moments.basis] for a in self.moments.basis])

    def apply(self, graph: Graph, parameters: Sequence[int], f: Sequence[int]) -> list[int]:
        """Return the nodes of ``Q f``, output by output."""
        size = len(self.moments.basis)
        found = []
        for o in range(self.moments.n_outputs):
            block = f[o * size : (o + 1) * size]
            for row in self._index.tolist():
                terms: list[Term] = [(1.0, parameters[k], node) for k, node in zip(row, block, strict=True)]
                found.append(graph.sum(terms))
        return found

    def matrix(self, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the block diagonal matrix."""
        return np.asarray(np.kron(np.eye(self.moments.n_outputs), parameters[self._index]))


DEFINITE = 1e-12
"""Least eigenvalue of a matrix, scaled to a diagonal of ones, that counts as positive."""


def is_definite(matrix: NDArray[np.float64]) -> bool:
    """Tell whether a symmetric matrix is positive definite, whatever the sizes of its variables are."""
    size = np.sqrt(np.abs(np.diag(matrix)))
    return bool(size.all() and np.linalg.eigvalsh(matrix / np.outer(size, size))[0] > DEFINITE)


def minus(graph: Graph, a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Return the nodes of ``a - b``."""
    return [graph.sum([(1.0, x, NONE), (-1.0, y, NONE)]) for x, y in zip(a, b, strict=True)]
