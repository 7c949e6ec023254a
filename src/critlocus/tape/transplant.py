"""Substitution: the equations of a system over other nodes for its variables and parameters."""

from __future__ import annotations

from collections.abc import Sequence

from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem


def transplant(
    system: PolynomialSystem, graph: Graph, variables: Sequence[int], parameters: Sequence[int] = ()
) -> list[int]:
    """Copy the equations of a system into another graph, over given nodes for its variables and parameters."""
    old = system.graph
    copy = dict(zip(old.variables, variables, strict=True))
    copy.update(zip(old.parameters, parameters, strict=True))
    copy.update((node, graph.constant(value)) for node, value in old.constants.items())
    for node in old.reachable(system.equations):
        terms: list[Term] = [(c, copy[a], NONE if b == NONE else copy[b]) for c, a, b in old.sums[node]]
        copy[node] = graph.sum(terms)
    return [copy[node] for node in system.equations]
