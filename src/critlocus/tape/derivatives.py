"""Derivatives of expression graphs: reverse mode for gradients, sparse forward mode for Jacobians.

Reference: Griewank & Walther, *Evaluating Derivatives* (2008), ch. 3 and 7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from critlocus.tape.graph import NONE, Graph, Term


def pullback(graph: Graph, outputs: Sequence[int], seeds: Sequence[int], inputs: Sequence[int]) -> list[int]:
    """Return ``sum_o seeds[o] * d outputs[o] / d inputs[i]`` for each input (backpropagation).

    Applied to a network's layers this gives the backward pass, not expanded monomials.
    """
    adjoint: dict[int, list[Term]] = defaultdict(list)
    for output, seed in zip(outputs, seeds, strict=True):
        adjoint[output].append((1.0, seed, NONE))
    wanted = _dependent(graph, outputs, inputs)
    for node in reversed(graph.reachable(outputs)):
        if node not in adjoint or node not in wanted:
            continue
        bar = graph.sum(adjoint.pop(node))
        for c, a, b in graph.sums[node]:
            if a in wanted:
                adjoint[a].append((c, bar, b))
            if b != NONE and b in wanted:
                adjoint[b].append((c, bar, a))
    return [graph.sum(adjoint.get(x, [])) for x in inputs]


def pushforward(graph: Graph, outputs: Sequence[int], seeds: Sequence[int], inputs: Sequence[int]) -> list[int]:
    """Return ``sum_i d outputs[o] / d inputs[i] * seeds[i]`` for each output (the derivative along a direction)."""
    terms: list[list[Term]] = [[] for _ in outputs]
    for (o, i), node in jacobian(graph, outputs, inputs).items():
        terms[o].append((1.0, node, seeds[i]))
    return [graph.sum(t) for t in terms]


def jacobian(
    graph: Graph, outputs: Sequence[int], inputs: Sequence[int], *, lower: bool = False
) -> dict[tuple[int, int], int]:
    """Return the nonzero entries ``(i, k) -> d outputs[i] / d inputs[k]``; with `lower`, only ``k <= i``.

    Sparse forward mode: every sum carries the derivatives by the inputs it depends on.
    """
    tangent: dict[int, dict[int, int]] = {x: {k: graph.constant(1)} for k, x in enumerate(inputs)}
    empty: dict[int, int] = {}
    for node in graph.reachable(outputs):
        parts: dict[int, list[Term]] = defaultdict(list)
        for c, a, b in graph.sums[node]:
            for k, d in tangent.get(a, empty).items():
                parts[k].append((c, d, b))
            if b != NONE:
                for k, d in tangent.get(b, empty).items():
                    parts[k].append((c, d, a))
        if parts:
            tangent[node] = {k: graph.sum(terms) for k, terms in parts.items()}
    entries: dict[tuple[int, int], int] = {}
    for i, output in enumerate(outputs):
        for k, d in tangent.get(output, empty).items():
            if (k <= i or not lower) and not graph.is_zero(d):
                entries[i, k] = d
    return entries


def _dependent(graph: Graph, outputs: Sequence[int], inputs: Sequence[int]) -> set[int]:
    """Return the nodes below the outputs that depend on an input."""
    found = set(inputs)
    for node in graph.reachable(outputs):
        if any(a in found or b in found for _, a, b in graph.sums[node]):
            found.add(node)
    return found
