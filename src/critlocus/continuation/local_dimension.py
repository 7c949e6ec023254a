"""Local dimension of a solution set at its singular points, by slices beside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.tape.system import PolynomialSystem

_STEPS = ((0.1, 1e-10), (0.03, 1e-11), (0.01, 1e-13))
"""Distance of the slice relative to the point, and the relative residual that counts as 0 there. Beside an isolated
zero of multiplicity m about distance^m is left, so that multiplicities up to 5 are told from components."""
_KERNEL, _NEAR, _TRIES, _ITERATIONS = 1e-4, 3.0, 4, 40


def local_dimensions(
    system: PolynomialSystem,
    points: NDArray[np.complex128],
    values: NDArray[np.complex128],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the dimension of the solution set at points of it, shape ``(N, n)`` -> ``(N,)``; 0: isolated.

    The dimension is at least k if and only if generic affine spaces of codimension k that pass the point at a small
    distance meet the set nearby. Such a zero is looked for by Gauss and Newton's method, from steps along the kernel of
    the Jacobian; k is at most the dimension of the kernel. This is numerical evidence, not a proof.
    """
    count = len(points)
    dimension = np.zeros(count, np.int64)
    if count == 0:
        return dimension
    # Equations are scaled by their gradients nearby: at the point itself one may vanish.
    size = np.maximum(1.0, np.linalg.norm(points, axis=1, keepdims=True))
    nearby = points + _STEPS[0][0] * size * complex_normal(rng, points.shape)
    scale = np.abs(system.jacobian(nearby, values)).max(axis=2, initial=0.0)
    jacobian = system.jacobian(points, values)
    scale = np.where(scale > 0, scale, 1.0)
    _, s, vh = np.linalg.svd(jacobian / scale[:, :, None])
    rank = np.count_nonzero(s > _KERNEL * np.maximum(s[:, :1], 1e-300), axis=1)
    for k in range(1, system.n + 1):
        rows = np.flatnonzero((dimension == k - 1) & (system.n - rank >= k))
        for length, small in _STEPS:
            for _ in range(_TRIES):
                if len(rows) == 0:
                    break
                inside = np.arange(system.n) >= rank[rows, None]
                step = np.einsum("ij,ijk->ik", complex_normal(rng, inside.shape) * inside, vh[rows].conj())
                met = _meets(
                    system, points[rows], values, scale[rows], step, length, small, complex_normal(rng, (k, system.n))
                )
                dimension[rows[met]] = k
                rows = rows[~met]
    return dimension


def _meets(
    system: PolynomialSystem,
    points: NDArray[np.complex128],
    values: NDArray[np.complex128],
    scale: NDArray[np.float64],
    step: NDArray[np.complex128],
    length: float,
    small: float,
    normals: NDArray[np.complex128],
) -> NDArray[np.bool_]:
    """Tell for which points a zero close by is found on the slice through point + step."""
    size = length * np.maximum(1.0, np.linalg.norm(points, axis=1))
    begin = points + size[:, None] * step / np.linalg.norm(step, axis=1, keepdims=True)
    x = begin
    for _ in range(_ITERATIONS):
        residual = np.hstack([system(x, values) / scale, (x - begin) @ normals.T])
        slices = np.broadcast_to(normals, (len(x), *normals.shape))
        matrix = np.concatenate([system.jacobian(x, values) / scale[:, :, None], slices], axis=1)
        move = np.einsum("ijk,ik->ij", np.linalg.pinv(matrix, rcond=1e-12), residual)
        far = np.linalg.norm(move, axis=1) / size
        x = x - move / np.maximum(far, 1.0)[:, None]
    residual = np.hstack([system(x, values) / (scale + 1.0), (x - begin) @ normals.T])
    near = np.linalg.norm(x - points, axis=1) <= _NEAR * size
    return np.asarray(near & (np.abs(residual).max(axis=1) <= small * size / length))
