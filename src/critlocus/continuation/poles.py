"""Paths that go to infinity at t = 1, told from those that only come close to it, by their Laurent series.

Around a pole at t = 1 a path is a series in (1 - t)^(1/w) that begins with a negative power. If the pole is next to
t = 1 instead, at a distance d, the path grows alike outside of d, but its series on a circle of radius r > d has lower
powers, too: (s - d)^-a = s^-a (1 + a d/s + ...). They tell d long before a path could be followed that far.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.laurent import CORNERS, Row, circle, coefficients
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

AT_THE_END = 1e-9
"""A pole counts as one at t = 1 if its distance is estimated by no more than this, on two circles."""
_RADII = tuple(0.1 / 2**k for k in range(22))
_LEAST = 1e-10
"""Coefficients smaller than this, relative to the largest one, may be rounding; they say nothing."""


def pole_orders(
    solver: Solver, system: PolynomialSystem, starts: NDArray[np.complex128], row: Row
) -> NDArray[np.float64]:
    """Return the a > 0 of paths that grow like ``(1 - t)^-a`` up to t = 1; 0 where this is not seen.

    Parameters
    ----------
    starts : complex128 array, shape (N, n)
        Solutions over ``row(1)``, at t = 0.
    row : callable
        The parameters by 1 - t, affine; the ends are over ``row(0)``.

    Returns
    -------
    float64 array, shape (N,)
    """
    order, before = np.zeros(len(starts)), np.zeros(len(starts))
    alive, position, at = np.arange(len(starts)), starts, 1.0
    for radius in _RADII:
        zero = np.zeros(len(alive), np.int64)
        moved = solver.track(system, position, np.stack([row(at), row(radius)]), zero, zero + 1)
        alive, position, at = alive[moved.success], moved.points[moved.success], radius
        if len(alive) == 0:
            break
        samples, winding = circle(solver, system, position, row, radius)
        new = np.array([_order(samples[: w * CORNERS, i], int(w), radius) for i, w in enumerate(winding)])
        same = (new > 0) & (new == before[alive])
        order[alive[same]], before[alive] = new[same], new
        alive, position = alive[~same], position[~same]
    return order


def _order(samples: NDArray[np.complex128], winding: int, radius: float) -> float:
    """Return the order of the pole that the samples of w loops, shape ``(w * CORNERS, n)``, speak for; 0 for none."""
    if winding == 0:
        return 0.0
    powers, terms = coefficients(samples)
    size = np.abs(terms).max(axis=1)
    lead = powers[np.argmax(size)]
    if lead >= 0 or lead - winding < -len(samples) // 2:
        return 0.0
    below = lead - np.arange(1, winding + 1)  # down to one power of s less, where a pole at d shows as a d / s
    ratio = size[below] / size[lead]
    distance = radius * np.where(ratio > _LEAST, ratio, 0) ** (winding / (lead - below))
    return float(-lead / winding) if distance.max() <= AT_THE_END else 0.0
