"""Distinctness: proofs that certified boxes, and whole symmetry orbits of them, are disjoint, in O(N log N)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.networks.symmetry import SignGroup

_ROUNDING = 1e-12  # relative; far above the rounding of the few operations it covers


def distinct_orbits(
    points: NDArray[np.complex128],
    radius: NDArray[np.float64],
    support: NDArray[np.bool_],
    groups: NDArray[np.int64],
    symmetry: SignGroup,
) -> NDArray[np.bool_]:
    """Tell for which certified boxes the whole orbit is proven to consist of distinct solutions unlike all others.

    Parameters
    ----------
    points, radius : arrays, shape (N, n)
        Certified polydiscs.
    support : bool array, shape (N, n)
        The weights that are not identically zero on the point's stratum. Its orbit is free if no box of such a
        weight contains 0: every sign change moves one of them to a disjoint disc.
    groups : int64 array, shape (N,)
        Only points with equal values (solutions of the same system) are compared.
    symmetry : SignGroup
    """
    free = np.all(~support | (np.abs(points) * (1 - _ROUNDING) > radius), axis=1)
    bounded = np.all(np.isfinite(radius), axis=1)
    distinct: NDArray[np.bool_] = free & bounded
    usable = np.flatnonzero(bounded)
    distinct[usable[meeting_orbits(points[usable], radius[usable], groups[usable], symmetry)]] = False
    return distinct


def meeting_orbits(
    points: NDArray[np.complex128], radius: NDArray[np.float64], groups: NDArray[np.int64], symmetry: SignGroup
) -> NDArray[np.int64]:
    """Return the pairs, shape ``(P, 2)``, of boxes of one group whose orbits are not proven disjoint.

    Orbits are compared through squared weights, which the group leaves alone; where those cannot separate two orbits,
    all images of one are compared with the other.
    """
    size = np.abs(points)
    squares_radius = (2 * size + radius) * radius * (1 + _ROUNDING) + 1e-15 * size * size
    elements = symmetry.elements()
    meeting = []
    for i, j in overlapping_boxes(points * points, squares_radius, groups):
        distance = np.abs(points[i] * elements - points[j]) * (1 - _ROUNDING)
        if not np.any(distance > (radius[i] + radius[j]) * (1 + _ROUNDING), axis=1).all():
            meeting.append((i, j))
    return np.array(meeting, dtype=np.int64).reshape(-1, 2)


def overlapping_boxes(
    points: NDArray[np.complex128], radius: NDArray[np.float64], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the pairs ``(i, j)``, shape ``(P, 2)``, of boxes of one group that are not proven disjoint.

    A sweep over the real part of a random linear form, in O(N log N + overlaps): two boxes whose images are disjoint
    intervals are disjoint.
    """
    count, n = points.shape
    if count == 0:
        return np.zeros((0, 2), np.int64)
    form = np.random.default_rng(7).standard_normal((n, 2)) @ np.array([1, 1j])
    centre = (points @ form).real
    size = np.abs(points) @ np.abs(form)
    width = (radius @ np.abs(form)) * (1 + 1e-9) + (n + 8) * 1e-15 * size  # rounding of both products included
    order = np.lexsort((centre - width, groups))
    low, high, group = (centre - width)[order], (centre + width)[order], groups[order]
    pairs = []
    step = 1
    active = np.arange(count - 1)
    while len(active):
        other = active + step
        keep = other < count
        active, other = active[keep], other[keep]
        touching = (group[active] == group[other]) & (low[other] <= high[active])
        active, other = active[touching], other[touching]
        i, j = order[active], order[other]
        distance = np.abs(points[i] - points[j]) * (1 - _ROUNDING)
        meet = ~np.any(distance > (radius[i] + radius[j]) * (1 + _ROUNDING), axis=1)
        pairs.append(np.stack([i[meet], j[meet]], axis=1))
        step += 1
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)
