"""Polyhedral endgame: with which exponents the coordinates of a path vanish at its end.

Near t = 1 a coordinate of a path is ``c (1 - t)^(a/w) (1 + ...)``. Where coordinates vanish at different rates the
Jacobian degenerates, and the tracker would stop long before the exponents can be read. In coordinates scaled to modulus
1, anew at every stage, the path is about as well conditioned as the face system that it approaches, so that it can be
followed down to 1 - t = 1e-20.
Reference: Huber & Verschelde, *Polyhedral end games for polynomial continuation* (1998).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.solvers.protocol import Solver
from critlocus.tape.scaling import equation_scales, scaled_system
from critlocus.tape.system import PolynomialSystem

STAGES = (1.0, *(10 ** (-k / 2) for k in range(2, 41)))
"""The values of 1 - t at which coordinates are scaled anew."""
SETTLED = 4
"""So many slopes of log-size against log(1 - t) are compared."""
_SMALLEST, _STEEPEST = 1e-60, 10
_BEFORE_LANDING, _REGULAR = 1e-2, 1e8
_REFINEMENTS = 4


@dataclass(eq=False)
class Slopes:
    """How a coordinate behaves over the last `SETTLED` stages that each path reached; arrays of shape (N,).

    Attributes
    ----------
    last, spread : float64 array
        The last slope of log-size against log(1 - t), and the largest difference of two; nan with too few stages.
    size : float64 array
        Modulus at the last stage, relative to the largest coordinate.
    stage : int64 array
        Number of the last stage.
    """

    last: NDArray[np.float64]
    spread: NDArray[np.float64]
    size: NDArray[np.float64]
    stage: NDArray[np.int64]


@dataclass(eq=False)
class Descent:
    """Sizes of the coordinates of paths towards t = 1.

    Attributes
    ----------
    logs : float64 array, shape (stages, N, n)
        Natural logarithms of the moduli at `STAGES`; nan where a path could not be followed so far.
    """

    logs: NDArray[np.float64]

    def slopes(self, coordinate: int, among: slice) -> Slopes:
        """Return the slopes of a coordinate relative to the largest one of a range."""
        relative = self.logs[:, :, coordinate] - self.logs[:, :, among].max(axis=2)
        steps = np.diff(relative, axis=0) / np.diff(np.log(STAGES))[:, None]
        stage = np.isfinite(relative).sum(axis=0) - 1
        count = len(stage)
        found = Slopes(np.full(count, np.nan), np.full(count, np.nan), np.ones(count), stage)
        for k in np.flatnonzero(stage >= SETTLED):
            window = steps[stage[k] - SETTLED : stage[k], k]
            found.last[k], found.spread[k] = window[-1], np.ptp(window)
            found.size[k] = np.exp(relative[stage[k], k])
        return found


def polyhedral_endgame(
    solver: Solver,
    system: PolynomialSystem,
    starts: NDArray[np.complex128],
    row: Callable[[float], NDArray[np.complex128]],
) -> Descent:
    """Follow paths to t = 1 in scaled coordinates.

    Parameters
    ----------
    starts : complex128 array, shape (N, n)
        Points at t = 0.
    row : callable
        The parameters at t = 1 - r, by r, to full accuracy for tiny r.
    """
    scaled = scaled_system(system)
    logs = np.full((len(STAGES), *starts.shape), np.nan)
    position, alive = starts, np.arange(len(starts))
    for k, radius in enumerate(STAGES):
        if k:
            position, good = _follow(solver, system, scaled, position, row, STAGES[k - 1], radius, _REFINEMENTS)
            position, alive = position[good], alive[good]
        if len(alive) == 0:
            break
        logs[k, alive] = np.log(np.maximum(np.abs(position), _SMALLEST))
    return Descent(logs)


def land(
    solver: Solver,
    system: PolynomialSystem,
    starts: NDArray[np.complex128],
    row: Callable[[float], NDArray[np.complex128]],
) -> tuple[NDArray[np.complex128], NDArray[np.bool_]]:
    """Return the ends of paths that the tracker reaches in scaled coordinates, and which are regular points there."""
    scaled = scaled_system(system)
    ends, good = np.full_like(starts, np.nan), np.zeros(len(starts), bool)
    near, first = _follow(solver, system, scaled, starts, row, 1.0, _BEFORE_LANDING, _REFINEMENTS)
    at, second = _follow(solver, system, scaled, near[first], row, _BEFORE_LANDING, 0.0, 0)
    ends[first], good[first] = at, second
    return ends, good


def _follow(
    solver: Solver,
    system: PolynomialSystem,
    scaled: PolynomialSystem,
    points: NDArray[np.complex128],
    row: Callable[[float], NDArray[np.complex128]],
    begin: float,
    end: float,
    refinements: int,
) -> tuple[NDArray[np.complex128], NDArray[np.bool_]]:
    """Track from 1 - t = begin to end in scaled coordinates; stages on which a path gets stuck are halved."""
    count = len(points)
    # Far from the end a coordinate can be tiny by chance, and is not so for long.
    size = np.abs(points)
    scales = np.maximum(size, np.maximum(begin**_STEEPEST * size.max(axis=1, initial=0.0, keepdims=True), _SMALLEST))
    factors = equation_scales(system, points, row(begin), scales)
    tables = [np.hstack([np.tile(row(r), (count, 1)), scales, factors]) for r in (begin, end)]
    rows = np.arange(count)
    paths = solver.track(scaled, points / scales, np.vstack(tables), rows, rows + count)
    ends, good = paths.points * scales, paths.success & (paths.condition < _REGULAR if end == 0 else True)
    stuck = np.flatnonzero(~good)
    if len(stuck) and refinements:
        middle = float(np.sqrt(begin * end))
        half, first = _follow(solver, system, scaled, points[stuck], row, begin, middle, refinements - 1)
        rest, second = _follow(solver, system, scaled, half[first], row, middle, end, refinements - 1)
        ends[stuck[first]], good[stuck[first]] = rest, second
    return ends, good
