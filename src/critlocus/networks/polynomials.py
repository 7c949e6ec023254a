"""Polynomials in the network's inputs whose coefficients are nodes of an expression graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.graph import NONE, Graph, Term

Exponents = tuple[int, ...]
Polynomial = dict[Exponents, int]
"""Exponents of the inputs -> node of the coefficient. Absent monomials have coefficient 0."""


def monomials(variables: int, degree: int, *, homogeneous: bool) -> list[Exponents]:
    """Return all exponents of total degree `degree`, or of degree at most `degree`, in lexicographic order."""
    found: list[Exponents] = []
    for total in [degree] if homogeneous else range(degree, -1, -1):
        for chosen in combinations_with_replacement(range(variables), total):
            found.append(tuple(chosen.count(i) for i in range(variables)))
    return found


def combine(graph: Graph, coefficients: Sequence[int], polynomials: Sequence[Polynomial]) -> Polynomial:
    """Return ``sum_j coefficients[j] * polynomials[j]``."""
    terms: dict[Exponents, list[Term]] = defaultdict(list)
    for c, polynomial in zip(coefficients, polynomials, strict=True):
        for e, node in polynomial.items():
            terms[e].append((1.0, c, node))
    return {e: graph.sum(t) for e, t in terms.items()}


def add_constant(graph: Graph, polynomial: Polynomial, constant: int) -> Polynomial:
    """Return ``polynomial + constant``."""
    if not polynomial:
        raise ValueError("an empty polynomial does not know its number of variables")
    zero = (0,) * len(next(iter(polynomial)))
    old = polynomial.get(zero)
    terms: list[Term] = [(1.0, constant, NONE)] + ([] if old is None else [(1.0, old, NONE)])
    return {**polynomial, zero: graph.sum(terms)}


def multiply(graph: Graph, p: Polynomial, q: Polynomial) -> Polynomial:
    """Return ``p * q``; every coefficient is one fused sum of products."""
    terms: dict[Exponents, list[Term]] = defaultdict(list)
    for e, a in p.items():
        for f, b in q.items():
            terms[tuple(x + y for x, y in zip(e, f, strict=True))].append((1.0, a, b))
    return {e: graph.sum(t) for e, t in terms.items()}


def power(graph: Graph, p: Polynomial, exponent: int) -> Polynomial:
    """Return ``p ** exponent`` for ``exponent >= 1`` by repeated squaring."""
    if exponent == 1:
        return p
    half = power(graph, p, exponent // 2)
    square = multiply(graph, half, half)
    return multiply(graph, square, p) if exponent % 2 else square


def evaluate_polynomials(
    coefficients: NDArray[Any], exponents: Sequence[Exponents], inputs: NDArray[Any]
) -> NDArray[Any]:
    """Evaluate at points: coefficients ``(..., outputs, monomials)``, inputs ``(m, n)`` -> ``(..., m, outputs)``."""
    table = monomial_values(exponents, inputs)
    return np.asarray(np.einsum("...om,pm->...po", coefficients, table))


def monomial_values(exponents: Sequence[Exponents], inputs: NDArray[Any]) -> NDArray[Any]:
    """Return the values of monomials at points of shape ``(m, n)``: shape ``(m, monomials)``."""
    columns = [np.prod(inputs ** np.array(e, dtype=np.int64)[None, :], axis=1) for e in exponents]
    return np.stack(columns, axis=1)
