"""The distance to a variety given by equations, with Lagrange multipliers.

See `critlocus.problems.distance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import NoRegularSolutions
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.discriminant import focal_points
from critlocus.problems.distance import Distance, ParametrizedDistance, kernel_of
from critlocus.problems.quadratic_form import QuadraticForm, minus
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import generic_chart
from critlocus.varieties.smooth_point import equation_system, smooth_point
from critlocus.varieties.variety import ImplicitVariety, Variety, is_parametrized

_ON_VARIETY = 1e-6


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
        tangent = kernel_of(rows, self.codimension)
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
