"""Hidden units that rotations mix without a change of the regularised loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.networks import Network


def rotating_units(network: Network, regularizer: NDArray[np.float64]) -> list[list[int]]:
    """Return groups of at least two hidden units, counted from 1, among which rotations leave the loss as it is.

    If the lambdas of unit i are r times those of unit j on the incoming weights, and 1/r times on the outgoing ones,
    then both units have the same lambdas once one of them is rescaled; for linear networks all orthogonal changes of
    the two are symmetries then. The critical points at which one of them lives come in curves, and none is regular.

    Parameters
    ----------
    network : Network
        With one hidden layer.
    regularizer : float64 array, shape (n_weights,)
    """
    if not (network.sigma.is_power and network.sigma.degree == 1):
        return []
    parts = network.unpack(regularizer)
    incoming, outgoing = parts["W1"], parts["W2"].T
    groups: list[list[int]] = []
    for unit in range(len(incoming)):
        for group in groups:
            first = group[0] - 1
            a, b = np.linalg.norm(incoming[unit]), np.linalg.norm(incoming[first])
            if np.allclose(incoming[unit] * b, incoming[first] * a, rtol=1e-12, atol=0) and np.allclose(
                outgoing[unit] * a, outgoing[first] * b, rtol=1e-12, atol=0
            ):
                group.append(unit + 1)
                break
        else:
            groups.append([unit + 1])
    return [group for group in groups if len(group) > 1]
