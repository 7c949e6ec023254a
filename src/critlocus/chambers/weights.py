"""Events and chambers of a regularised loss in the space of weights, on a line between two data sets.

The line is ``(1 - s) m0 + s m1`` in the space of moments: the losses ``(1 - s) L_0 + s L_1``, with the regulariser
fixed. On every zero pattern critical points collide in folds; and where the Hessian's block of a dead unit is singular
a pitchfork makes that unit come to life, see `critlocus.problems.birth`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.chambers.arrangement import arrange
from critlocus.chambers.curve import Curve, States
from critlocus.chambers.labels import Label
from critlocus.chambers.line import PROBES, Event, LineChambers, fold_numbers, real_solutions
from critlocus.chambers.plane import FINEST, Chamber, PlaneChambers
from critlocus.chambers.sections import Section, parallel_trace, solve_section
from critlocus.chambers.trace import TIP, Arc, trace
from critlocus.continuation.strata import GenericMember, restrict, solve_strata
from critlocus.continuation.transport import Transporter
from critlocus.errors import InputError
from critlocus.losses import Data, regularizer_array
from critlocus.networks import Network, ZeroPattern, sign_group, zero_patterns
from critlocus.problems.birth import BirthPoints
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.weights_family import WeightsFamily
from critlocus.proof import Parameters, prove
from critlocus.pure import Classifier
from critlocus.solvers.native import NativeSolver

Reals = NDArray[np.float64]
_TRIES = 5
SCANS = 16
"""Lines across the window from which curves are followed, besides its boundary."""


@dataclass(eq=False)
class PatternEvents:
    """All degenerate critical points of one kind on one zero pattern, over a generic line of data.

    Attributes
    ----------
    kind : {"fold", "birth"}
    pattern : ZeroPattern
    order : int
        Of the sign group on the pattern: so many critical points are in one orbit.
    born : int
        Critical points of an orbit on the larger pattern that branches off (0 for folds).
    section : Section or None
        None: there are no such points.
    """

    kind: str
    pattern: ZeroPattern
    order: int
    born: int
    section: Section | None


class WeightsDiscriminant:
    """Where in the space of moments the critical points of a regularised loss change.

    Parameters
    ----------
    network : Network or str
        With one hidden layer.
    n_points : int
        Size of the data sets; enough for their moments to be independent.
    seed, threads : int

    Raises
    ------
    InputError
        If the network has more hidden layers, or there are too few points.
    """

    def __init__(self, network: Network | str, n_points: int, *, seed: int = 0, threads: int = 1) -> None:
        self.network = Network.parse(network) if isinstance(network, str) else network
        if len(self.network.widths) != 3 or self.network.bias:
            raise InputError(
                f"{self.network.name}: lines of data in weights space need one hidden layer without biases"
            )
        self.problem = CriticalPoints(self.network, n_points)
        self.solver, self.seed = NativeSolver(threads=threads), seed

    def _rng(self, use: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, use])

    @cached_property
    def member(self) -> GenericMember:
        """All critical points of a generic member."""
        return solve_strata(self.solver, self.problem, np.random.SeedSequence([self.seed, 1]))

    @cached_property
    def events(self) -> list[PatternEvents]:
        """The events of every pattern over a generic line."""
        rng, group = self._rng(2), sign_group(self.network)
        patterns = zero_patterns(self.network)
        found = []
        for pattern in patterns:
            family = WeightsFamily(self.problem, pattern.support)
            order = restrict(group, pattern.support).order
            if len(pattern.support):
                found.append(PatternEvents("fold", pattern, order, 0, self._section(DegeneratePoints(family), rng)))
            for larger in patterns:
                if len(larger.alive[0]) == len(pattern.alive[0]) + 1 and set(pattern.alive[0]) < set(larger.alive[0]):
                    block = np.setdiff1d(larger.support, pattern.support)
                    born = restrict(group, larger.support).order
                    section = self._section(BirthPoints(family, block), rng)
                    found.append(PatternEvents("birth", larger, order, born, section))
        return found

    def _section(self, question: Any, rng: np.random.Generator) -> Section | None:
        try:
            section = solve_section(self.solver, question, rng)
        except InputError:
            return None
        last = section.points.shape[1] - 1
        section.trace_residual = parallel_trace(self.solver, section, question.family.moving, [last], rng)
        return section

    def label(self, rows: Reals, rng: np.random.Generator) -> list[Label]:
        """Return the label of every row of real parameters (moments, then regulariser), shape ``(K, n_params)``."""
        member, n = self.member, self.network.n_weights
        targets = rows.astype(np.complex128)
        theta, mask, row, size = [], [], [], []
        for stratum in member.strata:
            support = stratum.pattern.support
            if len(support) == 0:
                points, where = np.zeros((len(rows), 0), np.complex128), np.arange(len(rows))
            else:
                carrier = Transporter(
                    self.solver, stratum.system, stratum.points, member.parameters, self.problem.random_parameters,
                    stratum.symmetry,
                )  # fmt: skip
                moved = carrier(targets, rng)
                points, where = moved.paths.points[moved.paths.success], moved.target[moved.paths.success]
            full = np.zeros((len(points), n), np.complex128)
            full[:, support] = points
            alive = np.zeros(n, bool)
            alive[support] = True
            theta.append(full)
            mask.append(np.tile(alive, (len(points), 1)))
            row.append(where)
            size.append(np.full(len(points), stratum.symmetry.order))
        orbit, target = np.concatenate(size), np.concatenate(row)
        proof = prove(
            self.problem.system(), sign_group(self.network), Classifier(self.network), np.concatenate(theta),
            np.concatenate(mask), target, Parameters.exact(targets),
        )  # fmt: skip
        sure, index = proof.certified & proof.distinct, proof.signature[:, 0]
        generic = sum(s.count for s in member.strata)
        labels = []
        for k in range(len(rows)):
            mine = sure & (target == k)
            real = mine & (proof.real == 1)
            counts = np.bincount(index[real & (index >= 0)], weights=orbit[real & (index >= 0)], minlength=1)
            decided = bool(np.all(proof.real[mine] >= 0) and np.all(index[real] >= 0))
            total = int(orbit[mine].sum())
            histogram = tuple(np.trim_zeros(counts, "b").astype(int).tolist())
            labels.append(Label(int(orbit[real].sum()), histogram, total, generic, decided and total == generic))
        return labels

    def moments(self, data: Data) -> Reals:
        """Return the moments of a data set, rounded to double precision."""
        data.check(self.network)
        return self.problem.data_parameters(data)[0]

    def line(
        self, first: Data, second: Data, regularize: Any, interval: tuple[float, float] = (0.0, 1.0)
    ) -> LineChambers:
        """Return events and chambers of ``(1 - s) L_0 + s L_1``, for the losses of two data sets.

        Parameters
        ----------
        first, second : Data
        regularize : float, array or dict
            As for `critlocus.Loss`; with equal values for several weights events may coincide.
        interval : (float, float)
        """
        weights = regularizer_array(self.network, regularize)
        m0, m1 = self.moments(first), self.moments(second)
        p0, p1, rng = np.concatenate([m0, weights]), m1 - m0, self._rng(3)
        low, high = interval
        found: list[tuple[Event, PatternEvents]] = []
        facts, sound = [], True
        for own in self.events:
            if own.section is None:
                facts.append({"kind": own.kind, "pattern": own.pattern.name, "complex": 0})
                continue
            events, record = self._real_events(own, p0, p1, rng)
            facts.append({"kind": own.kind, "pattern": own.pattern.name, **record})
            sound &= own.section.complete and not record["open"]
            found += [(event, own) for event in events if low < event.s < high]
        found.sort(key=lambda pair: pair[0].s)
        apart = [e.s + e.radius < f.s - f.radius for (e, _), (f, _) in pairwise(found)]
        events = [replace(e, certified=all(apart[max(k - 1, 0) : k + 1])) for k, (e, _) in enumerate(found)]
        ends = np.array([low, *(e.s for e in events), high])
        probes = ends[:-1, None] + np.array(PROBES) * np.diff(ends)[:, None]
        rows = np.tile(p0, (probes.size, 1))
        rows[:, : len(p1)] += probes.ravel()[:, None] * p1
        labels = self.label(rows, rng)
        chosen, constant = [], True
        for k in range(len(probes)):
            own_labels = labels[k * len(PROBES) : (k + 1) * len(PROBES)]
            proven = [i for i, label in enumerate(own_labels) if label.proven] or [0]
            chosen.append((float(probes[k, proven[0]]), own_labels[proven[0]]))
            constant &= len({own_labels[i].same for i in proven}) == 1
        explained = [
            explains(own, before, after) for (_, own), (before, after) in
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
                and self.member.stop_reason == "quiet"
            ),
        }  # fmt: skip
        return line

    def plane(
        self, first: Data, second: Data, third: Data, regularize: Any,
        window: ArrayLike = ((-1, -1), (1, 1)), finest: float = FINEST,
    ) -> PlaneChambers:  # fmt: skip
        """Return the chambers of ``m0 + s (m1 - m0) + t (m2 - m0)``, with m the moments of three data sets.

        Curves are followed from their points on the window's boundary and on `SCANS` lines across it, all complete: an
        oval that meets none of them is missed.
        """
        weights, box = regularizer_array(self.network, regularize), np.asarray(window, np.float64)
        m0, m1, m2 = (self.moments(data) for data in (first, second, third))
        p0, p1, p2, rng = np.concatenate([m0, weights]), m1 - m0, m2 - m0, self._rng(4)
        diagonal = float(np.linalg.norm(box[1] - box[0]))
        arcs: list[Arc] = []
        owners: list[PatternEvents] = []
        lost, open_ = 0, 0
        for own in self.events:
            if own.section is None:
                continue
            question: Any = own.section.question
            block = question.block if own.kind == "birth" else None
            curve = Curve(own.kind, question.family, p0, p1, p2, block)
            starts, on_edge, remained = self._plane_starts(own.section, curve, p0, p1, p2, box, rng)
            pieces = trace(curve, starts, box, on_edge, finest * diagonal)
            ends = np.bincount([e for arc in pieces for e in arc.ends if e >= 0], minlength=len(starts.x))
            lost += int(np.count_nonzero(ends != np.where(on_edge, 1, 2))) + sum(
                arc.ends[1] in (-1, -2) for arc in pieces
            )
            open_ += remained
            arcs += pieces
            owners += [own] * len(pieces)
        _join_tips(arcs, 1e-5 * diagonal)
        arrangement = arrange([arc.points for arc in arcs], box, rng)
        samples = [sample for face in arrangement.faces for sample in face.samples]
        rows = np.tile(p0, (len(samples), 1))
        rows[:, : len(m0)] += np.array(samples) @ np.stack([p1, p2])
        labels = iter(self.label(rows, rng))
        chambers = []
        for face in arrangement.faces:
            found = [next(labels) for _ in face.samples]
            checked = len(found) == 2 and found[0].same == found[1].same and found[1].proven
            place = face.samples[0] if found else np.full(2, np.nan)
            chambers.append(Chamber(face.outline, face.area, place, found[0] if found else None, checked))
        wrong = set()
        for line, left, right in {tuple(row) for row in arrangement.sides.tolist()}:
            pair = [chambers[k].label for k in (left, right) if k >= 0]
            known = [label for label in pair if label is not None]
            if line >= 0 and len(known) == 2 and not explains(owners[line], *known):
                wrong.add((min(left, right), max(left, right)))
        unproven = sum(c.label is None or not c.label.proven for c in chambers)
        unchecked = sum(not c.checked for c in chambers)
        facts = {
            "loose_ends": lost, "open": open_, "labels_unproven": unproven, "labels_unchecked": unchecked,
            "sides_contradicting": len(wrong), "scan_lines": SCANS,
            "complete": not (lost or open_ or unproven or unchecked or wrong)
            and all(own.section is None or own.section.complete for own in self.events),
        }  # fmt: skip
        tips = [arc.points[k] for arc in arcs for k in arc.cusps]
        return PlaneChambers(box, arcs, np.array(tips).reshape(-1, 2), arrangement.crossings, chambers, facts)

    def _plane_starts(
        self, section: Section, curve: Curve, p0: Reals, p1: Reals, p2: Reals, box: Reals, rng: np.random.Generator
    ) -> tuple[States, NDArray[np.bool_], int]:
        question: Any = section.question
        part = question.slices["c"]
        rows, origins = [], []
        inner = box[0, 1] + (np.arange(SCANS) + 0.4567) / SCANS * (box[1, 1] - box[0, 1])
        edges = [(0, v, True) for v in box[:, 0]] + [(1, v, True) for v in box[:, 1]] + [(1, v, False) for v in inner]
        for axis, value, edge in edges:
            base = p0.copy()
            base[: len(p1)] += value * (p1, p2)[axis]
            c = rng.standard_normal(part.stop - part.start)
            rows.append(question.row(base + 0j, [(p2, p1)[axis] + 0j], c / np.linalg.norm(c) + 0j))
            origins.append((axis, float(value), edge))
        found = real_solutions(self.solver, section, np.array(rows), rng)
        points, places, on_edge = [], [], []
        for x, row in zip(found.points, found.row, strict=True):
            axis, value, edge = origins[int(row)]
            if box[0, 1 - axis] <= x[-1] <= box[1, 1 - axis]:
                points.append(x[:-1])
                places.append([value, x[-1]] if axis == 0 else [x[-1], value])
                on_edge.append(edge)
        width = question.n + curve.kernel
        starts = curve.start(np.array(points).reshape(-1, width), np.array(places).reshape(-1, 2))
        if points:
            curve.correct(starts)
            starts, _ = curve.rebase(starts)
        return starts, np.array(on_edge, bool), found.open

    def _real_events(
        self, own: PatternEvents, p0: Reals, p1: Reals, rng: np.random.Generator
    ) -> tuple[list[Event], dict[str, int]]:
        assert own.section is not None
        question: Any = own.section.question
        part, n = question.slices["c"], question.n
        row, best = np.zeros(0, np.complex128), None
        for _ in range(_TRIES):
            c = rng.standard_normal(part.stop - part.start)
            other = question.row(p0 + 0j, [p1 + 0j], c / np.linalg.norm(c) + 0j)
            trial = real_solutions(self.solver, own.section, other[None, :], rng)
            if best is None or trial.open < best.open:
                row, best = other, trial
            if best.open == 0:
                break
        assert best is not None
        points, radius = best.points, best.radius[:, -1]
        if own.kind == "fold":
            slope, cubic = fold_numbers(question, points, np.tile(row, (len(points), 1)))
            change = np.where(slope * cubic < 0, 2, -2) * own.order
        else:
            change = np.zeros(len(points), int)  # read off the labels
        events = [
            Event(float(x[-1]), float(r), own.kind, int(d), -1, True, x[:n], x[n:-1])
            for x, r, d in zip(points, radius, change, strict=True)
        ]
        return events, {
            "complex": len(own.section.points), "real": len(points), "open": best.open,
            "infinite": int(best.infinite.sum()),
        }  # fmt: skip


def _join_tips(arcs: list[Arc], tolerance: float) -> None:
    """Let tips that are equal to their accuracy be equal: where two units are born at once, several curves end."""
    tips = [arc for arc in arcs if arc.ends[1] == TIP]
    for k, arc in enumerate(tips):
        for other in tips[:k]:
            if np.linalg.norm(arc.points[-1] - other.points[-1]) <= tolerance:
                arc.points[-1] = other.points[-1]
                break


def explains(own: PatternEvents, before: Label, after: Label) -> bool:
    """Tell whether an event of this kind turns one label into the other."""
    size = max(len(before.histogram), len(after.histogram)) + 1
    old, new = (np.pad(label.histogram, (0, size - len(label.histogram))) for label in (before, after))
    unit = np.eye(size, dtype=int)
    if own.kind == "fold":
        changes = [own.order * (unit[i] + unit[i + 1]) for i in range(size - 1)]
    else:  # the points of the pattern change their index, and an orbit with the unit alive appears with the old index
        changes = [
            own.order * (unit[j] - unit[i]) + own.born * unit[k]
            for i in range(size) for j in (i - 1, i + 1) if 0 <= j < size for k in (i, j)
        ]  # fmt: skip
    return any(np.array_equal(new - old, sign * change) for change in changes for sign in (1, -1))
