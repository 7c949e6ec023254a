"""The families of the benchmarks, each with a generic member and one of its solutions.

Networks: critical points on the torus, data by moments. Standard systems: every coefficient is a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.monodromy import MonodromyOptions, monodromy
from critlocus.monodromy_solve import newton_start
from critlocus.networks import Network, sign_group, zero_patterns
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.solvers.native import NativeSolver
from critlocus.tape import NONE, Graph
from critlocus.tape.system import PolynomialSystem


@dataclass(eq=False)
class Family:
    """A family of systems with a start pair; `draw` gives generic members."""

    name: str
    system: PolynomialSystem
    symmetry: SignGroup
    start: np.ndarray
    parameters: np.ndarray
    draw: object
    rng: np.random.Generator
    torus: bool

    def _arguments(self, options):
        return self.start, self.parameters, self.draw, self.symmetry, self.rng, options

    def some_points(self, limit, threads=1):
        """At most `limit` solutions over the start member, one per orbit, by monodromy that stops there."""
        arguments = self._arguments(MonodromyOptions(max_points=limit))
        return monodromy(NativeSolver(threads=threads), self.system, *arguments, torus=self.torus).points[:limit]

    def all_points(self, threads=1):
        """Solutions over a member, one per orbit, and its parameters: until two members agree, as in `solve`."""
        arguments = self._arguments(MonodromyOptions())
        found, member = agreed_monodromy(NativeSolver(threads=threads), self.system, *arguments, torus=self.torus)
        return found.points, member


def family(name, seed=0):
    """The family of a network such as ``2-2-1:x^2``, or of cyclic-n, katsura-n or noon-n."""
    rng = np.random.default_rng(seed)
    kind, _, size = name.partition("-")
    if kind in STANDARD:
        system = free_coefficients(STANDARD[kind](int(size)))
        parameters = complex_normal(rng, (system.n_params,))
        start = newton_start(system, parameters, rng)
        symmetry = SignGroup.trivial(system.n)

        def draw(generator, count):
            return complex_normal(generator, (count, system.n_params))

        return Family(name, system, symmetry, start, parameters, draw, rng, torus=False)
    network = Network.parse(name)
    points = CriticalPoints(network, 100)
    support = zero_patterns(network)[0].support
    start, parameters = points.start_pair(rng, support)
    system, symmetry = points.system(support), sign_group(network)
    return Family(name, system, symmetry, start, parameters, points.random_parameters, rng, torus=True)


def free_coefficients(supports):
    """The system with one parameter per monomial; a monomial is a tuple of the indices of its factors."""
    graph = Graph()
    x = [graph.variable() for _ in supports]
    equations = []
    for monomials in supports:
        factors = [reduce(graph.product, [x[i] for i in m]) if m else NONE for m in monomials]
        equations.append(graph.sum([(1.0, graph.parameter(), factor) for factor in factors]))
    return PolynomialSystem(graph, equations)


def cyclic(n):
    sums = [[tuple((i + j) % n for j in range(k)) for i in range(n)] for k in range(1, n)]
    return [*sums, [tuple(range(n)), ()]]


def katsura(n):
    """Generic ones of n = 6, 8, 10 have 54, 240, 990 solutions; the other 10, 16, 34 of katsura-n have zeros."""
    squares = [
        {tuple(sorted((abs(k), abs(m - k)))) for k in range(-n, n + 1) if abs(m - k) <= n} | {(m,)} for m in range(n)
    ]
    return [*map(sorted, squares), [*((i,) for i in range(n + 1)), ()]]


def noon(n):
    return [[*((j, j, i) for j in range(n) if j != i), (i,), ()] for i in range(n)]


STANDARD = {"cyclic": cyclic, "katsura": katsura, "noon": noon}
