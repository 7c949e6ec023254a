"""How far a point of a variety given by equations is from singular ones, judged by gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import ImplicitDistance

_NEARBY = 0.1


def clearance(distance: ImplicitDistance, x: NDArray[np.complex128]) -> float:
    """Return the smallest singular value of the gradients at a point x, relative to their size nearby.

    Of gradients nearby, which vanish nowhere, each has length 1. At a singular point the value is 0 (as exactly as x is
    one), and it grows at most linearly with the distance, relative to the size of x if that is more than 1.
    """
    rng = np.random.default_rng(3)
    shift = _NEARBY * max(1.0, float(np.linalg.norm(x))) * complex_normal(rng, (4, len(x)))
    size = np.max([np.linalg.norm(distance.gradients(x + step), axis=1) for step in shift], axis=0)
    unit = distance.gradients(x) / np.maximum(size, 1e-300)[:, None]
    return float(np.linalg.svd(unit, compute_uv=False)[-1])
