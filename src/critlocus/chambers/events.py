"""Events: the real s of a line of data ``p0 + s p1`` at which the picture changes.

A box with real centre is a proof of one real event. That the box holds a regular solution of ``F = 0, H v = 0,
c.v = 1`` says that the kernel has dimension 1, that the line crosses the discriminant transversally, and that the
degenerate point is a fold, ``D^3[v, v, v] != 0``, at which exactly two real critical points of neighbouring indices
meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import crossings_of_line
from critlocus.chambers.sections import Section
from critlocus.problems.branch_locus import BranchPoints
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.solvers.protocol import Solver
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem


@dataclass(frozen=True, eq=False)
class Event:
    """A real s at which the picture changes.

    Attributes
    ----------
    s, radius : float
        The event is in ``[s - radius, s + radius]``.
    kind : str
        ``fold``: two critical points meet; ``apex``: one passes through the apex of a cone, where its index i becomes
        ``dim - 1 - i``; ``branch``: two pure points meet a spurious one; ``singular``, ``infinity``: one passes through
        a singular point of the variety, or through infinity; ``unexplained``: the labels differ.
    change : int
        Real critical points on the right minus those on the left.
    index : int
        Of a fold or branch point: the lower of the two neighbouring indices; -1 if unknown.
    certified : bool
        The isolating interval is proven to hold exactly this event.
    point, kernel : float64 arrays, shape (n,)
        The degenerate critical point z and its kernel vector (of a branch point the left one of d mu); empty for other
        events.
    """

    s: float
    radius: float
    kind: str
    change: int
    index: int
    certified: bool
    point: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    kernel: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def isolated(events: list[Event]) -> list[Event]:
    """Return events, by increasing s, with `Event.certified` told anew: boxes that meet isolate nothing."""
    apart = [e.s + e.radius < f.s - f.radius for e, f in pairwise(events)]
    return [replace(e, certified=all(apart[max(k - 1, 0) : k + 1])) for k, e in enumerate(events)]


def events_on_line(
    solver: Solver, section: Section, kind: str, p0: NDArray[np.float64], p1: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[list[Event], dict[str, int]]:  # fmt: skip
    """Return the certified real events of one kind on the whole line, and what remained open."""
    question: Any = section.question
    row, found = crossings_of_line(solver, section, p0, p1, rng)
    n = question.n
    points, radius = found.points, found.radius[:, -1]
    facts = {"complex": len(section.points), "real": len(points), "undecided": int(found.undecided[0]),
             "missing": int(found.missing[0]), "infinite": int(found.infinite[0])}  # fmt: skip
    if kind == "branch":
        return [_branch_event(question, x, r, row) for x, r in zip(points, radius, strict=True)], facts
    if kind != "fold":
        return [Event(float(x[-1]), float(r), kind, 0, -1, True, x[:n])
                for x, r in zip(points, radius, strict=True)], facts  # fmt: skip
    slope, cubic = fold_numbers(question, points, np.tile(row, (len(points), 1)))
    return [
        Event(float(x[-1]), float(r), kind, 2 if f * g < 0 else -2, -1, True, x[:n], x[n : 2 * n])
        for x, r, f, g in zip(points, radius, slope, cubic, strict=True)
    ], facts


def _branch_event(question: BranchPoints, x: NDArray[np.float64], radius: float, row: NDArray[np.complex128]) -> Event:
    n = question.n
    change = 2 * question.pair_side(x.astype(np.complex128), row)
    return Event(float(x[-1]), float(radius), "branch", change, -1, True, x[:n], x[n : 2 * n])


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
