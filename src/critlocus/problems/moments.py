"""Moments of data: the numbers through which a squared error depends on its points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.losses import Data
from critlocus.modular import PRIME, modular_rank
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


def moments_are_independent(moments: Moments, n_inputs: int, n_points: int, *, weighted: bool = False) -> bool:
    """Tell whether n generic points have generic moments: the map points -> moments has full rank.

    The rank is taken mod a prime at random integer points: full there means full for generic points.
    Without weights and with biases, the moment of degree 0 is the number of points; the equations are homogeneous in
    (moments, lambda), so one moment may be fixed.
    """
    exponents = moments.exponents if weighted else [e for e in moments.exponents if any(e)]
    basis, d0, outputs = moments.basis, n_inputs, moments.n_outputs
    wanted = len(exponents) + outputs * len(basis)
    per_point = d0 + outputs + weighted
    if n_points * per_point < wanted:
        return False
    count = min(n_points, wanted)
    draw = np.random.default_rng(20231).integers(1, PRIME, (count, per_point))
    matrix = np.zeros((wanted, count * per_point), dtype=np.int64)
    for i in range(count):
        x, y = draw[i, :d0], draw[i, d0 : d0 + outputs]
        block = matrix[:, i * per_point : (i + 1) * per_point]
        cross = np.array([_monomial_gradient(x, e) for e in basis])
        values = np.array([_monomial_mod(x, e) for e in basis])
        block[: len(exponents), :d0] = [_monomial_gradient(x, e) for e in exponents]
        for o in range(outputs):
            rows = slice(len(exponents) + o * len(basis), len(exponents) + (o + 1) * len(basis))
            block[rows, :d0] = y[o] * cross % PRIME
            block[rows, d0 + o] = values
            if weighted:
                block[rows, -1] = y[o] * values % PRIME
        if weighted:
            block[: len(exponents), -1] = [_monomial_mod(x, e) for e in exponents]
    return modular_rank(matrix) == wanted


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


def _monomial_mod(x: NDArray[np.int64], exponents: Exponents) -> int:
    value = 1
    for v, e in zip(x.tolist(), exponents, strict=True):
        value = value * pow(v, e, PRIME) % PRIME
    return value


def _monomial_gradient(x: NDArray[np.int64], exponents: Exponents) -> list[int]:
    lowered = [tuple(e - (k == j) for k, e in enumerate(exponents)) for j in range(len(exponents))]
    return [e * _monomial_mod(x, low) % PRIME if e else 0 for e, low in zip(exponents, lowered, strict=True)]
