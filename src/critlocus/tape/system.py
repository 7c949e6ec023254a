"""A family of polynomial systems F(x; p) = 0, kept as an expression graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.derivatives import jacobian
from critlocus.tape.evaluate import evaluate
from critlocus.tape.graph import Graph
from critlocus.tape.program import Program, compile_program


@dataclass(eq=False)
class PolynomialSystem:
    """Equations over a graph's variables and parameters.

    Parameters
    ----------
    graph : Graph
    equations : sequence of int
        One node per equation; as many as variables, for tracking.
    symmetric : bool
        The equations are a gradient, so that the Jacobian is symmetric.
    """

    graph: Graph
    equations: Sequence[int]
    symmetric: bool = False

    @property
    def n(self) -> int:
        """Number of variables."""
        return len(self.graph.variables)

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return len(self.graph.parameters)

    @cached_property
    def program(self) -> Program:
        """The compiled tape."""
        return compile_program(self.graph, self.equations, symmetric=self.symmetric)

    @cached_property
    def derivatives(self) -> dict[tuple[int, int], int]:
        """The nodes of the nonzero entries of the Jacobian."""
        return jacobian(self.graph, self.equations, self.graph.variables)

    def jacobian(self, x: NDArray[Any], p: NDArray[Any]) -> NDArray[np.complex128]:
        """Evaluate the Jacobian: x ``(..., n)``, p ``(..., n_params)`` -> ``(..., n_equations, n)``."""
        x, p = np.asarray(x, dtype=np.complex128), np.asarray(p, dtype=np.complex128)
        shape = np.broadcast_shapes(x.shape[:-1], p.shape[:-1])
        matrix = np.zeros((*shape, len(self.equations), self.n), np.complex128)
        columns, parameters = list(np.moveaxis(x, -1, 0)), list(np.moveaxis(p, -1, 0))
        values = evaluate(self.graph, list(self.derivatives.values()), columns, parameters, complex)
        for (i, k), value in zip(self.derivatives, values, strict=True):
            matrix[..., i, k] = value
        return matrix

    def __call__(self, x: NDArray[Any], p: NDArray[Any]) -> NDArray[np.complex128]:
        """Evaluate F: x ``(..., n)``, p ``(..., n_params)`` -> complex128 ``(..., n_equations)``."""
        x, p = np.asarray(x, dtype=np.complex128), np.asarray(p, dtype=np.complex128)
        shape = np.broadcast_shapes(x.shape[:-1], p.shape[:-1])
        columns = evaluate(
            self.graph, self.equations, list(np.moveaxis(x, -1, 0)), list(np.moveaxis(p, -1, 0)), complex
        )
        return np.stack([np.broadcast_to(c, shape) for c in columns], axis=-1)
