"""Real curves over a plane of data on which one summand of a critical point vanishes.

Points f' and rays of g have charts of their own at every point. That of f' is the one of
`critlocus.problems.local_chart`. The weights of g move in a linear space that holds the weights themselves; besides, it
is orthogonal to those directions that only move g within its ray and the tangents of X' at f'.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from critlocus.chambers.plane_curve import PlaneCurve, Reals, States
from critlocus.chambers.real_map import RealMap, shorter
from critlocus.problems.summands import SummandCharts
from critlocus.problems.vanishing_summand import VanishingSummand
from critlocus.tape.graph import Graph


class SummandCurve(PlaneCurve):
    """The curve of vanishing summands over the plane ``p0 + s p1 + t p2``.

    Parameters
    ----------
    charts : SummandCharts
        Those of the points that `start` takes.
    p0, p1, p2 : float64 arrays, shapes (n_params,), (n_moving,), (n_moving,)
    """

    def __init__(self, charts: SummandCharts, p0: Reals, p1: Reals, p2: Reals) -> None:
        self.charts = charts
        self.summand = VanishingSummand(charts, 2, local=True)
        self.dim = charts.fewer.n_unknowns
        plane = np.zeros(self.summand.n_params)
        for name, part in (("p0", p0), ("p1", p1), ("p2", p2)):
            plane[self.summand.slices[name]] = part
        super().__init__("singular", self.summand, plane)

    def _outputs(self, graph: Graph) -> list[int]:
        z, t = graph.variables[: self.dim], graph.variables[self.dim : -2]
        return self.summand.points(graph, z, t, graph.parameters)[0]

    def image(self, states: States) -> tuple[Reals, Reals, Reals]:
        """Return (s, t), shape (A, 2), the conormal there, shape (A, 2), and f'."""
        return states.x[:, -2:], self._left_conormal(states), self._image(states.x, states.row)

    def contact(self, states: States) -> Reals:
        """Return the determinant of the Hessian by f' and the length of the summand: there critical points collide."""
        dim, charts = self.dim, self.charts
        _, matrix = self.values(states)
        t = states.x[:, dim:-2]
        ray = states.row[:, self.summand.slices["ray"]].reshape(len(t), -1, charts.size)
        g = self._maps[1](np.einsum("awn,an->aw", ray, t))[0]
        form = charts.family.form.matrix(np.zeros(0, np.complex128)).real
        theta, basis = self._chart(states)
        across = np.einsum("aN,NM,aMw,awn->an", g, form, self._maps[0](theta)[1], basis)
        hessian = np.zeros((len(t), dim + 1, dim + 1))
        hessian[:, :dim, :dim] = matrix[:, :dim, :dim]
        hessian[:, dim, :dim] = hessian[:, :dim, dim] = across
        hessian[:, dim, dim] = np.einsum("aN,NM,aM->a", g, form, g)
        return np.asarray(np.linalg.det(hessian))

    def _chart(self, states: States) -> tuple[Reals, Reals]:
        """Return the weights of f', and the basis of their chart."""
        count = self.charts.fewer.variety.n_weights
        chart = states.row[:, self.summand.slices["chart"]]
        basis = chart[:, count:].reshape(len(chart), count, self.dim)
        return chart[:, :count] + np.einsum("awn,an->aw", basis, states.x[:, : self.dim]), basis

    @cached_property
    def _maps(self) -> tuple[RealMap, RealMap]:
        """The maps from weights to f' and to g."""
        return RealMap(self.charts.fewer.variety), RealMap(self.charts.cone)

    def rebase(self, states: States, direction: Reals | None = None) -> tuple[States, Reals | None]:
        """Take charts around every point, in which the weights of g have length 1; directions are carried along."""
        where, dim, x = self.summand.slices, self.dim, states.x
        count = self.charts.fewer.variety.n_weights
        theta, basis = self._chart(states)
        ray = states.row[:, where["ray"]].reshape(len(x), -1, self.charts.size)
        fresh = self._around(theta, np.einsum("awn,an->aw", ray, x[:, dim:-2]), x[:, -2:])
        if direction is None:
            return fresh, None
        moved, first = direction.copy(), self._maps[0]
        new = fresh.row[:, where["chart"]]
        onto = first(new[:, :count])[1] @ new[:, count:].reshape(basis.shape)
        along = np.einsum("aNw,awn,an->aN", first(theta)[1], basis, direction[:, :dim])
        moved[:, :dim] = np.einsum("anN,aN->an", np.linalg.pinv(onto), along)
        moved[:, dim:-2] = np.einsum(
            "awk,awn,an->ak", fresh.row[:, where["ray"]].reshape(ray.shape), ray, direction[:, dim:-2]
        )
        return fresh, moved

    def start(self, points: Reals, place: Reals) -> States:
        """Return states from (z, t) in the charts that the curve was given, and their (s, t)."""
        if len(points) == 0:
            return States(np.zeros((0, self.summand.n + 2)), np.zeros((0, len(self.plane))))
        chart = self.charts.fewer.chart
        theta = chart.offset + points[:, : self.dim] @ chart.basis.T
        return self._around(theta, points[:, self.dim :] @ self.charts.ray.T, place)

    def _around(self, theta: Reals, weights: Reals, place: Reals) -> States:
        """Return states from the weights of f' and those of g."""
        count, size, where = len(theta), self.charts.size, self.summand.slices
        row = np.tile(self.plane, (count, 1))
        first, second = self._maps
        theta = first.normalised(theta)
        basis = first.chart_around(theta, self.dim)
        row[:, where["chart"]] = np.concatenate([theta, basis.reshape(count, -1)], axis=1)
        tangent = np.linalg.qr(first(theta)[1] @ basis)[0]

        def moves(own: Reals) -> Reals:
            """Return the derivatives of g, but for tangents of X' at f'."""
            matrix = second(own)[1]
            return np.asarray(matrix - tangent @ (tangent.transpose(0, 2, 1) @ matrix))

        own = shorter(weights, moves, size)  # else the ray may come close to those of f'
        matrix = moves(own)
        along = np.einsum("anw,aw->an", matrix, own)  # g itself, but for a factor
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        matrix -= along[:, :, None] * np.einsum("an,anw->aw", along, matrix)[:, None, :]
        others = np.linalg.svd(matrix)[2][:, : size - 1].transpose(0, 2, 1)
        row[:, where["ray"]] = np.concatenate([own[:, :, None], others], axis=2).reshape(count, -1)
        row[:, where["c"].start] = 1.0
        x = np.zeros((count, self.dim + size + 2))
        x[:, self.dim], x[:, -2:] = 1.0, place
        return States(x, row)
