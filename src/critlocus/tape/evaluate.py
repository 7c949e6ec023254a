"""Slow, obvious evaluation of an expression graph over any number type (NumPy arrays, python-flint balls, mpmath)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from critlocus.tape.graph import NONE, Graph


def evaluate(
    graph: Graph,
    outputs: Sequence[int],
    x: Sequence[Any],
    p: Sequence[Any],
    number: Callable[[complex], Any] = complex,
) -> list[Any]:
    """Evaluate nodes at values of the variables and parameters.

    Parameters
    ----------
    graph, outputs
        The graph and the nodes wanted.
    x, p : sequences
        One value per variable and parameter: scalars, or arrays that broadcast together.
    number : callable
        Converts a constant (or a coefficient) to the number type.
    """
    values: dict[int, Any] = dict(zip(graph.variables, x, strict=True))
    values.update(zip(graph.parameters, p, strict=True))
    values.update((node, number(c)) for node, c in graph.constants.items())
    for node in graph.reachable(outputs):
        total: Any = None
        for c, a, b in graph.sums[node]:
            term = values[a] if b == NONE else values[a] * values[b]
            if c != 1.0:
                term = number(c) * term
            total = term if total is None else total + term
        values[node] = total
    return [values[node] for node in outputs]
