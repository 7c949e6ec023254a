"""One layer of lightning (unnormalised) self-attention: ``X -> V X (X^T K^T Q X)``, a cubic map of the tokens.

The layer treats all tokens alike, so its function is known from the output at the first token.
Reference: Henry, Marchetti & Kohn, *Geometry of lightning self-attention: identifiability and dimension* (2024).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from critlocus.errors import InputError
from critlocus.networks.architecture import PolynomialNetwork
from critlocus.networks.polynomials import Polynomial, combine, multiply
from critlocus.tape.graph import Graph

MAX_INPUTS = 24
_NAME = re.compile(r"^attention:(\d+),(\d+),(\d+)(?:,(\d+))?$")


@dataclass(frozen=True)
class Attention(PolynomialNetwork):
    """A single attention head.

    Parameters
    ----------
    dim : int
        Length d of a token.
    tokens : int
        Number t of tokens; the inputs are the tokens one after the other.
    rank : int
        Length a of keys and queries: K and Q are a x d.
    out : int
        Length of an output token: V is out x d.

    Raises
    ------
    InputError
        If a size is below 1, or there are too many inputs.
    """

    dim: int
    tokens: int
    rank: int
    out: int

    def __post_init__(self) -> None:
        if min(self.dim, self.tokens, self.rank, self.out) < 1 or self.n_inputs > MAX_INPUTS:
            raise InputError(f"network {self.name!r}: sizes must be at least 1, and at most {MAX_INPUTS} inputs in all")

    @classmethod
    def parse(cls, text: str) -> Attention:
        """Read ``attention:d,t,a`` or ``attention:d,t,a,out``."""
        match = _NAME.match(text.strip())
        if not match:
            raise InputError(f"unknown network {text!r}: write attention:d,t,a or attention:d,t,a,out, all numbers")
        d, t, a, out = (int(v) if v else 0 for v in match.groups())
        return cls(d, t, a, out if match[4] else d)

    @property
    def name(self) -> str:
        """The name that `parse` reads."""
        return f"attention:{self.dim},{self.tokens},{self.rank}" + (f",{self.out}" if self.out != self.dim else "")

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """Entries of all tokens."""
        return self.dim * self.tokens

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Entries of the first output token."""
        return self.out

    @property
    def n_weights(self) -> int:  # type: ignore[override]
        """Entries of K, Q and V."""
        return self.dim * (2 * self.rank + self.out)

    @property
    def weight_names(self) -> list[str]:
        """Names such as ``K[0,1]``; K, then Q, then V."""
        rows = (("K", self.rank), ("Q", self.rank), ("V", self.out))
        return [f"{name}[{i},{j}]" for name, count in rows for i in range(count) for j in range(self.dim)]

    @property
    def units(self) -> list[list[int]]:
        """The rows of K and of Q."""
        return [list(range(i * self.dim, (i + 1) * self.dim)) for i in range(2 * self.rank)]

    def outputs(self, graph: Graph, theta: Sequence[int]) -> list[Polynomial]:
        """Return ``sum_s V x_s <K x_s, Q x_1>`` as polynomials of the tokens."""
        values = self.inputs(graph)
        rows = [list(theta[i * self.dim : (i + 1) * self.dim]) for i in range(2 * self.rank + self.out)]
        one = graph.constant(1)
        tokens = [values[s * self.dim : (s + 1) * self.dim] for s in range(self.tokens)]
        queries = [combine(graph, row, tokens[0]) for row in rows[self.rank : 2 * self.rank]]
        scores = []
        for token in tokens:
            keys = [combine(graph, row, token) for row in rows[: self.rank]]
            products = [multiply(graph, k, q) for k, q in zip(keys, queries, strict=True)]
            scores.append(combine(graph, [one] * self.rank, products))
        mixed = []  # the sum of the tokens times their scores first, so that V enters last
        for j in range(self.dim):
            parts = [multiply(graph, score, token[j]) for score, token in zip(scores, tokens, strict=True)]
            mixed.append(combine(graph, [one] * self.tokens, parts))
        return [combine(graph, row, mixed) for row in rows[2 * self.rank :]]
