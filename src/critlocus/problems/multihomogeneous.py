"""Multihomogeneous homotopy: the start system is a product of random linear forms in one group each.

Equation i of degree d_ig in group g becomes the product, over the groups, of d_ig random linear forms in the group's
homogeneous coordinates. A start point is a choice of one factor of every equation, such that each group of n_g
variables is chosen n_g times; it solves one linear system per group.
References: Morgan & Sommese, *A homotopy for solving general polynomial systems that respects m-homogeneous structures*
(1987); Wampler, *Bezout number calculations for multi-homogeneous polynomial systems* (1992).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.partitions import bezout_number
from critlocus.problems.projective import BLOCK, Groups, ProjectiveHomotopy, linear_form
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem

Choice = tuple[tuple[int, int], ...]
"""For every equation the group, and the number of the linear form of that group."""


class Multihomogeneous(ProjectiveHomotopy):
    """The homotopy for a square system and a partition of its variables; see `ProjectiveHomotopy`."""

    def __init__(
        self,
        system: PolynomialSystem,
        parameters: NDArray[np.complex128],
        groups: Groups,
        rng: np.random.Generator,
    ) -> None:
        super().__init__(system, parameters, groups, rng)
        self.forms = [
            [complex_normal(rng, (degree, len(group) + 1)) for degree, group in zip(row, groups, strict=True)]
            for row in self.degrees.tolist()
        ]

    @property
    def paths(self) -> int:
        """The multihomogeneous Bezout number."""
        return bezout_number(self.degrees, [len(group) for group in self.groups])

    def start_equations(self, graph: Graph, z: list[list[int]]) -> list[int]:
        """Return the products of linear forms."""
        equations = []
        for forms in self.forms:
            node = graph.constant(1)
            for rows, coordinates in zip(forms, z, strict=True):
                for row in rows:
                    node = graph.product(node, linear_form(graph, row, coordinates))
            equations.append(node)
        return equations

    def starts(self) -> Iterator[NDArray[np.complex128]]:
        """Solve the linear systems of all choices of factors."""
        choices = self._choices()
        while block := list(islice(choices, BLOCK)):
            picked = np.array(block)
            points = np.zeros((len(block), self.slices[-1].stop), np.complex128)
            for g, (part, patch) in enumerate(zip(self.slices, self.patches, strict=True)):
                n = len(patch) - 1
                rows = np.nonzero(picked[:, :, 0] == g)[1].reshape(len(block), n)
                forms = np.take_along_axis(picked[:, :, 1], rows, axis=1)
                matrix = np.empty((len(block), n + 1, n + 1), np.complex128)
                matrix[:, n] = patch
                for k in range(n):
                    matrix[:, k] = [self.forms[i][g][j] for i, j in zip(rows[:, k], forms[:, k], strict=True)]
                right = np.zeros((len(block), n + 1, 1), np.complex128)
                right[:, n] = 1
                points[:, part] = np.linalg.solve(matrix, right)[:, :, 0]
            yield points

    def _choices(self) -> Iterator[Choice]:
        for assignment in self._assignments(0, [len(group) for group in self.groups]):
            yield from product(*([(g, k) for k in range(self.degrees[i, g])] for i, g in enumerate(assignment)))

    def _assignments(self, equation: int, free: list[int]) -> Iterator[tuple[int, ...]]:
        """Yield the ways to give each equation a group in which it is not constant, each group as often as it fits."""
        if equation == self.system.n:
            yield ()
            return
        if bezout_number(self.degrees[equation:], free) == 0:
            return
        for g in np.flatnonzero(self.degrees[equation]).tolist():
            if free[g]:
                rest = [f - (k == g) for k, f in enumerate(free)]
                for tail in self._assignments(equation + 1, rest):
                    yield (g, *tail)
