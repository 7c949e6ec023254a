"""Validation: everything a result file claims, computed again from the file alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.functions.result import FunctionResult
from critlocus.functions.validate import validate_functions
from critlocus.loci.result import LociResult
from critlocus.loci.validate import validate_loci
from critlocus.losses import Data, loss_value
from critlocus.problems.critical_points import CriticalPoints
from critlocus.proof import Parameters, prove
from critlocus.pure import Classifier
from critlocus.result import Result
from critlocus.table import SolutionTable

_ROUNDING = 1e-9


@dataclass
class Validation:
    """Outcome of a validation.

    Attributes
    ----------
    complaints : list of str
        What does not hold; empty if all claims were confirmed.
    facts : dict
        Recomputed counts and the largest relative residual.
    """

    complaints: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every claim was confirmed."""
        return not self.complaints


def validate(result: Result | FunctionResult | LociResult, *, threads: int = 1) -> Validation:
    """Recompute residuals, certificates, distinctness, signatures, losses and data parameters of a result.

    A claim of the file that cannot be proven again is a complaint. Points, parameters and data are taken from the
    file, all else is computed.
    """
    if isinstance(result, FunctionResult):
        return Validation(*validate_functions(result, threads))
    if isinstance(result, LociResult):
        return Validation(*validate_loci(result, threads))
    found = Validation()
    weighted = bool(result.loss.get("weighted"))
    family = CriticalPoints(result.network, int(result.loss["n_points"]), weighted=weighted)
    if family.parameter_names != result.parameter_names:
        found.complaints.append("the parameters are not those of this network and number of points")
        return found
    _check_data(family, result, found)
    supports = np.array([s.support for s in result.strata], bool).reshape(len(result.strata), -1)
    generic = Parameters.exact(result.generic_parameters[None, :])
    targets = Parameters(result.target_parameters, result.target_low, result.target_radii)
    for name, table, parameters in (("generic", result.generic, generic), ("targets", result.targets, targets)):
        if len(table):
            found.facts[name] = _check_table(family, result, table, parameters, supports, found, name, threads)
    for k, stratum in enumerate(result.strata):
        counted = result.generic.count(result.generic.found & (result.generic.stratum == k))
        if counted != stratum.points:
            found.complaints.append(f"stratum {stratum.name}: {stratum.points} points claimed, {counted} present")
    return found


def _check_data(family: CriticalPoints, result: Result, found: Validation) -> None:
    for k in range(len(result.data.get("inputs", ()))):
        weights = result.data["weights"][k] if "weights" in result.data else None
        high, low, _ = family.data_parameters(Data(result.data["inputs"][k], result.data["outputs"][k], weights))
        expected = np.concatenate([high, result.data["regularizer"][k]])
        rest = np.concatenate([low, np.zeros_like(result.data["regularizer"][k])])
        if not np.array_equal(expected, result.target_parameters[k]) or not np.array_equal(rest, result.target_low[k]):
            found.complaints.append(f"target {k}: its parameters are not those of its data")


def _check_table(
    family: CriticalPoints,
    result: Result,
    table: SolutionTable,
    parameters: Parameters,
    supports: NDArray[np.bool_],
    found: Validation,
    name: str,
    threads: int,
) -> dict[str, Any]:
    system = family.system()
    rows = np.flatnonzero(table.found)
    part = table[rows]
    proof = prove(
        system, result.symmetry, Classifier(result.network), part.theta, supports[part.stratum], part.parameter_row,
        parameters, threads=threads,
    )  # fmt: skip

    def claim(what: str, broken: NDArray[np.bool_]) -> None:
        if broken.any():
            found.complaints.append(f"{name}: {what} of {part.count(broken)} points is not confirmed")

    moved = np.abs(proof.theta - part.theta) > part.radius + np.where(np.isfinite(proof.radius), proof.radius, 0.0)
    claim("the box", part.certified & proof.certified & np.any(moved, axis=1))
    claim("the certificate", part.certified & ~proof.certified)
    claim("the distinctness", part.distinct & ~proof.distinct)
    claim("the reality", (part.real >= 0) & (part.real != proof.real))
    claim("the signature", (part.signature[:, 0] >= 0) & np.any(part.signature != proof.signature, axis=1))
    if result.classified:
        size = np.maximum(np.abs(proof.classes.function).max(axis=1, keepdims=True, initial=0.0), 1e-300)
        moved_function = np.abs(proof.classes.function - part.function) > _ROUNDING * size
        claim("the function", np.any(moved_function, axis=1) & part.certified)
        claim("the rank", part.certified & ((part.pure >= 0) & (part.pure != proof.classes.pure)))
        other = proof.classes.function_signature
        claim("the signature in function space",
              (part.function_signature[:, 0] >= 0) & np.any(part.function_signature != other, axis=1))  # fmt: skip
    claim("the zero pattern", np.any((part.theta != 0) & ~supports[part.stratum], axis=1))
    if result.data and name == "targets":
        claim("the loss", ~_losses_agree(result, part))
    residual = np.abs(system(part.theta, parameters.high[part.parameter_row])).max(axis=1, initial=0.0)
    update = residual / np.maximum(np.abs(part.theta).max(axis=1, initial=0.0), 1.0)
    return {
        "points": part.count(),
        "certified": part.count(proof.certified),
        "distinct": part.count(proof.distinct),
        "real": part.count(proof.real == 1),
        "largest_residual": float(residual.max(initial=0.0)),
        "largest_relative_residual": float(update.max(initial=0.0)),
    }


def _losses_agree(result: Result, part: SolutionTable) -> NDArray[np.bool_]:
    agree = np.ones(len(part), bool)
    for k in np.unique(part.parameter_row):
        rows = np.flatnonzero((part.parameter_row == k) & part.is_real)
        weights = result.data["weights"][k] if "weights" in result.data else None
        data = Data(result.data["inputs"][k], result.data["outputs"][k], weights)
        value = loss_value(result.network, data, result.data["regularizer"][k], part.theta[rows].real)
        agree[rows] = np.abs(value - part.loss[rows]) <= _ROUNDING * np.maximum(np.abs(value), 1e-300)
    return agree
