"""Critical points of a squared distance to a variety: ``grad 1/2 |f - u|_Q^2 = 0`` on its smooth points.

The target enters as ``b = Q u``, so that the equations are linear in it, and a start pair is linear algebra. For an
irreducible variety the pairs (critical point, b) form an irreducible variety, too: monodromy reaches every one.
Reference: Draisma, Horobet, Ottaviani, Sturmfels & Thomas, *The Euclidean distance degree of an algebraic variety*
(2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError, NoRegularSolutions
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.discriminant import focal_points
from critlocus.problems.quadratic_form import QuadraticForm, minus
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import Chart, generic_chart
from critlocus.varieties.smooth_point import equation_system, smooth_point
from critlocus.varieties.variety import ImplicitVariety, ParametrizedVariety, Variety, is_parametrized

_FAR, _SAMPLES, _MOST = 5.0, 9, 1e6
"""Loops are larger by this factor than b is over so many random points; other sizes are within this of the median."""
_ON_VARIETY = 1e-6


class Distance:
    """A family of critical-point systems: unknowns z, parameters of Q, then b.

    Parameters
    ----------
    variety : Variety
    form : QuadraticForm
    """

    variety: Variety
    form: QuadraticForm

    @property
    def n_unknowns(self) -> int:
        """Length of z."""
        raise NotImplementedError

    @property
    def dimension(self) -> int:
        """Dimension of the variety."""
        raise NotImplementedError

    def coordinates(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the nodes of the point f of the variety."""
        raise NotImplementedError

    def equations(self, graph: Graph, z: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return the gradient: as many equations as unknowns, with a symmetric Jacobian."""
        raise NotImplementedError

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return (z0, p0) with F(z0; p0) = 0: a random point of the variety, and a b in the normal space over it."""
        raise NotImplementedError

    @cached_property
    def parameter_names(self) -> list[str]:
        """Parameters of Q, then one b for every coordinate."""
        return self.form.names + [f"b {name}" for name in self.variety.ambient.names]

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return len(self.parameter_names)

    @property
    def n_form(self) -> int:
        """Number of parameters of Q, which come first."""
        return len(self.form.names)

    @property
    def moving(self) -> NDArray[np.int64]:
        """The parameters b, in which the equations are linear."""
        return np.arange(self.n_form, self.n_params)

    @property
    def targets(self) -> NDArray[np.int64]:
        """The parameters b that stand for the target: those that move."""
        return self.moving

    @property
    def n_kernel(self) -> int:
        """Leading entries of a kernel vector of the Hessian that are a direction on the variety."""
        return self.n_unknowns

    def invariants(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the nodes of f, by which critical points are told apart."""
        return self.coordinates(graph, z)

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return pairs (z0, p0) on every component of the incidence variety: there is one, if the variety has one."""
        return [self.start_pair(rng)]

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], ...]]:
        """Return (z, v, p) with ``F = 0`` and ``H v = 0``: the focal points on a random normal at a random point."""
        raise NotImplementedError

    def random_parameters(self, rng: np.random.Generator, count: int | None = None) -> NDArray[np.complex128]:
        """Return complex normal parameters of very different sizes, shape ``(n_params,)`` or ``(count, n_params)``.

        Loops must go around branch points near and far: with sizes all alike, 27 of 30 runs missed some of the 9
        critical points of a plane cubic. The sizes are those of the variety (`reaches`), another one for every row:
        with sizes around 1, every loop was quiet without the 9th point of another cubic over 85 of 200 seeds, and with
        the median for all of them no loop led from the near to the far solutions of a product of circle and ellipse.
        """
        rows = self._around_one(rng, count or 1)
        rows[:, self.n_form :] *= rng.choice(self.reaches, (len(rows), 1))
        return rows[0] if count is None else rows

    def _around_one(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        rows = complex_normal(rng, (count, self.n_params))
        rows *= np.exp(1.5 * rng.standard_normal((len(rows), 1)) + rng.standard_normal(rows.shape))
        return rows

    @property
    def is_cone(self) -> bool:
        """Whether the variety is known to be a cone: sizes are then of no importance."""
        raise NotImplementedError

    @cached_property
    def reaches(self) -> NDArray[np.float64]:
        """Sizes of b for loops around its branch points: multiples of what b is over random points, focal or not."""
        if self.is_cone:
            return np.ones(1)
        rng = np.random.default_rng(0)
        rows = [self.start_pair(rng)[1] for _ in range(_SAMPLES)]
        with suppress(InputError):  # nothing is ever degenerate
            rows += [p for _ in range(_SAMPLES) for _, _, p in self.degenerate_pairs(rng)]
        sizes = np.linalg.norm(np.array(rows)[:, self.n_form :], axis=1)
        usual = np.median(sizes[:_SAMPLES])
        # Beyond, what should be 0 or infinite is so but for rounding.
        known = (sizes > usual / _MOST) & (sizes < usual * _MOST)
        return np.asarray(_FAR * sizes[known] / np.sqrt(len(self.variety.ambient)))

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations in z and the parameters."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n_unknowns)]
        parameters = [graph.parameter() for _ in range(self.n_params)]
        return PolynomialSystem(graph, self.equations(graph, z, parameters), symmetric=True)

    @cached_property
    def functions(self) -> PolynomialSystem:
        """The map z -> f; it has no parameters."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n_unknowns)]
        return PolynomialSystem(graph, self.coordinates(graph, z))

    def points(self, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the points f, shape ``(..., N)``, of unknowns of shape ``(..., n_unknowns)``."""
        return self.functions(z, np.zeros(0))


class ParametrizedDistance(Distance):
    """The distance to the image of mu, in a chart of the gauge: ``J(t)^T (Q mu(t) - b) = 0``.

    Parameters
    ----------
    variety : ParametrizedVariety
    form : QuadraticForm
    chart : Chart
        A chart that dominates the variety.
    """

    def __init__(self, variety: ParametrizedVariety, form: QuadraticForm, chart: Chart) -> None:
        self.variety: ParametrizedVariety = variety
        self.form, self.chart = form, chart

    @property
    def is_cone(self) -> bool:
        """Functions are linear in the last layer, if there are layers."""
        return bool(self.variety.last_layer)

    @property
    def n_unknowns(self) -> int:
        """Dimension of the variety."""
        return self.chart.dim

    @property
    def dimension(self) -> int:
        """Dimension of the chart."""
        return self.chart.dim

    def weights(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the nodes of theta."""
        return self.chart.nodes(graph, z)

    def coordinates(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return mu in the chart."""
        return self.variety.mu(graph, self.weights(graph, z))

    def identify(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the nodes, over weights, by which critical points are told apart, in whatever chart."""
        return self.variety.mu(graph, theta)

    def invariants(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the nodes by which critical points are told apart."""
        return self.identify(graph, self.weights(graph, z))

    @cached_property
    def identification(self) -> PolynomialSystem:
        """The map z -> what tells critical points apart; an immersion at all of them that count."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n_unknowns)]
        return PolynomialSystem(graph, self.invariants(graph, z))

    def residual(self, graph: Graph, z: Sequence[int], parameters: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the nodes of ``mu`` and of ``Q mu - b``."""
        f = self.coordinates(graph, z)
        pulled = self.form.apply(graph, parameters[: self.n_form], f)
        return f, minus(graph, pulled, parameters[self.n_form :])

    def equations(self, graph: Graph, z: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return the gradient in the chart."""
        return pullback(graph, *self.residual(graph, z, parameters), z)

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return a random t0, and ``b = Q mu(t0) - n`` with a random n in the kernel of J^T."""
        z = complex_normal(rng, (self.n_unknowns,))
        parameters = self._around_one(rng, 1)[0]
        form = parameters[: self.n_form]
        tangent = self.functions.jacobian(z, np.zeros(0))
        normal = _kernel(tangent.T, self.n_unknowns)
        b = self.form.matrix(form) @ self.points(z) - normal @ complex_normal(rng, (normal.shape[1],))
        return z, np.concatenate([form, b])

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], ...]]:
        """Return (z, v, p): H is affine in the length of a normal n, so that its zeros are eigenvalues."""
        z, p = self.start_pair(rng)
        foot = np.concatenate([p[: self.n_form], self.form.matrix(p[: self.n_form]) @ self.points(z)])
        base = self.system.jacobian(z, foot)
        found = focal_points(base, self.system.jacobian(z, p) - base, np.eye(self.n_unknowns, dtype=np.complex128))
        return [(z, w, foot + t * (p - foot)) for t, w in found]


class ImplicitDistance(Distance):
    """The distance to the zero set of equations g: ``Q x - b + sum_i l_i grad g_i = 0, g = 0`` with multipliers l.

    Only components of the largest dimension are looked at. With more equations than the codimension, as many random
    combinations of them are used: near the smooth points of the variety these have the same zeros.

    Parameters
    ----------
    variety : ImplicitVariety
    form : QuadraticForm
    rng : Generator, optional
        Finds points of the variety and draws the combinations.
    combinations : float64 array, shape (codimension, equations), optional
        The combinations of an earlier family.

    Attributes
    ----------
    anchors : list of complex128 arrays, shape (N,)
        Points on every component, from which start pairs are made; without any, a random point is sought, which tends
        to lie on the same component each time. See `critlocus.continuation.component_points.anchor`.
    doubt : str
        Why there may be components without anchors.

    Raises
    ------
    InputError
        If no point of the variety can be found.
    """

    def __init__(
        self,
        variety: ImplicitVariety,
        form: QuadraticForm,
        rng: np.random.Generator | None = None,
        *,
        combinations: NDArray[np.float64] | None = None,
    ) -> None:
        self.variety: ImplicitVariety = variety
        self.form = form
        self._equations = equation_system(variety)
        self.combinations = combinations if combinations is not None else self._draw(rng or np.random.default_rng(0))
        self.codimension = len(self.combinations)
        self.anchors: list[NDArray[np.complex128]] = []
        self.doubt = ""

    def _draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        _, codimension = smooth_point(self.variety.name, self._equations, rng)
        count = len(self._equations.equations)
        return np.eye(count) if count == codimension else rng.standard_normal((codimension, count))

    @property
    def is_cone(self) -> bool:
        """Equations are not looked at."""
        return False

    @property
    def n_unknowns(self) -> int:
        """Coordinates and multipliers."""
        return len(self.variety.ambient) + self.codimension

    @property
    def dimension(self) -> int:
        """Coordinates minus codimension."""
        return len(self.variety.ambient) - self.codimension

    def coordinates(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the coordinates, which come first."""
        return list(z[: len(self.variety.ambient)])

    def equations(self, graph: Graph, z: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return the gradient of the Lagrange function."""
        count = len(self.variety.ambient)
        x, multipliers = z[:count], z[count:]
        own = self.variety.equations(graph, x)
        combined = [
            graph.sum([(1.0, graph.constant(c), g) for c, g in zip(row, own, strict=True) if c])
            for row in self.combinations.tolist()
        ]
        pulled = self.form.apply(graph, parameters[: self.n_form], x)
        normal = pullback(graph, combined, multipliers, x)
        gradient = minus(graph, pulled, parameters[self.n_form :])
        return [graph.sum([(1.0, a, NONE), (1.0, b, NONE)]) for a, b in zip(gradient, normal, strict=True)] + combined

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return a random point with random multipliers, and the b that they belong to."""
        x, _ = smooth_point(self.variety.name, self._equations, rng, self.codimension)
        return self._pair_at(x, rng)

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return one at every anchor."""
        return [self._pair_at(x, rng) for x in self.anchors] or [self.start_pair(rng)]

    def _pair_at(
        self, x: NDArray[np.complex128], rng: np.random.Generator
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        z = np.concatenate([x, complex_normal(rng, (self.codimension,))])
        return z, self.solved_parameters(z, rng)

    def solved_parameters(self, z: NDArray[np.complex128], rng: np.random.Generator) -> NDArray[np.complex128]:
        """Return random parameters with the b that belongs to a point with multipliers."""
        parameters = self._around_one(rng, 1)[0]
        parameters[self.n_form :] = 0
        parameters[self.n_form :] = self.system(z, parameters)[: len(self.variety.ambient)]
        return np.asarray(parameters)

    def gradients(self, x: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the gradients of the combined equations at a point, shape ``(codimension, N)``."""
        return np.asarray(self.combinations @ self._equations.jacobian(x, np.zeros(0)))

    @property
    def complete(self) -> bool:
        """No combinations are used: zeros of the equations are points of the variety."""
        return len(self._equations.equations) == self.codimension

    def on_variety(self, x: NDArray[np.complex128]) -> NDArray[np.bool_]:
        """Tell, to six digits, which zeros of the combined equations, shape ``(count, N)``, are on it."""
        return np.full(len(x), True) if self.complete else self.residual(x) <= _ON_VARIETY

    def residual(self, x: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Return how far points are from the variety, shape ``(count,)``: combinations of equations vanish elsewhere.

        It is the largest value of all equations, relative to the sizes of point and gradients.
        """
        values = np.abs(self._equations(x, np.zeros(0))).max(axis=1, initial=0.0)
        steepness = np.array([np.abs(self._equations.jacobian(row, np.zeros(0))).max(initial=0.0) for row in x])
        size = np.maximum(1.0, np.abs(x).max(axis=1, initial=0.0))
        return np.asarray(values / np.maximum(steepness * size, 1e-300))

    def values(self, x: NDArray[Any]) -> NDArray[np.complex128]:
        """Return the values of all equations at a point."""
        return self._equations(x, np.zeros(0))

    def equation_jacobian(self, x: NDArray[Any]) -> NDArray[np.complex128]:
        """Return the gradients of all equations at a point, as rows."""
        return self._equations.jacobian(x, np.zeros(0))

    def hessians(self, x: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the Hessians of the combined equations at a point, shape ``(codimension, N, N)``."""
        graph = Graph()
        nodes = [graph.variable() for _ in x]
        own = self.variety.equations(graph, nodes)
        gradient = PolynomialSystem(graph, pullback(graph, own, [graph.parameter() for _ in own], nodes))
        return np.array([gradient.jacobian(x, row) for row in self.combinations])

    @property
    def n_kernel(self) -> int:
        """The coordinates: kernel vectors of multipliers alone belong to singular points of the variety."""
        return len(self.variety.ambient)

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], ...]]:
        """Return (z, v, p): H is affine in the multipliers, so that its zeros on a normal are eigenvalues.

        At every anchor: linear components have none.
        """
        found, nothing = [], None
        for z, p in self.start_pairs(rng):
            try:
                found += self._degenerate_over(z, p)
            except NoRegularSolutions as error:
                nothing = error
        if not found and nothing is not None:
            raise nothing
        return found

    def _degenerate_over(
        self, z: NDArray[np.complex128], p: NDArray[np.complex128]
    ) -> list[tuple[NDArray[np.complex128], ...]]:
        count = len(self.variety.ambient)
        foot = np.concatenate([z[:count], np.zeros(self.codimension)])
        base = self.system.jacobian(foot, p)
        change = self.system.jacobian(z, p) - base
        rows = base[count:, :count]  # the gradients of the equations
        tangent = _kernel(rows, self.codimension)
        pairs: list[tuple[NDArray[np.complex128], ...]] = []
        for t, w in focal_points(base[:count, :count], change[:count, :count], tangent):
            direction = tangent @ w
            hessian = base[:count, :count] + t * change[:count, :count]
            m = np.linalg.lstsq(rows.T, -(hessian @ direction), rcond=None)[0]
            place = np.concatenate([z[:count], t * z[count:]])
            q = p.copy()
            q[self.n_form :] = 0
            q[self.n_form :] = self.system(place, q)[:count]
            pairs.append((place, np.concatenate([direction, m]), q))
        return pairs


def distance_to(variety: Variety, form: QuadraticForm, rng: np.random.Generator) -> Distance:
    """Return the distance to a variety of either kind, a parametrised one in a random chart."""
    if is_parametrized(variety):
        return ParametrizedDistance(variety, form, generic_chart(variety, rng))
    return ImplicitDistance(variety, form, rng)


def _kernel(matrix: NDArray[np.complex128], rank: int) -> NDArray[np.complex128]:
    """Return an orthonormal basis of the kernel of a matrix of known rank, as columns."""
    _, _, vh = np.linalg.svd(matrix)
    return np.asarray(vh[rank:].conj().T)
