"""How far a datum may move before its critical points change: the distance to the discriminant.

On the smooth part of the discriminant the distance has finitely many complex critical points. All of them are found by
monodromy, carried to the datum and certified, so the smallest real one is the distance to the smooth part. The nearest
point may also be a cusp (or lie on the cuspidal edge): local searches on the lifted discriminant, which is smooth
there, start from certified discriminant points in random directions around the datum. For a cone the nearest datum at
which a critical point passes through the apex is ``u0 - f`` for the real critical point f nearest to the apex
(Draisma et al. 2016, thm. 5.2). The critical points of the distance to the branch locus of a network that fills its
space are the spurious critical points of the datum itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import real_solutions, unit_vector
from critlocus.chambers.sections import Section
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.distance import Distance
from critlocus.solvers.protocol import Solver
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem

Reals = NDArray[np.float64]
LINES, _STEPS = 12, 80


@dataclass(eq=False)
class Nearest:
    """The nearest point of the discriminant.

    Attributes
    ----------
    distance : float
        In the metric Q; infinite if no real point was found.
    u : float64 array, shape (N,)
        The nearest target.
    kind : {"fold", "cusp", "apex", "branch", "none"}
        What happens there.
    point : float64 array, shape (N,)
        The critical point f that is degenerate (or reaches the apex) there.
    all_distances : float64 array
        Of all certified real critical points of the distance to the smooth part, increasing.
    evidence : dict
    """

    distance: float
    u: Reals
    kind: str
    point: Reals
    all_distances: Reals
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the distance to the smooth part stands on complete solutions."""
        return bool(self.evidence["complete"])

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return {
            "distance": self.distance, "kind": self.kind, "nearest_target": self.u.tolist(),
            "critical_point": self.point.tolist(), "all_distances": self.all_distances.tolist(), **self.evidence,
        }  # fmt: skip


def nearest_degenerate(
    solver: Solver,
    section: Section | None,
    pencils: list[Section],
    critical: Reals,
    p0: Reals,
    q: Reals,
    rng: np.random.Generator,
    *,
    cone: bool,
    known: dict[str, Reals],
) -> Nearest:
    """Find the nearest discriminant point to the datum with parameters p0.

    Parameters
    ----------
    section : Section or None
        Of a `NearestDegenerate`; None without folds.
    pencils : list of Section
        The degenerate points over generic pencils: of folds, and of the branch locus.
    critical : float64 array, shape (R, n)
        The real critical points z at the datum.
    q : float64 array, shape (N, N)
        The metric.
    cone : bool
        The variety is a cone, with an apex.
    known : dict
        Targets that certified points belong to, shape (C, N), by kind: all cusps of the discriminant of a plane curve,
        or all critical points of the distance to the branch locus.
    """
    question: Any = pencils[0].question
    family: Distance = question.family
    size = len(q)
    u0 = np.linalg.solve(q, p0[family.moving])
    values, open_ = np.zeros((0, 2 * size)), {"missing": 0, "undecided": 0}
    if section is not None:
        found = real_solutions(solver, section, p0[None, :].astype(np.complex128), rng)
        own: Any = section.question
        values = own.invariants(found.points + 0j, np.zeros(0)).real.reshape(-1, 2 * size)
        open_ = {"missing": int(found.missing.sum()), "undecided": int(found.undecided.sum())}
    moves = values[:, size:]
    lengths = _lengths(moves, q)
    order = np.argsort(lengths)
    candidates: list[tuple[float, Reals, str, Reals]] = []
    for k in order[:1]:
        candidates.append((float(lengths[k]), u0 + moves[k], "fold", values[k, :size]))
    for kind, targets in known.items():
        points = targets if kind == "branch" else np.full_like(targets, np.nan)
        gaps = _lengths(targets - u0, q)
        candidates += [(float(g), u, kind, f) for g, u, f in zip(gaps, targets, points, strict=True)]
    candidates.sort(key=lambda c: c[0])
    tried, best, edge = _local_search(solver, pencils, family, p0, q, rng)
    searched = best is not None and (not candidates or best[0] < candidates[0][0] * (1 - 1e-6))
    if best is not None and searched:
        candidates.insert(0, (best[0], best[1], "cusp" if edge else "fold", best[2]))
    if cone and len(critical):
        f = family.points(critical.astype(np.complex128)).real
        norms = _lengths(f, q)
        k = int(np.argmin(norms))
        candidates.append((float(norms[k]), u0 - f[k], "apex", np.zeros(size)))
    winner = min(candidates, key=lambda c: c[0], default=(np.inf, np.full(size, np.nan), "none", np.full(size, np.nan)))
    sure = (section is None or section.complete) and not searched and not any(open_.values())
    evidence = {
        "complex_critical_points": 0 if section is None else len(section.points), "real_critical_points": len(values),
        **open_, "local_searches": tried,
        "distance_by_local_search": None if best is None else best[0],
        "basis": _basis(winner[2], sure=bool(sure), by_search=searched and winner is candidates[0]),
        "complete": bool(sure),
    }  # fmt: skip
    return Nearest(winner[0], winner[1], winner[2], winner[3], lengths[order], evidence)


def _lengths(moves: Reals, q: Reals) -> Reals:
    return np.asarray(np.sqrt(np.maximum(np.einsum("ai,ij,aj->a", moves, q, moves), 0)))


def _basis(kind: str, *, sure: bool, by_search: bool) -> str:
    """Return the evidence on which the number stands, in words."""
    if kind == "none":
        return "no real point of the discriminant was found"
    if by_search:
        return "the best of the local searches; an upper bound"
    whole = "all complex critical points of the distance" if sure else "an incomplete set of critical points"
    if kind == "apex":
        return "the real critical point nearest to the apex"
    return f"{whole}, certified; no local search found a nearer point"


def _local_search(
    solver: Solver, pencils: list[Section], family: Distance, p0: Reals, q: Reals, rng: np.random.Generator
) -> tuple[int, tuple[float, Reals, Reals] | None, bool]:
    """Minimise the distance on the lifted discriminant from its points on random lines through the datum."""
    inverse = np.linalg.inv(q).astype(np.float64)
    u0 = inverse @ p0[family.moving]
    best: tuple[float, Reals, Reals] | None = None
    edge, tried, n = False, 0, family.n_unknowns
    for pencil in pencils:
        question: Any = pencil.question
        lifted = _lifted(question)
        for x in _on_lines(solver, pencil, p0, q, rng):
            tried += 1
            end = _descend(lifted, x, p0, family, inverse)
            if end is None:
                continue
            u = inverse @ end[2 * n :]
            distance = float(np.sqrt((u - u0) @ q @ (u - u0)))
            if best is None or distance < best[0]:
                best = distance, u, family.points(end[:n].astype(np.complex128)).real
                at = p0.astype(np.complex128)
                at[family.moving] = end[2 * n :]
                edge = (
                    abs(question.cubic(end[:n].astype(np.complex128), end[n : 2 * n].astype(np.complex128), at)) < 1e-3
                )
    return tried, best, edge


def _on_lines(solver: Solver, pencil: Section, p0: Reals, q: Reals, rng: np.random.Generator) -> list[Reals]:
    """Return the points (z, v, b) of the lifted discriminant on random lines through the datum."""
    question: Any = pencil.question
    rows = []
    for _ in range(LINES):
        c, direction = unit_vector(question, rng), q @ rng.standard_normal(len(q))
        rows.append(question.row(p0 + 0j, [direction + 0j], c))
    table = np.array(rows)
    starts = real_solutions(solver, pencil, table, rng)
    data = p0[question.family.moving] + starts.points[:, -1:] * table[starts.row][:, question.slices["p1"]].real
    return list(np.concatenate([starts.points[:, :-1], data], axis=1))


def _lifted(question: DegeneratePoints) -> PolynomialSystem:
    """Return the equations of the points (z, v, b), with ``(|v|^2 - 1) / 2``."""
    graph, family, n = Graph(), question.family, question.n
    z, v = ([graph.variable() for _ in range(n)] for _ in range(2))
    b = [graph.variable() for _ in family.moving]
    parameters = [graph.parameter() for _ in range(family.n_params)]
    for i, node in zip(family.moving.tolist(), b, strict=True):
        parameters[i] = node
    equations = question.at_datum(graph, z, v, parameters)
    front = v[: family.n_kernel]
    norm = graph.sum([*((0.5, a, a) for a in front), (-0.5, graph.constant(1), NONE)])
    return PolynomialSystem(graph, [*equations, norm])


def _descend(system: PolynomialSystem, x: Reals, p: Reals, family: Distance, inverse: Reals) -> Reals | None:
    """Minimise ``(b - b0)^T Q^-1 (b - b0)`` on the lifted discriminant by damped sequential quadratic programming."""
    n = 2 * family.n_unknowns
    goal = p[family.moving]
    x = x.copy()
    x[n - family.n_unknowns : n] /= np.linalg.norm(x[n - family.n_unknowns : n][: family.n_kernel])
    damping = 1e-2

    def merit(y: Reals) -> float:
        return float((y[n:] - goal) @ inverse @ (y[n:] - goal))

    for _ in range(_STEPS):
        values, matrix = system(x, p).real, system.jacobian(x, p).real
        if not (np.isfinite(values).all() and np.isfinite(matrix).all()):
            return None
        count = len(values)
        weight = damping * np.eye(len(x))
        weight[n:, n:] += inverse
        slope = np.zeros(len(x))
        slope[n:] = inverse @ (x[n:] - goal)
        kkt = np.block([[weight, matrix.T], [matrix, np.zeros((count, count))]])
        step = np.linalg.lstsq(kkt, -np.concatenate([slope, values]), rcond=1e-13)[0][: len(x)]
        y = _onto(system, x + step, p)
        if y is None or (merit(y) > merit(x) * (1 + 1e-12) and np.abs(values).max() < 1e-9):
            damping *= 8
            if damping > 1e8:
                break
            continue
        gain = merit(x) - merit(y)
        x, damping = y, max(damping / 4, 1e-8)
        if gain <= 1e-13 * max(merit(x), 1e-300) and np.abs(values).max() < 1e-9:
            break
    return x


def _onto(system: PolynomialSystem, x: Reals, p: Reals) -> Reals | None:
    """Return the lifted discriminant's point near x, by Newton's method with the pseudo-inverse."""
    for _ in range(12):
        values, matrix = system(x, p).real, system.jacobian(x, p).real
        if not (np.isfinite(values).all() and np.isfinite(matrix).all()):
            return None
        step = np.linalg.lstsq(matrix, values, rcond=1e-13)[0]
        x = x - step
        if np.linalg.norm(step) <= 1e-12 * (1 + np.linalg.norm(x)):
            return np.asarray(x)
    return None
