"""Scaled coordinates: a family whose variables and equations carry scale factors as further parameters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem


def scaled_system(system: PolynomialSystem) -> PolynomialSystem:
    """Return ``e_i F_i(s_1 y_1, ..., s_n y_n; p)`` in the variables y, with parameters (p, s, e)."""
    old, graph = system.graph, Graph()
    y = [graph.variable() for _ in old.variables]
    copy = {p: graph.parameter() for p in old.parameters}
    scales = [graph.parameter() for _ in old.variables]
    factors = [graph.parameter() for _ in system.equations]
    copy.update((v, graph.product(s, yk)) for v, s, yk in zip(old.variables, scales, y, strict=True))
    copy.update((c, graph.constant(value)) for c, value in old.constants.items())
    for node in old.reachable(system.equations):
        copy[node] = graph.sum((c, copy[a], NONE if b == NONE else copy[b]) for c, a, b in old.sums[node])
    return PolynomialSystem(graph, [graph.product(e, copy[f]) for e, f in zip(factors, system.equations, strict=True)])


def equation_scales(
    system: PolynomialSystem, x: NDArray[np.complex128], p: NDArray[np.complex128], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return factors, shape ``(N, equations)``, that make the largest entry of each row of the scaled Jacobians 1.

    Parameters
    ----------
    x : complex128 array, shape (N, n)
    p : complex128 array, shape (n_params,) or (N, n_params)
    scales : float64 array, shape (N, n)
    """
    rows = np.abs(system.jacobian(x, p) * scales[:, None, :]).max(axis=2, initial=0.0)
    return np.asarray(1 / np.where(rows > 0, rows, 1.0))
