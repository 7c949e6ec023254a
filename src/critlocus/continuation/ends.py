"""Where the paths of a homotopy end: regular, singular, on a component, at infinity, or undecided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.endgame import cauchy_endgame
from critlocus.continuation.polyhedral_endgame import STAGES, land, polyhedral_endgame
from critlocus.errors import Interrupted
from critlocus.problems.projective import ProjectiveHomotopy
from critlocus.solvers.protocol import Solver

EXPONENT_SPREAD, MAX_DENOMINATOR, _FRACTION = 0.03, 48, 2e-3
FAR, VERY_FAR, DEEP, _STEADY = 1e-2, 1e-6, 1e-15, 1e-3
"""A homogenising coordinate that vanishes steadily is evidence for an end at infinity if the drift of its slope leaves
no room for a limit above VERY_FAR, or if it is below FAR where 1 - t <= DEEP."""
_ZERO, _SUSPICIOUS = 1e-10, 1e8


class EndKind(IntEnum):
    """What the end of a path is; these are never mixed."""

    ISOLATED = 1
    SINGULAR = 2
    ON_COMPONENT = 3
    AT_INFINITY = 4
    UNDECIDED = 5


@dataclass(eq=False)
class Ends:
    """Ends of paths.

    Attributes
    ----------
    points : complex128 array, shape (N, coordinates)
        Homogeneous coordinates; nan where not known.
    regular : bool array, shape (N,)
        The tracker got there: a regular point in projective space.
    infinite : bool array, shape (N,)
        At infinity: a homogenising coordinate of a regular end, or of one that loops close around, is 0 to ten digits,
        or one vanishes with a positive exponent.
    winding : int64 array, shape (N,)
        Number of loops around t = 1 after which the path closes up; 1 for regular ends, 0 where not determined.
    exponent : float64 array, shape (N,)
        With which power of 1 - t the homogenising coordinate vanishes; 0 for finite ends, nan where not determined.
    """

    points: NDArray[np.complex128]
    regular: NDArray[np.bool_]
    infinite: NDArray[np.bool_]
    winding: NDArray[np.int64]
    exponent: NDArray[np.float64]

    @staticmethod
    def concatenate(parts: list[Ends]) -> Ends:
        """Return the ends of several blocks of paths."""
        names = ("points", "regular", "infinite", "winding", "exponent")
        return Ends(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def follow_to_the_end(solver: Solver, homotopy: ProjectiveHomotopy, starts: NDArray[np.complex128]) -> Ends:
    """Track paths to t = 1; what the tracker cannot reach is left to the polyhedral, then to the Cauchy endgame.

    Raises
    ------
    Interrupted
        On Ctrl-C.
    """
    zero = np.zeros(len(starts), np.int64)
    paths = solver.track(homotopy.homotopy, starts, np.stack([homotopy.row(1), homotopy.row(0)]), zero, zero + 1)
    if paths.interrupted:
        raise Interrupted("stopped")
    sure = paths.success & (paths.condition < _SUSPICIOUS)
    ends = Ends(paths.points, paths.success, np.zeros(len(starts), bool), zero + sure, np.where(sure, 0.0, np.nan))
    ends.infinite = sure & np.any(homotopy.closeness(ends.points) <= _ZERO, axis=1)
    bad = np.flatnonzero(~sure)
    ends.exponent[bad] = exponents_at_infinity(solver, homotopy, starts[bad])
    ends.infinite[bad] = ends.exponent[bad] > 0
    ends.regular[bad[ends.infinite[bad]]] = False
    _finish(solver, homotopy, starts, bad[~ends.infinite[bad]], ends)
    ends.points[ends.winding == 0] = np.nan
    return ends


def _finish(
    solver: Solver,
    homotopy: ProjectiveHomotopy,
    starts: NDArray[np.complex128],
    rows: NDArray[np.int64],
    ends: Ends,
) -> None:
    """Find the ends of some paths that do not evidently go to infinity, in place."""
    late = cauchy_endgame(solver, homotopy.homotopy, starts[rows], homotopy.row)
    # Loops that close around an end with a small z_0, without an exponent, decide nothing; with a tiny one they do.
    with np.errstate(invalid="ignore"):
        closest = homotopy.closeness(late.points).min(axis=1)
    there = (closest <= _ZERO) & (late.winding > 0)
    ends.infinite[rows[there]], ends.regular[rows[there]] = True, False
    vague = (closest <= VERY_FAR) & ~there
    late.winding[vague] = 0
    several = (late.winding > 1) | there
    ends.regular[rows[several]] = False
    ends.points[rows[several]], ends.winding[rows[several]] = late.points[several], late.winding[several]
    # The others may be regular after all, in better coordinates than the tracker's.
    rest = np.flatnonzero(~several & ~vague)
    points, regular = land(solver, homotopy.homotopy, starts[rows[rest]], homotopy.row)
    regular &= ~np.any(homotopy.closeness(points) <= VERY_FAR, axis=1)
    for k, point, landed in zip(rest, points, regular, strict=True):
        i = rows[k]
        if landed:
            ends.points[i], ends.winding[i], ends.regular[i] = point, 1, True
        elif not ends.regular[i]:
            ends.points[i], ends.winding[i] = late.points[k], late.winding[k]
        else:
            ends.winding[i] = 1
    ends.exponent[rows[(ends.winding[rows] > 0) & ~ends.infinite[rows]]] = 0.0


def exponents_at_infinity(
    solver: Solver, homotopy: ProjectiveHomotopy, starts: NDArray[np.complex128]
) -> NDArray[np.float64]:
    """Return the exponent with which a homogenising coordinate vanishes as t -> 1, shape ``(N,)``.

    It is given only on evidence: the slopes of log-size against log(1 - t) agree over the last stages, a fraction of
    small denominator is among them, and the coordinate is already small. 0 where no homogenising coordinate vanishes,
    nan where it cannot be told.
    """
    descent = polyhedral_endgame(solver, homotopy.homotopy, starts, homotopy.row)
    found = np.zeros(len(starts))
    for part in homotopy.slices:
        slope = descent.slopes(part.start, part)
        deep = np.array(STAGES)[slope.stage] <= DEEP
        limit = slope.size * np.clip(slope.spread, _STEADY, 1.0)
        far = (limit <= VERY_FAR) | (deep & (slope.size <= FAR))
        settled = slope.spread <= EXPONENT_SPREAD * np.maximum(1.0, np.abs(slope.last))
        own = np.full(len(starts), np.nan)
        for k in np.flatnonzero(settled):
            tolerance = max(_FRACTION, float(slope.spread[k]))
            exponent = simplest_fraction(float(slope.last[k]), tolerance, MAX_DENOMINATOR)
            if exponent == 0 or (exponent is not None and exponent > 0 and far[k]):
                own[k] = exponent
        # One coordinate that vanishes is enough; for a finite end none must.
        found = np.where(found > 0, found, np.where(own > 0, own, found + own))
    return found


def simplest_fraction(value: float, tolerance: float, largest: int) -> float | None:
    """Return the fraction of smallest denominator within a tolerance, or None."""
    for q in range(1, largest + 1):
        p = round(value * q)
        if abs(p / q - value) <= tolerance:
            return p / q
    return None
