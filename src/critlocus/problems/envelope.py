"""The envelope of a parametrised distance: all quadratic forms in the monomials of mu, instead of those in mu.

``mu = C v`` with v the monomials of the weights, so ``1/2 |mu - u|_Q^2`` is ``1/2 v^T (C^T Q C) v - (C^T b)^T v`` up to
a constant. With a free matrix in place of ``C^T Q C`` the pairs (weights, parameters) are irreducible over the torus,
since dv has constant rank there. So monodromy finds all critical points of a generic member, and a parameter homotopy
brings them to every isolated critical point of the given one in the torus: to pure and to spurious ones, where d mu
drops rank. For linear convolutional networks the generic member is the ED problem of a Segre variety; see Kohn,
Montufar, Shahverdi & Trager, *Function space and critical points of linear convolutional networks* (2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.free_form import FreeForm
from critlocus.tape.expand import expand
from critlocus.tape.graph import Graph
from critlocus.varieties.chart import generic_rank
from critlocus.varieties.variety import Ambient, ParametrizedVariety

MAX_MONOMIALS = 64


@dataclass(frozen=True, eq=False)
class Monomials:
    """The toric variety of the monomials of mu.

    Parameters
    ----------
    variety : ParametrizedVariety
    """

    variety: ParametrizedVariety

    @cached_property
    def _expanded(self) -> tuple[list[tuple[int, ...]], NDArray[np.complex128]]:
        graph = Graph()
        theta = [graph.variable() for _ in range(self.n_weights)]
        polynomials = expand(graph, self.variety.mu(graph, theta), [])
        exponents = sorted({e for p in polynomials for e in p}, reverse=True)
        return exponents, np.array([[p.get(e, 0) for e in exponents] for p in polynomials], np.complex128)

    @property
    def exponents(self) -> list[tuple[int, ...]]:
        """The monomials v."""
        return self._expanded[0]

    @property
    def coefficients(self) -> NDArray[np.complex128]:
        """The matrix C of ``mu = C v``."""
        return self._expanded[1]

    @property
    def name(self) -> str:
        """For messages."""
        return f"monomials of {self.variety.name}"

    @cached_property
    def ambient(self) -> Ambient:
        """One coordinate per monomial."""
        return Ambient(tuple(map(str, self.exponents)), (1.0,) * len(self.exponents))

    @property
    def n_weights(self) -> int:
        """Those of the variety."""
        return self.variety.n_weights

    @property
    def weight_names(self) -> list[str]:
        """Those of the variety."""
        return self.variety.weight_names

    @property
    def units(self) -> list[list[int]]:
        """Those of the variety."""
        return self.variety.units

    @property
    def last_layer(self) -> list[int]:
        """Those of the variety."""
        return self.variety.last_layer

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the monomials."""
        found = []
        for exponents in self.exponents:
            node = graph.constant(1)
            for t, e in zip(theta, exponents, strict=True):
                for _ in range(e):
                    node = graph.product(node, t)
            found.append(node)
        return found


class Envelope(ParametrizedDistance):
    """The family of all quadratic forms in the monomials of mu, in the chart of a given family.

    Parameters
    ----------
    family : ParametrizedDistance
    """

    def __init__(self, family: ParametrizedDistance) -> None:
        self.monomials = Monomials(family.variety)
        self.free = FreeForm(len(self.monomials.exponents))
        self.family = family
        super().__init__(self.monomials, self.free, family.chart)

    def member(self, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the parameters, shape ``(n_params,)``, that stand for those of the given family."""
        own = self.family
        q, b = own.form.matrix(parameters[: own.n_form]), parameters[own.n_form :]
        c = self.monomials.coefficients
        return np.concatenate([self.free.entries(c.T @ q @ c), c.T @ b])


def envelope(family: ParametrizedDistance, rng: np.random.Generator) -> Envelope | None:
    """Return the envelope of a family, or None where it says nothing new or nothing at all.

    It says nothing new if mu consists of independent monomials itself: then d mu never drops rank on the torus. It does
    not exist if the monomials see less gauge than mu (rotations of units): spurious points are then not isolated.
    """
    variety = family.variety
    monomials = Monomials(variety)
    count = len(monomials.exponents)
    if count > MAX_MONOMIALS or not any(any(e) for e in monomials.exponents):
        return None
    if count == np.linalg.matrix_rank(monomials.coefficients):
        return None
    if generic_rank(monomials, rng)[0] != family.n_unknowns:
        return None
    return Envelope(family)
