"""Local searches for the nearest point of the discriminant: a check of what is computed by homotopy.

The discriminant is smooth when lifted to the pairs (degenerate critical point, kernel vector), also over its cuspidal
edge, so that a descent may run along it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import real_solutions
from critlocus.chambers.sections import Section
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.local_chart import LocalDistance
from critlocus.solvers.protocol import Solver
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import Chart

Reals = NDArray[np.float64]
LINES, _STEPS = 12, 80
_FLAT, _SINGULAR = 1e-7, 1e-6


@dataclass(frozen=True, eq=False)
class Candidate:
    """A point of the discriminant; see `Nearest`."""

    distance: float
    u: Reals
    kind: str
    point: Reals


def local_search(
    solver: Solver, pencil: Section, p0: Reals, q: Reals, rng: np.random.Generator
) -> tuple[int, Candidate | None]:
    """Minimise the distance on the lifted discriminant from its points on random lines through the datum.

    Parameters
    ----------
    pencil : Section
        The degenerate points over a generic pencil.
    p0 : float64 array, shape (n_params,)
        The datum.
    q : float64 array, shape (N, N)
        The metric.

    Returns
    -------
    int, Candidate or None
        How many searches there were, and the nearest point that they found.
    """
    question: Any = pencil.question
    family: Distance = question.family
    n, size = family.n_unknowns, len(q)
    rows = []
    for _ in range(LINES):
        c = rng.standard_normal(family.n_kernel)
        direction = q @ rng.standard_normal(size)
        rows.append(question.row(p0 + 0j, [direction + 0j], c / np.linalg.norm(c) + 0j))
    table = np.array(rows)
    starts = real_solutions(solver, pencil, table, rng)
    system, cubic = _lifted(family)
    inverse = np.linalg.inv(q).astype(np.float64)
    u0 = inverse @ p0[family.moving]
    best: Candidate | None = None
    for x, k in zip(starts.points, starts.row, strict=True):
        b = (p0[family.moving] + x[2 * n] * table[k, question.slices["p1"]].real).astype(float)
        end = _descend(system, np.concatenate([x[: 2 * n], b]), p0, family, inverse)
        if end is None or not _is_degenerate(family, end, p0):
            continue
        u = inverse @ end[2 * n :]
        distance = float(np.sqrt((u - u0) @ q @ (u - u0)))
        if best is None or distance < best.distance:
            kind = "cusp" if abs(float(cubic(end, p0).real[0])) < 1e-3 else "fold"
            best = Candidate(distance, u, kind, family.points(end[:n].astype(np.complex128)).real)
    return len(starts.points), best


def _is_degenerate(family: Distance, end: Reals, p0: Reals) -> bool:
    """Tell whether a search ended at a degenerate critical point: not on its way to the infinity of the chart.

    The Hessian is looked at in a chart around the point, in which a direction on the variety has its own length.
    """
    n = family.n_unknowns
    p = p0.astype(np.complex128)
    p[family.moving] = end[2 * n :]
    z: Reals = end[:n]
    if isinstance(family, ParametrizedDistance):
        theta = family.chart.lift(z.astype(np.complex128)).real
        values, rows = np.linalg.svd(LocalDistance(family).mu.jacobian(theta, np.zeros(0)).real)[1:]
        if values[n - 1] < _SINGULAR * values[0]:
            return False
        family, z = ParametrizedDistance(family.variety, family.form, Chart(theta, rows[:n].T)), np.zeros(n)
    gradient, hessian = family.system(z, p), family.system.jacobian(z, p)
    size = float(np.linalg.norm(hessian, 2))
    flat = float(np.linalg.svd(hessian, compute_uv=False)[-1])
    reach = float(np.linalg.norm(family.functions(z, np.zeros(0))))
    return bool(flat <= _FLAT * size and np.linalg.norm(gradient) <= _FLAT * size * reach)


def _lifted(family: Distance) -> tuple[PolynomialSystem, PolynomialSystem]:
    """Return (F, H v, (|v|^2 - 1)/2) in (z, v, b), and ``D^3[v, v, v]``."""
    graph, n = Graph(), family.n_unknowns
    z, v = ([graph.variable() for _ in range(n)] for _ in range(2))
    b = [graph.variable() for _ in family.moving]
    parameters = [graph.parameter() for _ in range(family.n_params)]
    for i, node in zip(family.moving.tolist(), b, strict=True):
        parameters[i] = node
    gradient = family.equations(graph, z, parameters)
    kernel = pullback(graph, gradient, v, z)
    front = v[: family.n_kernel]
    norm = graph.sum([*((0.5, a, a) for a in front), (-0.5, graph.constant(1), NONE)])
    cubic = graph.dot(pullback(graph, [graph.dot(v, kernel)], [graph.constant(1)], z), v)
    return PolynomialSystem(graph, [*gradient, *kernel, norm]), PolynomialSystem(graph, [cubic])


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
