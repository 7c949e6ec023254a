"""Where the curve of a vanishing summand touches that of the folds, and curves cut there.

If a critical point with a vanishing summand is degenerate, the two curves are tangent, and do not cross: before and
after the summands of both colliding points have the same sign, and not the same one. Polylines would leave a gap or
cross twice, so that such points become ends of pieces of both.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.trace import Arc

Reals = NDArray[np.float64]


def join_contacts(arcs: list[Arc]) -> None:
    """Put the contacts on arcs of vanishing summands into the nearest arcs of folds, too."""
    folds = [arc for arc in arcs if arc.kind == "fold"]
    if not folds:
        return
    for place in [arc.points[k] for arc in arcs if arc.kind != "fold" for k in arc.contacts]:
        nearest = min(folds, key=lambda arc: float(_gaps(arc.points, place).min()))
        at = int(np.argmin(_gaps(nearest.points, place))) + 1
        nearest.points = np.insert(nearest.points, at, place, axis=0)
        nearest.cusps = [k + (k >= at) for k in nearest.cusps]
        nearest.contacts = sorted([k + (k >= at) for k in nearest.contacts] + [at])


def pieces(arcs: list[Arc]) -> tuple[list[Reals], list[int]]:
    """Return the arcs cut at their contacts, and the arc that each piece belongs to."""
    lines, owners = [], []
    for number, arc in enumerate(arcs):
        ends = [0, *arc.contacts, len(arc.points) - 1]
        for first, last in pairwise(ends):
            lines.append(arc.points[first : last + 1])
            owners.append(number)
    return lines, owners


def _gaps(points: Reals, place: Reals) -> Reals:
    """Return the distance of a point from every segment of a polyline."""
    a, d = points[:-1], np.diff(points, axis=0)
    along = np.einsum("ki,ki->k", place - a, d) / np.maximum(np.einsum("ki,ki->k", d, d), 1e-300)
    return np.asarray(np.linalg.norm(a + np.clip(along, 0, 1)[:, None] * d - place, axis=1))
