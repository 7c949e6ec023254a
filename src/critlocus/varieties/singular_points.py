"""Isolated singular points of hypersurfaces: cusps, nodes, isolated real points, which may be nearest to a target."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.ends import EndKind
from critlocus.problems.degenerate_locus import formal_degrees
from critlocus.solve_system import solve_system
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.smooth_point import equation_system, relative_residual
from critlocus.varieties.variety import Variety, is_parametrized

MAX_PATHS = 5_000
_ON, _REAL = 1e-7, 1e-6


def real_singular_points(variety: Variety, *, seed: int = 0, threads: int = 1) -> NDArray[np.float64] | None:
    """Return the real singular points of a hypersurface, shape ``(K, N)``, if there are finitely many.

    All complex zeros of the gradient are found by a total-degree homotopy; those on the variety are singular. That they
    are on it and real is numerical.

    Returns
    -------
    float64 array or None
        None: the variety is no hypersurface given by one equation, its gradient has zeros that are not isolated, or too
        many paths, or some path has no known end.
    """
    if is_parametrized(variety):
        return None
    equations = equation_system(variety)
    if len(equations.equations) != 1:
        return None
    graph = Graph()
    x = [graph.variable() for _ in variety.ambient.names]
    gradient = PolynomialSystem(graph, pullback(graph, variety.equations(graph, x), [graph.constant(1)], x))
    if any(node in graph.constants for node in gradient.equations):
        constants = [graph.constants.get(node, 0.0) for node in gradient.equations]
        return np.zeros((0, len(x))) if any(constants) else None  # a cylinder, or a linear form
    if prod(formal_degrees(gradient)) > MAX_PATHS:
        return None
    found = solve_system(gradient, seed=seed, threads=threads)
    if np.isin(found.kinds, (EndKind.ON_COMPONENT, EndKind.UNDECIDED)).any():
        return None
    points = np.concatenate([found.points, found.singular])
    on = np.array([relative_residual(equations, p) <= _ON for p in points], bool)
    real = np.abs(points.imag).max(axis=1, initial=0.0) <= _REAL * (1 + np.abs(points).max(axis=1, initial=0.0))
    return np.asarray(points[on & real].real)
