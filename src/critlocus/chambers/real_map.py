"""The map from weights to a point of a variety, at many real weights: derivatives, charts, and good weights.

Along the fibre of a point weights may be very uneven: a unit that is huge at one end and tiny at the other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.summands import n_summands, quadratic_cones
from critlocus.tape.graph import Graph
from critlocus.tape.levels import LevelledGraph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.variety import ParametrizedVariety

Reals = NDArray[np.float64]
_SWEEPS, _ACROSS = 60, 0.1


class RealMap:
    """mu and its Jacobian at many real weights.

    Parameters
    ----------
    variety : ParametrizedVariety
    system : PolynomialSystem, optional
        Another map whose fibres are the gauge, where mu itself is too coarse.
    """

    def __init__(self, variety: ParametrizedVariety, system: PolynomialSystem | None = None) -> None:
        self.variety = variety
        if system is None:
            graph = Graph()
            theta = [graph.variable() for _ in range(variety.n_weights)]
            system = PolynomialSystem(graph, variety.mu(graph, theta))
        self.shape = len(system.equations), system.n
        self.entries = list(system.derivatives)
        self.graph = LevelledGraph(system.graph, [*system.equations, *system.derivatives.values()])

    def __call__(self, theta: Reals) -> tuple[Reals, Reals]:
        """Return the points, shape (A, N), and the Jacobians, shape (A, N, n_weights)."""
        columns = self.graph(theta, np.zeros((len(theta), 0)))
        found = np.zeros((len(theta), *self.shape))
        for (i, k), column in zip(self.entries, columns[:, self.shape[0] :].T, strict=True):
            found[:, i, k] = column
        return columns[:, : self.shape[0]], found

    def chart_around(self, theta: Reals, dim: int) -> Reals:
        """Return orthonormal bases of the directions that move the point, shape (A, n_weights, dim)."""
        return np.asarray(np.linalg.svd(self(theta)[1])[2][:, :dim].transpose(0, 2, 1))

    def normalised(self, theta: Reals) -> Reals:
        """Return weights of the same points whose units have length 1, by another last layer, shape (A, n_weights).

        A unit that vanishes does so in the last layer: its own weights have a limit. Units that may be mixed (of
        matrices, and of squares with one output) become orthogonal; else two of them may become parallel instead.
        (Sums of cones only; the weights of other varieties are left as they are.)
        """
        if not n_summands(self.variety):
            return theta
        values, found = self(theta)[0], theta.copy()
        last = self.variety.last_layer
        units = [unit for unit in self.variety.units if not np.isin(unit, last).any()]
        for unit in units:
            found[:, unit] /= np.linalg.norm(found[:, unit], axis=1, keepdims=True)
        if quadratic_cones(self.variety):
            basis, rest = np.linalg.qr(found[:, units].transpose(0, 2, 1))
            if len(last) == len(units):  # the eigenvectors of the quadratic form
                ends = theta[:, last] * np.sum(theta[:, units] ** 2, axis=2)
                basis = basis @ np.linalg.eigh((rest * ends[:, None, :]) @ rest.transpose(0, 2, 1))[1]
            found[:, units] = basis.transpose(0, 2, 1)
        # mu is linear in the last layer.
        found[:, last] = np.einsum("awn,an->aw", np.linalg.pinv(self(found)[1][:, :, last]), values)
        return found


def shorter(theta: Reals, derivative: Callable[[Reals], Reals], rank: int) -> Reals:
    """Return weights of length 1, moved along the kernels of a derivative until they are nearly orthogonal to these.

    Half of the way each time: scalings of a unit then halve one end of it and double the other.

    Parameters
    ----------
    theta : float64 array, shape (A, n_weights)
    derivative : callable
        From weights to matrices, shape (A, N, n_weights).
    rank : int
        Of these.
    """
    for _ in range(_SWEEPS):
        theta = theta / np.linalg.norm(theta, axis=1, keepdims=True)
        kernel = np.linalg.svd(derivative(theta))[2][:, rank:]
        along = np.einsum("aiw,ai->aw", kernel, np.einsum("aiw,aw->ai", kernel, theta))
        if np.all(np.linalg.norm(along, axis=1) <= _ACROSS):
            break
        theta = theta - along / 2
    return theta
