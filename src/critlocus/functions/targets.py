"""Targets in function space: functions u, or data sets, as parameters of the family."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.errors import FileError, InputError
from critlocus.losses import Data, Loss, real_array
from critlocus.metrics import metric_matrix
from critlocus.problems.data_form import check_columns, data_form, function_moments
from critlocus.problems.moments import moments_are_independent, rounded
from critlocus.problems.quadratic_form import FixedForm, MomentForm, QuadraticForm
from critlocus.varieties.variety import Variety


@dataclass(eq=False)
class Target:
    """One target.

    Attributes
    ----------
    high, low, radius : arrays, shape (P,)
        Its parameters ``high + low``, each known up to a radius.
    constant : float
        What the loss adds to ``1/2 f^T Q f - b^T f``.
    data : dict of arrays
        What the user gave, or what was drawn.
    """

    high: NDArray[np.float64]
    low: NDArray[np.float64]
    radius: NDArray[np.float64]
    constant: float
    data: dict[str, NDArray[np.float64]]


class Functions:
    """Targets u for a metric with a fixed matrix.

    Parameters
    ----------
    variety : Variety
    metric : str
        See `critlocus.metrics`.
    values : array_like, shape (k,) or (K, k), optional
        The functions; default: independent standard normal coordinates, drawn for every target.
    rng : Generator
        Draws a generic metric.
    """

    def __init__(
        self, variety: Variety, metric: str, values: ArrayLike | None, rng: np.random.Generator, source: str = "u"
    ) -> None:
        self.count = len(variety.ambient)
        self.matrix = metric_matrix(variety.ambient, metric, rng)
        self.form: QuadraticForm = FixedForm(self.matrix)
        self.values = None if values is None else np.atleast_2d(real_array(values, source))
        if self.values is not None and self.values.shape[1:] != (self.count,):
            raise InputError(f"{source}: shape {self.values.shape}, expected ({self.count},) for each function")
        self.given = 1 if self.values is None else len(self.values)
        self.description = "generic u" if self.values is None else source

    def __call__(self, k: int, rng: np.random.Generator) -> Target:
        """Return target k."""
        u = rng.standard_normal(self.count) if self.values is None else self.values[k % len(self.values)]
        exact = [Fraction(v) for v in u.tolist()]
        rows = [[Fraction(q) for q in row] for row in self.matrix.tolist()]
        b = [sum((q * v for q, v in zip(row, exact, strict=True)), Fraction(0)) for row in rows]
        high, low, radius = rounded(b)
        constant = float(sum((v * w for v, w in zip(exact, b, strict=True)), Fraction(0)) / 2)
        return Target(high, low, radius, constant, {"u": u})


class DataSets:
    """Data sets for the metric of the mean squared error.

    With many points the moments of the inputs are as good as independent and are parameters of the family; with few
    they are not, and the matrix Q of the given inputs is fixed.

    Parameters
    ----------
    variety : Variety
        Of functions of inputs.
    loss : Loss
        Its regulariser is not used.
    rng : Generator
        Draws the inputs, where few generic points are asked for.

    Raises
    ------
    InputError
        If the points do not fit, or do not determine a function.
    """

    def __init__(self, variety: Variety, loss: Loss, rng: np.random.Generator) -> None:
        ambient = variety.ambient
        self.moments = function_moments(variety.name, ambient)
        self.inputs, self.outputs = ambient.n_inputs, ambient.n_outputs
        self.loss = loss
        sets = loss.sets
        for data in sets or []:
            check_columns(variety.name, ambient, data)
        self.given = len(sets) if sets else 1
        self.description = str(loss.data) if sets is None else sets[0].source
        self.fixed: Data | None = None
        if moments_are_independent(self.moments, self.inputs, loss.n_points, weighted=loss.weighted):
            self.form: QuadraticForm = MomentForm(self.moments)
            self.matrix = np.zeros((0, 0))
            return
        self.fixed = sets[0] if sets else self._draw(rng)
        if any(not np.array_equal(d.inputs, self.fixed.inputs) for d in sets or []):
            raise InputError("data: with so few points all data sets must have the same inputs")
        self.matrix, _ = data_form(variety.name, ambient, self.fixed)
        self.form = FixedForm(self.matrix)

    def __call__(self, k: int, rng: np.random.Generator) -> Target:
        """Return target k."""
        sets = self.loss.sets
        if sets:
            data = sets[k % len(sets)]
        else:
            data = self._draw(rng)
            if self.fixed is not None:
                data = Data(self.fixed.inputs, data.outputs, source=data.source)
        high, low, radius = self.moments.exact(data)
        if self.fixed is not None:
            first = len(self.moments.exponents)
            high, low, radius = high[first:], low[first:], radius[first:]
        weights = np.ones(len(data)) if data.weights is None else data.weights
        constant = 0.5 * float(np.einsum("mo,m->", data.outputs**2, weights))
        arrays = {"inputs": data.inputs, "outputs": data.outputs}
        if data.weights is not None:
            arrays["weights"] = data.weights
        return Target(high, low, radius, constant, arrays)

    def _draw(self, rng: np.random.Generator) -> Data:
        count = self.loss.n_points
        inputs = rng.standard_normal((count, self.inputs))
        return Data(inputs, rng.standard_normal((count, self.outputs)), source=str(self.loss.data))


def read_functions(path: str) -> NDArray[np.float64]:
    """Read target functions, one per row, from a ``.npy`` file or a table of numbers separated by commas."""
    if not os.path.isfile(path):
        raise FileError(f"u {path}: no such file")
    try:
        raw = np.load(path, allow_pickle=False) if path.endswith(".npy") else np.loadtxt(path, delimiter=",", ndmin=2)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"u {path}: not a table of numbers ({str(error).splitlines()[0][:100]})") from None
    return np.atleast_2d(real_array(raw, f"u {path}"))
