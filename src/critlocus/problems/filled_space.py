"""The distance over the weights of a network that fills its space of functions: pure and spurious critical points.

If mu dominates its ambient space, the distance to the image says nothing, but the loss over the weights, modulo the
gauge, has critical points: the *pure* ones, which represent the target itself, ``Q mu = b``, and *spurious* ones where
d mu drops rank, ``J^T (Q mu - b) = 0`` with a residual that is not 0. Where the rank drops by one, the spurious points
are the critical points of the distance to the *branch locus*, the image of ``det J = 0``. For ``conv:2,2`` that is the
cone of squares: the two factors of the target are the pure points, critical squares the spurious ones. References:
Trager, Kohn & Bruna, *Pure and spurious critical points* (2020); Kohn, Montufar, Shahverdi & Trager, *Function space
and critical points of linear convolutional networks* (2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.polynomial import polynomial
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.networks.convolution import Convolution
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.discriminant import focal_points
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.envelope import Monomials, envelope
from critlocus.tape.graph import Graph
from critlocus.varieties import Neurovariety

Points = NDArray[np.complex128]
_POLISH = 4
_ON_BRANCH_LOCUS = 1e-6


class FilledSpace(ParametrizedDistance):
    """Critical points over the weights in a chart of the gauge; they are told apart by the monomials of mu.

    The incidence variety has the component of the pure points, and one for every component of ``det J = 0``. Points at
    which d mu drops rank by two or more are not looked at: see `critlocus.chambers.over_weights`, which counts them.

    Parameters
    ----------
    variety : ParametrizedVariety
        Of the dimension of its ambient space.
    form : QuadraticForm
    chart : Chart
    """

    @cached_property
    def monomials(self) -> Monomials:
        """Those of mu."""
        return Monomials(self.variety)

    def identify(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the monomials of mu: they see the gauge, and nothing else."""
        return self.monomials.mu(graph, theta)

    @property
    def is_proper(self) -> bool:
        """Whether weights go to infinity, modulo the gauge, only if the function does.

        For linear convolutions, which multiply polynomials: a product vanishes only if a factor does.
        """
        network = self.variety.network if isinstance(self.variety, Neurovariety) else None
        return isinstance(network, Convolution) and network.activation == "linear"

    def tangent(self, z: Points) -> Points:
        """Return J at a point, shape ``(n, n)``."""
        return np.asarray(self.functions.jacobian(z, np.zeros(0)))

    def is_pure(self, z: Points) -> NDArray[np.bool_]:
        """Tell which critical points, shape ``(count, n)``, are pure: d mu has full rank there."""
        values = [np.linalg.svd(self.tangent(row), compute_uv=False) for row in z]
        return np.array([v[-1] > _ON_BRANCH_LOCUS * v[0] for v in values], bool)

    def branch_points(self, rng: np.random.Generator) -> list[Points]:
        """Return the points of a random line with ``det J = 0``: they meet every component of it."""
        n = self.n_unknowns
        base, direction = complex_normal(rng, (n,)), complex_normal(rng, (n,))

        def value(t: complex) -> complex:
            return complex(np.linalg.det(self.tangent(base + t * direction)))

        count = 1 + n * sum(max(e[k] for e in self.monomials.exponents) for k in range(self.variety.n_weights))
        circle = np.exp(2j * np.pi * np.arange(count) / count)
        coefficients = np.fft.fft([value(t) for t in circle]) / count
        kept = np.abs(coefficients) > 1e-10 * np.abs(coefficients).max()
        coefficients = coefficients[: np.flatnonzero(kept)[-1] + 1]
        roots = polynomial.polyroots(coefficients)
        slope = polynomial.polyder(coefficients)
        for _ in range(_POLISH):
            roots = roots - np.array([value(t) for t in roots]) / polynomial.polyval(roots, slope)
        return [base + t * direction for t in roots]

    def start_pair(self, rng: np.random.Generator) -> tuple[Points, Points]:
        """Return a spurious point with its b."""
        return self._spurious(self.branch_points(rng)[0], rng)

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return a pure point, and spurious ones on every component."""
        return [super().start_pair(rng), *(self._spurious(z, rng) for z in self.branch_points(rng))]

    def _spurious(self, z: Points, rng: np.random.Generator) -> tuple[Points, Points]:
        """Return a point where d mu drops rank with a random residual r, ``J^T r = 0``."""
        p = self._around_one(rng, 1)[0]
        residual = self.left_kernel(z) * complex_normal(rng, (1,))
        p[self.n_form :] = self.form.matrix(p[: self.n_form]) @ self.points(z) - residual
        return z, p

    def left_kernel(self, z: Points) -> Points:
        """Return the r of length 1 with ``J^T r = 0`` at a point where d mu drops rank by one."""
        return np.asarray(np.linalg.svd(self.tangent(z).T)[2][-1].conj())

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[Points, ...]]:
        """Return (z, v, p): spurious points that collide, the focal points of the branch locus on a random normal.

        The Hessian is affine in the length t of the residual. It is singular for t = 0, too: these are the points of
        `branch_pairs`.
        """
        found: list[tuple[Points, ...]] = []
        for place in self.branch_points(rng):
            z, p = self._spurious(place, rng)
            foot = np.concatenate([p[: self.n_form], self.form.matrix(p[: self.n_form]) @ self.points(z)])
            here = self.system.jacobian(z, p)
            change = here - self.system.jacobian(z, foot)
            for t, v in focal_points(here, change, np.eye(self.n_unknowns, dtype=np.complex128)):
                if abs(1 + t) > _ON_BRANCH_LOCUS:
                    found.append((z, v, foot + (1 + t) * (p - foot)))
        if not found:
            raise InputError("discriminant: no spurious critical points are ever degenerate")
        return found

    def branch_pairs(self, rng: np.random.Generator) -> list[tuple[Points, ...]]:
        """Return (z, w, p): pure points on the branch locus, ``Q mu = b``, with ``J^T Q w = 0``."""
        found: list[tuple[Points, ...]] = []
        for z in self.branch_points(rng):
            p = self._around_one(rng, 1)[0]
            form: Points = self.form.matrix(p[: self.n_form]).astype(np.complex128)
            p[self.n_form :] = form @ self.points(z)
            found.append((z, np.asarray(np.linalg.solve(form, self.left_kernel(z))), p))
        return found


def filled_space(family: ParametrizedDistance, rng: np.random.Generator) -> FilledSpace | None:
    """Return the distance over the weights of a family, or None if its critical points are not isolated.

    Its variety must fill its space, and the family have an envelope (`critlocus.problems.envelope`).
    """
    if family.n_unknowns < len(family.variety.ambient) or envelope(family, rng) is None:
        return None
    return FilledSpace(family.variety, family.form, family.chart)
