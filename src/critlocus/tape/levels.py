"""Expression graphs, evaluated level by level in a few operations on arrays.

A node's level is one more than the highest of those it reads. All products of a level are taken at once, and summed up
node by node: for some tens of points the time is that of a few array operations per level, and not of some per node.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.graph import NONE, Graph

Reals = NDArray[np.float64]


class LevelledGraph:
    """Nodes of a graph with real constants, ready to be evaluated at many real points.

    Parameters
    ----------
    graph : Graph
    outputs : sequence of int
        The nodes wanted.
    """

    def __init__(self, graph: Graph, outputs: Sequence[int]) -> None:
        leaves = [*graph.variables, *graph.parameters]
        one = len(leaves)  # the row of a factor 1, for terms that have only one
        self.constants = np.array([1.0, *(c.real for c in graph.constants.values())])
        place = {node: k for k, node in enumerate(leaves)}
        place |= {node: one + 1 + k for k, node in enumerate(graph.constants)}
        level = dict.fromkeys(place, 0)
        by_level: dict[int, list[int]] = {}
        for node in graph.reachable(outputs):
            read = [v for _, a, b in graph.sums[node] for v in (a, b) if v != NONE]
            level[node] = 1 + max((level[v] for v in read), default=0)
            by_level.setdefault(level[node], []).append(node)
        self.levels: list[tuple[NDArray[np.int64], NDArray[np.int64], Reals, NDArray[np.int64]]] = []
        for _, nodes in sorted(by_level.items()):
            left: list[int] = []
            right: list[int] = []
            factors: list[float] = []
            first: list[int] = []
            for node in nodes:
                place[node] = len(place) + 1
                first.append(len(left))
                for c, a, b in graph.sums[node] or [(0.0, leaves[0], NONE)]:
                    left.append(place[a])
                    right.append(one if b == NONE else place[b])
                    factors.append(c)
            self.levels.append((np.array(left), np.array(right), np.array(factors), np.array(first)))
        self.outputs = np.array([place[node] for node in outputs])
        self.size = len(place) + 1

    def __call__(self, x: Reals, p: Reals) -> Reals:
        """Return the outputs, shape (A, outputs), at x of shape (A, n) with parameters p of shape (A, n_params)."""
        values = np.empty((self.size, len(x)))
        end = x.shape[1] + p.shape[1]
        values[: x.shape[1]], values[x.shape[1] : end] = x.T, p.T
        values[end : end + len(self.constants)] = self.constants[:, None]
        end += len(self.constants)
        for left, right, factors, first in self.levels:
            terms = values[left]
            terms *= values[right]
            terms *= factors[:, None]
            np.add.reduceat(terms, first, axis=0, out=values[end : end + len(first)])
            end += len(first)
        return np.ascontiguousarray(values[self.outputs].T)
