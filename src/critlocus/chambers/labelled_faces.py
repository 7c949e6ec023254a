"""The faces that curves cut out of a window, with the labels of their inner points, and what speaks against these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.arrangement import Arrangement, distances, locate
from critlocus.chambers.labels import Label
from critlocus.chambers.trace import Arc

Reals = NDArray[np.float64]
LabelsAt = Callable[[Reals], list[Label]]
"""From points (s, t), shape ``(K, 2)``, to their labels."""
SLIVER = 2e-4
"""Faces thinner than this part of the window are within the accuracy of polylines, and no chambers."""
RANDOM = 100
_BESIDE = 2e-3
"""Points nearer to a curve than this part of the window may be on its other side: curves are polylines."""


@dataclass(eq=False)
class Chamber:
    """A connected piece of the window without the discriminant.

    Attributes
    ----------
    outline : float64 array, shape (K, 2)
    area : float
        Enclosed by the outline (with what lies inside of it).
    sample, label
        An inner point, and what was certified there; None if no inner point was found.
    checked : bool
        A second inner point has the same label.
    """

    outline: Reals
    area: float
    sample: Reals
    label: Label | None
    checked: bool


def label_faces(at: LabelsAt, arrangement: Arrangement) -> list[Chamber]:
    """Return the faces of the window with the labels at their inner points."""
    thick = [face.samples if face.depth > SLIVER else face.samples[:0] for face in arrangement.faces]
    samples = np.array([sample for own in thick for sample in own]).reshape(-1, 2)
    labels = iter(at(samples))
    chambers = []
    for face, chosen in zip(arrangement.faces, thick, strict=True):
        own = [next(labels) for _ in chosen]
        checked = len(own) == 2 and own[0].same == own[1].same and own[1].proven
        sample, label = (face.samples[0], own[0]) if own else (np.full(2, np.nan), None)
        chambers.append(Chamber(face.outline, face.area, sample, label, checked))
    return chambers


def contradictions(
    arrangement: Arrangement, chambers: list[Chamber], explains: Callable[[int, Label, Label], bool]
) -> int:
    """Return how many pairs of neighbouring chambers have labels that the curve between them does not explain.

    Parameters
    ----------
    explains : callable
        Of the number of an arc and the labels on its two sides.
    """
    wrong = set()
    for line, left, right in {tuple(row) for row in arrangement.sides.tolist()}:
        if line < 0 or left < 0 or right < 0:
            continue
        a, b = chambers[left].label, chambers[right].label
        if a is not None and b is not None and not explains(line, a, b):
            wrong.add((min(left, right), max(left, right)))
    return len(wrong)


def contradicting_labels(
    at: LabelsAt, chambers: list[Chamber], arcs: list[Arc], window: Reals, rng: np.random.Generator
) -> int:
    """Return how many of `RANDOM` points of the window have a proven label that is not that of their chamber.

    Where critical points pass through something that no known curve shows, one chamber has several pictures, and its
    samples may be in one of them.
    """
    points = window[0] + rng.random((RANDOM, 2)) * (window[1] - window[0])
    where = locate(points, [c.outline for c in chambers], np.array([c.area for c in chambers]))
    lines = [np.stack([arc.points[:-1], arc.points[1:]], axis=1) for arc in arcs if len(arc.points) > 1]
    if lines:
        scale = window[1] - window[0]
        where[distances(points / scale, np.concatenate(lines) / scale) < _BESIDE] = -1
    inside = np.flatnonzero(where >= 0)
    wrong = 0
    for k, found in zip(where[inside], at(points[inside]), strict=True):
        own = chambers[k].label
        wrong += own is not None and own.proven and found.proven and own.same != found.same
    return wrong
