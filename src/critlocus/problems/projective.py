"""Homotopies for one square system in a product of projective spaces, on a random affine patch of each factor.

The variables are split into groups, and each group gets a homogenising coordinate of its own. Solutions at infinity are
then ordinary points, where the homogenising coordinate of some group vanishes, so that paths to them stay bounded.
References: Morgan & Sommese, *A homotopy for solving general polynomial systems that respects m-homogeneous structures*
(1987); Sommese & Wampler, *The Numerical Solution of Systems of Polynomials* (2005), ch. 3 and 8.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem

Groups = tuple[tuple[int, ...], ...]
"""A partition of the variables, by their numbers."""
BLOCK = 4096


class ProjectiveHomotopy(ABC):
    """The homotopy ``u * G(z) + v * F(z) = 0`` from a start system G to a square system F at given parameters.

    Coordinates z: group by group, first the homogenising coordinate, then those of the group's variables.

    Parameters
    ----------
    system : PolynomialSystem
        As many equations as variables.
    parameters : complex128 array, shape (n_params,)
    groups : tuple of tuples of int
        A partition of the variables.
    rng : Generator
        Draws the start system, the patches, and the path's random constant gamma.

    Raises
    ------
    InputError
        If the system is not square, an equation is constant, or the groups are no partition.
    """

    def __init__(
        self,
        system: PolynomialSystem,
        parameters: NDArray[np.complex128],
        groups: Groups,
        rng: np.random.Generator,
    ) -> None:
        n = system.n
        if len(system.equations) != n:
            raise InputError(f"solve: {len(system.equations)} equations in {n} variables; it must be square")
        if sorted(v for group in groups for v in group) != list(range(n)) or not all(groups):
            raise InputError("groups: every variable must be in exactly one group")
        self.system, self.parameters, self.groups = system, parameters, groups
        self.degrees = group_degrees(system, groups)
        for k in np.flatnonzero(self.degrees.sum(axis=1) == 0):
            raise InputError(f"solve: equation {k + 1} is constant")
        self.gamma = np.exp(2j * np.pi * rng.random())
        self.patches = [np.exp(2j * np.pi * rng.random(len(group) + 1)) for group in groups]
        ends = np.cumsum([len(group) + 1 for group in groups])
        self.slices = [slice(end - len(group) - 1, end) for group, end in zip(groups, ends.tolist(), strict=True)]

    @property
    @abstractmethod
    def paths(self) -> int:
        """Number of paths."""

    @abstractmethod
    def starts(self) -> Iterator[NDArray[np.complex128]]:
        """Yield start points in blocks, shape ``(block, n + groups)``, on the patches."""

    @abstractmethod
    def start_equations(self, graph: Graph, z: list[list[int]]) -> list[int]:
        """Return the start system over each group's homogeneous coordinates, with the degrees of the target."""

    @cached_property
    def homotopy(self) -> PolynomialSystem:
        """The family in the coordinates z with parameters (u, v); the last equations are the patches."""
        graph = Graph()
        z = [[graph.variable() for _ in range(len(group) + 1)] for group in self.groups]
        u, v = graph.parameter(), graph.parameter()
        target = self._homogenized(graph, z)
        start = self.start_equations(graph, z)
        equations = [graph.sum([(1.0, u, g), (1.0, v, f)]) for g, f in zip(start, target, strict=True)]
        for patch, coordinates in zip(self.patches, z, strict=True):
            linear = linear_form(graph, patch, coordinates)
            equations.append(graph.sum([(1.0, linear, NONE), (-1.0, graph.constant(1), NONE)]))
        return PolynomialSystem(graph, equations)

    def row(self, r: complex) -> NDArray[np.complex128]:
        """Return the parameters (u, v) at distance r from the end: the start system at 1, the target at 0."""
        return np.array([self.gamma * r, 1 - r], dtype=np.complex128)

    def affine(self, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the variables, shape ``(N, n)``; not finite where a homogenising coordinate vanishes."""
        x = np.zeros((len(z), self.system.n), np.complex128)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for group, part in zip(self.groups, self.slices, strict=True):
                x[:, list(group)] = z[:, part][:, 1:] / z[:, part][:, :1]
        return x

    def closeness(self, z: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Return each group's homogenising coordinate relative to the group, in modulus, shape ``(N, groups)``."""
        parts = [np.abs(z[:, part]) for part in self.slices]
        return np.stack([p[:, 0] / np.maximum(p.max(axis=1, initial=0.0), 1e-300) for p in parts], axis=1)

    def _homogenized(self, graph: Graph, z: list[list[int]]) -> list[int]:
        """Copy the target into `graph` over homogeneous coordinates, with the parameters' values as constants."""
        old, degree = self.system.graph, _node_degrees(self.system, self.groups)
        none = np.zeros(len(self.groups), np.int64)
        copy: dict[int, int] = {}
        for group, coordinates in zip(self.groups, z, strict=True):
            copy.update((old.variables[v], c) for v, c in zip(group, coordinates[1:], strict=True))
        copy.update((p, graph.constant(v)) for p, v in zip(old.parameters, self.parameters, strict=True))
        copy.update((c, graph.constant(v)) for c, v in old.constants.items())
        for node in old.reachable(self.system.equations):
            terms: list[Term] = []
            for c, a, b in old.sums[node]:
                missing = degree[node] - degree.get(a, none) - (none if b == NONE else degree.get(b, none))
                factor = copy[a] if b == NONE else graph.product(copy[a], copy[b])
                for coordinates, exponent in zip(z, missing.tolist(), strict=True):
                    factor = graph.product(factor, power(graph, coordinates[0], exponent)) if exponent else factor
                terms.append((c, factor, NONE))
            copy[node] = graph.sum(terms)
        return [copy[node] for node in self.system.equations]


def group_degrees(system: PolynomialSystem, groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return the formal degree of every equation in every group of variables, shape ``(equations, groups)``."""
    degree = _node_degrees(system, groups)
    none = np.zeros(len(groups), np.int64)
    return np.array([degree.get(node, none) for node in system.equations]).reshape(-1, len(groups))


def _node_degrees(system: PolynomialSystem, groups: Sequence[Sequence[int]]) -> dict[int, NDArray[np.int64]]:
    """Formal degrees of every node in the groups of variables; groups may overlap."""
    graph = system.graph
    none = np.zeros(len(groups), np.int64)
    degree = dict.fromkeys(graph.variables, none)
    for g, group in enumerate(groups):
        for k in group:
            degree[graph.variables[k]] = degree[graph.variables[k]] + (np.arange(len(groups)) == g)
    for node in graph.reachable(system.equations):
        terms = [degree.get(a, none) + (none if b == NONE else degree.get(b, none)) for _, a, b in graph.sums[node]]
        degree[node] = np.max(terms, axis=0)
    return degree


def linear_form(graph: Graph, coefficients: NDArray[np.complex128], nodes: list[int]) -> int:
    """Return the node of a linear form."""
    return graph.sum((1.0, graph.constant(c), node) for c, node in zip(coefficients, nodes, strict=True))


def power(graph: Graph, node: int, exponent: int) -> int:
    """Return the node of a power."""
    result = graph.constant(1)
    while exponent:
        if exponent % 2:
            result = graph.product(result, node)
        node, exponent = graph.product(node, node), exponent // 2
    return result
