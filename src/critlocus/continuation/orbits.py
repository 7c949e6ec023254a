"""Sets of symmetry orbits that grow while duplicates are found by sorting, in O(N log N)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.networks.symmetry import SignGroup

DUPLICATE = 1e-9
"""Relative distance below which two numerical solutions are taken for one; certificates decide in the end."""


def match_orbits(
    points: NDArray[np.complex128], symmetry: SignGroup, groups: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return, for every point, the index of the first point of the same orbit (its own index if it is the first).

    Parameters
    ----------
    points : complex128 array, shape (N, n)
    symmetry : SignGroup
    groups : int64 array, shape (N,), optional
        Points of different groups are never matched.

    Notes
    -----
    Points are sorted by a random linear form of the squared weights, which is constant on orbits, and neighbours are
    compared after aligning their signs.
    """
    count, n = points.shape
    first = np.arange(count)
    if count < 2 or n == 0:
        return first if n else np.zeros(count, np.int64)
    rng = np.random.default_rng(11)
    form = np.exp(2j * np.pi * rng.random(n))
    key = ((points * points) @ form).real
    width = 4 * DUPLICATE * np.einsum("ij,ij->i", points, points.conj()).real * np.sqrt(n)
    group = np.zeros(count, np.int64) if groups is None else groups
    order = np.lexsort((key, group))
    key, width, group = key[order], width[order], group[order]
    active = np.arange(count - 1)
    step = 1
    while len(active):
        other = active + step
        inside = other < count
        active, other = active[inside], other[inside]
        near = (group[active] == group[other]) & (key[other] - key[active] <= np.maximum(width[active], width[other]))
        active, other = active[near], other[near]
        i, j = order[active], order[other]
        moved = symmetry.align(points[i], points[j])
        same = np.linalg.norm(moved - points[j], axis=1) <= DUPLICATE * np.linalg.norm(points[j], axis=1)
        for a, b in zip(i[same], j[same], strict=True):  # few: only true duplicates get here
            low, high = sorted((_root(first, a), _root(first, b)))
            first[high] = low
        step += 1
    return np.array([_root(first, i) for i in range(count)], dtype=np.int64)


def _root(parent: NDArray[np.int64], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = int(parent[i])
    return i
