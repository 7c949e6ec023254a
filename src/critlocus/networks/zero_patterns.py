"""Zero patterns: which weights vanish identically on a component of the incidence variety {(theta, parameters)}.

Let the regulariser be entrywise and generic and fix a set S of weights allowed to be nonzero. Over theta with
support exactly S, the equations of the weights in S are solved by their lambda_k; those of the other weights must
hold for all data, or the component does not fill parameter space. So S is realised only if

* for k not in S the gradient of the data loss by theta_k vanishes identically on S, and
* for k in S it does not (else lambda_k theta_k = 0).

The gradient of a weight from unit j to unit i is (signal back at i) * (value at j), so a realised S is given by sets
of living units: all weights between living units are nonzero, all others vanish, that is, S is the torus of a
subnetwork. The incidence variety over the torus of S is irreducible (a trivial bundle with coordinates theta and
data), so one monodromy orbit is all of it. Whether it fills parameter space is read off the Hessian on S at a random
point: `critlocus.continuation.strata`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.networks.network import Network

Units = tuple[int, ...]


@dataclass(frozen=True)
class ZeroPattern:
    """A set of living hidden units, layer by layer, and the weights that may be nonzero."""

    network: Network
    alive: tuple[Units, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the subnetwork of living units; a layer may have width 0."""
        return (self.network.n_inputs, *(len(units) for units in self.alive), self.network.n_outputs)

    @property
    def name(self) -> str:
        """Widths of the subnetwork, such as ``2-1-2``."""
        return "-".join(map(str, self.widths))

    @property
    def support(self) -> NDArray[np.int64]:
        """Sorted indices into theta of the weights that are not identically zero."""
        return np.flatnonzero(_support(self.network, self.alive))


def zero_patterns(network: Network) -> list[ZeroPattern]:
    """Return all candidate patterns, from the full network down to the smallest.

    Raises
    ------
    InputError
        If s(0) is not 0: then dead units still send a constant on.
    """
    if network.sigma.coefficients[0] != 0:
        raise InputError(
            f"{network.name}: in the space of weights the activation must vanish at 0; use --space functions"
        )
    found = [ZeroPattern(network, alive) for alive in _living_units(network)]
    return sorted(found, key=lambda pattern: (-len(pattern.support), [-w for w in pattern.widths], pattern.alive))


def _subsets(width: int) -> list[Units]:
    sizes = (combinations(range(width), size) for size in range(1, width + 1))
    return list(chain.from_iterable(sizes))


def _living_units(network: Network) -> Iterator[tuple[Units, ...]]:
    """Units that live both receive a value and send one on.

    Without bias a dead layer kills the network: the origin. With biases the layers behind the last dead layer are
    driven by their biases, those before it are dead.
    """
    hidden = network.widths[1:-1]
    for dead in range(len(hidden) + 1) if network.bias else (0, len(hidden)):
        for rest in product(*(_subsets(width) for width in hidden[dead:])):
            yield ((),) * dead + rest


def _support(network: Network, alive: tuple[Units, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(network.n_weights, dtype=bool)
    index: dict[str, NDArray[Any]] = network.unpack(np.arange(network.n_weights))
    layers: list[Units] = [tuple(range(network.n_inputs)), *alive, tuple(range(network.n_outputs))]
    if not network.bias and any(not units for units in alive):
        return mask
    last_dead = max((layer for layer, units in enumerate(layers) if not units), default=0)
    for layer in range(1, len(layers)):
        if layer <= last_dead:
            continue
        targets = list(layers[layer])
        mask[index[f"W{layer}"][np.ix_(targets, list(layers[layer - 1]))].ravel()] = True
        if network.bias:
            mask[index[f"b{layer}"][targets]] = True
    return mask
