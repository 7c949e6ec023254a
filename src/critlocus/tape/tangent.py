"""The differential of polynomials at a point by dense forward mode, numerically or exactly mod a prime.

Reference: Griewank & Walther, *Evaluating Derivatives* (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.modular import residue
from critlocus.tape.graph import NONE, Graph


def differential(
    graph: Graph, outputs: Sequence[int], point: NDArray[Any], prime: int | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return values and Jacobian of nodes of a graph without parameters at a point.

    Parameters
    ----------
    outputs : sequence of int, length N
    point : array, shape (n,)
        One number per variable: real, complex, or integers between 0 and `prime`.
    prime : int, optional
        Below 2^31; all constants of the graph must be real.

    Returns
    -------
    arrays of the dtype of `point`, shapes (N,) and (N, n)
        Mod `prime` if one is given.
    """
    n = len(graph.variables)
    dtype = np.dtype(np.int64) if prime else np.result_type(point, np.float64)
    value: dict[int, Any] = dict(zip(graph.variables, point.tolist(), strict=True))
    slope: dict[int, NDArray[Any]] = dict(zip(graph.variables, np.eye(n, dtype=dtype), strict=True))
    still = np.zeros(n, dtype)  # constants have no slope
    for node, constant in graph.constants.items():
        value[node] = residue(constant, prime).value if prime else _number(constant, dtype)
    coefficient: dict[float, Any] = {}
    for node in graph.reachable(outputs):
        total: Any = 0
        row = np.zeros(n, dtype)
        for c, a, b in graph.sums[node]:
            if c not in coefficient:
                coefficient[c] = residue(c, prime).value if prime else c
            k = coefficient[c]
            if b == NONE:
                total += k * value[a]
                row += _times(k, slope.get(a, still), prime)
            else:
                left, right = k * value[a], k * value[b]
                total += left * value[b]
                row += _times(left, slope.get(b, still), prime) + _times(right, slope.get(a, still), prime)
            if prime:
                row %= prime
        value[node], slope[node] = (total % prime if prime else total), row
    values = np.array([value[o] for o in outputs], dtype)
    return values, np.array([slope.get(o, still) for o in outputs], dtype).reshape(len(outputs), n)


def _times(factor: Any, row: NDArray[Any], prime: int | None) -> Any:
    """Return ``factor * row``; products of residues stay below 2^62."""
    return row * (factor % prime) % prime if prime else row * factor


def _number(constant: complex, dtype: np.dtype[Any]) -> Any:
    return constant if dtype.kind == "c" else complex(constant).real
