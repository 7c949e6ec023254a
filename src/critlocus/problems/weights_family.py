"""The critical points of a regularised loss on one zero pattern, as a family whose data moves along lines and planes.

Here a line of data is a line in the space of the data parameters (moments, or the points themselves, see
`critlocus.problems.critical_points`); the regulariser stays. With moments the line between two data sets is the family
of losses ``(1 - s) L_0 + s L_1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.networks.symmetry import sign_group
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.discriminant import focal_points
from critlocus.problems.moments import Moments
from critlocus.problems.quadratic_form import MomentForm
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem


class WeightsFamily:
    """The critical points of one zero pattern; a `critlocus.problems.discriminant.Family`.

    Parameters
    ----------
    problem : CriticalPoints
        With moments as parameters: the equations are linear in them.
    support : int64 array
        The weights of the pattern.

    Raises
    ------
    InputError
        If there are so few data points that the points themselves are the parameters.
    """

    def __init__(self, problem: CriticalPoints, support: NDArray[np.int64]) -> None:
        if not problem.moments:
            raise InputError("discriminant: so few data points that the moments are not independent; give more points")
        self.problem, self.support = problem, support
        self.system: PolynomialSystem = problem.system(support)
        flips = sign_group(problem.network).flips[:, support]
        pairs = [(i, j) for i in range(len(support)) for j in range(i, len(support))]
        self._pairs = [(i, j) for i, j in pairs if np.array_equal(flips[:, i], flips[:, j])]

    @property
    def n_unknowns(self) -> int:
        """Weights of the pattern."""
        return len(self.support)

    @property
    def n_kernel(self) -> int:
        """All of them."""
        return len(self.support)

    @property
    def n_params(self) -> int:
        """Moments and regulariser."""
        return self.problem.n_params

    @property
    def moving(self) -> NDArray[np.int64]:
        """The moments."""
        return np.arange(self.problem.n_data)

    @cached_property
    def form(self) -> MomentForm:
        """The form of the squared error, whose parameters are the moments of the inputs."""
        network = self.problem.network
        return MomentForm(Moments(network.input_monomials, network.n_outputs))

    @property
    def n_form(self) -> int:
        """Number of moments of the inputs, which come first."""
        return len(self.form.names)

    @property
    def targets(self) -> NDArray[np.int64]:
        """The moments of inputs and outputs: those that move if the outputs do."""
        return np.arange(self.n_form, self.problem.n_data)

    def theta(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return nodes for all weights: zeros outside of the pattern."""
        found = [graph.constant(0)] * self.problem.network.n_weights
        for k, node in zip(self.support.tolist(), z, strict=True):
            found[k] = node
        return found

    def coordinates(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return the coefficients of the network's function, output by output."""
        return [c for row in self.problem.network.parametrisation(graph, self.theta(graph, z)) for c in row]

    def equations(self, graph: Graph, z: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return the gradient by the weights of the pattern."""
        return self.problem.equations(graph, self.theta(graph, z), list(parameters))

    def invariants(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return products of weights that the sign group leaves alone: orbits are one solution."""
        return [graph.product(z[i], z[j]) for i, j in self._pairs]

    def random_parameters(self, rng: np.random.Generator, count: int | None = None) -> NDArray[np.complex128]:
        """Return generic complex parameters."""
        return self.problem.random_parameters(rng, count)

    def start_pair(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return (z, p) with F(z; p) = 0."""
        return self.problem.start_pair(rng, self.support)

    def two_data(self, rng: np.random.Generator) -> tuple[NDArray[np.complex128], ...]:
        """Return (z, p, q): a point that is critical for both, so that it is for ``p + t q``."""
        first, second = self.random_parameters(rng), self.random_parameters(rng)
        if self.n_unknowns == 0:
            return np.zeros(0, np.complex128), first, second
        z, first = self.start_pair(rng)
        at = self.problem.n_data + self.support
        second[at] = 0
        second[at] = -self.system(z, second) / z
        return z, first, second

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], ...]]:
        """Return (z, v, p): at a point z two data sets give ``H_0 + t H_1``, with the regulariser solved for."""
        z, first, second = self.two_data(rng)
        h0, h1 = self.system.jacobian(z, first), self.system.jacobian(z, second)
        found = focal_points(h0, h1, np.eye(len(z), dtype=np.complex128))
        return [(z, v, first + t * second) for t, v in found]
