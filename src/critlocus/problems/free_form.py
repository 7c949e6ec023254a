"""Quadratic forms made of parameters: critical points of the distance in every metric at once.

Loops that move the metric mix solutions that loops of the target alone leave apart: on a quadric that is nearly a cone,
one of 6 critical points keeps to itself unless the target is very far away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.quadratic_form import FixedForm
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

    @staticmethod
    def entries(q: NDArray[np.float64] | NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the parameters of a given symmetric matrix."""
        return q[np.triu_indices(len(q))].astype(np.complex128)


@dataclass(frozen=True, eq=False)
class FreeWeights:
    """A diagonal matrix of parameters: as many critical points as in a generic metric, with far less to evaluate.

    The ED degree is generic as soon as the isotropic quadric is transversal to the variety, and a generic member of the
    linear system of the squares of the coordinates is (Bertini): they have no zero in common. References: Draisma,
    Horobet, Ottaviani, Sturmfels & Thomas, *The Euclidean distance degree of an algebraic variety* (2016), theorem 5.4;
    Ottaviani, Spaenlehauer & Sturmfels, *Exact solutions in structured low-rank approximation* (2014).

    Parameters
    ----------
    size : int
    fixed : float64 array, shape (size, size), optional
        A matrix that is added, times one more parameter: a way from weights to any metric.
    """

    size: int
    fixed: NDArray[np.float64] | NDArray[np.complex128] | None = None

    @property
    def names(self) -> list[str]:
        """One weight for every coordinate, and the factor of the fixed matrix."""
        return [f"Q[{i},{i}]" for i in range(self.size)] + (["fixed"] if self.fixed is not None else [])

    def apply(self, graph: Graph, parameters: Sequence[int], f: Sequence[int]) -> list[int]:
        """Return the nodes of ``Q f``."""
        if self.fixed is None:
            return [graph.product(w, node) for w, node in zip(parameters, f, strict=True)]
        added = FixedForm(self.fixed).apply(graph, [], f)
        rows = zip(parameters, f, added, strict=False)
        return [graph.sum([(1.0, w, node), (1.0, parameters[-1], other)]) for w, node, other in rows]

    def matrix(self, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return Q, shape ``(size, size)``."""
        weights = np.diag(parameters[: self.size])
        return weights if self.fixed is None else weights + parameters[-1] * self.fixed
