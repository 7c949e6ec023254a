"""Linear sections: the points of a variety in a general affine space of complementary dimension.

Their number is the degree of the variety (of the affine closure; of a cone: the degree of the projective variety).
Moving the space moves the points; if the variety is irreducible, loops of spaces connect all of them, because the
spaces through a point are a linear family, so that the pairs (point, space) are irreducible, too.
Reference: Sommese & Wampler, *The Numerical Solution of Systems of Polynomials* (2005), ch. 12-15.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import Identification
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import complex_normal
from critlocus.tape.expand import expand
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import Chart
from critlocus.varieties.smooth_point import ON_VARIETY, equation_system, relative_residual, smooth_point
from critlocus.varieties.variety import ImplicitVariety, ParametrizedVariety


class LinearSection(Protocol):
    """A family of sections by affine spaces: unknowns z, and parameters that place the space."""

    system: PolynomialSystem
    identification: Identification

    def points(self, z: NDArray[np.complex128], parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the points f, shape ``(k, N)``, of unknowns of shape ``(k, n)``; one section or one for each."""
        ...

    def random_parameters(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return general members of the family, shape ``(count, n_params)``."""
        ...

    def direction(self, rng: np.random.Generator, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return a random change of the parameters that moves their section parallel to itself."""
        ...

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return a random point (its unknowns), and the parameters of a section on which it lies."""
        ...


class ParametrizedSection:
    """Sections of the image of mu, in a chart of the gauge: ``A mu(t) = c``.

    Up to its row space a general A is ``dim`` coordinates, each plus a combination of the ``codim`` others. Parameters:
    c, then the combinations row by row.

    Parameters
    ----------
    variety : ParametrizedVariety
    chart : Chart
        A chart that dominates the variety.
    rng : Generator
        Chooses the ``dim`` coordinates.
    """

    def __init__(self, variety: ParametrizedVariety, chart: Chart, rng: np.random.Generator) -> None:
        self.dim, count = chart.dim, len(variety.ambient)
        self._order = rng.permutation(count)
        graph = Graph()
        self.functions = PolynomialSystem(graph, variety.mu(graph, chart.nodes(graph, _variables(graph, self.dim))))
        graph = Graph()
        f = variety.mu(graph, chart.nodes(graph, _variables(graph, self.dim)))
        c = [graph.parameter() for _ in range(self.dim)]
        equations = []
        for own, constant in zip(self._order[: self.dim].tolist(), c, strict=True):
            terms: list[Term] = [(1.0, f[own], NONE), (-1.0, constant, NONE)]
            terms += [(1.0, graph.parameter(), f[k]) for k in self._order[self.dim :].tolist()]
            equations.append(graph.sum(terms))
        self.system = PolynomialSystem(graph, equations)
        self.identification: Identification = Fibres(self.functions)

    def points(self, z: NDArray[np.complex128], parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return mu."""
        return self.functions(z, np.zeros(0))

    def through(self, f: NDArray[np.complex128], slopes: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return parameters of sections through points f, shape ``(k, N)``, with combinations ``(k, dim, codim)``."""
        f = f[:, self._order]
        c = f[:, : self.dim] + np.einsum("kij,kj->ki", slopes, f[:, self.dim :])
        return np.hstack([c, slopes.reshape(len(f), -1)])

    def random_parameters(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return sections near random points, of very different sizes and slopes.

        Loops must go around branch points near and far: with parallel sections of sizes all alike, one run in ten
        missed a point of the twisted cubic.
        """
        t = complex_normal(rng, (count, self.dim)) * np.exp(0.5 * rng.standard_normal((count, 1)))
        found = self.through(self.functions(t, np.zeros(0)), self._slopes(rng, count))
        c = found[:, : self.dim]
        size = np.linalg.norm(c, axis=1, keepdims=True) / np.sqrt(self.dim)
        c += size * complex_normal(rng, c.shape)
        c *= np.exp(rng.standard_normal((count, 1)))
        return found

    def direction(self, rng: np.random.Generator, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return a random change of the parameters that moves their section parallel to itself."""
        step = np.zeros_like(parameters)
        step[: self.dim] = complex_normal(rng, (self.dim,)) * np.abs(parameters[: self.dim]).mean()
        return step

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return random t and a section through mu(t)."""
        t = complex_normal(rng, (self.dim,))
        return t, self.through(self.functions(t[None, :], np.zeros(0)), self._slopes(rng, 1))[0]

    def _slopes(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        codim = len(self._order) - self.dim
        slopes = complex_normal(rng, (count, self.dim, codim)) / np.sqrt(max(1, codim))
        return np.asarray(slopes * np.exp(0.5 * rng.standard_normal((count, 1, 1))))


class ImplicitSection:
    """Sections of a zero set: ``g(p + B s) = 0`` with unknowns s and parameters p.

    With more equations than the codimension, as many random combinations of them are used; their other zeros are
    sifted out by `on_variety`.

    Parameters
    ----------
    variety : ImplicitVariety
    rng : Generator
        Finds points of the variety, and draws B and the combinations.

    Raises
    ------
    InputError
        If no point of the variety can be found.
    """

    def __init__(self, variety: ImplicitVariety, rng: np.random.Generator) -> None:
        self.equations = equation_system(variety)
        self._point, self.codimension = smooth_point(variety.name, self.equations, rng)
        n, count = self.equations.n, len(self.equations.equations)
        self.basis = np.linalg.qr(rng.standard_normal((n, self.codimension)))[0]
        square = count == self.codimension
        combinations = np.eye(count) if square else rng.standard_normal((self.codimension, count))
        graph = Graph()
        s = _variables(graph, self.codimension)
        x = []
        for row in self.basis.tolist():
            terms: list[Term] = [(c, node, NONE) for c, node in zip(row, s, strict=True)]
            x.append(graph.sum([(1.0, graph.parameter(), NONE), *terms]))
        g = variety.equations(graph, x)
        rows = combinations.tolist()
        combined = [graph.sum([(c, node, NONE) for c, node in zip(row, g, strict=True) if c]) for row in rows]
        self.system = PolynomialSystem(graph, combined)
        self.identification: Identification = SignGroup.trivial(self.codimension)

    def points(self, z: NDArray[np.complex128], parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return ``p + B s``."""
        return np.asarray(parameters + z @ self.basis.T)

    def on_variety(self, x: NDArray[np.complex128]) -> NDArray[np.bool_]:
        """Tell which points, shape ``(k, N)``, solve all equations."""
        return np.array([relative_residual(self.equations, row) <= ON_VARIETY for row in x], bool)

    def random_parameters(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return random places p."""
        rows = complex_normal(rng, (count, self.equations.n))
        return np.asarray(rows * np.exp(rng.standard_normal((count, 1))))

    def direction(self, rng: np.random.Generator, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return a random change of p."""
        return np.asarray(complex_normal(rng, parameters.shape) * np.abs(parameters).mean())

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return random s and the p that moves it to a known point."""
        s = complex_normal(rng, (self.codimension,))
        return s, self._point - self.basis @ s


def _variables(graph: Graph, count: int) -> list[int]:
    return [graph.variable() for _ in range(count)]


def points_on_line(variety: ImplicitVariety, rng: np.random.Generator) -> list[NDArray[np.complex128]]:
    """Return all points of a hypersurface on a random line; none if there is not one equation."""
    graph = Graph()
    s = graph.variable()
    size = len(variety.ambient)
    a, b = complex_normal(rng, (2, size))
    line: list[int] = []
    for u, v in zip(a.tolist(), b.tolist(), strict=True):
        terms: list[Term] = [(1.0, graph.constant(u), NONE), (1.0, graph.constant(v), s)]
        line.append(graph.sum(terms))
    equations = variety.equations(graph, line)
    if len(equations) != 1:
        return []
    polynomial = expand(graph, equations, [])[0]
    degree = max((e[0] for e in polynomial), default=0)
    roots = np.roots([polynomial.get((k,), 0) for k in range(degree, -1, -1)])
    return [a + root * b for root in roots]
