"""Polynomials as text: sums of monomials, or straight-line programs with one statement per node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from critlocus.tape.expand import Monomials
from critlocus.tape.graph import NONE, Graph


def monomials_text(polynomial: Monomials, names: Sequence[str], coefficient: Callable[[Any], str]) -> str:
    """Return ``c1*x1^2*x2 + c2*x3``, or ``0``; `coefficient` writes a number so that it can be multiplied."""
    text = ""
    for exponents, c in polynomial.items():
        powers = [name if e == 1 else f"{name}^{e}" for name, e in zip(names, exponents, strict=True) if e]
        term = "*".join([coefficient(c), *powers])
        text += f" - {term[1:]}" if text and term[0] == "-" else f" + {term}" if text else term
    return text or "0"


def straight_line(
    graph: Graph, outputs: Sequence[int], names: Mapping[int, str], constant: Callable[[complex], str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Write the nodes that the outputs need as statements, without expanding anything.

    Parameters
    ----------
    graph, outputs
        The graph and the nodes wanted.
    names : mapping
        Name of every variable and parameter.
    constant : callable
        Writes a complex constant.

    Returns
    -------
    statements : list of (name, expression)
        Named ``t1``, ``t2``, ...; operands come first. Expressions use ``+``, ``-``, ``*`` alone.
    outputs : list of str
        One name or constant per output.
    """
    text = dict(names)
    text.update((node, constant(c)) for node, c in graph.constants.items())
    statements: list[tuple[str, str]] = []
    for node in graph.reachable(outputs):
        expression = ""
        for c, a, b in graph.sums[node]:
            product = text[a] if b == NONE else f"{text[a]}*{text[b]}"
            if abs(c) != 1:
                product = f"{abs(c)!r}*{product}"
            sign = "-" if c < 0 else "+"
            expression += f" {sign} {product}" if expression else f"-{product}" if c < 0 else product
        text[node] = f"t{len(statements) + 1}"
        statements.append((text[node], expression))
    return statements, [text[node] for node in outputs]
