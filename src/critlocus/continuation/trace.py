"""The trace of a section of a curve: the sum of its points, which moves linearly if none of them is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.continuation.curve_sections import CurveSections
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.trace_result import UndecidedError

LINEAR = 2e-13
"""A relative second difference of the trace below this counts as linear, over shifts of all sizes in `SHIFTS`. For
points sharpened to the last digit rounding gives some 1e-16 in the squares. A missing point that hardly moves has been
seen to give 7e-13, but the difference then grows with the square of the shift; rounding does not."""
SHIFTS, _OPTIONAL = (1.0, 4.0, 16.0), 16.0
_SURELY_NOT, _GROWTH = 1e-8, 4.0
_SAME = 1e-9


class Trace:
    """Sums of a random linear form of y and s / (1 + kappa s) over the points of parallel sections.

    Attributes
    ----------
    residual : float
        Largest second difference so far, relative to the sum of the moduli.
    """

    def __init__(self, curve: CurveSections) -> None:
        self.curve, self.residual = curve, np.nan

    def check_separation(self, points: NDArray[np.complex128]) -> None:
        """Raise UndecidedError if two points (x, s), shape ``(N, n + 1)``, have the same value."""
        values = np.sort_complex(self._values(points))
        gaps = np.abs(np.diff(values))
        if np.any(gaps <= _SAME * np.abs(values[1:])):
            raise UndecidedError("the coordinates do not separate the points of a section")

    def is_linear(self, section: NDArray[np.complex128], points: NDArray[np.complex128]) -> bool:
        """Tell whether the trace of all points of a section is linear over all shifts.

        Raises
        ------
        UndecidedError
            If a path fails, or rounding hides the answer.
        """
        residuals: list[float] = []
        for size in SHIFTS:
            found = self._second_difference(section, points, size)
            if found is None and size < _OPTIONAL:
                raise UndecidedError("a path of the moving section failed")
            residuals += [] if found is None else [found]
            self.residual = max(residuals)
            if residuals[0] > _SURELY_NOT:
                return False
        if self.residual > LINEAR and residuals[1] < _GROWTH * residuals[0]:
            raise UndecidedError("the trace is too inexact to be called linear")
        return self.residual <= LINEAR

    def _second_difference(
        self, section: NDArray[np.complex128], points: NDArray[np.complex128], size: float
    ) -> float | None:
        """Return that of the trace over three parallel sections, relative to the moduli; None if a path fails."""
        step = size * np.exp(2j * np.pi * self.curve.rng.random())
        shift = self.curve.pencil.row(0 * self.curve.line, step, self.curve.kappa * step)
        values = [self._values(self._sharpened(points, section))]
        for k in (1, 2):
            moved, good = self.curve.track(points, section, section + k * shift)
            if not good.all() or np.any(match_orbits(moved, self.curve.group) != np.arange(len(moved))):
                return None
            values.append(self._values(self._sharpened(moved, section + k * shift)))
        largest = max(float(np.abs(v).sum()) for v in values)
        return float(np.abs(values[0].sum() - 2 * values[1].sum() + values[2].sum())) / largest

    def _values(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        form = np.exp(2j * np.pi * np.random.default_rng(13).random(len(self.curve.scale) + 1))
        slope = points[:, -1:] / (1 + self.curve.kappa * points[:, -1:])
        return np.asarray(np.hstack([self.curve.pencil.values(points) / self.curve.scale, slope]) @ form)

    def _sharpened(self, points: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return points to the last digit (Newton's method with double-double residuals)."""
        return certify(self.curve.pencil.system, points, row[None, :], np.zeros(len(points), np.int64)).points
