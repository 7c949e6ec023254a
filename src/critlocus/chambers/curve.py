"""Real curves of degenerate critical points over a plane of data, evaluated on many points at once.

The curve lives in the space of unknowns (z, v, s, t), where it is smooth; its image in the plane has cusps and
crossings. For parametrised varieties every point has a chart of its own, see `critlocus.problems.local_chart`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.apex import ApexPoints
from critlocus.problems.birth import BirthPoints
from critlocus.problems.branch_locus import BranchPoints
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.local_chart import LocalDistance
from critlocus.tape.derivatives import jacobian, pullback
from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import NONE, Graph, Term
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


class Curve:
    """The curve over the plane ``p0 + s p1 + t p2``.

    Parameters
    ----------
    kind : {"fold", "apex", "birth", "branch"}
    family : Family
    p0, p1, p2 : float64 arrays, shapes (n_params,), (n_moving,), (n_moving,)
    block : int64 array, optional
        Of a birth: the weights of the dead unit.
    """

    def __init__(
        self, kind: str, family: Any, p0: Reals, p1: Reals, p2: Reals, block: NDArray[np.int64] | None = None
    ) -> None:
        self.kind, self.family = kind, family
        self.local = LocalDistance(family) if isinstance(family, ParametrizedDistance) else None
        used: Any = family if self.local is None else self.local
        self.question: Any
        if kind == "birth":
            self.question = BirthPoints(used, np.asarray(block), 2)
        else:
            self.question = {"fold": DegeneratePoints, "apex": ApexPoints, "branch": BranchPoints}[kind](used, 2)
        self.n = family.n_unknowns
        self.kernel = len(np.asarray(block)) if kind == "birth" else self.n
        blank = np.zeros(self.question.n_params)
        where = self.question.slices
        base = p0[family.moving] if kind == "apex" else p0
        blank[where["p0"]][: len(base)] = base
        blank[where["p1"]], blank[where["p2"]] = p1, p2
        self.plane = blank
        self._orders: dict[tuple[int, int], list[tuple[int, tuple[Term, ...]]]] = {}

    # -- evaluation --------------------------------------------------------------------------------------------------

    @cached_property
    def _nodes(self) -> tuple[Graph, list[int], dict[tuple[int, int], int], list[int]]:
        system: PolynomialSystem = self.question.system
        graph, equations = system.graph, list(system.equations)
        entries = jacobian(graph, equations, graph.variables)
        moves, z = graph.variables[-2:], graph.variables[: self.n]
        if self.kind == "fold":
            conormal = pullback(graph, equations[: self.n], graph.variables[self.n : 2 * self.n], moves)
            if self.local is not None:
                self.local.use(graph.parameters[self.question.slices["p0"]][self.family.n_params :])
            f = self.question.family.invariants(graph, z)
        elif self.kind == "birth":
            conormal, f = list(moves), self.family.invariants(graph, z)  # the conormal is computed in `image`
        else:
            where = self.question.slices
            if self.local is not None:
                at = where["chart"] if self.kind == "apex" else where["p0"]
                self.local.use(graph.parameters[at][-self.local.n_chart :])
            f = self.question.family.invariants(graph, z)
            covector = f if self.kind == "apex" else graph.variables[self.n : 2 * self.n]
            conormal = [graph.dot(covector, graph.parameters[where[p]]) for p in ("p1", "p2")]
        return graph, equations, entries, [*conormal, *f]

    def _evaluate(self, nodes: list[int], states: States) -> Reals:
        """Evaluate nodes on all states: the interpreter of `critlocus.tape.evaluate`, for real numbers."""
        graph = self._nodes[0]
        key = (nodes[0], len(nodes))
        order = self._orders.get(key)
        if order is None:
            order = self._orders[key] = [(node, graph.sums[node]) for node in graph.reachable(nodes)]
        values: dict[int, Any] = dict(zip(graph.variables, states.x.T, strict=True))
        values.update(zip(graph.parameters, states.row.T, strict=True))
        values.update((node, c.real) for node, c in graph.constants.items())
        for node, terms in order:
            total: Any = 0.0
            for c, a, b in terms:
                term = values[a] if b == NONE else values[a] * values[b]
                total = total + (term if c == 1.0 else c * term)
            values[node] = total
        found = np.empty((len(nodes), len(states.x)))
        for k, node in enumerate(nodes):
            found[k] = values[node]
        return found.T

    def values(self, states: States) -> tuple[Reals, Reals]:
        """Return F, shape (A, m), and its Jacobian, shape (A, m, m + 1)."""
        _, equations, entries, _ = self._nodes
        found = self._evaluate([*equations, *entries.values()], states)
        m = len(equations)
        matrix = np.zeros((len(found), m, states.x.shape[1]))
        for (i, k), column in zip(entries, found[:, m:].T, strict=True):
            matrix[:, i, k] = column
        return found[:, :m], matrix

    def image(self, states: States) -> tuple[Reals, Reals, Reals]:
        """Return (s, t), shape (A, 2), the conormal there, shape (A, 2), and what tells critical points apart."""
        found = self._evaluate(self._nodes[3], states)
        f = found[:, 2:]
        if self.kind == "apex":  # rays: the projection onto f
            f = (f[:, :, None] * f[:, None, :] / np.einsum("ai,ai->a", f, f)[:, None, None]).reshape(len(f), -1)
        if self.kind == "birth":  # what is orthogonal to the derivatives by all other unknowns, of either sign
            _, matrix = self.values(states)
            left = np.linalg.svd(matrix[:, :, :-2])[0][:, :, -1]
            return states.x[:, -2:], np.einsum("am,amk->ak", left, matrix[:, :, -2:]), f
        return states.x[:, -2:], found[:, :2], f

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

    # -- charts ------------------------------------------------------------------------------------------------------

    def rebase(self, states: States, direction: Reals | None = None) -> tuple[States, Reals | None]:
        """Take a chart around every point, and a normalisation by its own v (or f); directions are carried along."""
        n, where = self.n, self.question.slices
        x, row = states.x.copy(), states.row.copy()
        moved = None if direction is None else direction.copy()
        if self.local is not None:
            count = self.local.variety.n_weights
            chart = row[:, where["chart"]] if self.kind == "apex" else row[:, where["p0"]][:, self.family.n_params :]
            offset, basis = chart[:, :count], chart[:, count:].reshape(len(x), count, n)
            theta = offset + np.einsum("awn,an->aw", basis, x[:, :n])
            new = np.linalg.svd(self._tangent_map(theta))[2][:, :n].transpose(0, 2, 1)
            change = np.einsum("awn,awk->ank", new, basis)
            x[:, :n] = 0
            if self.kind == "fold":
                x[:, n : 2 * n] = np.einsum("ank,ak->an", change, x[:, n : 2 * n])
            if moved is not None:
                for part in [0, 1] if self.kind == "fold" else [0]:
                    block = slice(part * n, (part + 1) * n)
                    moved[:, block] = np.einsum("ank,ak->an", change, moved[:, block])
            packed = np.concatenate([theta, new.reshape(len(x), -1)], axis=1)
            if self.kind == "apex":
                row[:, where["chart"]] = packed
            else:
                first = where["p0"].start + self.family.n_params
                row[:, first : where["p0"].stop] = packed
        fresh = States(x, row)
        self._normalise(fresh, moved)
        return fresh, moved

    def _normalise(self, states: States, moved: Reals | None) -> None:
        n, where = self.n, self.question.slices
        if self.kind != "apex":
            kernel = self.kernel if self.kind == "birth" else self.question.family.n_kernel
            block = slice(n, n + self.kernel)
            v = states.x[:, block]
            length = np.linalg.norm(v[:, :kernel], axis=1, keepdims=True)
            states.x[:, block] = v / length
            if moved is not None:
                moved[:, block] /= length
            states.row[:, where["c"]] = states.x[:, n : n + kernel]
        else:
            f = self._evaluate(self._nodes[3], states)[:, 2:]
            states.row[:, where["c"]] = f / np.einsum("ai,ai->a", f, f)[:, None]

    def _tangent_map(self, theta: Reals) -> Reals:
        assert self.local is not None
        system = self.local.of_weights
        entries = system.derivatives
        columns = evaluate(system.graph, list(entries.values()), list(theta.T), [], _real)
        found = np.zeros((len(theta), len(system.equations), theta.shape[1]))
        for (i, k), column in zip(entries, columns, strict=True):
            found[:, i, k] = column
        return found

    def start(self, points: Reals, place: Reals) -> States:
        """Return states from unknowns in the family's own chart, (z, v) or z, and their (s, t)."""
        where = self.question.slices
        x = np.concatenate([points, place], axis=1)
        if len(x) == 0:
            return States(x, np.zeros((0, len(self.plane))))
        row = np.tile(self.plane, (len(x), 1))
        if self.local is not None:
            chart = self.local.chart
            packed = np.concatenate([chart.offset, chart.basis.ravel()])
            first = where["chart"].start if self.kind == "apex" else where["p0"].start + self.family.n_params
            row[:, first : first + len(packed)] = packed
        fresh, _ = self.rebase(States(x, row))
        return fresh


def _real(value: complex) -> float:
    return complex(value).real
