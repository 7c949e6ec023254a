"""Where the discriminant curve in a window of a plane is followed from, so that no piece of it is missed.

Its crossings with the window's boundary, the points where its image is tangent to a generic direction, and its cusps,
all of them by homotopy from complete complex solutions. (A piece inside the window has a point that is extremal in the
generic direction: a tangent or a cusp.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import crossings_across, real_solutions, unit_vector
from critlocus.chambers.curve import Curve
from critlocus.chambers.plane_curve import PlaneCurve, States
from critlocus.chambers.sections import Section
from critlocus.chambers.summand_curve import SummandCurve
from critlocus.chambers.trace import Arc
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import match_orbits
from critlocus.problems.vanishing_summand import VanishingSummand
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]
ROUTES = 3


@dataclass(eq=False)
class Boundary:
    """One kind of event, with the complete solutions of generic members that its curve is followed from.

    Attributes
    ----------
    kind : {"fold", "apex", "branch", "singular"}
    line : Section
        Over a pencil.
    points : list of Section
        Over a plane: tangents, cusps.
    closed : bool
        Whether every piece inside of a window has one of these points.
    """

    kind: str
    line: Section
    points: list[Section]
    closed: bool = True

    def curve(self, p0: Reals, p1: Reals, p2: Reals) -> PlaneCurve:
        """Return the curve over the plane ``p0 + s p1 + t p2``."""
        question: Any = self.line.question
        if isinstance(question, VanishingSummand):
            return SummandCurve(question.charts, p0, p1, p2)
        return Curve(self.kind, question.family, p0, p1, p2)


def curve_starts(
    solver: Solver, curve: PlaneCurve, boundary: Boundary, p0: Reals, p1: Reals, p2: Reals, window: Reals,
    rng: np.random.Generator,
) -> tuple[States, NDArray[np.bool_], States, dict[str, Any]]:  # fmt: skip
    """Return certified real points that meet every piece of the curve in the window, and the cusps there."""
    edges = [(axis, float(value)) for axis in (0, 1) for value in window[:, axis]]
    for _ in range(ROUTES):  # another normalisation is another route
        found, points, places, _ = crossings_across(solver, boundary.line, edges, p0, p1, p2, window, rng)
        if found.open == 0:
            break
    undecided, missing = int(found.undecided.sum()), int(found.missing.sum())
    body = found.points.shape[1] - 1
    edge = [True] * len(points)
    tips, tip_places = np.zeros((0, body)), np.zeros((0, 2))
    record: dict[str, Any] = {"on_the_window": len(points)}
    for section in boundary.points:
        question: Any = section.question
        for _ in range(ROUTES if question.condition == "tangent" else 1):
            extra = rng.standard_normal(2) + 0j if question.condition == "tangent" else np.zeros(3, np.complex128)
            row = question.row(p0 + 0j, [p1 + 0j, p2 + 0j], unit_vector(question, rng), extra)
            inner = real_solutions(solver, section, row[None, :], rng)
            if inner.open == 0:
                break
        if question.condition == "cusp" and inner.open:  # a special member: another route may reach what one loses
            inner.points = by_other_routes(solver, section, row, inner.points, rng)
        undecided += int(inner.undecided.sum())
        if question.condition == "tangent":
            missing += int(inner.missing.sum())
        else:  # some points of a generic cusp condition have singular ends, in every plane
            record["cusp_paths_singular"] = int(inner.missing.sum())
        place = inner.points[:, question.places]
        kept = np.all((place > window[0]) & (place < window[1]), axis=1)
        record[f"{question.condition}s"] = int(kept.sum())
        if question.condition == "cusp":
            tips, tip_places = inner.points[kept, :body], place[kept]
        else:
            points += list(inner.points[kept, :body])
            places += place[kept].tolist()
            edge += [False] * int(kept.sum())
    record |= {"undecided": undecided, "missing": missing}
    if not boundary.closed:
        record["cusps_not_sought"] = 1
    count = len(points)
    starts = curve.start(np.array(points).reshape(count, body), np.array(places).reshape(count, 2))
    if count:
        curve.correct(starts)
        starts, _ = curve.rebase(starts)
    return starts, np.array(edge, bool), curve.start(tips, tip_places), record


def not_met(cusps: States, arcs: list[Arc], diagonal: float) -> NDArray[np.bool_]:
    """Tell which certified cusps lie on no arc."""
    tips = [arc.points[k] for arc in arcs for k in arc.cusps]
    if not tips:
        return np.ones(len(cusps.x), bool)
    gap = np.linalg.norm(cusps.x[:, None, -2:] - np.array(tips)[None], axis=2)
    return np.asarray(gap.min(axis=1) > 1e-6 * diagonal)


def by_other_routes(
    solver: Solver, section: Section, row: NDArray[np.complex128], points: Reals, rng: np.random.Generator
) -> Reals:
    """Return the real solutions of a member that were found, and those that paths by way of other members reach."""
    question: Any = section.question
    zero = np.zeros(len(section.points), np.int64)
    for _ in range(ROUTES):
        corner = question.random_rows(rng, 1)[0]
        table = np.stack([section.parameters, corner])
        moved = solver.track(question.system, section.points, table, zero, zero + 1, thorough=False)
        other = Section(question, moved.points[moved.success], corner, zero[: int(moved.success.sum())])
        if len(other.points) == 0:
            continue
        points = np.concatenate([points, real_solutions(solver, other, row[None, :], rng).points])
    if len(points) == 0:
        return points
    first = match_orbits(points.astype(np.complex128), Fibres(question.invariants))
    return np.asarray(points[first == np.arange(len(points))])
