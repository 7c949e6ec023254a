"""Chambers of a regularised loss in a real plane of moments ``p0 + s p1 + t p2``.

Curves are followed from their points on the window's boundary and on `SCANS` lines across it, all complete: an oval
that meets none of them is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import crossings_across
from critlocus.chambers.curve import Curve
from critlocus.chambers.labels import Label
from critlocus.chambers.pattern_events import PatternEvents
from critlocus.chambers.plane import FINEST, PlaneChambers, judged_plane
from critlocus.chambers.plane_curve import States
from critlocus.chambers.sections import Section
from critlocus.chambers.trace import TIP, Arc, trace
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]
SCANS = 16
"""Lines across the window from which curves are followed, besides its boundary."""


def losses_in_plane(
    solver: Solver,
    patterns: list[PatternEvents],
    label: Callable[[Reals, np.random.Generator], list[Label]],
    p0: Reals,
    p1: Reals,
    p2: Reals,
    box: Reals,
    rng: np.random.Generator,
    finest: float = FINEST,
) -> PlaneChambers:
    """Follow the curves of all events through the window, and label its chambers.

    Parameters
    ----------
    label : callable
        Labels rows of real parameters, shape ``(K, n_params)``.
    p0 : float64 array, shape (n_params,)
    p1, p2 : float64 arrays, shape (n_data,)
        How the moments move.
    box : float64 array, shape (2, 2)
        Lower and upper bounds of (s, t).
    """
    diagonal = float(np.linalg.norm(box[1] - box[0]))
    arcs: list[Arc] = []
    owners: list[PatternEvents] = []
    lost, open_ = 0, 0
    for own in patterns:
        if own.section is None:
            continue
        question: Any = own.section.question
        block = question.block if own.kind == "birth" else None
        curve = Curve(own.kind, question.family, p0, p1, p2, block)
        starts, on_edge, remained = _starts(solver, own.section, curve, p0, p1, p2, box, rng)
        pieces = trace(curve, starts, box, on_edge, finest * diagonal)
        ends = np.bincount([e for arc in pieces for e in arc.ends if e >= 0], minlength=len(starts.x))
        lost += int(np.count_nonzero(ends != np.where(on_edge, 1, 2))) + sum(arc.ends[1] in (-1, -2) for arc in pieces)
        open_ += remained
        arcs += pieces
        owners += [own] * len(pieces)
    _join_tips(arcs, 1e-5 * diagonal)
    return judged_plane(
        label, arcs, lambda line, a, b: owners[line].explains(a, b), p0, p1, p2, np.arange(len(p1)), box, rng,
        facts={"loose_ends": lost, "open": open_, "scan_lines": SCANS},
        sound=not (lost or open_) and all(own.complete for own in patterns),
    )  # fmt: skip


def _starts(
    solver: Solver,
    section: Section,
    curve: Curve,
    p0: Reals,
    p1: Reals,
    p2: Reals,
    box: Reals,
    rng: np.random.Generator,
) -> tuple[States, NDArray[np.bool_], int]:
    """Return real points of the curve on the window's boundary and on lines across it, and what remained open."""
    question: Any = section.question
    inner = box[0, 1] + (np.arange(SCANS) + 0.4567) / SCANS * (box[1, 1] - box[0, 1])
    edges = [(axis, float(value)) for axis in (0, 1) for value in box[:, axis]]
    scans = [(1, float(value)) for value in inner]
    found, points, places, line = crossings_across(solver, section, edges + scans, p0, p1, p2, box, rng)
    on_edge = np.array([k < len(edges) for k in line], bool)
    width = question.n + curve.kernel
    starts = curve.start(np.array(points).reshape(-1, width), np.array(places).reshape(-1, 2))
    if points:
        curve.correct(starts)
        starts, _ = curve.rebase(starts)
    return starts, on_edge, found.open


def _join_tips(arcs: list[Arc], tolerance: float) -> None:
    """Let tips that are equal to their accuracy be equal: where two units are born at once, several curves end."""
    tips = [arc for arc in arcs if arc.ends[1] == TIP]
    for k, arc in enumerate(tips):
        for other in tips[:k]:
            if np.linalg.norm(arc.points[-1] - other.points[-1]) <= tolerance:
                arc.points[-1] = other.points[-1]
                break
