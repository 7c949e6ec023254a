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
ACCURATE = 1e-8
NEAR = 1e-4
REGULAR = 1e13
"""Limits of a regular solution, the same as in the native core: last update, first update, condition number."""


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
    """

    points: NDArray[np.complex128]
    first: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    condition: NDArray[np.float64]

    @property
    def regular(self) -> NDArray[np.bool_]:
        """Mask of the points that were next to a regular solution, and are that solution now."""
        return (self.first <= NEAR) & (self.accuracy <= ACCURATE) & (self.condition < REGULAR)


def refine(system: PolynomialSystem, points: NDArray[np.complex128], parameters: NDArray[np.complex128]) -> Refined:
    """Apply Newton's method to every row of `points` until its update is rounding.

    Parameters
    ----------
    points : complex128 array, shape (N, n)
    parameters : complex128 array, shape (N, n_params)
        One row per point.
    """
    count = len(points)
    done = Refined(points.copy(), *(np.full(count, np.inf) for _ in range(3)))
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
    return done


def _step(
    system: PolynomialSystem, points: NDArray[np.complex128], parameters: NDArray[np.complex128]
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """Return the Newton updates and the condition numbers of the Jacobians."""
    count, n = points.shape
    graph, equations, entries = _derivatives(system)
    nodes = [*equations, *entries.values()]
    with np.errstate(all="ignore"):
        columns = evaluate(graph, nodes, list(points.T), list(parameters.T), complex)
    values = np.zeros((count, n), np.complex128)
    matrices = np.zeros((count, n, n), np.complex128)
    for i in range(n):
        values[:, i] = columns[i]
    for (i, k), column in zip(entries, columns[n:], strict=True):
        matrices[:, i, k] = column
    finite = np.isfinite(matrices).all(axis=(1, 2)) & np.isfinite(values).all(axis=1)
    update, condition = np.full((count, n), np.nan + 0j), np.full(count, np.inf)
    u, s, vh = np.linalg.svd(matrices[finite])
    with np.errstate(all="ignore"):
        scaled = np.einsum("nij,ni->nj", u.conj(), values[finite]) / s
        update[finite] = np.einsum("nij,ni->nj", vh.conj(), scaled)
        condition[finite] = s[:, 0] / s[:, -1]
    return update, np.where(np.isnan(condition), np.inf, condition)


def _derivatives(system: PolynomialSystem) -> tuple[Graph, list[int], dict[tuple[int, int], int]]:
    """Return a copy of the system's graph (the tape is compiled from the original), its equations and its Jacobian."""
    found = getattr(system, "_newton", None)
    if found is None:
        graph, equations = copy.deepcopy(system.graph), list(system.equations)
        found = graph, equations, jacobian(graph, equations, graph.variables)
        system._newton = found  # type: ignore[attr-defined]
    return found
