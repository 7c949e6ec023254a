"""The critical locus of a loss without regulariser, cut by affine spaces: square systems for its witness points.

Unknowns are all weights; parameters are the moments of the data (Q and b of ``1/2 mu^T Q mu - b^T mu``) and an affine
slice ``A theta = c`` of e rows. The n gradient equations are squared up: n - e random combinations of them, which near
a point of a reduced component of dimension e cut out the same set. Where the gradient alone is not reduced, minors that
vanish on a rank stratum join the gradient: on a stratum the equations have constant rank over b, so that they are
reduced together for generic b.

Reference: Sommese & Wampler, *The Numerical Solution of Systems of Polynomials* (2005), ch. 13.
"""

from __future__ import annotations

from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from critlocus.networks import Network
from critlocus.networks.rank_strata import RankStratum
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.moments import Moments
from critlocus.problems.quadratic_form import MomentForm, minus
from critlocus.tape.derivatives import jacobian, pullback
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.neurovariety import Neurovariety

Matrix = list[list[int]]


class DegenerateLocus:
    """The critical locus of the data loss of a network, over all data.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.n = network.n_weights
        self.moments = Moments(list(network.input_monomials), network.n_outputs)
        self.form = MomentForm(self.moments)
        self.n_moments = len(self.moments.names)
        self._systems: dict[tuple[int, RankStratum | None], PolynomialSystem] = {}

    def gradient_nodes(self, graph: Graph, theta: list[int], moments: list[int]) -> list[int]:
        """Return the gradient of the data loss over nodes of the weights and moments."""
        f = Neurovariety(self.network).mu(graph, theta)
        first = len(self.form.names)
        return pullback(graph, f, minus(graph, self.form.apply(graph, moments[:first], f), moments[first:]), theta)

    @cached_property
    def gradient(self) -> PolynomialSystem:
        """The gradient in the weights; parameters: the moments."""
        graph = Graph()
        theta = [graph.variable() for _ in range(self.n)]
        moments = [graph.parameter() for _ in range(self.n_moments)]
        return PolynomialSystem(graph, self.gradient_nodes(graph, theta, moments), symmetric=True)

    @cached_property
    def hessian(self) -> tuple[Graph, dict[tuple[int, int], int]]:
        """The Hessian as nodes over a graph whose variables are the weights, then the moments (for enclosures)."""
        graph = Graph()
        theta = [graph.variable() for _ in range(self.n)]
        moments = [graph.variable() for _ in range(self.n_moments)]
        return graph, jacobian(graph, self.gradient_nodes(graph, theta, moments), theta)

    @cached_property
    def functions(self) -> PolynomialSystem:
        """The map mu."""
        graph = Graph()
        theta = [graph.variable() for _ in range(self.n)]
        return PolynomialSystem(graph, Neurovariety(self.network).mu(graph, theta))

    def sliced(self, dimension: int, stratum: RankStratum | None = None) -> PolynomialSystem:
        """Return the square system for a slice of `dimension` rows; with a stratum, its minors join the gradient.

        Parameters: the moments, A row by row, c. The combinations are real and fixed, so that real data and slices
        give a real system.
        """
        key = dimension, stratum
        if key not in self._systems:
            graph = Graph()
            theta = [graph.variable() for _ in range(self.n)]
            moments = [graph.parameter() for _ in range(self.n_moments)]
            matrix = [[graph.parameter() for _ in range(self.n)] for _ in range(dimension)]
            constants = [graph.parameter() for _ in range(dimension)]
            own = self.gradient_nodes(graph, theta, moments)
            if stratum is not None:
                own += rank_equations(graph, theta, stratum)
            draw = np.random.default_rng(1905).standard_normal((len(own), len(own)))
            rows = np.linalg.qr(draw)[0][: self.n - dimension]
            if dimension == 0 and stratum is None:
                rows = np.eye(self.n)
            equations = [
                graph.sum([(1.0, graph.constant(c), g) for c, g in zip(row, own, strict=True) if c])
                for row in rows.tolist()
            ]
            for row, c in zip(matrix, constants, strict=True):
                equations.append(graph.sum([*((1.0, a, t) for a, t in zip(row, theta, strict=True)), (-1.0, c, NONE)]))
            self._systems[key] = PolynomialSystem(graph, equations)
        return self._systems[key]

    def parameters(
        self, moments: NDArray[np.complex128], matrix: NDArray[np.complex128], constants: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Return a row of parameters of a sliced system."""
        return np.concatenate([moments, matrix.ravel(), constants]).astype(np.complex128)

    def random_parameters(self, rng: np.random.Generator, dimension: int, count: int) -> NDArray[np.complex128]:
        """Return generic data and slices, shape ``(count, n_params)``."""
        return complex_normal(rng, (count, self.n_moments + dimension * (self.n + 1)))

    def start_moments(
        self, theta: NDArray[np.complex128], rank: int, rng: np.random.Generator
    ) -> NDArray[np.complex128]:
        """Return random moments for which theta is critical: ``b = Q mu - v`` with a random v in the kernel of D^T.

        Parameters
        ----------
        rank : int
            Rank of D = d mu at theta.
        """
        moments = complex_normal(rng, (self.n_moments,))
        d = self.functions.jacobian(theta, np.zeros(0))
        kernel = np.linalg.svd(d.T)[2][rank:].conj().T
        q = self.form.matrix(moments[: len(self.form.names)])
        value = self.functions(theta, np.zeros(0))
        moments[len(self.form.names) :] = q @ value - kernel @ complex_normal(rng, (kernel.shape[1],))
        return moments

    def hessian_at(self, theta: NDArray[np.complex128], moments: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the Hessian at one point, shape ``(n, n)``."""
        return self.gradient.jacobian(theta, moments)


def formal_degrees(system: PolynomialSystem) -> list[int]:
    """Return the degree of every equation in the variables, as it is written."""
    graph = system.graph
    degree = dict.fromkeys(graph.variables, 1)
    for node in graph.reachable(system.equations):
        degree[node] = max(degree.get(a, 0) + (0 if b == NONE else degree.get(b, 0)) for _, a, b in graph.sums[node])
    return [degree.get(node, 0) for node in system.equations]


def rank_equations(graph: Graph, theta: list[int], stratum: RankStratum) -> list[int]:
    """Return minors that vanish on a stratum: of every product of layers those one larger than its rank.

    They generate the ideal of the closure of the stratum (Lakshmibai & Magyar, *Degeneracy schemes, quiver schemes and
    Schubert varieties*, 1998).
    """
    arrays = stratum.network.unpack(np.array(theta, dtype=np.int64))
    found = []
    for i in range(stratum.layers):
        product: Matrix = arrays[f"W{i + 1}"].tolist()
        for j in range(i + 1, stratum.layers + 1):
            if j > i + 1:
                left = arrays[f"W{j}"].tolist()
                columns = list(zip(*product, strict=True))
                product = [[graph.dot(row, column) for column in columns] for row in left]
            size = stratum.rank(i, j) + 1
            if size > min(stratum.network.widths[i : j + 1]):
                continue
            for rows in combinations(range(len(product)), size):
                for columns_of in combinations(range(len(product[0])), size):
                    found.append(_determinant(graph, [[product[r][c] for c in columns_of] for r in rows]))
    return list(dict.fromkeys(node for node in found if not graph.is_zero(node)))


def _determinant(graph: Graph, matrix: Matrix) -> int:
    """Return the node of a determinant, by expansion along the first row."""
    if len(matrix) == 1:
        return matrix[0][0]
    terms = []
    for k, entry in enumerate(matrix[0]):
        minor = _determinant(graph, [row[:k] + row[k + 1 :] for row in matrix[1:]])
        terms.append((1.0 if k % 2 == 0 else -1.0, entry, minor))
    return graph.sum(terms)
