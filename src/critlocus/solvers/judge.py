"""What became of a path: the statuses of engines that run elsewhere are not taken on trust."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.solvers.newton import NEAR, refine
from critlocus.solvers.protocol import Paths, PathStatus
from critlocus.tape.system import PolynomialSystem

NEAR_END = 0.999
"""A path that fails beyond this t fails because of the target."""
FAR = 1e3
INFINITY = 1e7
"""Sizes, relative to the start, that mean infinity: for paths that fail near the end, and for all."""


def blank_paths(count: int, n: int) -> Paths:
    """Return paths that are not tracked yet; their counters of steps stay 0."""
    columns: dict[str, Any] = {f.name: np.zeros(count, np.int32) for f in fields(Paths) if f.name != "interrupted"}
    columns["points"] = np.zeros((count, n), np.complex128)
    columns["status"] = np.zeros(count, np.int8)
    columns.update({name: np.zeros(count) for name in ("t", "accuracy", "condition")})
    return Paths(**columns)


def judge_starts(
    system: PolynomialSystem, starts: NDArray[np.complex128], parameters: NDArray[np.complex128]
) -> tuple[NDArray[np.complex128], NDArray[np.bool_]]:
    """Return the refined start points, and which of them are regular solutions (within a hundredth of one)."""
    fine = refine(system, starts, parameters)
    return fine.points, (fine.first <= 100 * NEAR) & fine.regular


def judge_ends(
    system: PolynomialSystem,
    starts: NDArray[np.complex128],
    targets: NDArray[np.complex128],
    t: NDArray[np.float64],
    points: NDArray[np.complex128],
) -> Paths:
    """Judge ended paths by where they stopped, and by Newton's method there.

    Parameters
    ----------
    starts, points : complex128 arrays, shape (N, n)
    targets : complex128 array, shape (N, n_params)
        Parameters at t = 1.
    t : float64 array, shape (N,)
        NaN for a path of which nothing is known; it counts as not tracked.
    """
    paths = blank_paths(len(points), system.n)
    known = np.isfinite(t)
    fine = refine(system, points, targets)
    success = (t >= 1) & (fine.first <= NEAR) & fine.regular
    with np.errstate(all="ignore"):
        size = np.linalg.norm(points, axis=1) / np.maximum(np.linalg.norm(starts, axis=1), 1)
    late = t > NEAR_END
    paths.status[:] = np.select(
        [success, ~known, ~(size <= INFINITY), late & (size > FAR), late],
        [PathStatus.SUCCESS, PathStatus.UNTRACKED, PathStatus.DIVERGED, PathStatus.DIVERGED, PathStatus.SINGULAR],
        PathStatus.STEP_TOO_SMALL,
    )
    paths.t[:] = np.clip(np.where(known, t, 0), 0, 1)
    paths.points[:] = np.where(success[:, None], fine.points, np.where(known[:, None], points, starts))
    paths.accuracy[:], paths.condition[:] = fine.accuracy, fine.condition
    return paths
