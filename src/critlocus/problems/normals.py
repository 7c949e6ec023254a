"""Normal forms and shape operators of a variety at a point.

With h a linear form that vanishes on the tangent space at y and ``Q (u - y) = s h``, the Hessian of the squared
distance from u, restricted to X at y, is ``A - s B(h)`` with A the metric. In a basis with A = 1, B(h) is the shape
operator; y is a local minimum while s times its largest eigenvalue is below 1: up to the nearest focal point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.clearance import CLEAR, clearance
from critlocus.varieties.variety import ParametrizedVariety

_NOTHING = np.zeros(0)
_STEPS, _TRIES = 200, 60
_RANK, _SPREAD = 1e-7, 10


def normal_covectors(
    distance: Distance, z: NDArray[np.complex128]
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return the point x, shape ``(N,)``, and a basis of its normal forms, shape ``(c, N)``, for unknowns z.

    The basis is orthonormal for a parametrised variety; for an implicit one it consists of gradients.
    """
    x = distance.points(z)
    if isinstance(distance, ImplicitDistance):
        return x, distance.gradients(x)
    tangent = distance.functions.jacobian(z, _NOTHING).T
    _, _, vh = np.linalg.svd(tangent)
    return x, vh[len(tangent) :].conj()


def normal_line(
    y: NDArray[np.inexact[Any]], forms: NDArray[np.inexact[Any]], rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Return y, h0 and h, shape ``(3 N,)``, of a generic complex line of a normal space, or of the only one.

    Parameters
    ----------
    y : array, shape (N,)
    forms : array, shape (c, N)
        A basis of its normal forms.
    """
    if len(forms) == 1:
        return np.concatenate([y, 0 * y, forms[0]]).astype(np.complex128)
    first, direction = complex_normal(rng, (2, len(forms))) @ forms
    return np.concatenate([y, first, direction])


@dataclass(frozen=True, eq=False)
class NormalSpace:
    """The normal space of a variety at a real smooth point.

    Attributes
    ----------
    y : float64 array, shape (N,)
    forms : float64 array, shape (c, N)
        Linear forms that vanish on the tangent space, orthonormal for the inverse of the metric: the points of the
        normal space are ``u = y + Q^-1 h`` with h in their span, and ``|u - y|_Q`` is the length of its coordinates.
    vectors : float64 array, shape (c, N)
        ``Q^-1`` of the forms.
    shape : float64 array, shape (c, d, d)
        Symmetric shape operators of the forms, in an orthonormal basis of the tangent space.
    metric : float64 array, shape (N, N)
    """

    y: NDArray[np.float64]
    forms: NDArray[np.float64]
    vectors: NDArray[np.float64]
    shape: NDArray[np.float64]
    metric: NDArray[np.float64]

    def focal(self, coordinates: NDArray[np.float64]) -> float:
        """Return the distance to the first focal point in a direction, or infinity."""
        operator = np.einsum("i,ijk->jk", coordinates, self.shape)
        largest = float(np.linalg.eigvalsh(operator).max(initial=0.0))
        size = float(np.abs(self.shape).max(initial=0.0))
        return 1 / largest if largest > 1e-12 * size else float("inf")


def normal_space(
    distance: Distance, at: NDArray[np.float64] | None, q: NDArray[np.float64], rng: np.random.Generator
) -> NormalSpace:
    """Return the normal space at the point of the variety next to `at`, or at a random real point.

    Parameters
    ----------
    distance : Distance
        Of the variety.
    at : float64 array, shape (N,), optional
    q : float64 array, shape (N, N)
        The metric.

    Raises
    ------
    InputError
        If `at` has the wrong size, is not finite, not on the variety (to three digits), or singular; or if no smooth
        real point is found.
    """
    size = len(distance.variety.ambient)
    if at is not None and np.shape(at) != (size,):
        raise InputError(f"voronoi: the point has {np.size(at)} coordinates, the variety {size}")
    if at is not None and not np.isfinite(at).all():
        raise InputError(f"voronoi: the point {_text(at)} is not finite")
    if isinstance(distance, ImplicitDistance):
        y, normals, tangent, hessians = _implicit(distance, at, rng)
    else:
        y, normals, tangent, hessians = _parametrized(distance, at, rng)
    lower = np.linalg.cholesky(normals @ np.linalg.solve(q, normals.T))
    change = np.linalg.inv(lower)
    forms: NDArray[np.float64] = change @ normals
    metric = np.linalg.cholesky(tangent.T @ q @ tangent)
    inverse = np.linalg.inv(metric)
    shape: NDArray[np.float64] = np.einsum("ab,bij->aij", change, hessians)
    shape = inverse @ shape @ inverse.T
    vectors = np.asarray(np.linalg.solve(q, forms.T).T, np.float64)
    return NormalSpace(y, forms, vectors, (shape + np.swapaxes(shape, 1, 2)) / 2, q)


_Local = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""y, a basis of normal forms, a basis of the tangent space as columns, and B of every form in that basis."""


def _implicit(distance: ImplicitDistance, at: NDArray[np.float64] | None, rng: np.random.Generator) -> _Local:
    y = _random_point(distance, rng) if at is None else _given_point(distance, at)
    normals = distance.gradients(y.astype(np.complex128)).real
    _, singular, vh = np.linalg.svd(normals)
    if singular[-1] <= _RANK * max(1.0, float(singular[0])):
        raise InputError(f"voronoi: {_text(y)} is a singular point of {distance.variety.name}")
    tangent = vh[distance.codimension :].T
    hessians = -np.array([tangent.T @ h @ tangent for h in distance.hessians(y.astype(np.complex128)).real])
    return y, normals, tangent, hessians


def _given_point(distance: ImplicitDistance, at: NDArray[np.float64]) -> NDArray[np.float64]:
    y = _projected(distance, at)
    if y is None:
        raise InputError(f"voronoi: there is no real point near {_text(at)} on {distance.variety.name}")
    _check_near(at, y, distance.variety.name)
    return y


def _projected(distance: ImplicitDistance, y: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the real point that Newton's method leads to, or None."""
    for _ in range(_STEPS):
        step = np.linalg.lstsq(distance.equation_jacobian(y).real, distance.values(y).real, rcond=1e-12)[0]
        y = y - step
        if not np.isfinite(y).all() or np.linalg.norm(step) <= 1e-16 * max(1.0, float(np.linalg.norm(y))):
            break
    on = np.isfinite(y).all() and distance.residual(y[None, :].astype(np.complex128))[0] <= 1e-10
    return y if on else None


def _random_point(distance: ImplicitDistance, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a random real point that is well away from singular ones, or else as far as any that was found.

    Singular points attract Newton's method, isolated real ones from all sides: it begins ever farther out.
    """
    best, far = None, _RANK
    for k in range(_TRIES):
        start = (1 + k / _SPREAD) * rng.standard_normal(len(distance.variety.ambient))
        y = _projected(distance, start)
        if y is None:
            continue
        clear = clearance(distance, y.astype(np.complex128))
        if clear > far:
            best, far = y, clear
        if far > CLEAR:
            break
    if best is None:
        raise InputError(f"voronoi: no smooth real point was found on {distance.variety.name}")
    return best


def _parametrized(distance: Distance, at: NDArray[np.float64] | None, rng: np.random.Generator) -> _Local:
    variety = cast(ParametrizedVariety, distance.variety)
    graph = Graph()
    theta = [graph.variable() for _ in range(variety.n_weights)]
    functions = PolynomialSystem(graph, variety.mu(graph, theta))
    other = Graph()
    weights = [other.variable() for _ in range(variety.n_weights)]
    mu = variety.mu(other, weights)
    second = PolynomialSystem(other, pullback(other, mu, [other.parameter() for _ in mu], weights))
    t = _preimage(functions, at, rng, variety.name)
    y = functions(t, _NOTHING).real
    if at is not None:
        _check_near(at, y, variety.name)
    matrix = functions.jacobian(t, _NOTHING).real
    u, singular, vh = np.linalg.svd(matrix)
    rank = int(np.count_nonzero(singular > _RANK * max(1.0, float(singular[0]))))
    if rank != distance.dimension:
        raise InputError(f"voronoi: {_text(y)} is a singular point of {variety.name}, or of its parametrisation")
    across, normals = vh[:rank].T, u[:, rank:].T
    hessians = np.array([across.T @ second.jacobian(t, h).real @ across for h in normals])
    return y, normals, matrix @ across, hessians


def _preimage(
    functions: PolynomialSystem, at: NDArray[np.float64] | None, rng: np.random.Generator, name: str
) -> NDArray[np.float64]:
    """Return real parameters of a point, by the Levenberg-Marquardt method from random parameters."""
    t = rng.standard_normal(functions.n)
    if at is None:
        return t
    scale = max(1e-300, float(np.linalg.norm(at)))
    for _ in range(_TRIES):
        t = rng.standard_normal(functions.n)
        damping, residual = 1.0, functions(t, _NOTHING).real - at
        for _ in range(_STEPS):
            matrix = functions.jacobian(t, _NOTHING).real
            stacked = np.vstack([matrix, np.sqrt(damping) * np.eye(functions.n)])
            step = np.linalg.lstsq(stacked, np.concatenate([residual, np.zeros(functions.n)]), rcond=None)[0]
            new = functions(t - step, _NOTHING).real - at
            better = np.linalg.norm(new) < np.linalg.norm(residual)
            damping = max(damping / 4, 1e-15) if better else damping * 4
            if better:
                t, residual = t - step, new
            if np.linalg.norm(residual) <= 1e-15 * scale or damping > 1e15:
                break
        if np.linalg.norm(residual) <= 1e-3 * max(1.0, scale):
            return t
    raise InputError(f"voronoi: there is no real point near {_text(at)} on {name}")


def _check_near(at: NDArray[np.float64], y: NDArray[np.float64], name: str) -> None:
    if np.linalg.norm(y - at) > 1e-3 * max(1.0, float(np.linalg.norm(at))):
        raise InputError(f"voronoi: {_text(at)} is not on {name}; the point {_text(y)} is")


def _text(point: NDArray[np.float64]) -> str:
    return "(" + ", ".join(f"{v:.6g}" for v in np.ravel(point)) + ")"
