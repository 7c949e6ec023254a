"""Chambers of a real line of data ``p0 + s p1``: every s where critical points are born, die or change their index.

All complex degenerate critical points of a generic pencil are carried to the real one and certified. A box with real
centre is a proof of one real event: that the box holds a regular solution of ``F = 0, H v = 0, c.v = 1`` says that the
kernel has dimension 1, that the line crosses the discriminant transversally, and that the degenerate point is a fold,
``D^3[v, v, v] != 0``, at which exactly two real critical points of neighbouring indices meet. Between two events the
picture is constant unless a critical point leaves the family (to infinity or to a singular point): two neighbouring
samples whose difference is not that of the fold between them are bisected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import NOT_REAL, REAL, certify
from critlocus.chambers.labels import Label, Labeller
from critlocus.chambers.sections import Section
from critlocus.continuation.transport import Transporter
from critlocus.continuation.fibres import Fibres
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.solvers.protocol import PathStatus, Solver
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem

FAR = 100.0
_NEAR_END = 0.99


@dataclass(frozen=True, eq=False)
class Event:
    """A real s at which the picture changes.

    Attributes
    ----------
    s, radius : float
        The event is in ``[s - radius, s + radius]``.
    kind : str
        ``fold``: two critical points meet; ``escape``: one goes to infinity; ``singular``: one goes to a point where the
        variety (or its parametrisation) is singular; ``unexplained``.
    change : int
        Real critical points on the right minus those on the left.
    index : int
        Of a fold: the lower of the two neighbouring indices; -1 if unknown.
    certified : bool
        The isolating interval is proven to hold exactly this event.
    point, kernel : float64 arrays, shape (n,)
        The degenerate critical point z and its kernel vector; empty for other events.
    """

    s: float
    radius: float
    kind: str
    change: int
    index: int
    certified: bool
    point: NDArray[np.float64]
    kernel: NDArray[np.float64]


@dataclass(eq=False)
class LineChambers:
    """What `chambers_on_line` returns: ``labels[k]`` holds at ``samples[k]``, between events k - 1 and k.

    Attributes
    ----------
    interval : (float, float)
    events : list of Event
        By increasing s.
    samples : float64 array, shape (len(events) + 1,)
    labels : list of Label
    evidence : dict
    """

    interval: tuple[float, float]
    events: list[Event]
    samples: NDArray[np.float64]
    labels: list[Label]
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def s(self) -> NDArray[np.float64]:
        """The events, shape ``(E,)``."""
        return np.array([event.s for event in self.events])

    @property
    def complete(self) -> bool:
        """Whether every event is certified, every label proven, and every change explained."""
        return bool(self.evidence["complete"])

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        events = [
            {"s": e.s, "radius": e.radius, "kind": e.kind, "change": e.change, "index": e.index,
             "certified": e.certified}
            for e in self.events
        ]  # fmt: skip
        ends = [self.interval[0], *(e.s for e in self.events), self.interval[1]]
        chambers = [
            {"from": a, "to": b, "sample": float(x), "real": l.real, "index_histogram": list(l.histogram),
             "complex": l.complex, "proven": l.proven}
            for a, b, x, l in zip(ends[:-1], ends[1:], self.samples, self.labels, strict=True)
        ]  # fmt: skip
        return {"interval": list(self.interval), "events": events, "chambers": chambers, **self.evidence}


@dataclass(eq=False)
class Crossings:
    """Certified real solutions on real lines (or other real members): rows of unknowns, by member.

    Attributes
    ----------
    points, radius : arrays, shape (N, n)
    row : int64 array, shape (N,)
        Which member each belongs to.
    undecided : int64 array, shape (K,)
        Per member: solutions whose reality, or existence, is not proven.
    missing : int64 array, shape (K,)
        Per member: solutions of the generic member whose paths got stuck, or ended at a singular point.
    infinite : int64 array, shape (K,)
        Per member: solutions that went to infinity.
    """

    points: NDArray[np.float64]
    radius: NDArray[np.float64]
    row: NDArray[np.int64]
    undecided: NDArray[np.int64]
    missing: NDArray[np.int64]
    infinite: NDArray[np.int64]


def real_solutions(
    solver: Solver, section: Section, rows: NDArray[np.complex128], rng: np.random.Generator
) -> Crossings:
    """Carry the solutions of a generic member to real members, certify them, and keep the real ones."""
    question = section.question
    carrier = Transporter(
        solver, question.system, section.points, section.parameters, question.random_rows, Fibres(question.invariants)
    )
    moved = carrier(rows, rng)
    good = np.flatnonzero(moved.paths.success)
    target = moved.target[good]
    proof = certify(question.system, moved.paths.points[good], rows, target)
    real = proof.certified & (proof.real == REAL)
    doubtful = ~proof.certified | ((proof.real != REAL) & (proof.real != NOT_REAL))
    count = len(rows)
    usual = float(np.median(np.abs(section.points).max(axis=1)))
    failed = ~moved.paths.success
    away = failed & (moved.paths.t > _NEAR_END) & (np.abs(moved.paths.points).max(axis=1) > FAR * usual)
    away |= failed & (moved.paths.status == PathStatus.DIVERGED)
    return Crossings(
        proof.points[real].real, proof.radius[real], target[real], np.bincount(target[doubtful], minlength=count),
        np.bincount(moved.target[failed & ~away], minlength=count), np.bincount(moved.target[away], minlength=count),
    )  # fmt: skip


def fold_numbers(
    question: DegeneratePoints, points: NDArray[np.float64], rows: NDArray[np.complex128]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (v.F_s, D^3[v, v, v]), shapes ``(N,)``: near a fold their quotients decide on which side the pair is.

    ``v.F_s (s - s0) + 1/2 D^3[v, v, v] a^2 = 0`` for the pair ``z0 +- a v`` to lowest order.
    """
    graph = Graph()
    n = question.n
    z, v = ([graph.variable() for _ in range(n)] for _ in range(2))
    moves = [graph.variable() for _ in range(question.dims)]
    parameters = [graph.parameter() for _ in range(question.n_params)]
    gradient = question.gradient(graph, z, moves, parameters)
    kernel = pullback(graph, gradient, v, z)
    cubic = graph.dot(pullback(graph, [graph.dot(v, kernel)], [graph.constant(1)], z), v)
    slope = pullback(graph, gradient, v, moves[:1])[0]
    values = PolynomialSystem(graph, [slope, cubic])(points, rows)
    return values[:, 0].real, values[:, 1].real


def chambers_on_line(
    solver: Solver,
    section: Section,
    labeller: Labeller,
    p0: NDArray[np.float64],
    p1: NDArray[np.float64],
    interval: tuple[float, float],
    rng: np.random.Generator,
) -> LineChambers:
    """Find all events on a real line of data, and the labels between them.

    Parameters
    ----------
    section : Section
        The degenerate critical points over a generic pencil.
    labeller : Labeller
    p0, p1 : float64 arrays, shapes (n_params,) and (n_moving,)
        The line.
    interval : (float, float)
    """
    question: Any = section.question
    family = question.family
    a, b = interval
    c = rng.standard_normal(family.n_kernel)
    row = question.row(p0.astype(np.complex128), [p1.astype(np.complex128)], c / np.linalg.norm(c))
    found = real_solutions(solver, section, row[None, :], rng)
    n = question.n
    order = np.argsort(found.points[:, 2 * n])
    points, radius = found.points[order], found.radius[order]
    inside = (points[:, 2 * n] + radius[:, 2 * n] > a) & (points[:, 2 * n] - radius[:, 2 * n] < b)
    points, radius = points[inside], radius[inside]
    s, width = points[:, 2 * n], radius[:, 2 * n]
    slope, cubic = fold_numbers(question, points, np.tile(row, (len(points), 1)))
    apart = np.all(s[1:] - width[1:] > s[:-1] + width[:-1])

    def data(at: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = np.tile(p0, (len(at), 1))
        rows[:, family.moving] += at[:, None] * p1
        return rows

    ends = np.concatenate([[a], s, [b]])
    samples = (ends[1:] + ends[:-1]) / 2
    labels = labeller(data(samples), rng)
    events: list[Event] = []
    all_samples, all_labels = [float(samples[0])], [labels[0]]
    explained = True
    for k in range(len(s)):
        change = 2 if slope[k] * cubic[k] < 0 else -2
        before, after = all_labels[-1], labels[k + 1]
        index = _fold_index(before, after, change)
        events.append(
            Event(float(s[k]), float(width[k]), "fold", change, index, bool(apart), points[k, :n], points[k, n : 2 * n])
        )
        if index < 0:  # something else happened on the left or on the right of the fold
            explained = False
        all_samples.append(float(samples[k + 1]))
        all_labels.append(after)
    line = LineChambers((a, b), events, np.array(all_samples), all_labels)
    line.evidence = {
        "degenerate_points": len(section.points),
        "degenerate_points_missing": int(found.missing[0]),
        "degenerate_points_undecided": int(found.undecided[0]),
        "all_labels_proven": all(l.proven for l in all_labels),
        "all_changes_explained": explained,
        "complete": bool(
            section.complete and labeller.section.complete and not found.missing[0] and not found.undecided[0]
            and apart and explained and all(l.proven for l in all_labels)
        ),
    }  # fmt: skip
    return line


def _fold_index(before: Label, after: Label, change: int) -> int:
    """Return i if the histograms differ by one point of index i and one of index i + 1; -1 if they do not."""
    size = max(len(before.histogram), len(after.histogram)) + 1
    old, new = (np.pad(l.histogram, (0, size - len(l.histogram))) for l in (before, after))
    difference = (new - old) * (1 if change > 0 else -1)
    at = np.flatnonzero(difference)
    if len(at) == 2 and at[1] == at[0] + 1 and np.all(difference[at] == 1):
        return int(at[0])
    return -1
