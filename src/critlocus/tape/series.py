"""Exact Taylor coefficients of expression graphs: polynomials along a line ``base + e * direction``, as nodes."""

from __future__ import annotations

from collections.abc import Sequence

from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem


def taylor(system: PolynomialSystem, graph: Graph, base: Sequence[int], direction: Sequence[int]) -> list[list[int]]:
    """Return the coefficients of e in every equation of a system at ``base + e * direction``, the constant one first.

    Parameters
    ----------
    system : PolynomialSystem
        Without parameters, in N variables.
    graph : Graph
        Where the new nodes go.
    base, direction : sequences of N nodes of `graph`

    Returns
    -------
    list of list of int
        As long as the polynomial's degree along the line needs; at least one node each.
    """
    old = system.graph
    series = {x: [a, b] for x, a, b in zip(old.variables, base, direction, strict=True)}
    series.update((node, [graph.constant(value)]) for node, value in old.constants.items())
    for node in old.reachable(system.equations):
        collected: dict[int, list[Term]] = {}
        for c, a, b in old.sums[node]:
            for i, left in enumerate(series[a]):
                for k, right in enumerate([NONE] if b == NONE else series[b]):
                    collected.setdefault(i + k, []).append((c, left, right))
        series[node] = [graph.sum(collected.get(k, [])) for k in range(1 + max(collected, default=0))]
    return [series[node] for node in system.equations]


def horner(graph: Graph, coefficients: Sequence[int], e: int, weights: Sequence[float] | None = None) -> int:
    """Return the node of ``sum_k weights[k] * coefficients[k] * e^k``; all weights are 1 unless given."""
    factors = [1.0] * len(coefficients) if weights is None else weights
    total = graph.constant(0)
    for c, node in zip(reversed(factors), reversed(coefficients), strict=True):
        total = graph.sum([(c, node, NONE), (1.0, total, e)])
    return total
