"""Chambers of a real plane of data: the discriminant curve, traced, and the critical points in every chamber.

The curve is followed from points that meet every piece of it in a window: its crossings with the window's boundary,
the points where its image is tangent to a generic direction, and its cusps, all of them by homotopy from complete
complex solutions. (A piece inside the window has a point that is extremal in the generic direction: a tangent or a
cusp.) The curve's image cuts the window into chambers. Each is labelled by a certified count at one inner point and
checked at a second one, and the labels on the two sides of every piece of the curve must differ as they do at a fold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.arrangement import Arrangement, arrange, locate
from critlocus.chambers.curve import Curve, States
from critlocus.chambers.labels import Label, Labeller
from critlocus.chambers.line import real_solutions
from critlocus.chambers.sections import Section
from critlocus.chambers.trace import Arc, trace
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import match_orbits
from critlocus.problems.discriminant import Family
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]
FINEST = 1 / 120
"""Longest step along the curve, as a part of the window's diagonal."""
ROUTES = 3


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


@dataclass(eq=False)
class PlaneChambers:
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
    evidence : dict
    """

    window: Reals
    arcs: list[Arc]
    cusps: Reals
    crossings: Reals
    chambers: list[Chamber]
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that curve and labels are right."""
        return bool(self.evidence["complete"])

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


@dataclass(eq=False)
class Boundary:
    """One kind of event, with the complete solutions of generic members that its curve is followed from.

    Attributes
    ----------
    kind : {"fold", "apex"}
    line : Section
        Over a pencil.
    points : list of Section
        Over a plane: tangents, cusps.
    """

    kind: str
    line: Section
    points: list[Section]


def chambers_in_plane(
    solver: Solver,
    family: Family,
    boundaries: list[Boundary],
    labeller: Labeller,
    p0: Reals,
    p1: Reals,
    p2: Reals,
    window: Reals,
    rng: np.random.Generator,
    finest: float = FINEST,
) -> PlaneChambers:
    """Trace the discriminant in the window of the plane ``p0 + s p1 + t p2``, and label its chambers."""
    arcs: list[Arc] = []
    facts: dict[str, Any] = {"boundaries": {}}
    sound = labeller.section.complete
    diagonal = float(np.linalg.norm(window[1] - window[0]))
    for boundary in boundaries:
        curve = Curve(boundary.kind, family, p0, p1, p2)
        starts, on_edge, cusps, record = _starts(solver, curve, boundary, p0, p1, p2, window, rng)
        own = trace(curve, starts, window, on_edge, finest * diagonal)
        unmet = _unmet(cusps, own, diagonal)
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
        sound &= boundary.line.complete and all(s.complete for s in boundary.points)
        sound &= not (lost or dangling or record["undecided"] or record["missing"])
        facts["boundaries"][boundary.kind] = record
        arcs += own
    arrangement = arrange([arc.points for arc in arcs], window, rng)
    chambers = _label(labeller, arrangement, p0, p1, p2, family.moving, rng)
    wrong = _contradictions(arrangement, chambers, arcs, family)
    unproven = sum(c.label is None or not c.label.proven for c in chambers)
    unchecked = sum(not c.checked for c in chambers)
    facts |= {"labels_unproven": unproven, "labels_unchecked": unchecked, "sides_contradicting": wrong}
    facts["complete"] = bool(sound and not (unproven or unchecked or wrong))
    tips = [arc.points[k] for arc in arcs for k in arc.cusps]
    return PlaneChambers(window, arcs, np.array(tips).reshape(-1, 2), arrangement.crossings, chambers, facts)


def _starts(
    solver: Solver, curve: Curve, boundary: Boundary, p0: Reals, p1: Reals, p2: Reals, window: Reals,
    rng: np.random.Generator,
) -> tuple[States, NDArray[np.bool_], States, dict[str, Any]]:  # fmt: skip
    """Return certified real points that meet every piece of the curve in the window, and the cusps there."""
    line: Any = boundary.line.question
    moving = curve.family.moving
    at_apex = boundary.kind == "apex"

    def weights() -> Reals:
        part = line.slices["c"]
        c = rng.standard_normal(part.stop - part.start)
        return np.asarray(c / np.linalg.norm(c))

    rows, origins = [], []
    for axis in (0, 1):
        for value in window[:, axis]:
            base = p0.copy()
            base[moving] += value * (p1, p2)[axis]
            along = (p2, p1)[axis]
            rows.append(line.row((base[moving] if at_apex else base) + 0j, [along + 0j], weights() + 0j))
            origins.append((axis, float(value)))
    found = real_solutions(solver, boundary.line, np.array(rows), rng)
    undecided, missing = int(found.undecided.sum()), int(found.missing.sum())
    body = found.points.shape[1] - 1
    points: list[Any] = []
    places: list[Any] = []
    edge: list[bool] = []
    tips, tip_places = np.zeros((0, body)), np.zeros((0, 2))
    for x, row in zip(found.points, found.row, strict=True):
        axis, value = origins[int(row)]
        if window[0, 1 - axis] <= x[body] <= window[1, 1 - axis]:
            points.append(x[:body])
            places.append([value, x[body]] if axis == 0 else [x[body], value])
            edge.append(True)
    record: dict[str, Any] = {"on_the_window": len(points)}
    for section in boundary.points:
        question: Any = section.question
        extra = [rng.standard_normal(2) + 0j if question.condition == "tangent" else np.zeros(3, np.complex128)]
        row = question.row((p0[moving] if at_apex else p0) + 0j, [p1 + 0j, p2 + 0j], weights() + 0j, *extra)
        inner = real_solutions(solver, section, row[None, :], rng)
        if question.condition == "cusp":  # a special member: what one route loses, another one may reach
            inner.points = by_other_routes(solver, section, row, inner.points, rng)
        undecided += int(inner.undecided.sum())
        if question.condition == "tangent":
            missing += int(inner.missing.sum())
        else:  # some points of a generic cusp condition have singular ends, in every plane
            record["cusp_paths_singular"] = int(inner.missing.sum())
        place = inner.points[:, body : body + 2]
        kept = np.all((place > window[0]) & (place < window[1]), axis=1)
        record[f"{question.condition}s"] = int(kept.sum())
        if question.condition == "cusp":
            tips, tip_places = inner.points[kept, :body], place[kept]
        else:
            points += list(inner.points[kept, :body])
            places += place[kept].tolist()
            edge += [False] * int(kept.sum())
    record |= {"undecided": undecided, "missing": missing}
    count = len(points)
    starts = curve.start(np.array(points).reshape(count, body), np.array(places).reshape(count, 2))
    if count:
        curve.correct(starts)
        starts, _ = curve.rebase(starts)
    return starts, np.array(edge, bool), curve.start(tips, tip_places), record


def _unmet(cusps: States, arcs: list[Arc], diagonal: float) -> NDArray[np.bool_]:
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


def _label(
    labeller: Labeller, arrangement: Arrangement, p0: Reals, p1: Reals, p2: Reals, moving: NDArray[np.int64],
    rng: np.random.Generator,
) -> list[Chamber]:  # fmt: skip
    samples = [sample for face in arrangement.faces for sample in face.samples]
    rows = np.tile(p0, (len(samples), 1))
    for row, (s, t) in zip(rows, samples, strict=True):
        row[moving] += s * p1 + t * p2
    labels = iter(labeller(rows, rng) if samples else [])
    chambers = []
    for face in arrangement.faces:
        own = [next(labels) for _ in face.samples]
        label = own[0] if own else None
        checked = len(own) == 2 and own[0].same == own[1].same and own[1].proven
        chambers.append(
            Chamber(face.outline, face.area, face.samples[0] if own else np.full(2, np.nan), label, checked)
        )
    return chambers


def _contradictions(arrangement: Arrangement, chambers: list[Chamber], arcs: list[Arc], family: Family) -> int:
    """Return how many pairs of neighbouring chambers have labels that no fold (or apex) between them explains."""
    dim = family.n_unknowns - 2 * (family.n_unknowns - family.n_kernel)
    wrong = set()
    for line, left, right in {tuple(row) for row in arrangement.sides.tolist()}:
        if line < 0 or left < 0 or right < 0:
            continue
        a, b = chambers[left].label, chambers[right].label
        if a is None or b is None:
            continue
        size = max(len(a.histogram), len(b.histogram), dim + 1)
        difference = np.array([np.pad(l.histogram, (0, size - len(l.histogram))) for l in (a, b)])
        change = difference[1] - difference[0]
        if arcs[line].kind == "fold":
            change = change * (1 if change.sum() > 0 else -1)
            at = np.flatnonzero(change)
            good = len(at) == 2 and at[1] == at[0] + 1 and np.all(change[at] == 1)
        else:  # the index i becomes dim - 1 - i, which may be i
            at = np.flatnonzero(change)
            good = len(at) == 0 or (len(at) == 2 and at.sum() == dim - 1 and sorted(change[at]) == [-1, 1])
        if not good:
            wrong.add((min(left, right), max(left, right)))
    return len(wrong)
