"""Fully connected networks with linear, power or polynomial activation, and their parametrisation map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.networks.activation import Activation
from critlocus.networks.polynomials import Exponents, Polynomial, add_constant, combine, monomials
from critlocus.tape.graph import NONE, Graph

MAX_WEIGHTS = 400
MAX_DEGREE = 64
MAX_MONOMIALS = 5000
_NAME = re.compile(r"^\s*(\d+(?:-\d+)+)(?::([^+]+))?(\+bias)?\s*$")


@dataclass(frozen=True)
class Network:
    """A fully connected network ``x -> W_L s(... s(W_1 x + b_1) ...) + b_L`` with a polynomial ``s``.

    Parameters
    ----------
    widths : tuple of int
        Inputs, hidden units layer by layer, outputs: at least two layers of weights.
    activation : str
        ``"linear"``, ``"x^r"`` with an integer r >= 1, or ``"poly(c0,c1,...)"``. Applied to hidden layers, not to the
        output.
    bias : bool
        Add a bias to every layer.

    Raises
    ------
    InputError
        If the widths or the activation cannot be used.

    Notes
    -----
    The weights are one vector theta: W_1 row by row, b_1 (if any), W_2, ... (`shapes` gives names and shapes).
    """

    widths: tuple[int, ...]
    activation: str = "linear"
    bias: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(int(w) for w in self.widths))
        if len(self.widths) < 3 or min(self.widths) < 1:
            raise InputError(
                f"network {self.name!r}: give the widths of inputs, hidden layers and outputs, all at least 1, "
                "for example 2-2-2"
            )
        if self.degree > MAX_DEGREE:
            raise InputError(f"network {self.name!r}: its degree {self.degree} is above the limit {MAX_DEGREE}")
        if self.n_weights > MAX_WEIGHTS:
            raise InputError(f"network {self.name!r}: {self.n_weights} weights are more than the limit {MAX_WEIGHTS}")
        if self._monomials(self.degree) > MAX_MONOMIALS:
            raise InputError(f"network {self.name!r}: its coefficients would be more than the limit {MAX_MONOMIALS}")

    def check_moments(self) -> None:
        """Raise InputError if a squared error on data would have too many moments."""
        if self._monomials(2 * self.degree) > MAX_MONOMIALS:
            raise InputError(f"network {self.name!r}: its moments would be more than the limit {MAX_MONOMIALS}")

    def _monomials(self, degree: int) -> int:
        """Return the number of monomials of the inputs of a degree (and of lower ones, if outputs have them)."""
        inputs = self.widths[0] + (0 if self.homogeneous else 1)
        return comb(inputs - 1 + degree, degree)

    @classmethod
    def parse(cls, text: str) -> Network:
        """Read a name such as ``2-2-2``, ``2-3-1:x^2`` or ``2-2-1:x^2+bias``."""
        match = _NAME.match(text)
        if not match:
            raise InputError(
                f"unknown network {text!r}: write widths and activation like 2-2-2, 2-3-1:x^2, 2-2-1:x^2+bias"
            )
        widths, activation, bias = match.groups()
        return cls(tuple(int(w) for w in widths.split("-")), activation or "linear", bool(bias))

    @property
    def name(self) -> str:
        """The name that `parse` reads."""
        activation = "" if self.activation == "linear" else f":{self.activation}"
        return "-".join(map(str, self.widths)) + activation + ("+bias" if self.bias else "")

    @cached_property
    def sigma(self) -> Activation:
        """The activation of the hidden layers."""
        return Activation.parse(self.activation)

    @cached_property
    def homogeneous(self) -> bool:
        """Whether the outputs are homogeneous polynomials of the inputs."""
        return self.sigma.is_power and not self.bias

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return self.widths[0]

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.widths[-1]

    @property
    def degree(self) -> int:
        """Degree of the network as a polynomial of its inputs: that of s to the number of hidden layers."""
        return int(self.sigma.degree ** (len(self.widths) - 2))

    @cached_property
    def shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Name and shape of every weight array, in the order in which theta holds them."""
        found: list[tuple[str, tuple[int, ...]]] = []
        for layer, (a, b) in enumerate(zip(self.widths, self.widths[1:], strict=False), start=1):
            found.append((f"W{layer}", (b, a)))
            if self.bias:
                found.append((f"b{layer}", (b,)))
        return found

    @cached_property
    def units(self) -> list[list[int]]:
        """The weights that enter each hidden unit, layer by layer."""
        index = self.unpack(np.arange(self.n_weights))
        found = []
        for layer, width in enumerate(self.widths[1:-1], start=1):
            for unit in range(width):
                own = index[f"W{layer}"][unit].tolist()
                found.append([*own, int(index[f"b{layer}"][unit])] if self.bias else own)
        return found

    @cached_property
    def n_weights(self) -> int:
        """Length of theta."""
        return sum(int(np.prod(shape)) for _, shape in self.shapes)

    @cached_property
    def weight_names(self) -> list[str]:
        """One name per entry of theta, such as ``W1[0,1]``."""
        return [f"{name}[{','.join(map(str, index))}]" for name, shape in self.shapes for index in np.ndindex(*shape)]

    def unpack(self, theta: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return views of theta (shape ``(..., n_weights)``) as arrays ``W1``, ``b1``, ... with their shapes."""
        found, at = {}, 0
        for name, shape in self.shapes:
            size = int(np.prod(shape))
            found[name] = theta[..., at : at + size].reshape(*theta.shape[:-1], *shape)
            at += size
        return found

    def __call__(self, theta: NDArray[Any], inputs: NDArray[Any]) -> NDArray[Any]:
        """Evaluate: theta ``(..., n_weights)``, inputs ``(m, n_inputs)`` -> ``(..., m, n_outputs)``."""
        arrays = self.unpack(np.asarray(theta))
        values = np.asarray(inputs)
        for layer in range(1, len(self.widths)):
            values = values @ np.swapaxes(arrays[f"W{layer}"], -1, -2)
            if self.bias:
                values = values + arrays[f"b{layer}"][..., None, :]
            if layer < len(self.widths) - 1:
                values = self.sigma(values)
        return values

    @cached_property
    def input_monomials(self) -> list[Exponents]:
        """Monomials of the inputs whose coefficients are the network's coordinates in function space."""
        return monomials(self.n_inputs, self.degree, homogeneous=self.homogeneous)

    def parametrisation(self, graph: Graph, theta: Sequence[int]) -> list[list[int]]:
        """Return mu(theta): for every output the nodes of its coefficients, in the order of `input_monomials`."""
        unit = [tuple(int(i == j) for j in range(self.n_inputs)) for i in range(self.n_inputs)]
        one = graph.constant(1)
        values: list[Polynomial] = [{e: one} for e in unit]
        for layer, (weights, bias) in enumerate(self._layers(theta)):
            values = [combine(graph, row, values) for row in weights]
            if bias:
                values = [add_constant(graph, v, b) for v, b in zip(values, bias, strict=True)]
            if layer < len(self.widths) - 2:
                values = [self.sigma.of_polynomial(graph, v) for v in values]
        zero = graph.constant(0)
        return [[v.get(e, zero) for e in self.input_monomials] for v in values]

    def forward(self, graph: Graph, theta: Sequence[int], inputs: Sequence[int]) -> list[int]:
        """Return the nodes of the outputs at one data point whose coordinates are nodes."""
        values = list(inputs)
        for layer, (weights, bias) in enumerate(self._layers(theta)):
            sums = [[(1.0, w, v) for w, v in zip(row, values, strict=True)] for row in weights]
            values = [graph.sum(terms + ([(1.0, bias[i], NONE)] if bias else [])) for i, terms in enumerate(sums)]
            if layer < len(self.widths) - 2:
                values = [self.sigma.of_node(graph, v) for v in values]
        return values

    def _layers(self, theta: Sequence[int]) -> list[tuple[list[list[int]], list[int]]]:
        arrays = self.unpack(np.asarray(theta, dtype=np.int64))
        return [
            (arrays[f"W{layer}"].tolist(), arrays[f"b{layer}"].tolist() if self.bias else [])
            for layer in range(1, len(self.widths))
        ]
