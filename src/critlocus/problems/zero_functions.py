"""Critical points at which the last layer vanishes: they represent the zero function, and are no points of the cone.

With c = 0 the gradient by all other weights is 0, and the gradient by c is ``-M(t)^T b`` with ``mu = M(t) c``: as many
equations, linear in b, as there are weights in the last layer.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import ParametrizedDistance
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.tape.transplant import transplant


class ZeroFunctions:
    """The family of these systems, with the parameters of a given family.

    Parameters
    ----------
    family : ParametrizedDistance
    """

    def __init__(self, family: ParametrizedDistance) -> None:
        self.family = family
        layer = family.variety.last_layer
        inside = np.abs(family.chart.basis[layer]).sum(axis=0) > 0
        self.last = np.flatnonzero(inside)
        self.rest = np.flatnonzero(~inside)
        alone = not np.any(family.chart.basis[np.setdiff1d(np.arange(family.variety.n_weights), layer)][:, self.last])
        fixed = bool(layer) and bool(np.any(family.chart.offset[layer]))
        self.in_chart = bool(layer) and alone and not fixed

    @property
    def status(self) -> str:
        """``finite``, ``none`` (more equations than unknowns), ``infinite`` (fewer), or ``not in the chart``."""
        if not self.in_chart:
            return "not in the chart"
        equations = len(self.system.equations)
        return "finite" if equations == len(self.rest) else "none" if equations > len(self.rest) else "infinite"

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations in the chart's coordinates outside the last layer."""
        graph = Graph()
        zero = graph.constant(0)
        z = [zero] * self.family.n_unknowns
        for k in self.rest.tolist():
            z[k] = graph.variable()
        parameters = [graph.parameter() for _ in range(self.family.n_params)]
        equations = transplant(self.family.system, graph, z, parameters)
        return PolynomialSystem(graph, [equations[k] for k in self.last.tolist()])

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return random weights, and parameters with a random b in the kernel of M^T."""
        t = complex_normal(rng, (len(self.rest),))
        parameters = self.family.random_parameters(rng)
        m = self.family.functions.jacobian(self.embed(t), np.zeros(0))[:, self.last]
        b = parameters[self.family.n_form :]
        parameters[self.family.n_form :] = b - m.conj() @ np.linalg.lstsq(m.T @ m.conj(), m.T @ b, rcond=None)[0]
        return t, parameters

    def embed(self, t: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return all unknowns, shape ``(..., n_unknowns)``."""
        z = np.zeros((*t.shape[:-1], self.family.n_unknowns), np.complex128)
        z[..., self.rest] = t
        return z
