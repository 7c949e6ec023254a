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
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem


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
        net = self.family.problem.network
        inner = Graph()  # with the dead unit's weights as variables, to differentiate by them
        theta = [inner.constant(0)] * net.n_weights
        z = [inner.variable() for _ in range(self.n)]
        w = [inner.variable() for _ in self.block]
        dead = [inner.variable() for _ in self.block]
        moves = [inner.variable() for _ in range(self.dims)]
        for k, node in zip([*self.family.support.tolist(), *self.block.tolist()], [*z, *dead], strict=True):
            theta[k] = node
        parameters = [inner.parameter() for _ in range(self.slices["c"].stop)]
        p0, *directions, c = (parameters[part] for part in self.slices.values())
        p = moved_data(inner, p0, self.family.moving.tolist(), directions, moves)
        by_weight = dict(
            zip([k for k in range(net.n_weights) if not inner.is_zero(theta[k])],
                self.family.problem.equations(inner, theta, p), strict=True)
        )  # fmt: skip
        own = [by_weight[k] for k in self.family.support.tolist()]
        kernel = pullback(inner, [by_weight[k] for k in self.block.tolist()], w, dead)
        norm = minus_one(inner, c, w)
        graph = Graph()
        variables = [graph.variable() for _ in range(self.n + len(self.block) + self.dims)]
        new = dict(zip([*z, *w, *moves], variables, strict=True))
        new.update((node, graph.constant(0)) for node in dead)
        new.update((node, graph.parameter()) for node in parameters)
        return PolynomialSystem(graph, _copy(inner, [*own, *kernel, norm], graph, new))

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

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return pairs: at a point z two data sets give a block ``H_0 + t H_1``, with the regulariser solved for."""
        problem, full = self.family.problem, self.family.problem.system()
        z, first, second = self.family.two_data(rng)
        theta = np.zeros(problem.network.n_weights, np.complex128)
        theta[self.family.support] = z
        at = np.ix_(self.block, self.block)
        h0, h1 = full.jacobian(theta, first)[at], full.jacobian(theta, second)[at]
        found = []
        for t, w in focal_points(h0, h1, np.eye(len(self.block), dtype=np.complex128)):
            row, s = self.random_rows(rng, 1)[0], complex_normal(rng, (1,))[0]
            base = first + t * second
            base[self.family.moving] -= s * row[self.slices["p1"]]
            row[self.slices["p0"]] = base
            found.append((np.concatenate([z, w / (row[self.slices["c"]] @ w), [s]]), row))
        return found


def _copy(old: Graph, outputs: list[int], graph: Graph, new: dict[int, int]) -> list[int]:
    """Copy nodes into another graph, over other nodes for what they stand on."""
    new.update((node, graph.constant(value)) for node, value in old.constants.items())
    for node in old.reachable(outputs):
        terms: list[Term] = [(c, new[a], NONE if b == NONE else new[b]) for c, a, b in old.sums[node]]
        new[node] = graph.sum(terms)
    return [new[node] for node in outputs]
