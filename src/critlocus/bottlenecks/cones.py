"""Cones, cylinders and linear spaces: varieties whose bottlenecks are never isolated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.bottlenecks.curvature import Curvature
from critlocus.bottlenecks.pairs import Bottlenecks
from critlocus.varieties.variety import Variety
from critlocus.varieties.vertex import Vertices


def without_isolated_pairs(
    variety: Variety, metric: str, q: NDArray[np.float64], seed: int, kept: Vertices, dimension: int
) -> Bottlenecks:
    """Return the answer for cones, cylinders and linear spaces, whose bottlenecks are never isolated."""
    size = len(variety.ambient)
    nothing = np.zeros((0, size), np.complex128)
    none = np.zeros(0)
    found = Bottlenecks(
        variety.name, metric, q, seed, nothing, nothing.copy(), none.astype(bool), none.astype(bool),
        none.astype(np.int8), none, none.copy(), none.astype(np.complex128),
    )  # fmt: skip
    if len(kept.directions) == dimension and kept.apex is not None:
        found.notes.append("the variety is a linear space: it has no bottlenecks, and its reach is infinite")
        found.curvature = Curvature(status="flat").record()
    elif kept.apex is not None:
        found.notes.append(
            "the variety is a cone: x and y minus its apex are tangent, so a bottleneck has <x - y, x - y> = 0. For a "
            "definite metric there is no real one; complex ones come in families, by scaling, and are not counted"
        )
        found.curvature = Curvature(status="solved", singular=True).record()
    else:
        found.notes.append(
            f"the variety is a cylinder along {len(kept.directions)} directions: bottlenecks come in families, by "
            "moving along them, and are not counted; cut it with a linear space across"
        )
        found.curvature = Curvature(status="cylinder").record()
    return found
