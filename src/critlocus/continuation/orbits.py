"""Sets of orbits, or of fibres, that grow while duplicates are found by sorting, in O(N log N)."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DUPLICATE = 1e-9
"""Relative distance below which two numerical solutions are taken for one; certificates decide in the end."""


class Identification(Protocol):
    """Which points stand for the same solution: those of one orbit of a group, or of one fibre of a map."""

    def invariants(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return numbers, shape ``(N, k)``, that are equal for points ``(N, n)`` of one class."""
        ...

    def difference(self, a: NDArray[np.complex128], b: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Return, row by row, how far a is from the class of b, relative to b."""
        ...


def match_orbits(
    points: NDArray[np.complex128], symmetry: Identification, groups: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return, for every point, the index of the first point of the same class (its own index if it is the first).

    Parameters
    ----------
    points : complex128 array, shape (N, n)
    symmetry : Identification
        For instance a `SignGroup`.
    groups : int64 array, shape (N,), optional
        Points of different groups are never matched.

    Notes
    -----
    Points are sorted by a random linear form of the invariants, and neighbours are compared.
    """
    count, n = points.shape
    first = np.arange(count)
    if count < 2 or n == 0:
        return first if n else np.zeros(count, np.int64)
    values = symmetry.invariants(points)
    rng = np.random.default_rng(11)
    form = np.exp(2j * np.pi * rng.random(values.shape[1]))
    key = (values @ form).real
    width = 4 * DUPLICATE * np.abs(values).sum(axis=1) * np.sqrt(n)
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
        same = symmetry.difference(points[i], points[j]) <= DUPLICATE
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
