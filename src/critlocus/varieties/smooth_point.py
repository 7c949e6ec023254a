"""Points of a variety given by equations, found by Newton's method on random affine spaces."""

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
_STEPS, _TRIES, _LOST = 100, 50, 1e6


def equation_system(variety: ImplicitVariety) -> PolynomialSystem:
    """Return the equations as a system in the coordinates, without parameters."""
    graph = Graph()
    x = [graph.variable() for _ in variety.ambient.names]
    return PolynomialSystem(graph, variety.equations(graph, x))


def relative_residual(equations: PolynomialSystem, x: NDArray[np.complex128]) -> float:
    """Return the largest value of an equation at a point, relative to its derivatives there times the coordinates.

    Where all derivatives of an equation vanish, relative to 1.
    """
    nothing = np.zeros(0)
    size = np.abs(equations.jacobian(x, nothing)) @ np.maximum(1.0, np.abs(x))
    values = np.abs(equations(x, nothing))
    return float(np.max(values / np.where(size > 1e-6, size, 1.0), initial=0.0))


def smooth_point(
    name: str, equations: PolynomialSystem, rng: np.random.Generator, codimension: int | None = None
) -> tuple[NDArray[np.complex128], int]:
    """Return a smooth point, shape ``(n,)``, on a component of largest dimension, and the codimension.

    Newton's method on random affine spaces of dimension 1, 2, ...: the first that meets the variety has its
    codimension, unless that is known.

    Raises
    ------
    InputError
        If no point is found.
    """
    nothing = np.zeros(0)
    for dimension in range(1, equations.n + 1) if codimension is None else (codimension,):
        for _ in range(_TRIES):
            base, frame = complex_normal(rng, (equations.n,)), complex_normal(rng, (equations.n, dimension))
            y = np.zeros(dimension, np.complex128)
            for _ in range(_STEPS):
                x = base + frame @ y
                step = np.linalg.lstsq(equations.jacobian(x, nothing) @ frame, equations(x, nothing), rcond=1e-12)[0]
                y = y - step
                if not np.abs(y).max() < _LOST or np.linalg.norm(step) <= 1e-15 * np.linalg.norm(y):
                    break
            if not np.abs(y).max() < _LOST:
                continue
            x = base + frame @ y
            tangent = equations.jacobian(x, nothing)
            size = np.abs(tangent).max(initial=0.0) * max(1.0, float(np.abs(x).max()))
            singular = np.linalg.svd(tangent, compute_uv=False)
            regular = np.count_nonzero(singular > 1e-8 * max(float(singular[0]), 1e-300)) == dimension
            nonreduced = size <= 1e-6  # all derivatives vanish where the equations do
            if regular and not nonreduced and np.abs(equations(x, nothing)).max() <= 1e-12 * size:
                return x, dimension
    raise InputError(f"{name}: no point of it was found by Newton's method; is it empty or nonreduced?")
