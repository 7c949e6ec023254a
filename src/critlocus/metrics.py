"""Metrics on function space: the quadratic form Q of ``1/2 |mu - u|_Q^2``.

* ``data``: mean squared error on data points; Q is made of the moments of the inputs, one equal block per output.
* ``gaussian``: the same for inputs that are standard normal (the whole population).
* ``frobenius``: Euclidean in the coordinates of the variety (entries of matrices, coefficients).
* ``bombieri``: coefficients weighted by inverse multinomials, invariant under rotations of the inputs.
* ``generic``: a random positive definite matrix: counts are the generic ED degree.
* a file with a symmetric matrix.

References: Draisma, Horobet, Ottaviani, Sturmfels & Thomas, *The Euclidean distance degree of an algebraic variety*
(2016); Kubjas, Li & Wiesmann, *Geometry of polynomial neural networks* (2024).
"""

from __future__ import annotations

import os
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

from critlocus.data_files import read_table
from critlocus.errors import InputError
from critlocus.losses import real_array
from critlocus.networks.polynomials import Exponents
from critlocus.varieties.variety import Ambient, Variety

METRICS = ("data", "gaussian", "frobenius", "bombieri", "generic")


def metric_matrix(ambient: Ambient, kind: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return Q, shape ``(N, N)``, for every metric but ``data``.

    Parameters
    ----------
    ambient : Ambient
    kind : str
        A name of `METRICS` or a file.
    rng : Generator
        Draws the generic metric.

    Raises
    ------
    InputError
        If the metric is unknown, or needs functions where the variety has none.
    """
    count = len(ambient)
    if kind == "frobenius":
        return np.asarray(np.diag(np.array(ambient.frobenius)))
    if kind == "generic":
        # Of condition below some 100: a Gaussian matrix of full size gave 1e8, and critical points far out with it.
        root = rng.standard_normal((count, count)) / (2 * np.sqrt(count)) + np.eye(count)
        return np.asarray(root @ root.T)
    if kind in ("bombieri", "gaussian"):
        monomials = _functions(ambient, kind)
        if kind == "bombieri":
            degree = max(sum(e) for e in monomials)
            block = np.diag([1.0 / multinomial(degree, e) for e in monomials])
        else:
            block = np.array([[gaussian_moment(_sum(a, b)) for b in monomials] for a in monomials])
        return np.asarray(np.kron(np.eye(ambient.n_outputs), block), dtype=np.float64)
    if kind == "data":
        raise ValueError("the data metric is made of moments, not of a matrix")
    return _read_matrix(kind, count)


def multinomial(degree: int, exponents: Exponents) -> int:
    """Return the multinomial coefficient of a monomial, homogenised to `degree`."""
    parts = [*exponents, degree - sum(exponents)]
    return factorial(degree) // prod(factorial(e) for e in parts)


def gaussian_moment(exponents: Exponents) -> float:
    """Return ``E[x^e]`` for independent standard normal inputs: a product of double factorials, or 0."""
    if any(e % 2 for e in exponents):
        return 0.0
    return float(prod(factorial(e) // (2 ** (e // 2) * factorial(e // 2)) for e in exponents))


def _functions(ambient: Ambient, kind: str) -> tuple[Exponents, ...]:
    if not ambient.monomials:
        raise InputError(f"metric {kind}: it belongs to functions of inputs; use frobenius, generic or a file")
    return ambient.monomials


def _sum(a: Exponents, b: Exponents) -> Exponents:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _read_matrix(path: str, count: int) -> NDArray[np.float64]:
    if not os.path.isfile(path):
        raise InputError(f"metric {path!r}: neither one of {', '.join(METRICS)} nor a file")
    matrix = real_array(read_table(path, f"metric {path}"), f"metric {path}")
    if matrix.shape != (count, count):
        raise InputError(f"metric {path}: shape {matrix.shape}, expected ({count}, {count})")
    if not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0):
        raise InputError(f"metric {path}: the matrix is not symmetric")
    if np.linalg.matrix_rank(matrix) < count:
        raise InputError(f"metric {path}: the matrix is singular")
    return (matrix + matrix.T) / 2


def definite_metric(variety: Variety, metric: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a positive definite metric, shape ``(N, N)``.

    Raises
    ------
    InputError
        If it is not positive definite, or is none of the variety's own.
    """
    if metric == "data":
        raise InputError(
            "metric data: it belongs to a loss on data; use gaussian, bombieri, frobenius, generic or a file"
        )
    q = metric_matrix(variety.ambient, metric, rng)
    if np.linalg.eigvalsh(q).min() <= 0:
        raise InputError(f"metric {metric}: it is not positive definite, so that there are no distances")
    return q
