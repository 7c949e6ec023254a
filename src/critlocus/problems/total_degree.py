"""Total-degree homotopy in projective space: ``u * (z_i^d_i - c_i z_0^d_i) + v * F_i(z) = 0`` on a random affine patch.

In projective space solutions at infinity are ordinary points (z_0 = 0), so paths to them stay bounded.
Reference: Sommese & Wampler, *The Numerical Solution of Systems of Polynomials* (2005), ch. 3 and 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from math import prod

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem


@dataclass(eq=False)
class TotalDegree:
    """The homotopy for a square system at given parameters.

    Parameters
    ----------
    system : PolynomialSystem
        As many equations as variables.
    parameters : complex128 array, shape (n_params,)
    rng : Generator
        Draws the start constants, the patch, and the path's random constant gamma.
    """

    system: PolynomialSystem
    parameters: NDArray[np.complex128]
    rng: np.random.Generator

    def __post_init__(self) -> None:
        n = self.system.n
        if len(self.system.equations) != n:
            raise InputError(
                f"total degree: {len(self.system.equations)} equations in {n} variables; it must be square"
            )
        self.constants = np.exp(2j * np.pi * self.rng.random(n))
        self.gamma = np.exp(2j * np.pi * self.rng.random())
        self.patch = np.exp(2j * np.pi * self.rng.random(n + 1))

    @cached_property
    def degrees(self) -> list[int]:
        """Degree of every equation."""
        degree = _degrees(self.system)
        found = [degree.get(node, 0) for node in self.system.equations]
        if min(found) < 1:
            raise InputError("total degree: an equation is constant")
        return found

    @property
    def bezout(self) -> int:
        """Number of paths."""
        return prod(self.degrees)

    @cached_property
    def homotopy(self) -> PolynomialSystem:
        """The family in (z_0, ..., z_n) with parameters (u, v)."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.system.n + 1)]
        u, v = graph.parameter(), graph.parameter()
        target = _homogenized(self.system, self.parameters, graph, z)
        equations = []
        for i, (node, degree) in enumerate(zip(target, self.degrees, strict=True)):
            constant = graph.product(graph.constant(-self.constants[i]), _power(graph, z[0], degree))
            start = graph.sum([(1.0, _power(graph, z[i + 1], degree), NONE), (1.0, constant, NONE)])
            equations.append(graph.sum([(1.0, u, start), (1.0, v, node)]))
        terms: list[Term] = [(1.0, graph.constant(a), zk) for a, zk in zip(self.patch, z, strict=True)]
        equations.append(graph.sum([*terms, (-1.0, graph.constant(1), NONE)]))
        return PolynomialSystem(graph, equations)

    def row(self, t: complex) -> NDArray[np.complex128]:
        """Return the parameters (u, v) at t: the start system at 0, the target at 1."""
        return np.array([self.gamma * (1 - t), t], dtype=np.complex128)

    def starts(self) -> Iterator[NDArray[np.complex128]]:
        """Yield start points, shape ``(block, n + 1)``, on the patch."""
        roots = [
            c ** (1 / d) * np.exp(2j * np.pi * np.arange(d) / d)
            for c, d in zip(self.constants, self.degrees, strict=True)
        ]
        choices = product(*roots)
        while block := list(islice(choices, 4096)):
            points = np.hstack([np.ones((len(block), 1)), np.array(block)])
            yield points / (points @ self.patch)[:, None]


def _degrees(system: PolynomialSystem) -> dict[int, int]:
    """Formal degree of every node in the variables."""
    graph = system.graph
    degree = dict.fromkeys(graph.variables, 1)
    for node in graph.reachable(system.equations):
        degree[node] = max(degree.get(a, 0) + (0 if b == NONE else degree.get(b, 0)) for _, a, b in graph.sums[node])
    return degree


def _homogenized(
    system: PolynomialSystem, parameters: NDArray[np.complex128], graph: Graph, z: Sequence[int]
) -> list[int]:
    """Copy the equations into `graph` over homogeneous coordinates, with the parameters' values as constants."""
    degree = _degrees(system)
    old = system.graph
    copy = dict(zip(old.variables, z[1:], strict=True))
    copy.update((p, graph.constant(v)) for p, v in zip(old.parameters, parameters, strict=True))
    copy.update((c, graph.constant(v)) for c, v in old.constants.items())
    for node in old.reachable(system.equations):
        terms: list[Term] = []
        for c, a, b in old.sums[node]:
            missing = degree[node] - degree.get(a, 0) - (0 if b == NONE else degree.get(b, 0))
            factor = copy[a] if b == NONE else graph.product(copy[a], copy[b])
            terms.append((c, factor, _power(graph, z[0], missing) if missing else NONE))
        copy[node] = graph.sum(terms)
    return [copy[node] for node in system.equations]


def _power(graph: Graph, node: int, exponent: int) -> int:
    result = graph.constant(1)
    while exponent:
        if exponent % 2:
            result = graph.product(result, node)
        node, exponent = graph.product(node, node), exponent // 2
    return result
