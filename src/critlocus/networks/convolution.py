"""One-dimensional convolutional networks with one channel: filters, strides, and an activation between layers.

The input is as long as the receptive field of one output: longer inputs give the same coordinates in function space.
References: Kohn, Montufar, Shahverdi & Trager, *Function space and critical points of linear convolutional networks*
(2024); Shahverdi, Marchetti & Kohn, *On the geometry and optimization of polynomial convolutional networks* (2025).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from critlocus.errors import InputError
from critlocus.networks.activation import Activation
from critlocus.networks.architecture import PolynomialNetwork
from critlocus.networks.polynomials import Polynomial, combine
from critlocus.tape.graph import Graph

MAX_INPUTS = 64
_NAME = re.compile(r"^conv:(\d+(?:/\d+)?(?:,\d+(?:/\d+)?)*)(?::(.+))?$")


@dataclass(frozen=True)
class Convolution(PolynomialNetwork):
    """Filters of sizes k_1, ..., k_L with strides s_1, ..., s_L.

    Parameters
    ----------
    filters, strides : tuples of int, of one length
    activation : str
        Applied after every layer but the last.

    Raises
    ------
    InputError
        If sizes or activation cannot be used.
    """

    filters: tuple[int, ...]
    strides: tuple[int, ...]
    activation: str = "linear"

    def __post_init__(self) -> None:
        if min(self.filters) < 1 or min(self.strides) < 1 or len(self.filters) != len(self.strides):
            raise InputError(f"network {self.name!r}: filter sizes and strides must be at least 1")
        if self.positions[0] > MAX_INPUTS or self.sigma.degree ** (len(self.filters) - 1) > MAX_INPUTS:
            raise InputError(f"network {self.name!r}: its receptive field or degree is above {MAX_INPUTS}")

    @classmethod
    def parse(cls, text: str) -> Convolution:
        """Read ``conv:3,2``, ``conv:3/2,2:x^2`` (a filter of size 3 with stride 2, one of size 2, squares between)."""
        match = _NAME.match(text.strip())
        if not match:
            raise InputError(f"unknown network {text!r}: write filters, strides and activation like conv:3/2,2:x^2")
        parts = [part.partition("/") for part in match[1].split(",")]
        sizes, strides = tuple(int(k) for k, _, _ in parts), tuple(int(s or 1) for _, _, s in parts)
        return cls(sizes, strides, match[2] or "linear")

    @property
    def name(self) -> str:
        """The name that `parse` reads."""
        layers = [f"{k}/{s}" if s != 1 else str(k) for k, s in zip(self.filters, self.strides, strict=True)]
        return "conv:" + ",".join(layers) + ("" if self.activation == "linear" else f":{self.activation}")

    @cached_property
    def sigma(self) -> Activation:
        """The activation between layers."""
        return Activation.parse(self.activation)

    @cached_property
    def positions(self) -> list[int]:
        """Length of the input and of the values after each layer."""
        found = [1]
        for k, s in zip(reversed(self.filters), reversed(self.strides), strict=True):
            found.append((found[-1] - 1) * s + k)
        return found[::-1]

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """Length of the receptive field."""
        return self.positions[0]

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """One."""
        return 1

    @property
    def n_weights(self) -> int:  # type: ignore[override]
        """Total size of the filters."""
        return sum(self.filters)

    @property
    def weight_names(self) -> list[str]:
        """Names such as ``w1[0]``."""
        return [f"w{layer}[{i}]" for layer, k in enumerate(self.filters, start=1) for i in range(k)]

    @property
    def units(self) -> list[list[int]]:
        """The filters of all layers but the last."""
        return self._layers(range(self.n_weights))[:-1]

    def outputs(self, graph: Graph, theta: Sequence[int]) -> list[Polynomial]:
        """Return the output as a polynomial of the inputs."""
        values = self.inputs(graph)
        layers = self._layers(theta)
        for layer, (weights, stride, length) in enumerate(zip(layers, self.strides, self.positions[1:], strict=True)):
            values = [combine(graph, weights, values[at * stride : at * stride + len(weights)]) for at in range(length)]
            if layer < len(layers) - 1:
                values = [self.sigma.of_polynomial(graph, v) for v in values]
        return values

    def _layers(self, theta: Sequence[int]) -> list[list[int]]:
        found, at = [], 0
        for k in self.filters:
            found.append(list(theta[at : at + k]))
            at += k
        return found
