"""What a trace test says."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

INTERRUPTED = "interrupted"
"""Reason of a test that Ctrl-C stopped."""


class UndecidedError(Exception):
    """The test cannot go on; the argument says why."""


@dataclass(eq=False)
class TraceTest:
    """Outcome of a trace test; points are counted up to the sign group.

    Attributes
    ----------
    passed : bool or None
        None: not decided (see `reason`).
    residual : float
        Second difference of the trace, relative to the sum of the moduli.
    bidegree : tuple of int
        Points known over p0, those found by the test included, and points on the hyperplane in y.
    degree : int
        Points on a general section; the sum of the bidegree if all is known.
    new : complex128 array, shape (k, n)
        Solutions that were missing.
    coordinates : str
        See `Pencil`.
    """

    passed: bool | None
    reason: str
    residual: float = np.nan
    bidegree: tuple[int, int] = (0, 0)
    degree: int = 0
    paths_tracked: int = 0
    new: NDArray[np.complex128] = field(default_factory=lambda: np.zeros((0, 0), np.complex128))
    coordinates: str = ""

    @property
    def status(self) -> str:
        """``passed``, ``failed`` or ``undecided``."""
        return "undecided" if self.passed is None else "passed" if self.passed else "failed"
