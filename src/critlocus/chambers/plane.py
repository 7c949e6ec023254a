"""Chambers of a real plane of data: the discriminant curve, traced, and the critical points in every chamber.

The curve is followed from points that meet every piece of it in a window, see `critlocus.chambers.plane_starts`. Its
image cuts the window into chambers. Each is labelled by a certified count at one inner point and checked at a second
one, and the labels on the two sides of every piece of the curve must differ as its events make them differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.chambers.about import Chambers
from critlocus.chambers.arrangement import arrange, locate
from critlocus.chambers.contacts import join_contacts, pieces
from critlocus.chambers.label_changes import apex_explains, branch_explains, fold_explains, summand_explains
from critlocus.chambers.labelled_faces import SLIVER, Chamber, contradicting_labels, contradictions, label_faces
from critlocus.chambers.labels import Label
from critlocus.chambers.plane_curve import States
from critlocus.chambers.plane_starts import Boundary, curve_starts, not_met
from critlocus.chambers.trace import Arc, trace
from critlocus.errors import InputError
from critlocus.losses import real_array
from critlocus.problems.discriminant import Family
from critlocus.problems.vanishing_summand import VanishingSummand
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]
FINEST = 1 / 120
"""Longest step along the curve, as a part of the window's diagonal."""


@dataclass(eq=False)
class PlaneChambers(Chambers):
    """What `chambers_in_plane` returns.

    Attributes
    ----------
    window : float64 array, shape (2, 2)
        Lower and upper bounds of (s, t).
    arcs : list of Arc
        The traced curve.
    cusps, crossings : float64 arrays, shape (K, 2)
        Cusps of the curve in the window (to rounding), crossings of its arcs (to the accuracy of the polylines).
    chambers : list of Chamber
    """

    question = "plane"
    window: Reals
    arcs: list[Arc]
    cusps: Reals
    crossings: Reals
    chambers: list[Chamber]

    @property
    def n_points(self) -> int:
        """Number of points of the curve."""
        return sum(len(arc.points) for arc in self.arcs)

    def locate(self, points: Reals) -> NDArray[np.int64]:
        """Return the number of the chamber that holds each point (s, t), shape ``(K, 2)``; -1 outside."""
        return locate(
            np.asarray(points, np.float64),
            [c.outline for c in self.chambers],
            np.array([c.area for c in self.chambers]),
        )

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        chambers = [
            {"sample": c.sample.tolist(), "area": c.area, "real": c.label.real,
             "index_histogram": list(c.label.histogram), "proven": c.label.proven, "checked": c.checked}
            for c in self.chambers if c.label is not None
        ]  # fmt: skip
        return {
            "window": self.window.tolist(), "arcs": len(self.arcs), "curve_points": self.n_points,
            "cusps": self.cusps.tolist(), "crossings": self.crossings.tolist(), "chambers": chambers, **self.evidence,
        }  # fmt: skip


def checked_window(window: ArrayLike) -> Reals:
    """Return the bounds of (s, t), shape (2, 2), or raise InputError if there is nothing between them."""
    box = real_array(window, "window")
    if box.shape != (2, 2) or not np.all(box[0] < box[1]):
        raise InputError("window: give the lower and the upper bounds, [[s0, t0], [s1, t1]]")
    return box


def chambers_in_plane(
    solver: Solver,
    family: Family,
    boundaries: list[Boundary],
    label: Callable[[Reals, np.random.Generator], list[Label]],
    p0: Reals,
    p1: Reals,
    p2: Reals,
    window: Reals,
    rng: np.random.Generator,
    finest: float = FINEST,
    *,
    sound: bool,
) -> PlaneChambers:
    """Trace the discriminant in the window of the plane ``p0 + s p1 + t p2``, and label its chambers.

    Parameters
    ----------
    label : callable
        Labels rows of parameters, shape ``(K, n_params)``.
    sound : bool
        Whether the evidence says that no critical point is missing.
    """
    arcs: list[Arc] = []
    facts: dict[str, Any] = {"boundaries": {}}
    diagonal = float(np.linalg.norm(window[1] - window[0]))
    for boundary in boundaries:
        curve = boundary.curve(p0, p1, p2)
        starts, on_edge, cusps, record = curve_starts(solver, curve, boundary, p0, p1, p2, window, rng)
        own = trace(curve, starts, window, on_edge, finest * diagonal)
        unmet = not_met(cusps, own, diagonal)
        if unmet.any():  # a piece with cusps, but no tangent in the generic direction
            starts = States(*(np.concatenate(pair) for pair in zip(
                (starts.x, starts.row), (cusps.x[unmet], cusps.row[unmet]), strict=True)))  # fmt: skip
            on_edge = np.concatenate([on_edge, np.zeros(int(unmet.sum()), bool)])
            own = trace(curve, starts, window, on_edge, finest * diagonal)
        lost = sum(arc.ends[1] < 0 for arc in own)
        ends = np.bincount([e for arc in own for e in arc.ends if e >= 0], minlength=len(starts.x))
        dangling = int(np.count_nonzero(ends != np.where(on_edge, 1, 2)))
        turned = sum(len(arc.cusps) for arc in own)
        record["cusps_not_met"] = int(unmet.sum())
        record |= {"arcs": len(own), "lost_arcs": lost, "loose_ends": dangling, "cusps_on_arcs": turned}
        sound &= boundary.closed and boundary.line.complete and all(s.complete for s in boundary.points)
        sound &= not (lost or dangling or record["undecided"] or record["missing"])
        facts["boundaries"][boundary.kind] = record
        arcs += own
    dim = family.n_unknowns - 2 * (family.n_unknowns - family.n_kernel)
    fewer = next((b.line.question.dim for b in boundaries if isinstance(b.line.question, VanishingSummand)), 0)

    def explains(line: int, a: Label, b: Label) -> bool:
        kind = arcs[line].kind
        if kind == "apex":
            return apex_explains(a, b, dim)
        if kind == "singular":
            return summand_explains(a, b, dim, fewer)
        return branch_explains(a, b) if kind == "branch" else fold_explains(a, b)

    return judged_plane(label, arcs, explains, p0, p1, p2, family.moving, window, rng, facts=facts, sound=sound)


def judged_plane(
    label: Callable[[Reals, np.random.Generator], list[Label]],
    arcs: list[Arc],
    explains: Callable[[int, Label, Label], bool],
    p0: Reals,
    p1: Reals,
    p2: Reals,
    moving: NDArray[np.int64],
    window: Reals,
    rng: np.random.Generator,
    *,
    facts: dict[str, Any],
    sound: bool,
) -> PlaneChambers:
    """Label the chambers that traced curves cut out, and judge them.

    Parameters
    ----------
    label : callable
        Labels rows of parameters, shape ``(K, n_params)``.
    moving : int64 array
        The parameters that the plane ``p0 + s p1 + t p2`` moves.
    explains : callable
        As for `contradictions`.
    facts : dict
        What is known of the curves.
    sound : bool
        Whether that says that they are all.
    """
    join_contacts(arcs)
    lines, owners = pieces(arcs)
    arrangement = arrange(lines, window, rng)

    def at(points: Reals) -> list[Label]:
        rows = np.tile(p0, (len(points), 1))
        rows[:, moving] += points[:, :1] * p1 + points[:, 1:] * p2
        return label(rows, rng) if len(points) else []

    chambers = label_faces(at, arrangement)
    thick = [c for c, face in zip(chambers, arrangement.faces, strict=True) if face.depth > SLIVER]
    doubts = {
        "labels_unproven": sum(c.label is None or not c.label.proven for c in thick),
        "labels_unchecked": sum(not c.checked for c in thick),
        "sides_contradicting": contradictions(arrangement, chambers, lambda k, a, b: explains(owners[k], a, b)),
    }
    doubts["random_labels_contradicting"] = contradicting_labels(at, chambers, arcs, window, rng)
    facts = {**facts, "slivers": len(chambers) - len(thick)}
    evidence = {**facts, **doubts, "complete": bool(sound and not any(doubts.values()))}
    tips = [arc.points[k] for arc in arcs for k in arc.cusps]
    cusps = np.array(tips).reshape(-1, 2)
    return PlaneChambers(window, arcs, cusps, arrangement.crossings, chambers, evidence=evidence)
