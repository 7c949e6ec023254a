"""A real line of data ``p0 + s p1``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DataLine:
    """Rows of parameters by s.

    Attributes
    ----------
    p0 : float64 array, shape (n_params,)
    p1 : float64 array, shape (n_moving,)
    moving : int64 array, shape (n_moving,)
        The parameters that move.
    """

    p0: Reals
    p1: Reals
    moving: NDArray[np.int64]

    def rows(self, at: Reals) -> Reals:
        """Return the parameters at values of s, shape ``(K,)`` -> ``(K, n_params)``."""
        rows = np.tile(self.p0, (len(at), 1))
        rows[:, self.moving] += at[:, None] * self.p1
        return rows

    def radii(self, at: Reals, radii: Reals) -> Reals:
        """Return how far the rows over intervals of s are from those of their centres, rounding included.

        Parameters
        ----------
        at, radii : float64 arrays, shape (K,)
            Centres and radii of the intervals.
        """
        found = np.zeros((len(at), len(self.p0)))
        size = np.abs(self.p1)
        rounding = 4 * np.finfo(float).eps * (np.abs(self.p0[self.moving]) + np.abs(at)[:, None] * size)
        found[:, self.moving] = radii[:, None] * size * (1 + 1e-12) + rounding
        return found
