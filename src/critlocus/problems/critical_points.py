"""The critical points of a regularised loss in the space of weights, as families of polynomial systems.

``grad [ 1/2 sum_i w_i |f_theta(x_i) - y_i|^2 + 1/2 sum_k lambda_k theta_k^2 ] = 0``

Data enters the equations in one of two ways:

* ``moments``: with many points the loss depends on the data through the Veronese moments ``sum_i w_i x_i^gamma`` and
  ``sum_i w_i y_i x_i^alpha`` alone; if these are as good as independent numbers (checked by the rank of the map from
  points to moments), they are the parameters.
* ``points``: with few points the moments satisfy relations, so the points themselves are the parameters.

Both families are irreducible over each zero pattern, see `critlocus.networks.zero_patterns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.losses import Data
from critlocus.modular import PRIME, evaluate_mod, modular_rank
from critlocus.networks import Network, ZeroPattern
from critlocus.problems.moments import Moments, moments_are_independent
from critlocus.tape.derivatives import jacobian, pullback
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.system import PolynomialSystem

_START_PAIRS = 16


@dataclass(frozen=True, eq=False)
class CriticalPoints:
    """The family of critical-point systems of a network for data sets of a given size.

    Parameters
    ----------
    network : Network
    n_points : int
        Number of data points.
    weighted : bool
        The points carry weights of their own.
    """

    network: Network
    n_points: int
    weighted: bool = False

    def __post_init__(self) -> None:
        self.network.check_moments()

    @cached_property
    def moments(self) -> bool:
        """Whether moments (rather than points) are the parameters."""
        return moments_are_independent(self._statistics, self.network.n_inputs, self.n_points, weighted=self.weighted)

    @cached_property
    def _statistics(self) -> Moments:
        return Moments(self.network.input_monomials, self.network.n_outputs)

    @cached_property
    def parameter_names(self) -> list[str]:
        """Data parameters first, then one lambda per weight."""
        net = self.network
        if self.moments:
            names = list(self._statistics.names)
        else:
            names = [f"x[{i},{j}]" for i in range(self.n_points) for j in range(net.n_inputs)]
            names += [f"y[{i},{j}]" for i in range(self.n_points) for j in range(net.n_outputs)]
            names += [f"w[{i}]" for i in range(self.n_points)] if self.weighted else []
        return names + [f"lambda {name}" for name in net.weight_names]

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return len(self.parameter_names)

    @property
    def n_data(self) -> int:
        """Number of data parameters, which come first."""
        return self.n_params - self.network.n_weights

    def equations(self, graph: Graph, theta: list[int], parameters: list[int]) -> list[int]:
        """Return the gradient by each weight, over any nodes for weights and parameters."""
        outputs, seeds = (self._moment_loss if self.moments else self._point_loss)(graph, theta, parameters)
        variables = [t for t in theta if not graph.is_zero(t)]
        data_gradient = dict(zip(variables, pullback(graph, outputs, seeds, variables), strict=True))
        lambdas = parameters[self.n_data :]
        return [
            graph.sum([(1.0, data_gradient[t], NONE), (1.0, l, t)])
            for t, l in zip(theta, lambdas, strict=True)
            if not graph.is_zero(t)
        ]

    def _moment_loss(self, graph: Graph, theta: list[int], parameters: list[int]) -> tuple[list[int], list[int]]:
        net, basis = self.network, self.network.input_monomials
        moment = dict(zip(self._statistics.exponents, parameters, strict=False))
        cross = parameters[len(self._statistics.exponents) : self.n_data]
        outputs: list[int] = []
        seeds: list[int] = []
        for o, coefficients in enumerate(net.parametrisation(graph, theta)):
            for a, alpha in enumerate(basis):
                terms: list[Term] = [(-1.0, cross[o * len(basis) + a], NONE)]
                for beta, c in zip(basis, coefficients, strict=True):
                    terms.append((1.0, c, moment[tuple(map(sum, zip(alpha, beta, strict=True)))]))
                outputs.append(coefficients[a])
                seeds.append(graph.sum(terms))
        return outputs, seeds

    def _point_loss(self, graph: Graph, theta: list[int], parameters: list[int]) -> tuple[list[int], list[int]]:
        net, m = self.network, self.n_points
        x, y = parameters[: m * net.n_inputs], parameters[m * net.n_inputs :]
        w = y[m * net.n_outputs :]
        outputs: list[int] = []
        seeds: list[int] = []
        for i in range(m):
            point = net.forward(graph, theta, x[i * net.n_inputs : (i + 1) * net.n_inputs])
            for o, f in enumerate(point):
                error = graph.sum([(1.0, f, NONE), (-1.0, y[i * net.n_outputs + o], NONE)])
                outputs.append(f)
                seeds.append(graph.product(w[i], error) if self.weighted else error)
        return outputs, seeds

    def system(self, support: NDArray[np.int64] | None = None) -> PolynomialSystem:
        """Return the system in the weights of a support, the others set to 0; parameters are always all of them."""
        alive = np.arange(self.network.n_weights) if support is None else support
        graph = Graph()
        zero = graph.constant(0)
        theta = [zero] * self.network.n_weights
        for k in alive:
            theta[int(k)] = graph.variable()
        parameters = [graph.parameter() for _ in range(self.n_params)]
        return PolynomialSystem(graph, self.equations(graph, theta, parameters), symmetric=True)

    def random_parameters(self, rng: np.random.Generator, count: int | None = None) -> NDArray[np.complex128]:
        """Return standard complex normal parameters, shape ``(n_params,)`` or ``(count, n_params)``."""
        shape = (self.n_params,) if count is None else (count, self.n_params)
        return complex_normal(rng, shape)

    def start_pair(
        self, rng: np.random.Generator, support: NDArray[np.int64]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return (theta0, p0), F(theta0; p0) = 0: random weights and data, then ``lambda_k = -grad_k / theta_k``.

        Of several draws the one is taken whose parameters differ least in size: a member with very large or small ones
        has solutions so far out that they are hard to reach.
        """
        system, at = self.system(support), self.n_data + support
        best: tuple[float, NDArray[np.complex128], NDArray[np.complex128]] | None = None
        for _ in range(_START_PAIRS):
            theta = np.exp(2j * np.pi * rng.random(len(support)) + 0.2 * rng.standard_normal(len(support)))
            parameters = self.random_parameters(rng)
            parameters[at] = 0
            parameters[at] = -system(theta, parameters) / theta
            spread = float(np.abs(np.log(np.maximum(np.abs(parameters), 1e-300))).max())
            if best is None or spread < best[0]:
                best = spread, theta, parameters
        if best is None:
            raise ValueError("no start pair was drawn")
        return best[1], best[2]

    def is_closed(self, pattern: ZeroPattern, rng: np.random.Generator) -> bool:
        """Tell whether the data gradient by every weight outside the pattern vanishes identically on it.

        Decided at a random point mod a 31-bit prime: a nonzero polynomial vanishes there with probability below
        degree / 2^31 (Schwartz-Zippel).
        """
        system = self.system()
        draw = _random_residues(rng, self.network.n_weights)
        outside = np.setdiff1d(np.arange(self.network.n_weights), pattern.support)
        draw[outside] = 0
        data = [*_random_residues(rng, self.n_data).tolist(), *[0] * self.network.n_weights]
        return not any(evaluate_mod(system.graph, [system.equations[k] for k in outside], draw.tolist(), data))

    def fills_parameter_space(self, pattern: ZeroPattern, rng: np.random.Generator, tries: int = 3) -> bool:
        """Tell whether the pattern has solutions over generic parameters.

        The component of the incidence variety over a closed pattern does exactly when the Jacobian is regular at a
        random point of it (generic smoothness). The determinant is taken mod a 31-bit prime: nonzero there means
        nonzero; zero at `tries` random points means zero but for a chance below (degree / 2^31)^tries.
        """
        support = pattern.support
        system = self.system(support)
        graph, n = system.graph, len(support)
        if n == 0:
            return True
        entries = jacobian(graph, system.equations, graph.variables)
        for _ in range(tries):
            theta = _random_residues(rng, n).tolist()
            parameters = _random_residues(rng, self.n_params).tolist()
            for k in support:
                parameters[self.n_data + int(k)] = 0
            gradient = evaluate_mod(graph, system.equations, theta, parameters)
            for k, g, t in zip(support, gradient, theta, strict=True):
                parameters[self.n_data + int(k)] = -g * pow(t, -1, PRIME) % PRIME
            matrix = np.zeros((n, n), dtype=np.int64)
            for (i, k), value in zip(
                entries, evaluate_mod(graph, list(entries.values()), theta, parameters), strict=True
            ):
                matrix[i, k] = value
            if modular_rank(matrix) == n:
                return True
        return False

    def data_parameters(self, data: Data) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the data parameters of real points as ``high + low``, and bounds of the error, shapes ``(n_data,)``.

        Moments are computed exactly, as integers over a power of 2, and rounded to about 31 digits.
        """
        if not self.moments:
            parts = [data.inputs.ravel(), data.outputs.ravel()]
            if self.weighted and data.weights is not None:
                parts.append(data.weights)
            values = np.concatenate(parts)
            return values, np.zeros_like(values), np.zeros_like(values)
        return self._statistics.exact(data)


def complex_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.complex128]:
    """Return independent standard complex normal numbers (variance 1)."""
    return np.asarray((rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) / np.sqrt(2))


def _random_residues(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    return rng.integers(1, PRIME, count)
