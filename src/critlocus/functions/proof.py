"""What is proven of critical points in function space: certificates, ranks of d mu, distinct functions, signatures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.distinct import overlapping_boxes
from critlocus.functions.real_weights import find_real_weights
from critlocus.functions.result import FunctionTable, Kind
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.proof import Parameters
from critlocus.signature import UNPROVEN, certified_signature
from critlocus.tape.enclose import Disc, enclose

_BLOCK = 2048
_DROPPED = 1e-8
"""Relative size below which a singular value of d mu counts as 0 (numerically: the gap is in the table)."""


def prove(family: Distance, table: FunctionTable, parameters: Parameters, *, identified: bool, threads: int) -> None:
    """Certify, separate and classify the found rows of a table in place.

    Rows found as pure or spurious are told apart by the rank of d mu; rows of kind zero stay that.

    Parameters
    ----------
    identified : bool
        Rows of one target are distinct only if their functions are; else their chart coordinates must be.
    """
    rows = np.flatnonzero(table.found)
    if len(rows) == 0:
        return
    at = table.parameter_row[rows]
    found = certify(
        family.system, table.z[rows], parameters.high, at, parameters_low=parameters.low,
        parameter_radii=parameters.radii, threads=threads,
    )  # fmt: skip
    table.z[rows], table.radius[rows] = found.points, found.radius
    table.certified[rows], table.real[rows] = found.certified, found.real
    table.contraction[rows], table.condition[rows] = found.contraction, found.condition
    radius = np.where(np.isfinite(found.radius), found.radius, 0.0)
    values = enclose(family.functions.graph, family.functions.equations, found.points, radius)
    table.function[rows] = values.centre
    # Weights that are not real may represent a real function.
    off_axis = np.any(np.abs(values.centre.imag) > values.radius, axis=1)
    table.real[rows] = np.where((found.real == 0) & ~off_axis, -1, found.real)
    if isinstance(family, ParametrizedDistance):
        table.theta[rows] = family.chart.lift(found.points)
    _ranks(family, table, rows, radius)
    signature = np.full((len(rows), 3), UNPROVEN, np.int32)
    signature[found.real_rows] = certified_signature(found.jacobian, found.jacobian_radius)
    table.signature[rows] = _function_signature(family, signature)
    table.weights_signature[rows] = _weights_signature(family, table[rows])
    _separate(table, rows, values, found.points, radius, identified=identified)
    if identified and isinstance(family, ParametrizedDistance):
        find_real_weights(family, table, rows, parameters)


def _ranks(family: Distance, table: FunctionTable, rows: NDArray[np.int64], radius: NDArray[np.float64]) -> None:
    """Enclose d mu over every box and bound its smallest singular value from below (Weyl's inequality)."""
    if isinstance(family, ImplicitDistance):
        # A regular solution of the Lagrange system: were the gradients dependent, its multipliers would not be unique.
        table.immersed[rows], table.rank_gap[rows], table.kind[rows] = table.certified[rows], 1.0, Kind.PURE
        return
    entries = family.functions.derivatives
    shape = (len(family.functions.equations), family.n_unknowns)
    where = tuple(np.array(list(entries)).T)
    for at in range(0, len(rows), _BLOCK):
        block = rows[at : at + _BLOCK]
        discs = enclose(family.functions.graph, list(entries.values()), table.z[block], radius[at : at + _BLOCK])
        centre = np.zeros((len(block), *shape), np.complex128)
        spread = np.zeros((len(block), *shape))
        centre[:, where[0], where[1]], spread[:, where[0], where[1]] = discs.centre, discs.radius
        # Columns are made unit vectors first: coordinates of the chart may be of very different size.
        length = np.linalg.norm(centre, axis=1, keepdims=True)
        scale = 1.0 / np.where(length > 1e-100, length, 1.0)
        singular = np.linalg.svd(centre * scale, compute_uv=False)
        error = np.linalg.norm(spread * scale, axis=(1, 2)) + 1e-13 * shape[0] * singular[:, 0]
        table.rank_gap[block] = singular[:, -1] / np.maximum(singular[:, 0], 1e-300)
        table.immersed[block] = (singular[:, -1] > error) & table.certified[block]
    dropped = (table.rank_gap[rows] < _DROPPED) & ~table.immersed[rows]
    zero = table.kind[rows] == Kind.ZERO
    table.kind[rows[~zero]] = np.where(dropped[~zero], Kind.SPURIOUS, Kind.PURE)


def _function_signature(family: Distance, signature: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the signature on the tangent space: a bordered Hessian has one more of each sign per equation."""
    if isinstance(family, ImplicitDistance):
        proven = signature[:, 0] >= 0
        signature[proven] -= np.array([family.codimension, 0, family.codimension], np.int32)
    return signature


def _weights_signature(family: Distance, table: FunctionTable) -> NDArray[np.int32]:
    """Return the signature in the space of weights: at an immersed point the loss is constant along the fibre alone."""
    found = np.full((len(table), 3), UNPROVEN, np.int32)
    if isinstance(family, ParametrizedDistance):
        proven = table.immersed & (table.signature[:, 0] >= 0)
        found[proven] = table.signature[proven]
        found[proven, 1] = family.variety.n_weights - family.n_unknowns
    return found


def _separate(
    table: FunctionTable,
    rows: NDArray[np.int64],
    values: Disc,
    points: NDArray[np.complex128],
    radius: NDArray[np.float64],
    *,
    identified: bool,
) -> None:
    """Prove rows distinct, and number the functions: boxes of functions that meet may be one function."""
    groups = table.parameter_row[rows]
    sure = np.flatnonzero(table.certified[rows])
    own = (values.centre, values.radius) if identified else (points, radius)
    meeting = overlapping_boxes(own[0][sure], own[1][sure], groups[sure])
    table.distinct[rows[sure]] = True
    table.distinct[rows[sure[np.unique(meeting)]]] = False
    index = np.arange(len(rows))
    if not identified:
        for i, j in overlapping_boxes(values.centre, values.radius, groups).tolist():
            index[index == index[max(i, j)]] = index[min(i, j)]
    table.function_index[rows] = index
