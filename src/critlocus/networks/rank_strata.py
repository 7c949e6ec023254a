"""Strata of the weights of a linear network: the ranks of all products of consecutive layers.

The matrices (W_1, ..., W_L) are a representation of the linearly oriented quiver of type A_(L+1). Two of them are
equal up to changes of basis of all layers exactly if the ranks r(i, j) of all products ``W_j ... W_(i+1)`` are
(Abeasis & Del Fra, 1980; Gabriel). So every stratum of fixed ranks is one orbit of a connected group: irreducible and
smooth, and there are finitely many. The rank of d mu is constant on it: d mu is the sum over l of all
``W_L ... W_(l+1) A W_(l-1) ... W_1``, and both outer products form flags (Trager, Kohn & Bruna, 2020, th. 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.networks.network import Network

MAX_STRATA = 5000
Intervals = tuple[tuple[int, int, int], ...]
"""Triples (first layer, last layer, multiplicity): strings of basis vectors that are mapped to one another."""


@dataclass(frozen=True)
class RankStratum:
    """All weights of a linear network with given ranks.

    Attributes
    ----------
    network : Network
    intervals : tuple
        The indecomposable summands: (i, j, m) stands for m strings of vectors that begin in layer i and end in layer j.
    """

    network: Network
    intervals: Intervals

    def rank(self, i: int, j: int) -> int:
        """Return the rank of the product of the matrices from layer i to layer j >= i."""
        return sum(m for a, b, m in self.intervals if a <= i and b >= j)

    @property
    def layers(self) -> int:
        """Number L of matrices."""
        return len(self.network.widths) - 1

    @property
    def function_rank(self) -> int:
        """Rank of the product of all matrices."""
        return self.rank(0, self.layers)

    @property
    def name(self) -> str:
        """Ranks of the matrices, and in brackets those of longer products, shorter ones first."""
        layers = self.layers
        parts = [
            ",".join(str(self.rank(i, i + step)) for i in range(layers + 1 - step)) for step in range(1, layers + 1)
        ]
        return parts[0] + "".join(f" [{part}]" for part in parts[1:])

    @cached_property
    def dimension(self) -> int:
        """Dimension of the orbit: that of the group minus that of the stabiliser, which is End of the representation.

        Between two strings (a, b) and (c, d) there is a map, up to scale one, exactly if ``c <= a <= d <= b``.
        """
        homs = sum(m * k for a, b, m in self.intervals for c, d, k in self.intervals if c <= a <= d <= b)
        return sum(w * w for w in self.network.widths) - homs

    @cached_property
    def differential_rank(self) -> int:
        """Rank of d mu on the stratum."""
        last = self.layers
        left = [0, *(self.rank(layer, last) for layer in range(1, last + 1))]
        return sum((left[k] - left[k - 1]) * self.rank(0, k - 1) for k in range(1, last + 1))

    def point(self, rng: np.random.Generator) -> NDArray[np.complex128]:
        """Return a random complex point of the stratum, shape ``(n_weights,)``."""
        bases = []
        for width in self.network.widths:
            draw = rng.standard_normal((width, width)) + 1j * rng.standard_normal((width, width))
            unitary, _ = np.linalg.qr(draw)
            bases.append(unitary * np.exp(0.2 * rng.standard_normal(width)))
        used = [0] * len(self.network.widths)
        matrices = [np.zeros((b, a)) for a, b in zip(self.network.widths, self.network.widths[1:], strict=False)]
        for i, j, m in self.intervals:
            for _ in range(m):
                for layer in range(i, j):
                    matrices[layer][used[layer + 1], used[layer]] = 1
                for layer in range(i, j + 1):
                    used[layer] += 1
        moved = [bases[k + 1] @ w @ np.linalg.inv(bases[k]) for k, w in enumerate(matrices)]
        return np.concatenate([w.ravel() for w in moved])

    def tangent(self, theta: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return an orthonormal basis of the tangent space at a point of the stratum, shape ``(n_weights, dimension)``.

        It is spanned by ``X_k W_k - W_k X_(k-1)`` for all matrices X_k of the layers.
        """
        arrays = self.network.unpack(theta)
        widths = self.network.widths
        columns = []
        for layer, width in enumerate(widths):
            for index in np.ndindex(width, width):
                x = np.zeros((width, width))
                x[index] = 1
                move = {name: np.zeros_like(w) for name, w in arrays.items()}
                if layer:
                    move[f"W{layer}"] += x @ arrays[f"W{layer}"]
                if layer < self.layers:
                    move[f"W{layer + 1}"] -= arrays[f"W{layer + 1}"] @ x
                columns.append(np.concatenate([m.ravel() for m in move.values()]))
        u, s, _ = np.linalg.svd(np.array(columns).T)
        rank = int(np.count_nonzero(s > 1e-9 * max(float(s[0]), 1e-300)))
        if rank != self.dimension:
            raise ArithmeticError(f"stratum {self.name}: tangent space of dimension {rank}, expected {self.dimension}")
        return np.asarray(u[:, :rank])


def rank_strata(network: Network) -> list[RankStratum]:
    """Return all strata of a linear network without biases, of highest dimension first.

    Raises
    ------
    InputError
        If the network is not linear, has biases, or there are too many strata.
    """
    if network.sigma.name != "linear" or network.bias:
        raise InputError(f"{network.name}: rank strata belong to linear networks without biases")
    found = []
    for intervals in _decompositions(network.widths):
        found.append(RankStratum(network, intervals))
        if len(found) > MAX_STRATA:
            raise InputError(f"{network.name}: more than {MAX_STRATA} rank strata")
    return sorted(found, key=lambda s: (-s.dimension, s.intervals))


def _decompositions(widths: tuple[int, ...]) -> Iterator[Intervals]:
    """Yield all multiplicities of intervals with the given number of vectors in every layer."""
    pairs = [(i, j) for i in range(len(widths)) for j in range(len(widths) - 1, i - 1, -1)]

    def fill(at: int, left: tuple[int, ...]) -> Iterator[Intervals]:
        if at == len(pairs):
            if not any(left):
                yield ()
            return
        i, j = pairs[at]
        most = min(left[i : j + 1])
        # The last interval that begins in layer i has to use up what is left there.
        for m in range(left[i] if j == i else 0, most + 1):
            rest = tuple(v - m if i <= k <= j else v for k, v in enumerate(left))
            for others in fill(at + 1, rest):
                yield (((i, j, m),) if m else ()) + others

    yield from fill(0, widths)
