"""Exact arithmetic over a prime field, for ranks and identities that floating point cannot decide."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import Graph

PRIMES = (2**31 - 1, 2**31 - 19, 2**31 - 61)
PRIME = PRIMES[0]


def modular_rank(matrix: NDArray[np.int64], prime: int = PRIME) -> int:
    """Return the rank mod `prime` (below 2^31) of an integer matrix; never above the rank over the rationals."""
    return len(modular_pivots(matrix, prime))


def modular_pivots(matrix: NDArray[np.int64], prime: int = PRIME) -> list[int]:
    """Return the columns that do not depend on those before them, mod `prime` (below 2^31)."""
    a = np.array(matrix, dtype=np.int64) % prime
    pivots: list[int] = []
    for column in range(a.shape[1]):
        rank = len(pivots)
        if rank == a.shape[0]:
            break
        rows = np.flatnonzero(a[rank:, column])
        if len(rows) == 0:
            continue
        pivot = rank + int(rows[0])
        a[[rank, pivot]] = a[[pivot, rank]]
        a[rank] = a[rank] * pow(int(a[rank, column]), -1, prime) % prime
        below = rank + 1 + np.flatnonzero(a[rank + 1 :, column])
        a[below] = (a[below] - a[below, column][:, None] * a[rank][None, :]) % prime
        pivots.append(column)
    return pivots


class Residue:
    """A number mod a prime."""

    __slots__ = ("prime", "value")

    def __init__(self, value: int, prime: int = PRIME) -> None:
        self.value, self.prime = value % prime, prime

    def __add__(self, other: Residue) -> Residue:
        return Residue(self.value + other.value, self.prime)

    def __mul__(self, other: Residue) -> Residue:
        return Residue(self.value * other.value, self.prime)


def residue(constant: complex, prime: int = PRIME) -> Residue:
    """Return a real constant (exactly the double) mod a prime."""
    value = complex(constant)
    if value.imag != 0:
        raise ValueError("a system with complex constants has no reduction mod a prime")
    exact = Fraction(value.real)
    return Residue(exact.numerator * pow(exact.denominator, -1, prime), prime)


def evaluate_mod(graph: Graph, outputs: Sequence[int], x: Sequence[int], p: Sequence[int]) -> list[int]:
    """Evaluate nodes of an expression graph mod PRIME at integer values of variables and parameters."""
    values = evaluate(graph, outputs, [Residue(v) for v in x], [Residue(v) for v in p], residue)
    return [v.value for v in values]
