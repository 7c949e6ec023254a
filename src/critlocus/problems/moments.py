"""Moments of data: the numbers through which a squared error depends on its points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.losses import Data
from critlocus.networks.polynomials import Exponents


@dataclass(frozen=True, eq=False)
class Moments:
    """``sum_i w_i x_i^gamma`` and ``sum_i w_i y_i x_i^alpha`` for functions with coefficients at given monomials.

    Parameters
    ----------
    basis : list of exponents
        The alpha; the gamma are their pairwise sums.
    n_outputs : int
    """

    basis: list[Exponents]
    n_outputs: int

    @cached_property
    def exponents(self) -> list[Exponents]:
        """The gamma, of highest degree first."""
        sums = {pair_sum(a, b) for a in self.basis for b in self.basis}
        return sorted(sums, key=lambda e: (sum(e), e), reverse=True)

    @property
    def names(self) -> list[str]:
        """Names of all moments, those of the inputs first."""
        cross = [f"sum y{o} x^{e}" for o in range(self.n_outputs) for e in self.basis]
        return [f"sum x^{e}" for e in self.exponents] + cross

    def exact(self, data: Data) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the moments of real points as ``high + low``, and bounds of the error.

        They are computed exactly, as integers over a power of 2, and rounded to about 31 digits.
        """
        x, x_scale = _integers(data.inputs)
        y, y_scale = _integers(data.outputs)
        w, w_scale = _integers(np.ones(len(data)) if data.weights is None else data.weights)
        values = [Fraction(int((w * _monomial(x, e)).sum())) / (w_scale * x_scale ** sum(e)) for e in self.exponents]
        for o in range(self.n_outputs):
            for e in self.basis:
                total = int((w * y[:, o] * _monomial(x, e)).sum())
                values.append(Fraction(total) / (w_scale * y_scale * x_scale ** sum(e)))
        return rounded(values)


def pair_sum(a: Exponents, b: Exponents) -> Exponents:
    """Return the exponents of the product of two monomials."""
    return tuple(x + y for x, y in zip(a, b, strict=True))


def rounded(values: list[Fraction]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return exact numbers as ``high + low`` in double precision, and bounds of the error.

    Raises
    ------
    InputError
        If a number is too large for double precision.
    """
    try:
        high = np.array([float(v) for v in values])
    except OverflowError:
        raise InputError("data: the moments overflow; rescale the columns") from None
    rest = [v - Fraction(h) for v, h in zip(values, high.tolist(), strict=True)]
    low = np.array([float(v) for v in rest])
    error = [abs(v - Fraction(l)) for v, l in zip(rest, low.tolist(), strict=True)]
    return high, low, np.array([float(v) * (1 + 1e-15) + (5e-324 if v else 0.0) for v in error])


def _integers(values: NDArray[np.float64]) -> tuple[NDArray[np.object_], int]:
    """Return integers n (dtype object) and a power of two d with ``values == n / d`` exactly."""
    ratios = [v.as_integer_ratio() for v in values.ravel().tolist()]
    scale = max(d for _, d in ratios)
    whole = np.array([n * (scale // d) for n, d in ratios], dtype=object)
    return whole.reshape(values.shape), scale


def _monomial(x: NDArray[np.object_], exponents: Exponents) -> NDArray[np.object_]:
    value = np.ones(len(x), dtype=object)
    for column, e in enumerate(exponents):
        for _ in range(e):
            value = value * x[:, column]
    return value
