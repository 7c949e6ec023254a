"""Linear networks with skip connections: square layers are ``h -> h + W h``, the others ``h -> W h``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from critlocus.errors import InputError
from critlocus.networks.architecture import PolynomialNetwork
from critlocus.networks.network import Network
from critlocus.networks.polynomials import Polynomial, combine
from critlocus.tape.graph import Graph

_NAME = re.compile(r"^residual:(\d+(?:-\d+)+)$")


@dataclass(frozen=True)
class Residual(PolynomialNetwork):
    """A linear network of the given widths with the identity added to every square layer.

    Raises
    ------
    InputError
        If no layer is square.
    """

    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        if not any(a == b for a, b in zip(self.widths, self.widths[1:], strict=False)):
            raise InputError(f"network {self.name!r}: no layer has as many outputs as inputs, so nothing is skipped")

    @classmethod
    def parse(cls, text: str) -> Residual:
        """Read ``residual:2-2-3``."""
        match = _NAME.match(text.strip())
        if not match:
            raise InputError(f"unknown network {text!r}: write the widths like residual:2-2-3")
        return cls(tuple(int(w) for w in match[1].split("-")))

    @property
    def name(self) -> str:
        """The name that `parse` reads."""
        return "residual:" + "-".join(map(str, self.widths))

    @cached_property
    def plain(self) -> Network:
        """The network without skip connections, which has the same weights."""
        return Network(self.widths)

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """Number of inputs."""
        return self.widths[0]

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Number of outputs."""
        return self.widths[-1]

    @property
    def n_weights(self) -> int:  # type: ignore[override]
        """Length of theta."""
        return self.plain.n_weights

    @property
    def weight_names(self) -> list[str]:
        """Names such as ``W1[0,1]``."""
        return self.plain.weight_names

    @property
    def units(self) -> list[list[int]]:
        """The weights that enter each hidden unit."""
        return self.plain.units

    def outputs(self, graph: Graph, theta: Sequence[int]) -> list[Polynomial]:
        """Return the outputs as polynomials of the inputs."""
        values, one, at = self.inputs(graph), graph.constant(1), 0
        for a, b in zip(self.widths, self.widths[1:], strict=False):
            rows = [list(theta[at + i * a : at + (i + 1) * a]) for i in range(b)]
            moved = [combine(graph, row, values) for row in rows]
            skip = [combine(graph, [one, one], [v, m]) for v, m in zip(values, moved, strict=True)] if a == b else moved
            values, at = skip, at + a * b
        return values
