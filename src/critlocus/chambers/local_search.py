"""Local searches for the nearest point of the discriminant: a check of what is computed by homotopy.

The discriminant is smooth when lifted to the pairs (degenerate critical point, kernel vector), also over its cuspidal
edge, so that a descent may run along it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import real_solutions, unit_vector
from critlocus.chambers.sections import Section
from critlocus.problems.branch_locus import BranchPoints
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.local_chart import LocalDistance
from critlocus.solvers.protocol import Solver
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import Chart

Reals = NDArray[np.float64]
LINES, _STEPS = 12, 80
_FLAT, _SINGULAR = 1e-7, 1e-6
_KIND = {DegeneratePoints: "fold", BranchPoints: "branch"}


@dataclass(frozen=True, eq=False)
class Candidate:
    """A point of the discriminant; see `Nearest`."""

    distance: float
    u: Reals
    kind: str
    point: Reals


def local_search(
    solver: Solver, pencils: list[Section], p0: Reals, q: Reals, rng: np.random.Generator
) -> tuple[int, Candidate | None]:
    """Minimise the distance on the lifted discriminant from its points on random lines through the datum.

    Parameters
    ----------
    pencils : list of Section
        The degenerate points over generic pencils.
    p0 : float64 array, shape (n_params,)
        The datum.
    q : float64 array, shape (N, N)
        The metric.

    Returns
    -------
    int, Candidate or None
        How many searches there were, and the nearest point that they found.
    """
    inverse = np.linalg.inv(q).astype(np.float64)
    best: Candidate | None = None
    tried = 0
    for pencil in pencils:
        question: Any = pencil.question
        family: Distance = question.family
        n, u0, lifted = family.n_unknowns, inverse @ p0[family.moving], _lifted(question)
        for x in _on_lines(solver, pencil, p0, q, rng):
            tried += 1
            end = _descend(lifted, x, p0, family, inverse)
            if end is None or not _holds(question, lifted, end, p0):
                continue
            u = inverse @ end[2 * n :]
            distance = float(np.sqrt((u - u0) @ q @ (u - u0)))
            if best is None or distance < best.distance:
                at = p0.astype(np.complex128)
                at[family.moving] = end[2 * n :]
                z, v = (part.astype(np.complex128) for part in (end[:n], end[n : 2 * n]))
                kind = "cusp" if abs(question.cubic(z, v, at)) < 1e-3 else _KIND[type(question)]
                best = Candidate(distance, u, kind, family.points(z).real)
    return tried, best


def _on_lines(solver: Solver, pencil: Section, p0: Reals, q: Reals, rng: np.random.Generator) -> list[Reals]:
    """Return the points (z, v, b) of the lifted discriminant on random lines through the datum."""
    question: Any = pencil.question
    lines = [(unit_vector(question, rng), q @ rng.standard_normal(len(q))) for _ in range(LINES)]
    table = np.array([question.row(p0 + 0j, [direction + 0j], c) for c, direction in lines])
    starts = real_solutions(solver, pencil, table, rng)
    data = p0[question.family.moving] + starts.points[:, -1:] * table[starts.row][:, question.slices["p1"]].real
    return list(np.concatenate([starts.points[:, :-1], data], axis=1))


def _holds(question: DegeneratePoints, lifted: PolynomialSystem, end: Reals, p0: Reals) -> bool:
    """Tell whether a search ended on the discriminant, and not on its way to the infinity of the chart."""
    if isinstance(question, BranchPoints):
        return bool(np.abs(lifted(end, p0)).max() <= _FLAT * (1 + np.abs(end).max()))
    family: Any = question.family
    return _is_degenerate(family, end, p0)


def _is_degenerate(family: Distance, end: Reals, p0: Reals) -> bool:
    """Tell whether the critical point at the end of a search is degenerate.

    The Hessian is looked at in a chart around the point, in which a direction on the variety has its own length.
    """
    n = family.n_unknowns
    p = p0.astype(np.complex128)
    p[family.moving] = end[2 * n :]
    z: Reals = end[:n]
    if isinstance(family, ParametrizedDistance):
        theta = family.chart.lift(z.astype(np.complex128)).real
        values, rows = np.linalg.svd(LocalDistance(family).of_weights.jacobian(theta, np.zeros(0)).real)[1:]
        if values[n - 1] < _SINGULAR * values[0]:
            return False
        family, z = ParametrizedDistance(family.variety, family.form, Chart(theta, rows[:n].T)), np.zeros(n)
    gradient, hessian = family.system(z, p), family.system.jacobian(z, p)
    size = float(np.linalg.norm(hessian, 2))
    flat = float(np.linalg.svd(hessian, compute_uv=False)[-1])
    reach = float(np.linalg.norm(family.functions(z, np.zeros(0))))
    return bool(flat <= _FLAT * size and np.linalg.norm(gradient) <= _FLAT * size * reach)


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
