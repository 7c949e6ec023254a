"""Newton's method in NumPy on many points at once: an engine's ends are judged by this, not by its own word."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.derivatives import jacobian
from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem

MAX_STEPS = 8
SETTLED = 1e-14
"""A Newton update this small, relative to the point, is rounding."""
TINY = 1e-6
"""Points shorter than this count as this long: the origin is a solution like others."""
NEAR = 1e-4
ACCURATE = 1e-8
REGULAR = 1e13
"""Limits for a regular solution, as in the native core: first update, last update, condition number."""
ISOLATED = 0.25
ROUNDING = 4 * np.finfo(np.float64).eps

Points = NDArray[np.complex128]
Reals = NDArray[np.float64]


@dataclass(eq=False)
class Refined:
    """Points after Newton's method.

    Attributes
    ----------
    points : complex128 array, shape (N, n)
    first, accuracy : float64 arrays, shape (N,)
        Sizes of the first and the last update, relative to the point; infinite where a step could not be made.
    condition : float64 array, shape (N,)
        Condition number of the Jacobian, in the 2-norm.
    variation : float64 array, shape (N,)
        Relative change of the Jacobian over the distance by which the point may be wrong (the last update, or what
        rounding in F does): it is small at a regular solution, and about 1 at a double one, however close the point.
    """

    points: Points
    first: Reals
    accuracy: Reals
    condition: Reals
    variation: Reals

    @property
    def regular(self) -> NDArray[np.bool_]:
        """Mask of the points that have become a regular solution, isolated as far as double precision can tell."""
        return (self.accuracy <= ACCURATE) & (self.condition < REGULAR) & (self.variation <= ISOLATED)


def refine(system: PolynomialSystem, points: Points, parameters: Points) -> Refined:
    """Apply Newton's method to every row of `points` until its update is rounding.

    Parameters
    ----------
    points : complex128 array, shape (N, n)
    parameters : complex128 array, shape (N, n_params)
        One row per point.
    """
    done = Refined(points.copy(), *(np.full(len(points), np.inf) for _ in range(4)))
    rows = np.flatnonzero(np.isfinite(points).all(axis=1))
    for step in range(MAX_STEPS):
        if len(rows) == 0:
            break
        update, condition = _step(system, done.points[rows], parameters[rows])
        moved = done.points[rows] - update
        with np.errstate(all="ignore"):
            size = np.linalg.norm(update, axis=1) / np.maximum(np.linalg.norm(moved, axis=1), TINY)
        size = np.where(np.isnan(size), np.inf, size)
        if step == 0:
            done.first[rows] = size
        done.accuracy[rows], done.condition[rows] = size, condition
        good = np.isfinite(size)
        done.points[rows[good]] = moved[good]
        rows = rows[good & (size > SETTLED)]
    rows = np.flatnonzero(done.accuracy <= ACCURATE)
    if len(rows):
        done.variation[rows] = _variation(system, done.points[rows], parameters[rows], done.accuracy[rows])
    return done


def _step(system: PolynomialSystem, points: Points, parameters: Points) -> tuple[Points, Reals]:
    """Return the Newton updates and the condition numbers of the Jacobians."""
    values, matrices = _values(system, points, parameters)
    inverses, condition = _inverses(matrices)
    with np.errstate(all="ignore"):
        return np.einsum("nij,nj->ni", inverses, values), condition


def _variation(system: PolynomialSystem, points: Points, parameters: Points, accuracy: Reals) -> Reals:
    """Return ``|J^-1 (J(x + d) - J(x))|`` for the most uncertain direction d; see `Refined.variation`."""
    graph, equations, _ = _derivatives(system)
    terms = evaluate(graph, equations, list(np.abs(points.T)), list(np.abs(parameters.T)), abs)
    errors = ROUNDING * np.stack([np.broadcast_to(abs(e), len(points)) for e in terms], axis=1)
    _, matrices = _values(system, points, parameters)
    inverses, _ = _inverses(matrices)
    with np.errstate(all="ignore"):
        rounding = np.linalg.norm(np.einsum("nij,nj->ni", np.abs(inverses), errors), axis=1)
        size = np.maximum(np.linalg.norm(points, axis=1), TINY)
        distance = np.maximum(accuracy * size, rounding)
        weakest = np.linalg.svd(np.where(np.isfinite(matrices), matrices, 0))[2][:, -1].conj()
        _, others = _values(system, points + distance[:, None] * weakest, parameters)
        change = np.linalg.norm(np.einsum("nij,njk->nik", inverses, others - matrices), axis=(1, 2))
    return np.where(np.isnan(change), np.inf, change)


def _values(system: PolynomialSystem, points: Points, parameters: Points) -> tuple[Points, Points]:
    """Return F, shape (N, n), and its Jacobian, shape (N, n, n)."""
    count, n = points.shape
    graph, equations, entries = _derivatives(system)
    nodes = [*equations, *entries.values()]
    with np.errstate(all="ignore"):
        columns = evaluate(graph, nodes, list(points.T), list(parameters.T), complex)
    values, matrices = np.zeros((count, n), np.complex128), np.zeros((count, n, n), np.complex128)
    for i in range(n):
        values[:, i] = columns[i]
    for (i, k), column in zip(entries, columns[n:], strict=True):
        matrices[:, i, k] = column
    return values, matrices


def _inverses(matrices: Points) -> tuple[Points, Reals]:
    """Return inverses (NaN where there is none) and condition numbers."""
    inverses, condition = np.full_like(matrices, np.nan), np.full(len(matrices), np.inf)
    finite = np.isfinite(matrices).all(axis=(1, 2))
    u, s, vh = np.linalg.svd(matrices[finite])
    with np.errstate(all="ignore"):
        inverses[finite] = np.einsum("nki,nk,njk->nij", vh.conj(), 1 / s, u.conj())
        condition[finite] = s[:, 0] / s[:, -1]
    return inverses, np.where(np.isnan(condition), np.inf, condition)


def _derivatives(system: PolynomialSystem) -> tuple[Graph, list[int], dict[tuple[int, int], int]]:
    """Return a copy of the system's graph (the tape is compiled from the original), its equations and its Jacobian."""
    found = getattr(system, "_newton", None)
    if found is None:
        graph, equations = copy.deepcopy(system.graph), list(system.equations)
        found = graph, equations, jacobian(graph, equations, graph.variables)
        system._newton = found  # type: ignore[attr-defined]
    return found
