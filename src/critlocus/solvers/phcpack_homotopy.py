"""Segments of parameters as PHCpack's homotopies ``(1-t) G(x) + t H(x)`` between two systems without parameters.

There are two ways, and in both the path is the segment itself:

* A family that is linear (or affine) in its parameters, such as the one by moments: G and H are its members at the
  ends, since ``(1-t) F(x; p) + t F(x; q) = F(x; (1-t) p + t q)``.
* Any other family: that combination of two members is no member, has other solutions in between, and ends elsewhere
  (for 2-2-1:x^2 with two data points, none of 72 paths came to its end). Instead one more unknown s is moved:
  G = ``{F(x; p + s (q - p)), s}`` and H = ``{F(x; p + s (q - p)), s - 1}``.

The constant gamma is 1 and the power of t is 1: a generic edge needs no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.solvers.batch import Batch
from critlocus.tape.expand import Monomials, expand, parameter_degree
from critlocus.tape.system import PolynomialSystem
from critlocus.tape.text import monomials_text


@dataclass(frozen=True)
class Homotopy:
    """Start and target system, written out; ``lifted`` if s is one more variable, 0 at the start."""

    names: list[str]
    start: list[str]
    target: list[str]
    lifted: bool


def homotopies(
    system: PolynomialSystem, batch: Batch, rows: NDArray[np.int64]
) -> Iterator[tuple[Homotopy, NDArray[np.int64]]]:
    """Group the rows by their segments; yield each segment's start and target system with its rows."""
    graph, equations = system.graph, system.equations
    lifted = parameter_degree(graph, equations) > 1
    names = variable_names(system.n) + (["s"] if lifted else [])
    members: dict[int, list[str]] = {}
    segments, which = np.unique(np.stack([batch.from_[rows], batch.to[rows]], axis=1), axis=0, return_inverse=True)
    for k, (a, b) in enumerate(segments.tolist()):
        if lifted:
            p, q = batch.parameters[a].tolist(), batch.parameters[b].tolist()
            family = polynomial_texts(expand(graph, equations, p, to=q), names)
            start, target = [*family, "s;"], [*family, "s - 1;"]
        else:
            for row in (a, b):
                if row not in members:
                    members[row] = polynomial_texts(expand(graph, equations, batch.parameters[row].tolist()), names)
            start, target = members[a], members[b]
        yield Homotopy(names, start, target, lifted), rows[which.ravel() == k]


def variable_names(n: int) -> list[str]:
    """Return names that PHCpack accepts: they must not begin with i, I, e or E."""
    return [f"x{k + 1}" for k in range(n)]


def polynomial_texts(polynomials: list[Monomials], names: list[str]) -> list[str]:
    """Write polynomials for PHCpack. The first one names all variables, so that they come in this order."""
    texts = [monomials_text(p, names, _coefficient) + ";" for p in polynomials]
    texts[0] = "+".join(names) + "-" + "-".join(names) + " + " + texts[0]
    return texts


def _coefficient(c: complex) -> str:
    return f"({c.real:.16e}{c.imag:+.16e}*i)"
