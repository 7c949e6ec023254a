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

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.discriminant import focal_points
from critlocus.problems.quadratic_form import QuadraticForm, minus
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import Chart
from critlocus.varieties.variety import ParametrizedVariety, Variety

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
        normal = kernel_of(tangent.T, self.n_unknowns)
        b = self.form.matrix(form) @ self.points(z) - normal @ complex_normal(rng, (normal.shape[1],))
        return z, np.concatenate([form, b])

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], ...]]:
        """Return (z, v, p): H is affine in the length of a normal n, so that its zeros are eigenvalues."""
        z, p = self.start_pair(rng)
        foot = np.concatenate([p[: self.n_form], self.form.matrix(p[: self.n_form]) @ self.points(z)])
        base = self.system.jacobian(z, foot)
        found = focal_points(base, self.system.jacobian(z, p) - base, np.eye(self.n_unknowns, dtype=np.complex128))
        return [(z, w, foot + t * (p - foot)) for t, w in found]


def kernel_of(matrix: NDArray[np.complex128], rank: int) -> NDArray[np.complex128]:
    """Return an orthonormal basis of the kernel of a matrix of known rank, as columns."""
    _, _, vh = np.linalg.svd(matrix)
    return np.asarray(vh[rank:].conj().T)
