"""What every kind of network offers: its function as polynomials of the inputs, with coefficients over the weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.networks.polynomials import Exponents, Polynomial, evaluate_polynomials
from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import Graph


class Architecture(Protocol):
    """A network: weights theta -> polynomial function of the inputs."""

    @property
    def name(self) -> str:
        """The text that names it on the command line."""
        ...

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        ...

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        ...

    @property
    def n_weights(self) -> int:
        """Length of theta."""
        ...

    @property
    def weight_names(self) -> list[str]:
        """One name per entry of theta, layer by layer; the function is affine in the last layer."""
        ...

    @property
    def units(self) -> list[list[int]]:
        """Groups of weights (those that enter a unit) that charts of the gauge may mix."""
        ...

    @property
    def input_monomials(self) -> list[Exponents]:
        """Monomials of the inputs whose coefficients are the coordinates in function space."""
        ...

    def parametrisation(self, graph: Graph, theta: Sequence[int]) -> list[list[int]]:
        """Return mu(theta): for every output the nodes of its coefficients."""
        ...


class PolynomialNetwork:
    """Base of kinds of networks that say only how the outputs are made, as polynomials of the inputs."""

    n_inputs: int
    n_outputs: int
    n_weights: int
    _monomials: list[Exponents] | None = None

    def outputs(self, graph: Graph, theta: Sequence[int]) -> list[Polynomial]:
        """Return the outputs over the nodes of the weights."""
        raise NotImplementedError

    def inputs(self, graph: Graph) -> list[Polynomial]:
        """Return the inputs as polynomials."""
        one = graph.constant(1)
        return [{tuple(int(i == j) for j in range(self.n_inputs)): one} for i in range(self.n_inputs)]

    @property
    def input_monomials(self) -> list[Exponents]:
        """Monomials that occur in the outputs, of highest degree first."""
        if self._monomials is None:
            graph = Graph()
            found = self.outputs(graph, [graph.variable() for _ in range(self.n_weights)])
            exponents = {e for output in found for e, node in output.items() if not graph.is_zero(node)}
            order = sorted(exponents, key=lambda e: (sum(e), e), reverse=True)
            object.__setattr__(self, "_monomials", order)
            return order
        return self._monomials

    def parametrisation(self, graph: Graph, theta: Sequence[int]) -> list[list[int]]:
        """Return mu(theta): for every output the nodes of its coefficients, in the order of `input_monomials`."""
        zero = graph.constant(0)
        return [[output.get(e, zero) for e in self.input_monomials] for output in self.outputs(graph, theta)]

    def __call__(self, theta: NDArray[Any], inputs: NDArray[Any]) -> NDArray[Any]:
        """Evaluate: theta ``(..., n_weights)``, inputs ``(m, n_inputs)`` -> ``(..., m, n_outputs)``."""
        graph = Graph()
        nodes = self.parametrisation(graph, [graph.variable() for _ in range(self.n_weights)])
        theta = np.asarray(theta)
        flat = [node for output in nodes for node in output]
        number = complex if np.iscomplexobj(theta) else _real
        values = evaluate(graph, flat, list(np.moveaxis(theta, -1, 0)), [], number)
        shape = theta.shape[:-1]
        stacked = np.stack([np.broadcast_to(v, shape) for v in values], axis=-1)
        coefficients = stacked.reshape(*shape, self.n_outputs, len(self.input_monomials))
        return evaluate_polynomials(coefficients, self.input_monomials, np.asarray(inputs))


def _real(value: complex) -> float:
    return complex(value).real
