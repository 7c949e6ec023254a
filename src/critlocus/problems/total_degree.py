"""Total-degree homotopy in projective space: one group of variables, start system ``z_i^d_i - c_i z_0^d_i``.

Reference: Sommese & Wampler, *The Numerical Solution of Systems of Polynomials* (2005), ch. 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from math import prod

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.projective import BLOCK, ProjectiveHomotopy, power
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem


class TotalDegree(ProjectiveHomotopy):
    """The homotopy for a square system at given parameters; see `ProjectiveHomotopy`."""

    def __init__(self, system: PolynomialSystem, parameters: NDArray[np.complex128], rng: np.random.Generator) -> None:
        super().__init__(system, parameters, (tuple(range(system.n)),), rng)
        self.constants = np.exp(2j * np.pi * rng.random(system.n))

    @property
    def paths(self) -> int:
        """Product of the degrees."""
        return prod(self.degrees[:, 0].tolist())

    def start_equations(self, graph: Graph, z: list[list[int]]) -> list[int]:
        """Return ``z_i^d_i - c_i z_0^d_i``."""
        (first, *others), equations = z[0], []
        for constant, node, degree in zip(self.constants, others, self.degrees[:, 0].tolist(), strict=True):
            right = graph.product(graph.constant(-constant), power(graph, first, degree))
            equations.append(graph.sum([(1.0, power(graph, node, degree), NONE), (1.0, right, NONE)]))
        return equations

    def starts(self) -> Iterator[NDArray[np.complex128]]:
        """Yield the tuples of roots."""
        roots = [
            c ** (1 / d) * np.exp(2j * np.pi * np.arange(d) / d)
            for c, d in zip(self.constants, self.degrees[:, 0].tolist(), strict=True)
        ]
        choices = product(*roots)
        while block := list(islice(choices, BLOCK)):
            points = np.hstack([np.ones((len(block), 1)), np.array(block)])
            yield points / (points @ self.patches[0])[:, None]
