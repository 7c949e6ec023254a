"""Losses: ``1/2 sum_i w_i |f(x_i) - y_i|^2 + 1/2 sum_k lambda_k theta_k^2`` from data, weights and a regulariser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.errors import InputError
from critlocus.networks.network import Network
from critlocus.number_size import in_range


@dataclass(frozen=True, eq=False)
class Data:
    """Real data points.

    Parameters
    ----------
    inputs : float array, shape (m, n_inputs)
    outputs : float array, shape (m, n_outputs)
    weights : float array, shape (m,), optional
        Weight of each point's squared error; 1 where it is not given.
    source : str
        Where the points come from, for the record.

    Raises
    ------
    InputError
        On wrong shapes, no points, or values that are not finite.
    """

    inputs: NDArray[np.float64]
    outputs: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None
    source: str = "arrays"

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs", "weights"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, real_array(value, f"data {name}"))
        if self.inputs.ndim != 2 or self.outputs.ndim != 2:
            raise InputError(
                f"data: inputs and outputs must be tables (points x columns), not {self.inputs.ndim}- and "
                f"{self.outputs.ndim}-dimensional"
            )
        if len(self.inputs) == 0:
            raise InputError("data: there are no points")
        if len(self.inputs) != len(self.outputs):
            raise InputError(f"data: {len(self.inputs)} rows of inputs but {len(self.outputs)} rows of outputs")
        if self.weights is not None and self.weights.shape != (len(self.inputs),):
            raise InputError(f"data: weights have shape {self.weights.shape}, expected ({len(self.inputs)},)")

    def __len__(self) -> int:
        return len(self.inputs)

    def check(self, network: Network) -> None:
        """Raise InputError if the columns do not fit the network."""
        found = (self.inputs.shape[1], self.outputs.shape[1])
        if found != (network.n_inputs, network.n_outputs):
            raise InputError(
                f"data: {found[0]} input and {found[1]} output columns, but {network.name} takes "
                f"{network.n_inputs} and gives {network.n_outputs}"
            )

    @classmethod
    def generic(cls, network: Network, count: int, rng: np.random.Generator) -> Data:
        """Return `count` points with independent standard normal coordinates."""
        if count < 1:
            raise InputError(f"generic:{count}: the number of points must be at least 1")
        return cls(
            rng.standard_normal((count, network.n_inputs)),
            rng.standard_normal((count, network.n_outputs)),
            source=f"generic:{count}",
        )


@dataclass(frozen=True, eq=False)
class Loss:
    """What is minimised: data and regulariser, one set per target.

    Parameters
    ----------
    data : Data, sequence of Data, or str
        Data sets of one size, or ``"generic:M"``: M standard normal points drawn for every target.
    regularize : str, float, array or dict
        ``"generic"`` (entrywise, drawn for every target), one value for all weights, a flat array, or arrays by name.
    """

    data: Data | Sequence[Data] | str = "generic:10"
    regularize: Any = "generic"

    @property
    def sets(self) -> list[Data] | None:
        """The data sets, or None if they are drawn."""
        if isinstance(self.data, str):
            return None
        return [self.data] if isinstance(self.data, Data) else list(self.data)

    @property
    def n_points(self) -> int:
        """Number of points of each data set."""
        sets = self.sets
        if sets is None:
            return parse_generic(str(self.data))
        if not sets or len({len(d) for d in sets}) > 1:
            raise InputError("data: give at least one data set, all of the same number of points")
        return len(sets[0])

    @property
    def weighted(self) -> bool:
        """Whether the points carry weights."""
        flags = {d.weights is not None for d in self.sets or []}
        if len(flags) > 1:
            raise InputError("data: either all data sets have weights or none")
        return flags == {True}

    def target(self, network: Network, k: int, rng: np.random.Generator) -> tuple[Data, NDArray[np.float64]]:
        """Return the data set and lambda of target k, drawing what is generic from rng."""
        sets = self.sets
        data = Data.generic(network, self.n_points, rng) if sets is None else sets[k % len(sets)]
        data.check(network)
        if isinstance(self.regularize, str):
            if self.regularize == "none":
                raise InputError(
                    "without a regulariser the critical points are not isolated: use critlocus.witness_sets"
                )
            if self.regularize != "generic":
                raise InputError(f"regulariser {self.regularize!r}: give 'generic', a number, or arrays")
            return data, generic_regularizer(network, rng)
        return data, regularizer_array(network, self.regularize)

    def description(self) -> dict[str, Any]:
        """Return where data and regulariser come from, for the record."""
        sets = self.sets
        value = self.regularize
        if not isinstance(value, str):
            value = float(value) if np.ndim(value) == 0 and not isinstance(value, dict) else "given"
        return {
            "data": str(self.data) if sets is None else sets[0].source,
            "n_points": self.n_points,
            "data_sets": None if sets is None else len(sets),
            "weighted": self.weighted,
            "regularize": value,
        }


def parse_generic(text: str) -> int:
    """Read the M of ``generic:M``."""
    kind, _, number = text.partition(":")
    if kind != "generic" or not number.isdigit() or int(number) < 1:
        raise InputError(f"data {text!r}: neither a file nor generic:M with a whole number M >= 1")
    return int(number)


def real_array(value: ArrayLike, name: str) -> NDArray[np.float64]:
    """Convert to a float64 array of numbers that are finite and not too large, or raise InputError."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: not an array of real numbers") from None
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(np.atleast_1d(array)))[0]
        raise InputError(f"{name}: not a finite number (NaN or infinity) at position {tuple(int(i) for i in where)}")
    return in_range(array, name)


def generic_regularizer(network: Network, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return entrywise lambda, independent and uniform in [0.5, 1.5), shape ``(n_weights,)``."""
    return rng.uniform(0.5, 1.5, network.n_weights)


def regularizer_array(network: Network, value: Any) -> NDArray[np.float64]:
    """Return lambda for every weight from one number, a flat array, or arrays by name (``{"W1": ..., "W2": ...}``).

    Raises
    ------
    InputError
        On missing or unknown names, wrong shapes, or values that are not finite.
    """
    if isinstance(value, dict):
        known = dict(network.shapes)
        for name in set(value) ^ set(known):
            what = "is missing" if name in known else "is not a weight array"
            raise InputError(f"regulariser: {name} {what} of {network.name}; it has {', '.join(known)}")
        parts = []
        for name, shape in network.shapes:
            array = real_array(value[name], f"regulariser {name}")
            if array.size != int(np.prod(shape)) or (array.ndim > 1 and array.shape != shape):
                raise InputError(f"regulariser {name}: shape {array.shape}, expected {shape}")
            parts.append(array.ravel())
        return np.concatenate(parts)
    array = real_array(value, "regulariser")
    if array.ndim == 0:
        return np.full(network.n_weights, float(array))
    if array.shape != (network.n_weights,):
        raise InputError(f"regulariser: shape {array.shape}, expected ({network.n_weights},) or one number")
    return array


def loss_value(
    network: Network, data: Data, regularizer: NDArray[np.float64], theta: NDArray[Any]
) -> NDArray[np.float64]:
    """Evaluate the loss at real theta of shape ``(N, n_weights)``; returns shape ``(N,)``."""
    weights = np.ones(len(data)) if data.weights is None else data.weights
    found = np.empty(len(theta))
    for at in range(0, len(theta), 1024):  # in blocks: N x points x outputs may be large
        block = theta[at : at + 1024]
        error = network(block, data.inputs) - data.outputs
        found[at : at + 1024] = 0.5 * np.einsum("nmo,m->n", error**2, weights) + 0.5 * (block**2) @ regularizer
    return found
