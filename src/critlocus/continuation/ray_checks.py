"""Checks of a Voronoi cell's rays by all critical points of the distance from points of some of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.rays import UNDECIDED_RAY, Traced
from critlocus.continuation.tie_proofs import NEARLY_REAL
from critlocus.continuation.transport import Transport
from critlocus.problems.distance import Distance
from critlocus.problems.normals import NormalSpace

UNDECIDED, CONFIRMED, REFUTED = 0, 1, -1
_INSIDE, _OUTSIDE = 0.995, 1.005
_FAR_OUT = 100.0
_CHARTS = 3
_SAME, _LESS = 1e-6, 1e-6

CriticalPointsOf = Callable[[NDArray[np.float64]], tuple[Transport, Distance]]


def confirm_rays(
    traced: Traced,
    space: NormalSpace,
    cut: NDArray[np.float64],
    singular: NDArray[np.float64],
    count: int,
    critical_points: CriticalPointsOf,
) -> dict[str, Any]:
    """Compare with all critical points of the distance, solved independently, from points of some rays.

    Just inside the boundary y must be the nearest real critical point; just outside it must not. Where a ray is said
    to be unbounded y must be the nearest far out. A ray is undecided if paths got lost; other charts are tried then.

    Parameters
    ----------
    singular : float64 array, shape (K, N)
        Real singular points of the variety: they may be nearer, too.
    critical_points : callable
        Solves for all critical points of the distance from points u, each time in another chart.

    Returns
    -------
    dict
        For ``inside``, ``outside`` and ``far out``: the numbers of rays confirmed, refuted and undecided.
    """
    sure, finite = traced.kind != UNDECIDED_RAY, np.isfinite(traced.radius)
    ends = _spread(np.flatnonzero(sure & finite), count)
    endless = _spread(np.flatnonzero(sure & ~finite), count)
    usual = max(1.0, float(np.median(traced.radius[finite]))) if finite.any() else 1.0
    lengths = {
        "inside": (ends, _INSIDE * traced.radius[ends]), "outside": (ends, _OUTSIDE * traced.radius[ends]),
        "far out": (endless, np.full(len(endless), _FAR_OUT * usual)),
    }  # fmt: skip
    found = {}
    for side, (rows, length) in lengths.items():
        verdicts = np.full(len(rows), UNDECIDED, np.int8)
        for _ in range(_CHARTS):
            left = np.flatnonzero(verdicts == UNDECIDED)
            if len(left):
                nearer = _nearer(traced.angles[rows[left]], length[left], space, cut, singular, critical_points)
                verdicts[left] = -nearer if side != "outside" else nearer
        names = {"confirmed": CONFIRMED, "refuted": REFUTED, "undecided": UNDECIDED}
        found[side] = {name: int(np.count_nonzero(verdicts == value)) for name, value in names.items()}
    return found


def _spread(rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))] if len(rows) else rows


def _nearer(
    angles: NDArray[np.float64],
    length: NDArray[np.float64],
    space: NormalSpace,
    cut: NDArray[np.float64],
    singular: NDArray[np.float64],
    critical_points: CriticalPointsOf,
) -> NDArray[np.int8]:
    """Tell from which points of rays another real critical point is nearer than y: 1, no -1, unknown 0."""
    away = length[:, None] * (np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, : len(cut)] @ cut)
    moved, distance = critical_points(space.y + away @ space.vectors)
    x, good = distance.points(moved.paths.points), moved.paths.success
    size = np.maximum(1.0, np.abs(x).max(axis=1))
    real = good & (np.abs(x.imag).max(axis=1) <= NEARLY_REAL * size)
    chord = np.where(real[:, None], x.real - space.y, 0)
    square = np.einsum("ij,jk,ik->i", chord, space.metric, chord)
    # |x - u|^2 - |y - u|^2 without cancellation: u may be far away
    less = 2 * np.einsum("ij,ij->i", chord, (away @ space.forms)[moved.target]) - square
    apart = square > (_SAME * max(1.0, float(np.linalg.norm(space.y)))) ** 2
    nearer = np.bincount(moved.target[apart & (less > _LESS * square)], minlength=len(angles)) > 0
    chords = singular - space.y
    gap = np.einsum("ij,jk,ik->i", chords, space.metric, chords)
    nearer |= (2 * (away @ space.forms) @ chords.T - gap > _LESS * gap).any(axis=1)
    lost = np.bincount(moved.target[~good], minlength=len(angles)) > 0
    return np.where(nearer, 1, np.where(lost, 0, -1)).astype(np.int8)
