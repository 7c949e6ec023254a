"""Real weights for real functions: a chart's representative of a real function need not be real.

Units that can be rotated into each other, for instance, make the gauge slice meet the fibre of a real function in
points that are not real. Gauss-Newton looks for real weights of that function; in a chart around them everything is
certified again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.functions.result import FunctionTable, Kind
from critlocus.problems.distance import ParametrizedDistance
from critlocus.proof import Parameters
from critlocus.signature import certified_signature
from critlocus.tape.enclose import enclose
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.chart import Chart

_NEARLY_REAL = 1e-9
_TRIES, _STEPS = 12, 60


def find_real_weights(
    family: ParametrizedDistance, table: FunctionTable, rows: NDArray[np.int64], parameters: Parameters
) -> None:
    """Prove more of the rows real, in place: those whose functions are real and have real weights.

    The rows get these weights, the function, and the signatures found there; `z` stays as it was.
    """
    undecided = rows[table.certified[rows] & table.distinct[rows] & (table.real[rows] < 0)]
    undecided = undecided[table.kind[undecided] == Kind.PURE]
    function = table.function[undecided]
    size = np.abs(function).max(axis=1, initial=0.0)
    nearly = np.abs(function.imag).max(axis=1, initial=0.0) <= _NEARLY_REAL * np.maximum(size, 1e-300)
    if not nearly.any():
        return
    graph = Graph()
    mu = PolynomialSystem(graph, family.variety.mu(graph, [graph.variable() for _ in range(family.variety.n_weights)]))
    for row in undecided[nearly].tolist():
        k = int(table.parameter_row[row])
        if np.any(parameters.high[k].imag):
            continue
        theta = _real_point(mu, table.function[row].real, table.theta[row].real)
        if theta is not None:
            own = Parameters(parameters.high[k : k + 1], parameters.low[k : k + 1], parameters.radii[k : k + 1])
            _certify_there(family, mu, theta, table, row, own)


def _real_point(
    mu: PolynomialSystem, function: NDArray[np.float64], guess: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    rng, nothing = np.random.default_rng(17), np.zeros(0)
    size = float(np.abs(function).max())
    for trial in range(_TRIES):
        theta = guess if trial == 0 else rng.standard_normal(len(guess))
        for _ in range(_STEPS):
            error = mu(theta, nothing).real - function
            step = np.linalg.lstsq(mu.jacobian(theta, nothing).real, error, rcond=1e-10)[0]
            length = float(np.linalg.norm(step)) / max(1.0, float(np.linalg.norm(theta)))
            theta = theta - step * min(1.0, 0.5 / max(length, 1e-300))
            if not np.isfinite(theta).all() or length < 1e-14:
                break
        if np.isfinite(theta).all() and np.abs(mu(theta, nothing).real - function).max() <= 1e-10 * size:
            return theta
    return None


def _certify_there(
    family: ParametrizedDistance, mu: PolynomialSystem, theta: NDArray[np.float64], table: FunctionTable, row: int,
    parameters: Parameters,
) -> None:  # fmt: skip
    """Certify in the chart through theta along the row space of d mu, and write what is proven into the row."""
    _, _, vh = np.linalg.svd(mu.jacobian(theta, np.zeros(0)).real)
    here = ParametrizedDistance(family.variety, family.form, Chart(theta, vh[: family.n_unknowns].T))
    found = certify(
        here.system, np.zeros((1, here.n_unknowns), np.complex128), parameters.high, np.zeros(1, np.int64),
        parameters_low=parameters.low, parameter_radii=parameters.radii,
    )  # fmt: skip
    if not (found.certified[0] and found.real[0] == 1):
        return
    value = enclose(here.functions.graph, here.functions.equations, found.points, found.radius)
    same = (
        np.abs(value.centre[0] - table.function[row]) <= value.radius[0] + _NEARLY_REAL * np.abs(value.centre[0]).max()
    )
    if not same.all():
        return
    table.real[row] = 1
    table.theta[row], table.function[row] = here.chart.lift(found.points)[0], value.centre[0]
    signature = certified_signature(found.jacobian, found.jacobian_radius)[0]
    table.signature[row] = signature
    if signature[0] >= 0 and table.immersed[row]:
        fibre = family.variety.n_weights - family.n_unknowns
        table.weights_signature[row] = (signature[0], fibre, signature[2])
