"""Which numbers are too large to compute with in double precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError

LARGEST = 1e100
"""Largest number of data, regularisers, targets and equations: squares of it, times something, are still finite."""


def in_range(array: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Return an array of numbers as it is, or raise InputError if one is larger than `LARGEST`."""
    largest = float(np.abs(array).max(initial=0.0))
    if largest > LARGEST:
        raise InputError(f"{name}: numbers of size {largest:.3g} are too large for double precision; rescale them")
    return array
