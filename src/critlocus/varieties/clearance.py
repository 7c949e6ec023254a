"""How far a point of a variety is from singular ones, or from critical parameters, judged by differentials."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.problems.implicit_distance import ImplicitDistance

CLEAR = 0.05
"""A random point has at least this clearance, if one is found."""
_NEARBY = 0.2


def clearance(distance: Distance, x: NDArray[np.complex128]) -> float:
    """Return the smallest singular value of the differential at a point, relative to its size nearby.

    The differential of the equations, each divided by the length of its gradient nearby, which vanishes nowhere; or
    that of the parametrisation. At a singular point the value is 0 (as exactly as x is one), and it grows at most
    linearly with the distance, relative to the size of x if that is more than 1.

    Parameters
    ----------
    x : complex128 array
        Coordinates of a point of a variety given by equations, or parameters in the chart.
    """
    rng = np.random.default_rng(3)
    shift = _NEARBY * max(1.0, float(np.linalg.norm(x))) * complex_normal(rng, (4, len(x)))
    size = np.max([np.linalg.norm(_rows(distance, x + step), axis=1) for step in shift], axis=0)
    unit = _rows(distance, x) / np.maximum(size, 1e-300)[:, None]
    return float(np.linalg.svd(unit, compute_uv=False)[-1])


def _rows(distance: Distance, x: NDArray[np.complex128]) -> NDArray[np.complex128]:
    if isinstance(distance, ImplicitDistance):
        return distance.gradients(x)
    return distance.functions.jacobian(x, np.zeros(0)).T
