"""Determinantal varieties and rank-one tensors: matrices and symmetric matrices of bounded rank, Segre varieties."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from critlocus.errors import InputError
from critlocus.tape.graph import Graph
from critlocus.varieties.variety import Ambient

MAX_ENTRIES = 400


@dataclass(frozen=True)
class RankMatrices:
    """The m x n matrices of rank at most r, as U V with U of shape (m, r) and V of shape (r, n).

    Raises
    ------
    InputError
        If r is not between 1 and min(m, n), or there are too many entries.
    """

    rows: int
    columns: int
    rank: int

    def __post_init__(self) -> None:
        if not 1 <= self.rank <= min(self.rows, self.columns) or self.rows * self.columns > MAX_ENTRIES:
            raise InputError(
                f"variety {self.name!r}: the rank must be between 1 and {min(self.rows, self.columns)}, and there may "
                f"be at most {MAX_ENTRIES} entries"
            )

    @classmethod
    def parse(cls, text: str) -> RankMatrices:
        """Read ``matrices:3x4,rank=2``."""
        match = re.match(r"^matrices:(\d+)x(\d+),(?:rank=)?(\d+)$", text.replace(" ", ""))
        if not match:
            raise InputError(f"unknown variety {text!r}: write matrices:3x4,rank=2")
        return cls(int(match[1]), int(match[2]), int(match[3]))

    @property
    def name(self) -> str:
        """The text that `parse` reads."""
        return f"matrices:{self.rows}x{self.columns},rank={self.rank}"

    @property
    def ambient(self) -> Ambient:
        """All matrices, row by row, with the Frobenius metric."""
        names = tuple(f"M[{i},{j}]" for i in range(self.rows) for j in range(self.columns))
        return Ambient(names, (1.0,) * len(names))

    @property
    def n_weights(self) -> int:
        """Entries of U and V."""
        return self.rank * (self.rows + self.columns)

    @property
    def weight_names(self) -> list[str]:
        """Names such as ``U[0,1]``; U row by row, then V."""
        left = [f"U[{i},{k}]" for i in range(self.rows) for k in range(self.rank)]
        return left + [f"V[{k},{j}]" for k in range(self.rank) for j in range(self.columns)]

    @property
    def units(self) -> list[list[int]]:
        """The columns of U."""
        return [[i * self.rank + k for i in range(self.rows)] for k in range(self.rank)]

    @property
    def last_layer(self) -> list[int]:
        """The entries of V."""
        return list(range(self.rows * self.rank, self.n_weights))

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the entries of U V."""
        m, n, r = self.rows, self.columns, self.rank
        u, v = theta[: m * r], theta[m * r :]
        return [graph.dot(u[i * r : (i + 1) * r], v[j::n]) for i in range(m) for j in range(n)]


@dataclass(frozen=True)
class SymmetricMatrices:
    """The symmetric n x n matrices of rank at most r, as ``sum_k c_k v_k v_k^T``.

    Coordinates are the entries on and above the diagonal; in the Frobenius metric the latter count twice.

    Raises
    ------
    InputError
        If r is not between 1 and n, or there are too many entries.
    """

    size: int
    rank: int

    def __post_init__(self) -> None:
        if not 1 <= self.rank <= self.size or self.size**2 > MAX_ENTRIES:
            raise InputError(
                f"variety {self.name!r}: the rank must be between 1 and {self.size}, with at most {MAX_ENTRIES} entries"
            )

    @classmethod
    def parse(cls, text: str) -> SymmetricMatrices:
        """Read ``symmetric:3,rank=1`` (or ``symmetric:3x3,rank=1``)."""
        match = re.match(r"^symmetric:(\d+)(?:x(\d+))?,(?:rank=)?(\d+)$", text.replace(" ", ""))
        if not match or match[2] not in (None, match[1]):
            raise InputError(f"unknown variety {text!r}: write symmetric:3,rank=1")
        return cls(int(match[1]), int(match[3]))

    @property
    def name(self) -> str:
        """The text that `parse` reads."""
        return f"symmetric:{self.size},rank={self.rank}"

    @property
    def _entries(self) -> list[tuple[int, int]]:
        return [(i, j) for i in range(self.size) for j in range(i, self.size)]

    @property
    def ambient(self) -> Ambient:
        """Symmetric matrices."""
        names = tuple(f"M[{i},{j}]" for i, j in self._entries)
        return Ambient(names, tuple(1.0 if i == j else 2.0 for i, j in self._entries))

    @property
    def n_weights(self) -> int:
        """Entries of the v_k, and the c_k."""
        return self.rank * (self.size + 1)

    @property
    def weight_names(self) -> list[str]:
        """Names such as ``v1[0]``, then ``c1``."""
        vectors = [f"v{k + 1}[{i}]" for k in range(self.rank) for i in range(self.size)]
        return vectors + [f"c{k + 1}" for k in range(self.rank)]

    @property
    def units(self) -> list[list[int]]:
        """The vectors v_k."""
        return [list(range(k * self.size, (k + 1) * self.size)) for k in range(self.rank)]

    @property
    def last_layer(self) -> list[int]:
        """The c_k."""
        return list(range(self.rank * self.size, self.n_weights))

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the entries on and above the diagonal."""
        n, r = self.size, self.rank
        vectors = [theta[k * n : (k + 1) * n] for k in range(r)]
        scaled = [[graph.product(c, v) for v in row] for c, row in zip(theta[r * n :], vectors, strict=True)]
        return [graph.dot([s[i] for s in scaled], [v[j] for v in vectors]) for i, j in self._entries]


@dataclass(frozen=True)
class RankOneTensors:
    """The tensors ``a_1 x a_2 x ... x a_d`` of a format: the cone over a Segre variety.

    Raises
    ------
    InputError
        If there are fewer than two factors, or too many entries.
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.shape) < 2 or min(self.shape) < 1 or prod(self.shape) > MAX_ENTRIES:
            raise InputError(f"variety {self.name!r}: at least two factors, and at most {MAX_ENTRIES} entries in all")

    @classmethod
    def parse(cls, text: str) -> RankOneTensors:
        """Read ``segre:2x2x3``: tensors of format 2 x 2 x 3."""
        match = re.match(r"^segre:(\d+(?:x\d+)+)$", text.replace(" ", ""))
        if not match:
            raise InputError(f"unknown variety {text!r}: write segre:2x2x3")
        return cls(tuple(int(v) for v in match[1].split("x")))

    @property
    def name(self) -> str:
        """The text that `parse` reads."""
        return "segre:" + "x".join(map(str, self.shape))

    @property
    def _indices(self) -> list[tuple[int, ...]]:
        return list(product(*(range(n) for n in self.shape)))

    @property
    def ambient(self) -> Ambient:
        """All tensors of the format."""
        names = tuple(f"T[{','.join(map(str, index))}]" for index in self._indices)
        return Ambient(names, (1.0,) * len(names))

    @property
    def n_weights(self) -> int:
        """Entries of all factors."""
        return sum(self.shape)

    @property
    def weight_names(self) -> list[str]:
        """Names such as ``a1[0]``."""
        return [f"a{k}[{i}]" for k, n in enumerate(self.shape, start=1) for i in range(n)]

    @cached_property
    def _offsets(self) -> list[int]:
        return [sum(self.shape[:k]) for k in range(len(self.shape))]

    @property
    def units(self) -> list[list[int]]:
        """The factors but the last."""
        return [list(range(at, at + n)) for at, n in zip(self._offsets[:-1], self.shape, strict=False)]

    @property
    def last_layer(self) -> list[int]:
        """The last factor."""
        return list(range(self._offsets[-1], self.n_weights))

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the entries."""
        found = []
        for index in self._indices:
            node = theta[index[0]]
            for at, i in zip(self._offsets[1:], index[1:], strict=True):
                node = graph.product(node, theta[at + i])
            found.append(node)
        return found
