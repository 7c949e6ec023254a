"""Local dimension of a solution set at a singular point, by slices and steps along the kernel of the Jacobian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.tape.system import PolynomialSystem

_STEPS = ((0.1, 1e-10), (0.03, 1e-11), (0.01, 1e-12))
"""Step relative to the point, and the relative residual that counts as 0 there. A zero of multiplicity m leaves about
step^m, so that multiplicities up to 5 are told from components."""
_KERNEL = 1e-4


def local_dimension(
    system: PolynomialSystem, point: NDArray[np.complex128], values: NDArray[np.complex128], rng: np.random.Generator
) -> int:
    """Return the dimension of the solution set at a point of it, shape ``(n,)``; 0 if the point is isolated there.

    A generic affine space of codimension k through the point meets the set in an isolated point if and only if the
    dimension is at most k. Whether a point is isolated in a slice is decided by steps along the kernel of the Jacobian,
    corrected in the complementary directions alone: on a component some zero is met close by, at an isolated zero of
    small multiplicity the residual stays. This is numerical evidence, not a proof.
    """
    normals = complex_normal(rng, (system.n, system.n))
    for dimension in range(system.n):
        if not _moves(system, point, values, normals[:dimension], rng):
            return dimension
    return system.n


def _moves(
    system: PolynomialSystem,
    point: NDArray[np.complex128],
    values: NDArray[np.complex128],
    normals: NDArray[np.complex128],
    rng: np.random.Generator,
) -> bool:
    """Tell whether other zeros are close to the point in the slice ``normals (x - point) = 0``."""

    def residual(x: NDArray[np.complex128]) -> NDArray[np.complex128]:
        return np.concatenate([system(x, values), normals @ (x - point)])

    def derivative(x: NDArray[np.complex128]) -> NDArray[np.complex128]:
        return np.vstack([system.jacobian(x, values), normals])

    here = derivative(point)
    scale = np.abs(here).max(axis=1, keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)
    _, s, vh = np.linalg.svd(here / scale)
    rank = int(np.count_nonzero(s > _KERNEL * max(float(s[0]), 1e-300)))
    kernel, rows = vh[rank:].conj(), vh[:rank].conj()
    if len(kernel) == 0:
        return False
    direction = kernel.T @ complex_normal(rng, (len(kernel),))
    size = max(1.0, float(np.linalg.norm(point)))
    for length, small in _STEPS:
        x = begin = point + length * size * direction / np.linalg.norm(direction)
        for _ in range(12):
            if rank:
                matrix, right = derivative(x) / scale @ rows.T, residual(x) / scale[:, 0]
                x = x - rows.T @ np.linalg.lstsq(matrix, right, rcond=None)[0]
        close = np.linalg.norm(x - begin) <= 0.5 * length * size
        if close and np.abs(residual(x) / (scale[:, 0] + 1.0)).max() <= small * size:
            return True
    return False
