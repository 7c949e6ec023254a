"""Chambers of a real line of data ``p0 + s p1``: every s where critical points are born, die or change their index.

All complex degenerate critical points of a generic pencil are carried to the real one and certified. A box with real
centre is a proof of one real event. That the box holds a regular solution of ``F = 0, H v = 0, c.v = 1`` says that the
kernel has dimension 1, that the line crosses the discriminant transversally, and that the degenerate point is a fold,
``D^3[v, v, v] != 0``, at which exactly two real critical points of neighbouring indices meet. Between two events the
picture is constant unless a critical point passes through a singular point of the variety. For the apex of a cone
these events are found in the same way, see `critlocus.problems.apex`; otherwise several samples of an interval are
compared, and samples that differ are bisected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import NOT_REAL, REAL, certify
from critlocus.chambers.labels import Label, Labeller
from critlocus.chambers.sections import Section
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.transport import Transporter
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.solvers.protocol import PathStatus, Solver
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem

FAR = 100.0
BISECTIONS, TRIES = 40, 5
PROBES = (0.5, 0.21, 0.83, 0.04, 0.96)
"""Where between two events the label is computed: it must be the same."""
_NEAR_END = 0.99


@dataclass(frozen=True, eq=False)
class Event:
    """A real s at which the picture changes.

    Attributes
    ----------
    s, radius : float
        The event is in ``[s - radius, s + radius]``.
    kind : str
        ``fold``: two critical points meet; ``apex``: one passes through the apex of a cone, where its index i becomes
        ``dim - 1 - i``; ``unexplained``: the labels differ (a critical point went to infinity or to a singular point).
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

    @property
    def open(self) -> int:
        """How many solutions are undecided or missing."""
        return int(self.undecided.sum() + self.missing.sum())


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
    sections: dict[str, Section],
    labeller: Labeller,
    p0: NDArray[np.float64],
    p1: NDArray[np.float64],
    interval: tuple[float, float],
    rng: np.random.Generator,
) -> LineChambers:
    """Find all events on a real line of data, and the labels between them.

    Parameters
    ----------
    sections : dict
        The solutions over a generic pencil, by kind of event (``fold``, ``apex``).
    labeller : Labeller
    p0, p1 : float64 arrays, shapes (n_params,) and (n_moving,)
        The line.
    interval : (float, float)
    """
    family: Any = sections["fold"].question.family  # type: ignore[attr-defined]
    a, b = interval
    events: list[Event] = []
    facts: dict[str, Any] = {}
    complete = labeller.section.complete
    for kind, section in sections.items():
        found, facts[kind] = _events(solver, section, kind, p0, p1, rng)
        events += [e for e in found if a < e.s + e.radius and e.s - e.radius < b]
        complete &= section.complete and not facts[kind]["missing"] and not facts[kind]["undecided"]
    events.sort(key=lambda e: e.s)
    apart = [e.s + e.radius < f.s - f.radius for e, f in pairwise(events)]
    events = [
        replace(e, certified=all(apart[max(k - 1, 0) : k + 1])) for k, e in enumerate(events)
    ]  # events whose boxes meet are not isolated

    def labels_at(at: NDArray[np.float64]) -> list[Label]:
        rows = np.tile(p0, (len(at), 1))
        rows[:, family.moving] += at[:, None] * p1
        return labeller(rows, rng)

    ends = np.array([a, *(e.s for e in events), b])
    probes = (ends[:-1, None] + np.array(PROBES) * np.diff(ends)[:, None]).ravel()
    labels = labels_at(probes)
    chambers: list[tuple[float, Label]] = []
    between: list[Event] = []
    for k in range(len(ends) - 1):
        own = sorted(zip(probes, labels, strict=True), key=lambda pair: pair[0])
        own = [(float(x), label) for x, label in own if ends[k] < x < ends[k + 1] and label.proven]
        if not own:
            own = [(float(x), l) for x, l in zip(probes, labels, strict=True) if ends[k] < x < ends[k + 1]][:1]
        if k:
            between.append(events[k - 1])
        chambers.append(own[len(own) // 2] if len({l.same for _, l in own}) == 1 else own[0])
        for (x, before), (y, after) in pairwise(own):
            if before.same != after.same:
                between.append(_isolate(labels_at, x, y, before, after))
                chambers.append((y, after))
    explained = True
    for k, event in enumerate(between):
        before, after = chambers[k][1], chambers[k + 1][1]
        index = event.index
        if event.kind == "fold":
            index = _fold_index(before, after, event.change)
            explained &= index >= 0
        elif event.kind == "apex":
            explained &= before.real == after.real
        else:
            explained = False
        between[k] = replace(event, index=index)
    proven = all(label.proven for _, label in chambers)
    line = LineChambers((a, b), between, np.array([x for x, _ in chambers]), [label for _, label in chambers])
    line.evidence = {
        "degenerate_points": facts, "all_labels_proven": proven, "all_changes_explained": explained,
        "complete": bool(complete and explained and proven and all(e.certified for e in between)),
    }  # fmt: skip
    return line


def _events(
    solver: Solver, section: Section, kind: str, p0: NDArray[np.float64], p1: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[list[Event], dict[str, int]]:  # fmt: skip
    """Return the certified real events of one kind on the whole line, and what remained open."""
    question: Any = section.question
    family, n = question.family, question.n
    part = question.slices["c"]
    base = p0 if kind == "fold" else p0[family.moving]
    row, found = np.zeros(0, np.complex128), None
    for _ in range(TRIES):  # another normalisation of v (or f) takes another way
        c = rng.standard_normal(part.stop - part.start)
        other = question.row(base + 0j, [p1 + 0j], c / np.linalg.norm(c) + 0j)
        trial = real_solutions(solver, section, other[None, :], rng)
        if found is None or trial.open < found.open:
            row, found = other, trial
        if found.open == 0:
            break
    assert found is not None
    points, radius = found.points, found.radius[:, -1]
    facts = {"complex": len(section.points), "real": len(points), "undecided": int(found.undecided[0]),
             "missing": int(found.missing[0]), "infinite": int(found.infinite[0])}  # fmt: skip
    if kind == "apex":
        nothing = np.zeros(0)
        return [Event(float(x[-1]), float(r), kind, 0, -1, True, x[:n], nothing)
                for x, r in zip(points, radius, strict=True)], facts  # fmt: skip
    slope, cubic = fold_numbers(question, points, np.tile(row, (len(points), 1)))
    return [
        Event(float(x[-1]), float(r), kind, 2 if f * g < 0 else -2, -1, True, x[:n], x[n : 2 * n])
        for x, r, f, g in zip(points, radius, slope, cubic, strict=True)
    ], facts


def _isolate(
    labels_at: Callable[[NDArray[np.float64]], list[Label]], low: float, high: float, before: Label, after: Label
) -> Event:
    """Bisect between two samples with different labels that no event explains."""
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        label = labels_at(np.array([middle]))[0]
        if not label.proven:
            break
        if label.same == before.same:
            low = middle
        else:
            high = middle
    nothing = np.zeros(0)
    return Event(
        (low + high) / 2, (high - low) / 2, "unexplained", after.real - before.real, -1, False, nothing, nothing
    )


def _fold_index(before: Label, after: Label, change: int) -> int:
    """Return i if the histograms differ by one point of index i and one of index i + 1; -1 if they do not."""
    size = max(len(before.histogram), len(after.histogram)) + 1
    old, new = (np.pad(l.histogram, (0, size - len(l.histogram))) for l in (before, after))
    difference = (new - old) * (1 if change > 0 else -1)
    at = np.flatnonzero(difference)
    if len(at) == 2 and at[1] == at[0] + 1 and np.all(difference[at] == 1):
        return int(at[0])
    return -1
