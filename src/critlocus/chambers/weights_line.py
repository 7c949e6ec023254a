"""Events and chambers of a regularised loss on a real line of moments ``p0 + s p1``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.events import Event, isolated
from critlocus.chambers.labels import Label
from critlocus.chambers.line import PROBES, LineChambers
from critlocus.chambers.pattern_events import PatternEvents, real_events
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]


def losses_on_line(
    solver: Solver,
    patterns: list[PatternEvents],
    label: Callable[[Reals, np.random.Generator], list[Label]],
    p0: Reals,
    p1: Reals,
    interval: tuple[float, float],
    rng: np.random.Generator,
) -> LineChambers:
    """Find all events of all zero patterns on a line, and the labels between them.

    Parameters
    ----------
    label : callable
        Labels rows of real parameters, shape ``(K, n_params)``.
    p0 : float64 array, shape (n_params,)
    p1 : float64 array, shape (n_data,)
        How the moments move.
    """
    low, high = interval
    found: list[tuple[Event, PatternEvents]] = []
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
    events = isolated([event for event, _ in found])
    ends = np.array([low, *(e.s for e in events), high])
    probes = ends[:-1, None] + np.array(PROBES) * np.diff(ends)[:, None]
    rows = np.tile(p0, (probes.size, 1))
    rows[:, : len(p1)] += probes.ravel()[:, None] * p1
    labels = label(rows, rng)
    chosen, constant = [], True
    for k in range(len(probes)):
        own_labels = labels[k * len(PROBES) : (k + 1) * len(PROBES)]
        proven = [i for i, label in enumerate(own_labels) if label.proven] or [0]
        chosen.append((float(probes[k, proven[0]]), own_labels[proven[0]]))
        constant &= len({own_labels[i].same for i in proven}) == 1
    explained = [
        own.explains(before, after) for (_, own), (before, after) in
        zip(found, pairwise([label for _, label in chosen]), strict=True)
    ]  # fmt: skip
    steps = [after.real - before.real for before, after in pairwise([label for _, label in chosen])]
    line = LineChambers(
        interval, [replace(e, change=d) for e, d in zip(events, steps, strict=True)],
        np.array([x for x, _ in chosen]), [label for _, label in chosen],
    )  # fmt: skip
    proven_labels = all(label.proven for label in line.labels)
    line.evidence = {
        "degenerate_points": facts, "all_labels_proven": proven_labels, "constant_between_events": constant,
        "all_changes_explained": all(explained),
        "complete": bool(
            sound and proven_labels and constant and all(explained) and all(e.certified for e in line.events)
        ),
    }  # fmt: skip
    return line
