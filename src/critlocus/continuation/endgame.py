"""Cauchy endgame: singular ends of paths, with their winding numbers.

Near a singular end x(t) is a power series in (1 - t)^(1/w). Tracking around t = 1 until the path closes up gives the
winding number w, and the mean over the loops is x(1) (Cauchy's integral by the trapezoid rule).
Reference: Morgan, Sommese & Wampler, *A power series method for computing singular solutions* (1992).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

CORNERS = 12
MAX_WINDING = 24
RADII = (0.1, 0.02, 4e-3, 8e-4, 1.6e-4, 3.2e-5, 6.4e-6, 1.28e-6, 2.56e-7)
_AGREE, _NEARBY = 1e-5, 0.1
_SAME_GROWTH, _FAR = 0.01, 100.0
_CLOSED = 1e-7

Visit = Callable[[int, NDArray[np.int64], NDArray[np.complex128]], None]


@dataclass(eq=False)
class Endgame:
    """Ends of paths, shape ``(N, n)``, and their winding numbers; 0 where the endgame did not settle.

    Where it did not, `growth` is the a of a norm that grows like ``(1 - t)^-a``, if three radii agree
    on it and the path is far out, else 0.
    """

    points: NDArray[np.complex128]
    winding: NDArray[np.int64]
    growth: NDArray[np.float64]


def cauchy_endgame(
    solver: Solver,
    system: PolynomialSystem,
    starts: NDArray[np.complex128],
    row: Callable[[complex], NDArray[np.complex128]],
) -> Endgame:
    """Find the ends at t = 1 of paths from t = 0 along the parameters ``row(1 - t)``, affine in t.

    The starts solve the system over ``row(1)``, and the ends are over ``row(0)``.

    The radius of the loops shrinks until two radii give the same winding number and the same end, and the end solves
    the system at t = 1: loops that are too wide go around other branch points, too.
    """
    count, n = starts.shape
    found = Endgame(np.full((count, n), np.nan, np.complex128), np.zeros(count, np.int64), np.zeros(count))
    before = Endgame(found.points.copy(), found.winding.copy(), found.growth.copy())
    norm = np.full(count, np.nan)
    far = _FAR * float(np.median(np.linalg.norm(starts, axis=1))) if count else 0.0
    position, at = starts, 1.0
    alive = np.arange(count)
    for radius in RADII:
        zero = np.zeros(len(alive), np.int64)
        moved = solver.track(system, position, np.stack([row(at), row(radius)]), zero, zero + 1)
        alive, position, at = alive[moved.success], moved.points[moved.success], radius
        if len(alive) == 0:
            break
        _grow(found, before, alive, np.linalg.norm(position, axis=1), norm, far)
        ends, winding = _loops(solver, system, position, row, radius)
        size = np.maximum(np.linalg.norm(ends, axis=1), 1e-300)
        same = (winding > 0) & (winding == before.winding[alive])
        same &= np.linalg.norm(ends - before.points[alive], axis=1) <= _AGREE * size
        same[same] = solves(system, ends[same], row(0))
        found.points[alive[same]], found.winding[alive[same]] = ends[same], winding[same]
        found.growth[alive[same]] = 0
        before.points[alive], before.winding[alive] = ends, winding
        alive, position = alive[~same], position[~same]
        if len(alive) == 0:
            break
    return found


def _grow(
    found: Endgame, before: Endgame, rows: NDArray[np.int64], norm: NDArray[np.float64], last: NDArray[np.float64],
    far: float,
) -> None:  # fmt: skip
    """Compare how norms have grown since the last radius with how they had before."""
    with np.errstate(all="ignore"):
        growth = np.log(norm / last[rows]) / np.log(RADII[0] / RADII[1])
    same = np.abs(growth - before.growth[rows]) <= _SAME_GROWTH
    found.growth[rows] = np.where(same & (growth > 1 / MAX_WINDING) & (norm > far), growth, 0)
    before.growth[rows], last[rows] = np.where(np.isfinite(growth), growth, 0), norm


def solves(
    system: PolynomialSystem, points: NDArray[np.complex128], parameters: NDArray[np.complex128]
) -> NDArray[np.bool_]:
    """Tell at which points the equations are small compared with their size nearby, which stays finite at any root."""
    rng = np.random.default_rng(5)
    shift = np.exp(2j * np.pi * rng.random(points.shape)) / np.sqrt(points.shape[1])
    nearby = points + _NEARBY * np.linalg.norm(points, axis=1, keepdims=True) * shift
    here, there = np.abs(system(points, parameters)), np.abs(system(nearby, parameters))
    return np.asarray(np.all(here <= _AGREE * there, axis=1))


def _loops(
    solver: Solver,
    system: PolynomialSystem,
    start: NDArray[np.complex128],
    row: Callable[[complex], NDArray[np.complex128]],
    radius: float,
) -> tuple[NDArray[np.complex128], NDArray[np.int64]]:
    """Go around t = 1 until the paths close up; return the means and the numbers of loops (0: they did not)."""
    total = np.zeros_like(start)

    def visit(_: int, alive: NDArray[np.int64], position: NDArray[np.complex128]) -> None:
        total[alive] += position

    winding = go_around(solver, system, start, row, radius, CORNERS, visit)
    means = np.full_like(start, np.nan)
    closed = winding > 0
    means[closed] = total[closed] / (winding[closed] * CORNERS)[:, None]
    return means, winding


def go_around(
    solver: Solver, system: PolynomialSystem, start: NDArray[np.complex128],
    row: Callable[[complex], NDArray[np.complex128]], radius: float, corners: int, visit: Visit,
) -> NDArray[np.int64]:  # fmt: skip
    """Track paths around t = 1 on a polygon until they close up; return the numbers of loops, 0 where they do not.

    Parameters
    ----------
    start : complex128 array, shape (N, n)
        Solutions over ``row(radius)``.
    visit : callable
        Called at every corner with its number, counted on over all loops, the paths that are still on their way, and
        their points there.
    """
    table = np.stack([row(radius * np.exp(2j * np.pi * k / corners)) for k in range(corners)])
    winding = np.zeros(len(start), np.int64)
    alive, position = np.arange(len(start)), start
    for loop in range(1, MAX_WINDING + 1):
        for k in range(corners):
            visit((loop - 1) * corners + k, alive, position)
            zero = np.zeros(len(alive), np.int64)
            moved = solver.track(system, position, table, zero + k, zero + (k + 1) % corners)
            alive, position = alive[moved.success], moved.points[moved.success]
        gap = np.linalg.norm(position - start[alive], axis=1)
        closed = gap <= _CLOSED * np.maximum(np.linalg.norm(start[alive], axis=1), 1e-300)
        winding[alive[closed]] = loop
        alive, position = alive[~closed], position[~closed]
        if len(alive) == 0:
            break
    return winding
