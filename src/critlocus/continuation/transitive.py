"""Transitive sets: solutions that loops have carried to each other, and what quiet loops say about each of them.

Over a family of several components no loop leads from one to another. If loops acted as random permutations of the
solutions on a component, k known ones that are not all of them would stay together in one loop with chance at most
1/(k+1). So it is the smallest set that decides how many quiet loops are needed, not the number of solutions: with 60
of 64 solutions known, one of 15 pairs of components lacked some, and 7 loops over both members were quiet.
"""

from __future__ import annotations

from math import ceil, log10

import numpy as np
from numpy.typing import NDArray


class TransitiveSets:
    """A partition of known solutions, which gets coarser with every loop.

    Parameters
    ----------
    count : int
        Solutions known at the beginning, of which nothing is known.
    """

    def __init__(self, count: int) -> None:
        self._label = np.arange(count)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The sizes of the sets."""
        return np.unique(self._label, return_counts=True)[1]

    def join(self, origin: NDArray[np.int64], end: NDArray[np.int64], count: int) -> None:
        """Join the sets of origins and ends of paths; `count` solutions are known now."""
        label = np.concatenate([self._label, np.arange(len(self._label), count)])
        while np.any(label[origin] != label[end]):
            a, b = label[origin], label[end]
            low = np.arange(count)
            np.minimum.at(low, np.maximum(a, b), np.minimum(a, b))
            label = low[label]
        self._label = label

    def carried(self, origin: NDArray[np.int64], loop: NDArray[np.int64], loops: int) -> NDArray[np.float64]:
        """Return, for every loop, which part of its set came home, of the set of which it is the smallest."""
        sets, of, sizes = np.unique(self._label, return_inverse=True, return_counts=True)
        home = np.bincount(loop * len(sets) + of[origin], minlength=loops * len(sets))
        return np.asarray((home.reshape(loops, -1) / sizes).min(axis=1))

    def log10_doubt(self, quiet: int) -> float:
        """Return the logarithm of a bound of the chance that so many loops are quiet, yet a set is not whole."""
        sizes = self.sizes
        return min(0.0, log10(len(sizes)) - quiet * log10(sizes.min() + 1)) if quiet else 0.0

    def loops_for(self, doubt: float) -> int:
        """Return how many quiet loops bring the chance down to `doubt`."""
        sizes = self.sizes
        return ceil((log10(len(sizes)) - log10(doubt)) / log10(sizes.min() + 1) - 1e-9)
