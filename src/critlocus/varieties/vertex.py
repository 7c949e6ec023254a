"""Cones and cylinders: directions along which a variety can be moved, or a point from which it can be scaled.

The vertices of the projective closure are the solutions (p, c) of ``p - c x in T_x X`` for all points x of X, a linear
system for random x. Scaling from a vertex p (c = 1), and moving along p (c = 0), keep the variety.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SAMPLES_MORE = 3
_ZERO = 1e-9


@dataclass(frozen=True, eq=False)
class Vertices:
    """What keeps a variety.

    Attributes
    ----------
    apex : complex128 array, shape (N,), or None
        A point from which the variety can be scaled.
    directions : complex128 array, shape (k, N)
        Directions along which it can be moved.
    """

    apex: NDArray[np.complex128] | None
    directions: NDArray[np.complex128]


def vertices(samples: Iterable[tuple[NDArray[np.complex128], NDArray[np.complex128]]]) -> Vertices:
    """Find the vertices from random points, numerically.

    Parameters
    ----------
    samples : iterable of (x, normals)
        Random points, shape ``(N,)``, with a basis of the linear forms that vanish on the tangent space there, shape
        ``(c, N)``; at least N + 1 of them are needed.
    """
    rows = []
    for x, normals in samples:
        unit = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        block = np.hstack([unit, -(unit @ x)[:, None]])
        rows.append(block / np.linalg.norm(block, axis=1, keepdims=True))
    _, sizes, vh = np.linalg.svd(np.vstack(rows))
    rank = int(np.count_nonzero(sizes > _ZERO * max(float(sizes.max(initial=0.0)), 1e-300)))
    kernel = vh[rank:].conj()
    if len(kernel) == 0:
        return Vertices(None, np.zeros((0, vh.shape[1] - 1), np.complex128))
    # Bring the last coordinate c to a single vector of the kernel.
    _, _, rotation = np.linalg.svd(kernel[:, -1:].T)
    turned = rotation.conj() @ kernel
    has_apex = abs(turned[0, -1]) > _ZERO
    apex = turned[0, :-1] / turned[0, -1] if has_apex else None
    return Vertices(apex, turned[1:, :-1] if has_apex else turned[:, :-1])


def enough(size: int) -> int:
    """Return how many samples `vertices` should have in a space of this dimension."""
    return size + 1 + _SAMPLES_MORE
