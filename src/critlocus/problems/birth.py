"""Data for which a dead hidden unit comes to life: pitchforks on a zero pattern of a regularised loss.

On a pattern S the Hessian splits, by the sign flips of the dead units, into the block of S and one block for each dead
unit. Where the block of a dead unit is singular at a critical point of S, an orbit of critical points with that unit
alive branches off, and the index of the point of S changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.data_lines import consecutive, minus_one, moved_data
from critlocus.problems.discriminant import focal_points
from critlocus.problems.weights_family import WeightsFamily
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.tape.transplant import transplant


class BirthPoints:
    """Critical points on a pattern at which the Hessian's block of a dead unit is singular, over a line of data.

    Unknowns: z, w (the kernel in the block), s (and t). Parameters: p0, p1 (those that move), p2 (of a plane), c with
    ``c.w = 1``.

    Parameters
    ----------
    family : WeightsFamily
        Of the pattern.
    block : int64 array
        The weights of the dead unit.
    dims : {1, 2}
    """

    condition = None

    def __init__(self, family: WeightsFamily, block: NDArray[np.int64], dims: int = 1) -> None:
        self.family, self.block, self.dims = family, block, dims
        self.n = family.n_unknowns

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where the parameters lie: p0, p1, p2, c."""
        directions = {f"p{k + 1}": len(self.family.moving) for k in range(self.dims)}
        return consecutive({"p0": self.family.n_params, **directions, "c": len(self.block)})

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return int(self.slices["c"].stop)

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations; one fewer than unknowns for the curve in a plane."""
        inner = BlockGraph(self.family, self.block)
        w = [inner.graph.variable() for _ in self.block]
        moves = [inner.graph.variable() for _ in range(self.dims)]
        parameters = [inner.graph.parameter() for _ in range(self.n_params)]
        p0, *directions, c = (parameters[part] for part in self.slices.values())
        p = moved_data(inner.graph, p0, self.family.moving.tolist(), directions, moves)
        own, block = inner.gradients(p)
        kernel = pullback(inner.graph, block, w, inner.dead)
        return inner.without_unit([*own, *kernel, minus_one(inner.graph, c, w)])

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (what tells orbits apart, s)."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        _ = [graph.variable() for _ in self.block]
        return PolynomialSystem(graph, [*self.family.invariants(graph, z), graph.variable()])

    def row(
        self, p0: NDArray[np.complex128], directions: Sequence[NDArray[np.complex128]], c: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Return the parameters of one line."""
        return np.concatenate([p0, *directions, c]).astype(np.complex128)

    def random_rows(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return parameters of generic lines."""
        p0, p1 = self.family.random_parameters(rng, count), self.family.random_parameters(rng, count)
        return np.hstack([p0, p1[:, self.family.moving], complex_normal(rng, (count, len(self.block)))])

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], ...]]:
        """Return (z, w, p): at a point z two data sets give a block ``H_0 + t H_1``, the regulariser is solved for."""
        problem, full = self.family.problem, self.family.problem.system()
        z, first, second = self.family.two_data(rng)
        theta = np.zeros(problem.network.n_weights, np.complex128)
        theta[self.family.support] = z
        at = np.ix_(self.block, self.block)
        h0, h1 = full.jacobian(theta, first)[at], full.jacobian(theta, second)[at]
        focal = focal_points(h0, h1, np.eye(len(self.block), dtype=np.complex128))
        return [(z, w, first + t * second) for t, w in focal]

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return pairs (unknowns, parameters): random lines through such data."""
        found = []
        for z, w, base in self.degenerate_pairs(rng):
            row, s = self.random_rows(rng, 1)[0], complex_normal(rng, (1,))[0]
            base[self.family.moving] -= s * row[self.slices["p1"]]
            row[self.slices["p0"]] = base
            found.append((np.concatenate([z, w / (row[self.slices["c"]] @ w), [s]]), row))
        return found


class BlockGraph:
    """Expressions of a pattern's weights z in which the weights of a dead unit are variables, to differentiate by them.

    Parameters
    ----------
    family : WeightsFamily
    block : int64 array
    """

    def __init__(self, family: WeightsFamily, block: NDArray[np.int64]) -> None:
        self.family, self.block, self.graph = family, block, Graph()
        self.z = [self.graph.variable() for _ in range(family.n_unknowns)]
        self.dead = [self.graph.variable() for _ in block]
        self._theta = family.theta(self.graph, self.z)
        for k, node in zip(block.tolist(), self.dead, strict=True):
            self._theta[k] = node

    def gradients(self, parameters: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the gradient by the weights of the pattern, and by those of the unit."""
        alive = [k for k, node in enumerate(self._theta) if not self.graph.is_zero(node)]
        found = dict(zip(alive, self.family.problem.equations(self.graph, self._theta, list(parameters)), strict=True))
        return [found[k] for k in self.family.support.tolist()], [found[k] for k in self.block.tolist()]

    def coordinates(self) -> list[int]:
        """Return the coefficients of the network's function, output by output."""
        return [c for row in self.family.problem.network.parametrisation(self.graph, self._theta) for c in row]

    def without_unit(self, equations: list[int]) -> PolynomialSystem:
        """Return a system with the unit's weights set to 0; its variables are all others, in the same order."""
        old, graph = PolynomialSystem(self.graph, equations), Graph()
        variables = [graph.constant(0) if x in self.dead else graph.variable() for x in self.graph.variables]
        parameters = [graph.parameter() for _ in self.graph.parameters]
        return PolynomialSystem(graph, transplant(old, graph, variables, parameters))
