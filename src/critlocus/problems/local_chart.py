"""Distances in charts that are parameters: curves of critical points are followed from chart to chart.

A fixed affine chart of the gauge is left by almost every long curve somewhere. Around a point theta_0 the chart
``theta_0 + B t`` always works, with B an orthonormal basis of the complement of the gauge: of the kernel of d mu, or of
the derivative of whatever else tells critical points apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.distance import ParametrizedDistance
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem


class LocalDistance(ParametrizedDistance):
    """A family of distances whose parameters are those of another one, then offset and basis of the chart.

    Parameters
    ----------
    global_family : ParametrizedDistance
    """

    def __init__(self, global_family: ParametrizedDistance) -> None:
        super().__init__(global_family.variety, global_family.form, global_family.chart)
        self.global_family = global_family

    @property
    def n_chart(self) -> int:
        """Number of parameters of the chart, which come last."""
        return self.variety.n_weights * (1 + self.n_unknowns)

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return self.global_family.n_params + self.n_chart

    @property
    def moving(self) -> NDArray[np.int64]:
        """The parameters b."""
        return self.global_family.moving

    def residual(self, graph: Graph, z: Sequence[int], parameters: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the nodes of ``mu`` and of ``Q mu - b``."""
        self.use(parameters[self.global_family.n_params :])
        return super().residual(graph, z, parameters[: self.global_family.n_params])

    def use(self, nodes: Sequence[int]) -> None:
        """Set the nodes of the chart for the next call of `weights`."""
        self._nodes = list(nodes)

    def weights(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the nodes of theta in the chart whose nodes were set last."""
        count, dim = self.variety.n_weights, self.n_unknowns
        theta = []
        for k in range(count):
            row = self._nodes[count + k * dim : count + (k + 1) * dim]
            terms: list[Term] = [(1.0, self._nodes[k], NONE), *((1.0, a, b) for a, b in zip(row, z, strict=True))]
            theta.append(graph.sum(terms))
        return theta

    def identify(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the nodes by which critical points are told apart."""
        return self.global_family.identify(graph, theta)

    @cached_property
    def of_weights(self) -> PolynomialSystem:
        """The map from theta to what tells critical points apart: the gauge is the kernel of its derivative."""
        graph = Graph()
        theta = [graph.variable() for _ in range(self.variety.n_weights)]
        return PolynomialSystem(graph, self.identify(graph, theta))
