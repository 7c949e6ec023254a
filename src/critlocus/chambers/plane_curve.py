"""Real curves over a plane of data in their space of unknowns, evaluated on many points at once.

There the curve is smooth; its image in the plane has cusps and crossings. Every point has a normalisation and, for
parametrised varieties, charts of its own: they are parameters, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.derivatives import jacobian
from critlocus.tape.graph import Graph
from critlocus.tape.levels import LevelledGraph
from critlocus.tape.system import PolynomialSystem

Reals = NDArray[np.float64]
_CORRECTIONS, _SETTLED = 5, 1e-11


@dataclass(eq=False)
class States:
    """Points on the curve, row by row: unknowns, and the parameters (normalisation and chart) that they belong to."""

    x: Reals
    row: Reals

    def take(self, at: NDArray[Any]) -> States:
        """Return some rows."""
        return States(self.x[at], self.row[at])


class PlaneCurve:
    """A curve over the plane ``p0 + s p1 + t p2``; s and t are the last two unknowns.

    Parameters
    ----------
    kind : {"fold", "apex", "birth", "singular"}
    question : Any
        Its equations over two dimensions of data, one fewer than unknowns, and the `slices` of its parameters.
    plane : float64 array, shape (n_params,)
        The parameters that all points share.
    """

    def __init__(self, kind: str, question: Any, plane: Reals) -> None:
        self.kind, self.question, self.plane = kind, question, plane

    def image(self, states: States) -> tuple[Reals, Reals, Reals]:
        """Return (s, t), shape (A, 2), the conormal there, shape (A, 2), and what tells critical points apart."""
        raise NotImplementedError

    def rebase(self, states: States, direction: Reals | None = None) -> tuple[States, Reals | None]:
        """Take charts around every point, and a normalisation by itself; directions are carried along."""
        raise NotImplementedError

    def start(self, points: Reals, place: Reals) -> States:
        """Return states from the unknowns of the question's own charts, and their (s, t)."""
        raise NotImplementedError

    def contact(self, states: States) -> Reals:
        """Return a number, shape (A,), that changes its sign where the image touches another curve."""
        return np.ones(len(states.x))

    def _outputs(self, graph: Graph) -> list[int]:
        """Return the nodes that `image` is made from."""
        raise NotImplementedError

    @cached_property
    def _nodes(self) -> tuple[Graph, list[int], dict[tuple[int, int], int], list[int]]:
        system: PolynomialSystem = self.question.system
        graph, equations = system.graph, list(system.equations)
        return graph, equations, jacobian(graph, equations, graph.variables), self._outputs(graph)

    @cached_property
    def _with_jacobian(self) -> LevelledGraph:
        graph, equations, entries, _ = self._nodes
        return LevelledGraph(graph, [*equations, *entries.values()])

    @cached_property
    def _image(self) -> LevelledGraph:
        graph, _, _, outputs = self._nodes
        return LevelledGraph(graph, outputs)

    def values(self, states: States) -> tuple[Reals, Reals]:
        """Return F, shape (A, m), and its Jacobian, shape (A, m, m + 1)."""
        _, equations, entries, _ = self._nodes
        found = self._with_jacobian(states.x, states.row)
        m = len(equations)
        matrix = np.zeros((len(found), m, states.x.shape[1]))
        for (i, k), column in zip(entries, found[:, m:].T, strict=True):
            matrix[:, i, k] = column
        return found[:, :m], matrix

    def _left_conormal(self, states: States) -> Reals:
        """Return what is orthogonal to the derivatives by all unknowns but s and t, of either sign, shape (A, 2)."""
        _, matrix = self.values(states)
        left = np.linalg.svd(matrix[:, :, :-2])[0][:, :, -1]
        return np.asarray(np.einsum("am,amk->ak", left, matrix[:, :, -2:]))

    def correct(self, states: States) -> NDArray[np.bool_]:
        """Move the points onto the curve by Newton's method, in place; tell which have settled."""
        settled = np.zeros(len(states.x), bool)
        for _ in range(_CORRECTIONS):
            at = np.flatnonzero(~settled & np.isfinite(states.x).all(axis=1))
            if len(at) == 0:
                break
            part = states.take(at)
            values, matrix = self.values(part)
            good = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(values).all(axis=1)
            step = np.full_like(part.x, np.nan)
            step[good] = np.einsum("aij,aj->ai", np.linalg.pinv(matrix[good], rcond=1e-14), values[good])
            states.x[at] -= step
            size = np.linalg.norm(step, axis=1) / (1 + np.linalg.norm(states.x[at], axis=1))
            settled[at] = size <= _SETTLED
        return settled

    def tangents(self, states: States) -> Reals:
        """Return unit tangents, of either sign, shape (A, m + 1)."""
        _, matrix = self.values(states)
        return np.asarray(np.linalg.svd(matrix)[2][:, -1])
