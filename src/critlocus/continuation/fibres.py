"""Fibres of a parametrisation: points that represent the same function are one solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.system import PolynomialSystem


@dataclass(frozen=True, eq=False)
class Fibres:
    """Identifies points x with equal values of a polynomial map.

    Parameters
    ----------
    functions : PolynomialSystem
        The map, without parameters.
    """

    functions: PolynomialSystem

    def invariants(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the values of the map."""
        return self.functions(points, np.zeros(0))

    def difference(self, a: NDArray[np.complex128], b: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Return the distance of the values, row by row, relative to those at b."""
        values = self.invariants(b)
        distance = np.linalg.norm(self.invariants(a) - values, axis=1)
        return np.asarray(distance / np.maximum(np.linalg.norm(values, axis=1), 1e-300))
