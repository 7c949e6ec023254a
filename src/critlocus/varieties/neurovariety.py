"""Neurovarieties: the closure of all functions that a network can represent, in coefficient space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from critlocus.networks.architecture import Architecture
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.varieties.variety import Ambient


@dataclass(frozen=True, eq=False)
class Neurovariety:
    """The functions of a network; coordinates are coefficients, output by output.

    Parameters
    ----------
    network : Architecture
    """

    network: Architecture

    @property
    def name(self) -> str:
        """The name of the network."""
        return self.network.name

    @cached_property
    def ambient(self) -> Ambient:
        """Coefficient space."""
        net = self.network
        names = tuple(f"y{o} {_monomial(e)}" for o in range(net.n_outputs) for e in net.input_monomials)
        return Ambient(names, (1.0,) * len(names), tuple(net.input_monomials), net.n_inputs, net.n_outputs)

    @property
    def n_weights(self) -> int:
        """Number of weights."""
        return self.network.n_weights

    @property
    def weight_names(self) -> list[str]:
        """Names of the weights."""
        return self.network.weight_names

    @property
    def units(self) -> list[list[int]]:
        """The weights that enter each unit."""
        return self.network.units

    @cached_property
    def last_layer(self) -> list[int]:
        """The weights that come last by name, if the function is linear and homogeneous in them."""
        letter = self.weight_names[-1].partition("[")[0]
        layer = [k for k, name in enumerate(self.weight_names) if name.partition("[")[0] == letter]
        graph = Graph()
        theta = [graph.variable() for _ in range(self.n_weights)]
        own = [theta[k] for k in layer]
        mu = self.mu(graph, theta)
        first = pullback(graph, mu, [graph.parameter() for _ in mu], own)
        linear = all(graph.is_zero(g) for g in pullback(graph, first, [graph.constant(1)] * len(own), own))
        zero = graph.constant(0)
        without = [zero if k in set(layer) else node for k, node in enumerate(theta)]
        homogeneous = all(graph.is_zero(node) for node in self.mu(graph, without))
        return layer if linear and homogeneous else []

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return all coefficients."""
        return [node for output in self.network.parametrisation(graph, theta) for node in output]


def _monomial(exponents: Sequence[int]) -> str:
    powers = [f"x{k}" if e == 1 else f"x{k}^{e}" for k, e in enumerate(exponents) if e]
    return "*".join(powers) or "1"
