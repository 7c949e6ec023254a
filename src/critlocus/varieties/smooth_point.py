"""Points of a variety given by equations, found by Newton's method with the pseudo-inverse from random points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.problems.critical_points import complex_normal
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.variety import ImplicitVariety

ON_VARIETY = 1e-9
"""Points with a relative residual below this count as points of the variety."""
_STEPS, _TRIES = 100, 50
_POINTS = 3


def equation_system(variety: ImplicitVariety) -> PolynomialSystem:
    """Return the equations as a system in the coordinates, without parameters."""
    graph = Graph()
    x = [graph.variable() for _ in variety.ambient.names]
    return PolynomialSystem(graph, variety.equations(graph, x))


def smooth_points(
    name: str, equations: PolynomialSystem, rng: np.random.Generator
) -> tuple[NDArray[np.complex128], int]:
    """Return a random smooth point, shape ``(n,)``, and the rank of the Jacobian, which is the codimension there.

    Raises
    ------
    InputError
        If no point of the variety can be found, or components of different dimensions meet the eye.
    """
    points = [smooth_point(name, equations, rng) for _ in range(_POINTS)]
    ranks = {jacobian_rank(equations, point) for point in points}
    if len(ranks) > 1:
        raise InputError(f"{name}: it has components of codimensions {sorted(ranks)}; give them one by one")
    return points[0], ranks.pop()


def jacobian_rank(equations: PolynomialSystem, x: NDArray[np.complex128]) -> int:
    """Return the numerical rank of the Jacobian at a point."""
    singular = np.linalg.svd(equations.jacobian(x, np.zeros(0)), compute_uv=False)
    return int(np.count_nonzero(singular > 1e-8 * singular[0]))


def relative_residual(equations: PolynomialSystem, x: NDArray[np.complex128]) -> float:
    """Return the largest value of an equation at a point, relative to its derivatives there times the coordinates.

    Where all derivatives of an equation vanish, relative to 1.
    """
    nothing = np.zeros(0)
    size = np.abs(equations.jacobian(x, nothing)) @ np.maximum(1.0, np.abs(x))
    values = np.abs(equations(x, nothing))
    return float(np.max(values / np.where(size > 1e-6, size, 1.0), initial=0.0))


def smooth_point(name: str, equations: PolynomialSystem, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Return one point, shape ``(n,)``, to full accuracy.

    Raises
    ------
    InputError
        If none is found.
    """
    nothing = np.zeros(0)
    for _ in range(_TRIES):
        x = complex_normal(rng, (equations.n,))
        for _ in range(_STEPS):
            matrix = equations.jacobian(x, nothing)
            step = np.linalg.lstsq(matrix, equations(x, nothing), rcond=1e-12)[0]
            x = x - step
            if not np.isfinite(x).all() or np.linalg.norm(step) <= 1e-15 * np.linalg.norm(x):
                break
        if not np.isfinite(x).all():
            continue
        size = np.abs(equations.jacobian(x, nothing)).max(initial=0.0) * max(1.0, float(np.abs(x).max()))
        if size > 1e-6 and np.abs(equations(x, nothing)).max() <= 1e-12 * size:
            return x
    raise InputError(f"{name}: no point of it was found by Newton's method; is it empty or nonreduced?")
