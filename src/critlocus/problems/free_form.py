"""A quadratic form whose entries are all parameters: critical points of the distance in every metric at once.

Loops that move the metric mix solutions that loops of the target alone leave apart: on a quadric that is nearly a cone,
one of 6 critical points keeps to itself unless the target is very far away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.graph import Graph


@dataclass(frozen=True, eq=False)
class FreeForm:
    """A symmetric matrix of parameters.

    Parameters
    ----------
    size : int
    """

    size: int

    @property
    def _rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return np.triu_indices(self.size)

    @property
    def names(self) -> list[str]:
        """The entries on and above the diagonal, row by row."""
        return [f"Q[{i},{j}]" for i, j in zip(*self._rows, strict=True)]

    @property
    def _index(self) -> NDArray[np.int64]:
        index = np.zeros((self.size, self.size), np.int64)
        index[self._rows] = np.arange(len(self._rows[0]))
        return np.maximum(index, index.T)

    def apply(self, graph: Graph, parameters: Sequence[int], f: Sequence[int]) -> list[int]:
        """Return the nodes of ``Q f``."""
        return [graph.dot([parameters[k] for k in row], f) for row in self._index.tolist()]

    def matrix(self, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return Q, shape ``(size, size)``."""
        return np.asarray(parameters[self._index])

    def entries(self, q: NDArray[np.float64] | NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the parameters of a given symmetric matrix."""
        return q[self._rows].astype(np.complex128)
