"""Laurent series of paths around t = 1, from samples on a circle around it.

Around a pole or a branch point at t = 1 a path is a series in (1 - t)^(1/w), where w is its winding number. Samples on
w loops give its coefficients by a discrete Fourier transform (Cauchy's integral by the trapezoid rule).
Reference: Morgan, Sommese & Wampler, *A power series method for computing singular solutions* (1992).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.endgame import MAX_WINDING, go_around
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

CORNERS = 16
_RADII = tuple(0.1 / 3**k for k in range(12))
_LOWER = 1e-4
"""Coefficients below the leading one that are no larger are rounding, or those of a zero next to t = 1."""
_ROUNDING = 1e-11
"""A leading term below this, relative to the value at t = 1, may be rounding."""
_SAME = 1e-7

Row = Callable[[complex], NDArray[np.complex128]]


@dataclass(eq=False)
class Expansion:
    """Leading terms ``value + c (1 - t)^(order / winding)``; order and winding are 0 where two circles do not agree."""

    value: NDArray[np.complex128]
    order: NDArray[np.int64]
    winding: NDArray[np.int64]


def coefficients(samples: NDArray[np.complex128]) -> tuple[NDArray[np.int64], NDArray[np.complex128]]:
    """Return the powers k of (1 - t)^(1/w), and the coefficients times radius^(k/w), from samples on w loops.

    Parameters
    ----------
    samples : complex128 array, shape (w * CORNERS, n)

    Returns
    -------
    int64 array, shape (w * CORNERS,)
    complex128 array, shape (w * CORNERS, n)
    """
    count = len(samples)
    return np.fft.fftfreq(count, 1 / count).round().astype(np.int64), np.fft.fft(samples, axis=0) / count


def circle(
    solver: Solver, system: PolynomialSystem, start: NDArray[np.complex128], row: Row, radius: float
) -> tuple[NDArray[np.complex128], NDArray[np.int64]]:
    """Go around t = 1 until the paths close up.

    Parameters
    ----------
    start : complex128 array, shape (N, n)
        Solutions over ``row(radius)``.

    Returns
    -------
    complex128 array, shape (MAX_WINDING * CORNERS, N, n)
        The points at the corners, loop by loop; nan beyond where a path closed up or broke off.
    int64 array, shape (N,)
        Numbers of loops; 0: a path did not close up.
    """
    samples = np.full((MAX_WINDING * CORNERS, *start.shape), np.nan, np.complex128)

    def visit(corner: int, alive: NDArray[np.int64], position: NDArray[np.complex128]) -> None:
        samples[corner, alive] = position

    return samples, go_around(solver, system, start, row, radius, CORNERS, visit)


def expand(
    solver: Solver, system: PolynomialSystem, starts: NDArray[np.complex128], row: Row, coordinate: int
) -> Expansion:
    """Return the value of a coordinate at the ends of paths, and with which power of 1 - t it is approached.

    Parameters
    ----------
    starts : complex128 array, shape (N, n)
        Solutions over ``row(1)``, at t = 0.
    row : callable
        The parameters by 1 - t, affine; the ends are over ``row(0)``.
    coordinate : int
        One that stays finite; others may go to infinity.
    """
    count = len(starts)
    found = Expansion(np.full(count, np.nan, np.complex128), np.zeros(count, np.int64), np.zeros(count, np.int64))
    before = Expansion(found.value.copy(), found.order.copy(), found.winding.copy())
    alive, position, at = np.arange(count), starts, 1.0
    for radius in _RADII:
        zero = np.zeros(len(alive), np.int64)
        moved = solver.track(system, position, np.stack([row(at), row(radius)]), zero, zero + 1)
        alive, position, at = alive[moved.success], moved.points[moved.success], radius
        if len(alive) == 0:
            break
        samples, winding = circle(solver, system, position, row, radius)
        same = np.zeros(len(alive), bool)
        for i, (path, w) in enumerate(zip(alive, winding, strict=True)):
            value, order = _leading(samples[: w * CORNERS, i, coordinate])
            same[i] = order > 0 and (order, w) == (before.order[path], before.winding[path])
            same[i] &= bool(abs(value - before.value[path]) <= _SAME * abs(value))
            before.value[path], before.order[path], before.winding[path] = value, order, w
        done = alive[same]
        found.value[done], found.order[done], found.winding[done] = (
            before.value[done], before.order[done], before.winding[done],
        )  # fmt: skip
        alive, position = alive[~same], position[~same]
    return found


def _leading(samples: NDArray[np.complex128]) -> tuple[complex, int]:
    """Return the constant term and the power of the next one; 0 where there is a pole, or it does not stand out."""
    if len(samples) == 0:
        return complex(np.nan), 0
    powers, values = coefficients(samples[:, None])
    value, size = complex(values[0, 0]), np.abs(values[:, 0])
    size[0] = 0
    lead = int(powers[np.argmax(size)])
    stands = lead > 0 and size[lead] > _ROUNDING * abs(value)
    if not stands or np.any(np.delete(size, np.arange(lead, len(samples) // 2)) > _LOWER * size[lead]):
        return value, 0
    return value, lead
