"""Activations: polynomials of one variable, applied to every unit of a hidden layer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.networks.polynomials import Polynomial, add_constant, combine, power
from critlocus.number_size import in_range
from critlocus.tape.graph import NONE, Graph, Term


@dataclass(frozen=True)
class Activation:
    """``s(z) = sum_k coefficients[k] z^k``.

    Parameters
    ----------
    coefficients : tuple of float
        Constant first; the last one is not 0, and the degree is at least 1.
    """

    coefficients: tuple[float, ...]

    @classmethod
    def parse(cls, text: str) -> Activation:
        """Read ``linear``, ``x^r`` or ``poly(c0,c1,...)``.

        Raises
        ------
        InputError
            If the text is none of these, or the polynomial is constant.
        """
        if text in ("linear", "x"):
            return cls((0.0, 1.0))
        match = re.match(r"^x\^(\d+)$", text)
        if match and int(match[1]) >= 1:
            return cls((*[0.0] * int(match[1]), 1.0))
        match = re.match(r"^poly\(([^()]*)\)$", text)
        try:
            values = [float(part) for part in match[1].split(",")] if match else []
        except ValueError:
            values = []
        while values and values[-1] == 0:
            values.pop()
        if len(values) < 2 or not all(isfinite(v) for v in values):
            raise InputError(
                f"unsupported activation {text!r}: use linear, x^r with a whole number r >= 1, or poly(c0,c1,...) with "
                "the coefficients of a polynomial that is not constant"
            )
        in_range(np.array(values), f"activation {text}")
        return cls(tuple(values))

    @property
    def name(self) -> str:
        """The text that `parse` reads."""
        if self.coefficients == (0.0, 1.0):
            return "linear"
        if self.is_power and self.coefficients[-1] == 1:
            return f"x^{self.degree}"
        return "poly(" + ",".join(f"{c:.17g}" for c in self.coefficients) + ")"

    @property
    def degree(self) -> int:
        """Degree of the polynomial."""
        return len(self.coefficients) - 1

    @cached_property
    def is_power(self) -> bool:
        """Whether only the leading coefficient is not 0."""
        return not any(self.coefficients[:-1])

    @cached_property
    def parity(self) -> int | None:
        """1 if ``s(-z) = -s(z)``, 0 if ``s(-z) = s(z)``, else None."""
        even, odd = any(self.coefficients[::2]), any(self.coefficients[1::2])
        return None if even and odd else int(odd)

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        """Apply to an array, entry by entry."""
        if self.is_power and self.coefficients[-1] == 1:
            return np.asarray(values**self.degree)
        return np.asarray(np.polynomial.polynomial.polyval(values, self.coefficients))

    def of_node(self, graph: Graph, node: int) -> int:
        """Return the node of ``s(node)``."""
        terms: list[Term] = []
        for k, c in enumerate(self.coefficients):
            if c != 0:
                terms.append((c, graph.constant(1) if k == 0 else node_power(graph, node, k), NONE))
        return graph.sum(terms)

    def of_polynomial(self, graph: Graph, polynomial: Polynomial) -> Polynomial:
        """Return ``s(polynomial)``."""
        nonzero = [(k, c) for k, c in enumerate(self.coefficients) if k and c]
        result = combine(
            graph, [graph.constant(c) for _, c in nonzero], [power(graph, polynomial, k) for k, _ in nonzero]
        )
        constant = self.coefficients[0]
        return add_constant(graph, result, graph.constant(constant)) if constant else result


def node_power(graph: Graph, node: int, exponent: int) -> int:
    """Return ``node ** exponent`` for ``exponent >= 1`` by repeated squaring."""
    if exponent == 1:
        return node
    half = node_power(graph, node, exponent // 2)
    square = graph.product(half, half)
    return graph.product(square, node) if exponent % 2 else square
