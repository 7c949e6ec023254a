"""Data for which a critical point passes through the singular locus because one summand of it vanishes.

Let X be a sum of cones, and X' the sums of one summand less, see `critlocus.problems.summands`. Where a summand
``lambda g`` of a critical point goes through ``lambda = 0`` at f' in X', the covector ``y = b - Q f'`` vanishes on the
tangent space of X' at f' and on that of the cone along the ray of g: it is normal to X all along ``f' + lambda g``
(Terracini). No critical points collide, but those second derivatives that belong to the summand change their sign. For
one summand these are the rays of `critlocus.problems.apex`.

Such data b are a hypersurface W. Its conormal is the direction in which the critical point moves as the summand grows:
``h = g + J' eta`` with J' the tangents of X' at f' and ``H' eta = -J'^T Q g``, H' the Hessian on X'. For a path in W
has ``db = Q df' + dy``, where ``y.g = 0`` and ``J'^T y = 0`` make ``h.db = (H' eta + J'^T Q g).dz = 0``.

W has cusps where the second derivatives of ``y.g`` by the ray of g degenerate further. For matrices, symmetric ones and
squares with one output that is where the rank of y drops, of codimension 2 in W or more: a plane has no such points.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.data_lines import consecutive, minus_one, moved_data
from critlocus.problems.local_chart import LocalDistance
from critlocus.problems.quadratic_form import minus
from critlocus.problems.summands import SummandCharts
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem

Points = NDArray[np.complex128]


class VanishingSummand:
    """Points f' of X' and rays of g, over a line (``dims=1``) or a plane (``dims=2``) of data.

    Unknowns: z (f' in a chart), t (the weights of g in a linear space of as many dimensions as X has more than X'), for
    the condition ``tangent`` eta, then s (and t). Parameters: p0, p1 (those that move), p2 (of a plane), c with
    ``c.t = 1``, for ``tangent`` (alpha, beta) with ``h.(alpha b1 + beta b2) = 0``. The first of these conditions is
    linear, as are those that the y of matrices and quadratic networks leaves to g (rays in the span of f' and g serve
    as well): so f' and s real make g real.

    Parameters
    ----------
    charts : SummandCharts
    dims : {1, 2}
    condition : {None, "tangent"}
        Cuts the curve in a plane down to where its image is tangent to ``(alpha, beta)``.
    local : bool
        Whether the charts are parameters, which come last: offset and basis of that of f', basis of the weights of g.
    """

    def __init__(
        self, charts: SummandCharts, dims: int = 1, condition: str | None = None, *, local: bool = False
    ) -> None:
        self.charts, self.family, self.dims, self.condition = charts, charts.family, dims, condition
        self.n = self.family.n_unknowns
        self.dim = charts.fewer.n_unknowns
        self.local = LocalDistance(charts.fewer) if local else None

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where the parameters lie: p0, p1, p2, c, direction, chart, ray."""
        sizes = {"p0": self.family.n_params, **{f"p{k + 1}": len(self.family.moving) for k in range(self.dims)}}
        sizes["c"] = self.charts.size
        if self.condition:
            sizes["direction"] = 2
        if self.local is not None:
            sizes |= {"chart": self.local.n_chart, "ray": self.charts.ray.size}
        return consecutive(sizes)

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return int(max(s.stop for s in self.slices.values()))

    @property
    def places(self) -> list[int]:
        """Indices of the unknowns s (and t)."""
        before = self.n + (self.dim if self.condition else 0)
        return list(range(before, before + self.dims))

    @property
    def parallel(self) -> NDArray[np.int64]:
        """The parameters that move the line or plane in parallel."""
        return self.family.moving

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations; one fewer than unknowns for the curve in a plane."""
        graph = Graph()
        z, t = self._variables(graph)
        eta = [graph.variable() for _ in range(self.dim)] if self.condition else []
        moves = [graph.variable() for _ in range(self.dims)]
        parameters = [graph.parameter() for _ in range(self.n_params)]
        part = {name: parameters[where] for name, where in self.slices.items()}
        directions = [part[f"p{k + 1}"] for k in range(self.dims)]
        p = moved_data(graph, part["p0"], self.family.moving.tolist(), directions, moves)
        f, g = self.points(graph, z, t, parameters)
        form, b = p[: self.family.n_form], p[self.family.n_form :]
        covector = minus(graph, self.family.form.apply(graph, form, f), b)
        gradient = pullback(graph, f, covector, z)
        found = [*gradient, *pullback(graph, g, covector, t), minus_one(graph, part["c"], t)]
        if self.condition:
            turned = pullback(graph, f, self.family.form.apply(graph, form, g), z)
            hessian = pullback(graph, gradient, eta, z)
            found += [graph.sum([(1.0, a, NONE), (1.0, b, NONE)]) for a, b in zip(hessian, turned, strict=True)]
            conormal = [
                graph.sum([(1.0, graph.dot(pullback(graph, f, d, z), eta), NONE), (1.0, graph.dot(g, d), NONE)])
                for d in directions
            ]
            found.append(graph.dot(conormal, part["direction"]))
        return PolynomialSystem(graph, found)

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (f', s, t)."""
        graph = Graph()
        z, t = self._variables(graph)
        _ = [graph.variable() for _ in range(self.dim if self.condition else 0)]
        moves = [graph.variable() for _ in range(self.dims)]
        return PolynomialSystem(graph, [*self.points(graph, z, t, [])[0], *moves])

    @cached_property
    def _maps(self) -> PolynomialSystem:
        graph = Graph()
        f, g = self.points(graph, *self._variables(graph), [])
        return PolynomialSystem(graph, [*f, *g])

    def _variables(self, graph: Graph) -> tuple[list[int], list[int]]:
        nodes = [graph.variable() for _ in range(self.n)]
        return nodes[: self.dim], nodes[self.dim :]

    def points(self, graph: Graph, z: list[int], t: list[int], parameters: list[int]) -> tuple[list[int], list[int]]:
        """Return the nodes of f' and of g; `parameters` matter to local charts only."""
        charts = self.charts
        if self.local is None:
            return charts.fewer.coordinates(graph, z), charts.cone.mu(graph, charts.ray_chart.nodes(graph, t))
        self.local.use(parameters[self.slices["chart"]])
        entries = parameters[self.slices["ray"]]
        weights = [graph.dot(entries[k : k + len(t)], t) for k in range(0, len(entries), len(t))]
        return self.local.coordinates(graph, z), charts.cone.mu(graph, weights)

    def row(self, p0: Points, directions: list[Points], c: Points, direction: Points | None = None) -> Points:
        """Return the parameters of one line or plane."""
        parts = [p0, *directions, c, *([direction] if direction is not None else [])]
        return np.concatenate(parts).astype(np.complex128)

    def random_rows(self, rng: np.random.Generator, count: int) -> Points:
        """Return parameters of generic lines or planes, shape ``(count, n_params)``."""
        first, *others = (self.family.random_parameters(rng, count) for _ in range(1 + self.dims))
        moving = self.family.moving
        rest = complex_normal(rng, (count, self.n_params - self.slices["c"].start))
        return np.hstack([first, *(other[:, moving] for other in others), rest])

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return one pair: random f' and g, and a random covector that is normal to X along ``f' + lambda g``."""
        x, moves = complex_normal(rng, (self.n,)), complex_normal(rng, (self.dims,))
        row, count = self.random_rows(rng, 1)[0], len(self.family.moving)
        values, jacobian = self._maps(x, np.zeros(0)), self._maps.jacobian(x, np.zeros(0))
        normal = np.linalg.svd((jacobian[:count] + jacobian[count:]).T)[2][self.n :].conj().T
        if normal.shape[1] == 0:
            return []
        b = self.family.form.matrix(row[: self.family.n_form]) @ values[:count]
        b = b + normal @ complex_normal(rng, (normal.shape[1],))
        row[self.family.moving] = b - sum(m * row[self.slices[f"p{k + 1}"]] for k, m in enumerate(moves))
        row[self.slices["c"]] /= row[self.slices["c"]] @ x[self.dim :]
        if not self.condition:
            return [(np.concatenate([x, moves]), row)]
        eta, h = self._conormal(x, moves, row)
        a, b = (h @ row[self.slices[f"p{k}"]] for k in (1, 2))
        row[self.slices["direction"]] = np.array([-b, a]) / np.hypot(abs(a), abs(b))
        return [(np.concatenate([x, eta, moves]), row)]

    def _conormal(self, x: Points, moves: Points, row: Points) -> tuple[Points, Points]:
        """Return eta and h of a point over a plane."""
        count = len(self.family.moving)
        values, jacobian = self._maps(x, np.zeros(0)), self._maps.jacobian(x, np.zeros(0))
        tangent, form = jacobian[:count, : self.dim], self.family.form.matrix(row[: self.family.n_form])
        data = row[: self.family.n_params].copy()
        data[self.family.moving] += sum(m * row[self.slices[f"p{k + 1}"]] for k, m in enumerate(moves))
        hessian = self.charts.fewer.system.jacobian(x[: self.dim], data)
        eta = np.asarray(-np.linalg.solve(hessian, tangent.T @ form @ values[count:]))
        return eta, np.asarray(values[count:] + tangent @ eta)
