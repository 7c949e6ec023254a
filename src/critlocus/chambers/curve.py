"""Real curves of degenerate critical points over a plane of data, of rays at the apex, and of births.

For parametrised varieties every point has a chart of its own, see `critlocus.problems.local_chart`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.plane_curve import PlaneCurve, Reals, States
from critlocus.chambers.real_map import RealMap
from critlocus.problems.apex import ApexPoints
from critlocus.problems.birth import BirthPoints
from critlocus.problems.branch_locus import BranchPoints
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.local_chart import LocalDistance
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph


class Curve(PlaneCurve):
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
        self.family = family
        self.local = LocalDistance(family) if isinstance(family, ParametrizedDistance) else None
        used: Any = family if self.local is None else self.local
        question: Any
        if kind == "birth":
            question = BirthPoints(used, np.asarray(block), 2)
        else:
            question = {"fold": DegeneratePoints, "apex": ApexPoints, "branch": BranchPoints}[kind](used, 2)
        self.n = family.n_unknowns
        self.kernel = len(np.asarray(block)) if kind == "birth" else self.n
        blank = np.zeros(question.n_params)
        where = question.slices
        base = p0[family.moving] if kind == "apex" else p0
        blank[where["p0"]][: len(base)] = base
        blank[where["p1"]], blank[where["p2"]] = p1, p2
        super().__init__(kind, question, blank)

    @cached_property
    def _mu(self) -> RealMap:
        assert self.local is not None
        return RealMap(self.local.variety, self.local.of_weights)

    def _outputs(self, graph: Graph) -> list[int]:
        where, parameters = self.question.slices, graph.parameters
        moves, z = graph.variables[-2:], graph.variables[: self.n]
        if self.kind == "fold":
            gradient = list(self.question.system.equations[: self.n])
            conormal = pullback(graph, gradient, graph.variables[self.n : 2 * self.n], moves)
            if self.local is not None:
                self.local.use(parameters[where["p0"]][self.family.n_params :])
            f = self.question.family.invariants(graph, z)
        elif self.kind == "birth":
            conormal, f = list(moves), self.family.invariants(graph, z)  # the conormal is computed in `image`
        else:
            where = self.question.slices
            if self.local is not None:
                at = where["chart"] if self.kind == "apex" else where["p0"]
                self.local.use(parameters[at][-self.local.n_chart :])
            f = self.question.family.invariants(graph, z)
            covector = f if self.kind == "apex" else graph.variables[self.n : 2 * self.n]
            conormal = [graph.dot(covector, parameters[where[p]]) for p in ("p1", "p2")]
        return [*conormal, *f]

    def image(self, states: States) -> tuple[Reals, Reals, Reals]:
        """Return (s, t), shape (A, 2), the conormal there, shape (A, 2), and what tells critical points apart."""
        found = self._image(states.x, states.row)
        f = found[:, 2:]
        if self.kind == "apex":  # rays: the projection onto f
            f = (f[:, :, None] * f[:, None, :] / np.einsum("ai,ai->a", f, f)[:, None, None]).reshape(len(f), -1)
        conormal = self._left_conormal(states) if self.kind == "birth" else found[:, :2]
        return states.x[:, -2:], conormal, f

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
            better = self._mu.normalised(theta)
            new = self._mu.chart_around(better, n)
            # The same directions on the variety.
            change = np.linalg.pinv(self._mu(better)[1] @ new) @ (self._mu(theta)[1] @ basis)
            x[:, :n] = 0
            if self.kind == "fold":
                x[:, n : 2 * n] = np.einsum("ank,ak->an", change, x[:, n : 2 * n])
            if moved is not None:
                for part in [0, 1] if self.kind == "fold" else [0]:
                    block = slice(part * n, (part + 1) * n)
                    moved[:, block] = np.einsum("ank,ak->an", change, moved[:, block])
            packed = np.concatenate([better, new.reshape(len(x), -1)], axis=1)
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
            f = self._image(states.x, states.row)[:, 2:]
            states.row[:, where["c"]] = f / np.einsum("ai,ai->a", f, f)[:, None]

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
