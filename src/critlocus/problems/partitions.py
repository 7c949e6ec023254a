"""Multihomogeneous Bezout numbers, and partitions of the variables for which they are small.

The number for a partition into groups of n_1, ..., n_m variables, with equations of degrees d_ig, is the coefficient of
``a_1^n_1 ... a_m^n_m`` in the product of the linear forms ``sum_g d_ig a_g``.
Reference: Wampler, *Bezout number calculations for multi-homogeneous polynomial systems* (1992).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.projective import Groups, group_degrees
from critlocus.tape.system import PolynomialSystem

EXHAUSTIVE = 8
"""Up to so many variables all partitions are tried (4,140 of 8 variables)."""
_TERMS = 1 << 14


def bezout_number(degrees: NDArray[np.int64], sizes: Sequence[int], kind: type = object) -> int:
    """Return the multihomogeneous Bezout number.

    Parameters
    ----------
    degrees : int64 array, shape (n, groups)
        Degree of every equation in every group.
    sizes : sequence of int
        Number of variables of every group; their sum is n.
    kind : type
        ``object`` for exact integers; ``float`` is quicker.
    """
    # The product, truncated at the exponents wanted; one axis per group.
    product: NDArray[Any] = np.zeros(tuple(s + 1 for s in sizes), kind)
    product[(0,) * len(sizes)] = 1
    for row in degrees.tolist():
        grown = np.zeros_like(product)
        for g, degree in enumerate(row):
            if degree and sizes[g]:
                low, high = [slice(None)] * len(sizes), [slice(None)] * len(sizes)
                low[g], high[g] = slice(0, -1), slice(1, None)
                grown[tuple(high)] += degree * product[tuple(low)]
        product = grown
    return int(product.ravel()[-1])


def best_partition(system: PolynomialSystem) -> Groups:
    """Return a partition of the variables with a small multihomogeneous Bezout number.

    It is minimal over all partitions up to `EXHAUSTIVE` variables. With more, groups are merged in pairs, greedily,
    from single variables on, and the best partition on the way is returned: good, but perhaps not the best. The first
    merges join variables that the equations multiply least, as long as the numbers themselves take too long.
    """
    return _Search(system).best()


class _Search:
    def __init__(self, system: PolynomialSystem) -> None:
        self.n = system.n
        self.degree = cache(lambda group: group_degrees(system, [group])[:, 0])

    def best(self) -> Groups:
        options = _partitions(self.n) if self.n <= EXHAUSTIVE else self._merges()
        return min(options, key=lambda groups: (self._number(groups), len(groups)))

    def _number(self, groups: Groups) -> float:
        degrees = np.stack([self.degree(group) for group in groups], axis=1)
        return bezout_number(degrees, [len(group) for group in groups], float)

    def _merges(self) -> Iterator[Groups]:
        groups: Groups = tuple((k,) for k in range(self.n))
        while True:
            small = np.prod([len(group) + 1.0 for group in groups]) <= _TERMS
            if small:
                yield groups
            if len(groups) == 1:
                return
            cost = self._number if small else self._products
            groups = min((_merged(groups, a, b) for a, b in combinations(groups, 2)), key=cost)

    def _products(self, groups: Groups) -> float:
        """By how much the degrees in the last group, which was just merged, exceed those of its variables."""
        *_, group = groups
        return float((self.degree(group) - np.max([self.degree((k,)) for k in group], axis=0)).sum())


def _merged(groups: Groups, a: tuple[int, ...], b: tuple[int, ...]) -> Groups:
    return (*(group for group in groups if group not in (a, b)), tuple(sorted((*a, *b))))


def _partitions(n: int) -> Iterator[Groups]:
    """Yield all set partitions of 0, ..., n - 1."""
    if n == 0:
        yield ()
        return
    for groups in _partitions(n - 1):
        for k, group in enumerate(groups):
            yield (*groups[:k], (*group, n - 1), *groups[k + 1 :])
        yield (*groups, (n - 1,))
