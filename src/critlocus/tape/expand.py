"""Expansion of an expression graph to monomials, for programs that take nothing else.

The native engine never does this: a network's equations are short as sums of products and long as sums of monomials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from critlocus.errors import InputError
from critlocus.tape.graph import NONE, Graph

Monomials = dict[tuple[int, ...], Any]
"""Exponents of the variables -> nonzero coefficient."""

MAX_TERMS = 500_000


def expand(
    graph: Graph,
    outputs: Sequence[int],
    parameters: Sequence[Any],
    number: Callable[[complex], Any] = complex,
    *,
    to: Sequence[Any] | None = None,
) -> list[Monomials]:
    """Multiply nodes out at given values of the parameters.

    Parameters
    ----------
    graph, outputs
        The graph and the nodes wanted.
    parameters : sequence
        One value per parameter.
    number : callable
        Converts a constant (or a coefficient) to the number type of `parameters`, such as `complex` or `Fraction`.
    to : sequence, optional
        Let the parameters be ``parameters + s (to - parameters)`` with one more variable s, which comes last.

    Raises
    ------
    InputError
        If a node has more than `MAX_TERMS` monomials.
    """
    n = len(graph.variables) + (to is not None)
    one, zero = number(1), (0,) * n
    values: dict[int, Monomials] = {node: {_unit(n, k): one} for k, node in enumerate(graph.variables)}
    for k, (node, value) in enumerate(zip(graph.parameters, parameters, strict=True)):
        moving = {zero: value} if to is None else {zero: value, _unit(n, n - 1): to[k] - value}
        values[node] = _nonzero(moving)
    values.update((node, _nonzero({zero: number(c)})) for node, c in graph.constants.items())
    for node in graph.reachable(outputs):
        total: Monomials = {}
        for c, a, b in graph.sums[node]:
            _add(total, number(c), values[a], None if b == NONE else values[b])
        values[node] = _nonzero(total)
    return [values[node] for node in outputs]


def parameter_degree(graph: Graph, outputs: Sequence[int]) -> int:
    """Return a bound of the degree of nodes in the parameters; exact unless terms of high degree cancel."""
    degree = dict.fromkeys(graph.parameters, 1)
    for node in graph.reachable(outputs):
        degree[node] = max(degree.get(a, 0) + degree.get(b, 0) for _, a, b in graph.sums[node])
    return max((degree.get(node, 0) for node in outputs), default=0)


def _add(total: Monomials, c: Any, p: Monomials, q: Monomials | None) -> None:
    """Add ``c * p * q`` to `total` in place; `q` None stands for 1."""
    if q is None:
        for e, a in p.items():
            total[e] = total[e] + c * a if e in total else c * a
        return
    for e, a in p.items():
        for f, b in q.items():
            key = tuple(map(int.__add__, e, f))
            total[key] = total[key] + c * a * b if key in total else c * a * b
    if len(total) > MAX_TERMS:
        raise InputError(
            f"the system expands to more than {MAX_TERMS} monomials; use the native solver, which does not expand"
        )


def _nonzero(polynomial: Monomials) -> Monomials:
    return {e: c for e, c in polynomial.items() if c != 0}


def _unit(n: int, k: int) -> tuple[int, ...]:
    return tuple(int(i == k) for i in range(n))
