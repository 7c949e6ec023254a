"""Isolated real singular points of varieties: cusps, nodes, isolated points.

They may be nearest to a target, and critical points may pass through them.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.ends import EndKind
from critlocus.problems.degenerate_locus import formal_degrees
from critlocus.solve_system import solve_system
from critlocus.tape.derivatives import pullback
from critlocus.tape.expand import expand
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.smooth_point import equation_system, relative_residual
from critlocus.varieties.variety import ImplicitVariety, ParametrizedVariety, Variety, is_parametrized

MAX_PATHS = 5_000
_ON, _REAL = 1e-7, 1e-6


def real_singular_points(
    variety: Variety, codimension: int | None = None, *, seed: int = 0, threads: int = 1
) -> NDArray[np.float64] | None:
    """Return the real singular points of a complete intersection, shape ``(K, N)``, if there are finitely many.

    Where g = 0 and some ``l.grad g`` vanishes: all complex zeros are found by a total-degree homotopy, for several
    equations of random combinations. That points are on the variety and real is numerical.

    Parameters
    ----------
    codimension : int, optional
        Default: 1.

    Returns
    -------
    float64 array or None
        None: the variety is not given by as many equations as its codimension, the zeros are not isolated, or need too
        many paths, or some path has no known end.
    """
    if is_parametrized(variety):
        return None
    equations = equation_system(variety)
    count = len(equations.equations)
    if count != (codimension or 1):
        return None
    system = _gradient(variety) if count == 1 else _dependent_gradients(variety, count, np.random.default_rng(seed))
    fixed = [system.graph.constants[node] for node in system.equations if node in system.graph.constants]
    if fixed:  # a coordinate that occurs only linearly, or not at all
        return np.zeros((0, equations.n)) if any(fixed) else None
    if prod(formal_degrees(system)) > MAX_PATHS:
        return None
    found = solve_system(system, seed=seed, threads=threads)
    if np.isin(found.kinds, (EndKind.ON_COMPONENT, EndKind.UNDECIDED)).any():
        return None
    points = np.concatenate([found.points, found.singular])[:, : equations.n]
    on = np.array([_is_singular(equations, p) for p in points], bool)
    real = np.abs(points.imag).max(axis=1, initial=0.0) <= _REAL * (1 + np.abs(points).max(axis=1, initial=0.0))
    return np.asarray(points[on & real].real)


def _gradient(variety: ImplicitVariety) -> PolynomialSystem:
    graph = Graph()
    x = [graph.variable() for _ in variety.ambient.names]
    return PolynomialSystem(graph, pullback(graph, variety.equations(graph, x), [graph.constant(1)], x))


def _dependent_gradients(variety: ImplicitVariety, count: int, rng: np.random.Generator) -> PolynomialSystem:
    """Return random combinations of ``g = 0`` and ``l.grad g = 0``, in x and all entries of l but one."""
    graph = Graph()
    x = [graph.variable() for _ in variety.ambient.names]
    free = [graph.variable() for _ in range(count - 1)]
    terms: list[Term] = [(float(c), node, NONE) for c, node in zip(rng.standard_normal(count - 1), free, strict=True)]
    own = variety.equations(graph, x)
    whole = [*own, *pullback(graph, own, [*free, graph.sum([(1.0, graph.constant(1), NONE), *terms])], x)]
    draws = rng.standard_normal((len(whole) - 1, len(whole)))
    return PolynomialSystem(
        graph, [graph.sum([(float(c), node, NONE) for c, node in zip(row, whole, strict=True)]) for row in draws]
    )


def _is_singular(equations: PolynomialSystem, x: NDArray[np.complex128]) -> bool:
    """Tell whether a point is on the variety, and the gradients are dependent there."""
    values = np.linalg.svd(equations.jacobian(x, np.zeros(0)), compute_uv=False)
    size = max(1.0, float(np.abs(x).max()))
    return relative_residual(equations, x) <= _ON and bool(values[-1] <= 1e-5 * max(1.0, float(values[0])) * size)


def is_ordinary_node(variety: ImplicitVariety, x: NDArray[np.float64]) -> bool:
    """Tell whether a singular point of a plane curve is a simple crossing of two branches, or an isolated point.

    Critical points do not change there: they go along one of the branches, or there are none.
    """
    if len(x) != 2:
        return False
    hessian = _gradient(variety).jacobian(x.astype(np.complex128), np.zeros(0)).real
    values = np.linalg.svd(hessian, compute_uv=False)
    return bool(values[-1] > 1e-6 * max(1.0, float(values[0])))


def is_immersed_curve(variety: ParametrizedVariety) -> bool:
    """Tell whether a variety is a curve with one parameter whose derivative vanishes for no real value of it."""
    if variety.n_weights != 1:
        return False
    graph = Graph()
    t = graph.variable()
    derivatives = []
    for polynomial in expand(graph, variety.mu(graph, [t]), []):
        slope = np.zeros(1 + max((e for (e,) in polynomial), default=0), np.complex128)
        for (e,), c in polynomial.items():
            if e:
                slope[e - 1] = e * c
        derivatives.append(np.trim_zeros(slope[::-1], "f"))
    first = min((d for d in derivatives if len(d)), key=len, default=np.zeros(0))
    roots = np.roots(first) if len(first) > 1 else np.zeros(0)
    if len(first) == 0:
        return False
    real = roots[np.abs(roots.imag) <= 1e-4 * (1 + np.abs(roots))]
    size = [np.abs(np.polyval(np.abs(d), np.abs(real))) for d in derivatives]
    small = [
        np.abs(np.polyval(d, real)) <= 1e-6 * np.maximum(s, 1e-300) for d, s in zip(derivatives, size, strict=True)
    ]
    return not bool(np.any(np.all(small, axis=0))) if len(real) else True
