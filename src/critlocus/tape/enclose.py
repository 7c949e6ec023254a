"""Enclosures: values of an expression graph over discs, with all rounding bounded.

Every value is a disc (centre, radius); rounding of the centre is added to the radius by the standard model of floating
point with a generous constant. Reference: Rump, *Fast and parallel interval arithmetic* (1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import Graph

_UNIT = 2.0**-50  # above the relative error of a complex product or sum, and of the radius itself
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Disc:
    """Discs in the complex plane: centre complex128 and radius float64 arrays of one shape."""

    centre: NDArray[np.complex128]
    radius: NDArray[np.float64]

    def __add__(self, other: Disc) -> Disc:
        centre = self.centre + other.centre
        return Disc(centre, (self.radius + other.radius + _UNIT * np.abs(centre)) * (1 + _UNIT) + _TINY)

    def __mul__(self, other: Disc) -> Disc:
        centre = self.centre * other.centre
        a, b = np.abs(self.centre), np.abs(other.centre)
        spread = a * other.radius + self.radius * (b + other.radius)
        return Disc(centre, (spread + _UNIT * a * b) * (1 + 8 * _UNIT) + _TINY)


def enclose(graph: Graph, outputs: Sequence[int], centre: NDArray[np.complex128], radius: NDArray[np.float64]) -> Disc:
    """Enclose the values of nodes without parameters over polydiscs.

    Parameters
    ----------
    centre, radius : arrays, shape (N, n)
        One polydisc per row, in the graph's variables.

    Returns
    -------
    Disc
        Of shape ``(N, len(outputs))``.
    """
    shape = centre.shape[:1]
    variables = [Disc(centre[:, k], radius[:, k]) for k in range(centre.shape[1])]
    found = evaluate(graph, outputs, variables, [], _constant)
    return Disc(
        np.stack([np.broadcast_to(d.centre, shape) for d in found], axis=1),
        np.stack([np.broadcast_to(d.radius, shape) for d in found], axis=1),
    )


def _constant(value: complex) -> Disc:
    return Disc(np.asarray(value, np.complex128), np.asarray(0.0))
