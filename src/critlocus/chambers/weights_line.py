"""Events and chambers of a regularised loss on a real line of moments ``p0 + s p1``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.between import Questions, pictures_between
from critlocus.chambers.data_line import DataLine
from critlocus.chambers.events import Event, isolated
from critlocus.chambers.labels import Label
from critlocus.chambers.line import LineChambers
from critlocus.chambers.pattern_events import PatternEvents, real_events
from critlocus.chambers.weights_labels import LabelledLosses
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]
BUDGET = 20_000
"""Critical points that are certified to prove that pictures are constant, at most."""


def losses_on_line(
    solver: Solver,
    patterns: list[PatternEvents],
    label: Callable[[Reals, Reals | None], LabelledLosses],
    p0: Reals,
    p1: Reals,
    interval: tuple[float, float],
    rng: np.random.Generator,
    escapes: list[Event],
) -> LineChambers:
    """Find all events of all zero patterns on a line, and the labels between them.

    Parameters
    ----------
    label : callable
        Labels rows of real parameters, shape ``(K, n_params)``, and tells whether that holds within some radii.
    p0 : float64 array, shape (n_params,)
    p1 : float64 array, shape (n_data,)
        How the moments move.
    escapes : list of Event
        Where critical points may pass through infinity, see `critlocus.chambers.infinity`.
    """
    low, high = interval
    found: list[tuple[Event, PatternEvents | None]] = [(event, None) for event in escapes]
    facts, sound = [], True
    for own in patterns:
        if own.section is None:
            facts.append({"kind": own.kind, "pattern": own.pattern.name, "complex": 0})
            continue
        events, record = real_events(solver, own, p0, p1, rng)
        facts.append({"kind": own.kind, "pattern": own.pattern.name, **record})
        sound &= own.complete and not record["open"]
        found += [(event, own) for event in events if low < event.s < high]
    found.sort(key=lambda pair: pair[0].s)
    known = isolated([event for event, _ in found])
    owner = {id(event): own for event, (_, own) in zip(known, found, strict=True)}

    data = DataLine(p0, p1, np.arange(len(p1)))

    def discs(at: Reals, radii: Reals) -> tuple[list[Label], NDArray[np.bool_]]:
        labelled = label(data.rows(at), data.radii(at, radii))
        return labelled.labels, labelled.steady

    def traits(at: Reals) -> list[Reals]:
        norms = [np.linalg.norm(theta, axis=1) for theta in label(data.rows(at), None).points]
        return [np.stack([size, np.ones_like(size)], axis=1) for size in norms]

    questions = Questions(lambda at: label(data.rows(at), None).labels, discs, traits, BUDGET)
    pictures = pictures_between(questions, known, interval)
    steps = list(pairwise([label for _, label in pictures.chambers]))
    explained = []
    for event, (before, after) in zip(pictures.events, steps, strict=True):
        own_pattern = owner.get(id(event))
        if own_pattern is None:
            explained.append(event.kind != "unexplained")
        else:
            explained.append(own_pattern.explains(before, after))
    changes = [after.real - before.real for before, after in steps]
    line = LineChambers(
        interval, [replace(e, change=d) for e, d in zip(pictures.events, changes, strict=True)],
        np.array([x for x, _ in pictures.chambers]), [label for _, label in pictures.chambers],
    )  # fmt: skip
    proven_labels = all(label.proven for label in line.labels)
    line.evidence = {
        "degenerate_points": facts, "all_labels_proven": proven_labels,
        "constant_between_events": "proven" if all(pictures.constant) else "at samples",
        "all_changes_explained": all(explained),
        "complete": bool(sound and proven_labels and all(explained) and all(e.certified for e in line.events)),
    }  # fmt: skip
    return line
