"""Transitive sets: solutions that loops have carried to each other, and what quiet loops say about each of them.

Over a family of several components no loop leads from one to another. If loops acted as random permutations of the
solutions on a component, k known ones that are not all of them would stay together in one loop with chance at most
1/(k+1). So it is the smallest set that decides how many quiet loops are needed, not the number of solutions: with 60
of 64 solutions known, one of 15 pairs of components lacked some, and 7 loops over both members were quiet.
"""

from __future__ import annotations

from bisect import bisect_left
from math import log, log10

import numpy as np
from numpy.typing import NDArray

_ROUNDING, _MOST = 1e-9, 10**4


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

    def log10_doubt(self, quiet: int, lossy: int = 0) -> float:
        """Return the logarithm of a bound of the chance that so many loops are quiet, yet a set is not whole.

        Other loops that lost paths are `lossy`: they may have lost those to what is missing. Of all of them, no more
        than 1/(k+1) would then be quiet in the mean, and the chance that so many are is a tail of the binomial
        distribution.
        """
        sizes = self.sizes
        return min(0.0, log10(len(sizes)) + _log10_tail(quiet, quiet + lossy, int(sizes.min())))

    def loops_for(self, doubt: float, quiet: int = 0, lossy: int = 0) -> int:
        """Return how many more loops, if quiet, bring the chance down to `doubt`; at most 10,000."""
        enough = log10(doubt) + _ROUNDING
        return bisect_left(range(_MOST), True, key=lambda more: self.log10_doubt(quiet + more, lossy) <= enough)


def _log10_tail(least: int, loops: int, known: int) -> float:
    """Return the logarithm of the chance that at least so many of all loops are quiet if each is with 1/(known+1)."""
    if least == 0:
        return 0.0
    quiet = np.arange(least, loops + 1)
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, loops + 1)))])
    ways = factorial[loops] - factorial[quiet] - factorial[loops - quiet]
    terms = ways - quiet * log(known + 1) + (loops - quiet) * log(known / (known + 1))
    largest = float(terms.max())
    return (largest + log(float(np.exp(terms - largest).sum()))) / log(10)
