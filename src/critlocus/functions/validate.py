"""Validation of results in function space: everything a file claims, proven again from the file alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from critlocus.functions.proof import prove
from critlocus.functions.result import FunctionResult, FunctionTable
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.moments import Moments
from critlocus.problems.quadratic_form import FixedForm, MomentForm, QuadraticForm
from critlocus.proof import Parameters
from critlocus.varieties.chart import Chart
from critlocus.varieties.variety import is_parametrized

_ROUNDING = 1e-9


def family_of(result: FunctionResult) -> Distance:
    """Return the family of a result, with its metric and its chart."""
    ambient = result.variety.ambient
    form: QuadraticForm = FixedForm(result.form)
    if result.form.size == 0:
        form = MomentForm(Moments(list(ambient.monomials), ambient.n_outputs))
    if is_parametrized(result.variety):
        chart = Chart(result.chart_offset, result.chart_basis)
        return ParametrizedDistance(result.variety, form, chart)
    return ImplicitDistance(result.variety, form, combinations=result.combinations)


def validate_functions(result: FunctionResult, threads: int) -> tuple[list[str], dict[str, Any]]:
    """Return what does not hold, and recomputed counts."""
    family = family_of(result)
    if family.parameter_names != result.parameter_names:
        return ["the parameters are not those of this variety and metric"], {}
    complaints: list[str] = []
    facts: dict[str, Any] = {}
    generic = Parameters.exact(result.generic_parameters[None, :])
    targets = Parameters(result.target_parameters, result.target_low, result.target_radii)
    for name, table, parameters in (("generic", result.generic, generic), ("targets", result.targets, targets)):
        part = table[table.found]
        if len(part):
            again = part[np.arange(len(part))]
            prove(family, again, parameters, identified=result.identified, threads=threads)
            complaints += [f"{name}: {text}" for text in _broken(part, again)]
            if name == "targets":
                complaints += _losses(family, result, part)
            residual = np.abs(family.system(part.z, parameters.high[part.parameter_row])).max(axis=1)
            facts[name] = {
                "points": len(part), "certified": int(again.certified.sum()), "distinct": int(again.distinct.sum()),
                "real": int(np.count_nonzero(again.real == 1)), "largest_residual": float(residual.max()),
            }  # fmt: skip
    return complaints, facts


def _broken(part: FunctionTable, again: FunctionTable) -> list[str]:
    moved = np.abs(again.z - part.z) > part.radius + np.where(np.isfinite(again.radius), again.radius, 0.0)
    size = np.maximum(np.abs(part.function).max(axis=1, keepdims=True, initial=0.0), 1e-300)
    claims = {
        "the box": part.certified & again.certified & np.any(moved, axis=1),
        "the certificate": part.certified & ~again.certified,
        "the distinctness": part.distinct & ~again.distinct,
        "the reality": (part.real >= 0) & (part.real != again.real),
        "the signature": (part.signature[:, 0] >= 0) & np.any(part.signature != again.signature, axis=1),
        "the rank": (part.immersed & ~again.immersed) | (part.kind != again.kind),
        "the function": np.any(np.abs(part.function - again.function) > _ROUNDING * size, axis=1),
    }
    return [f"{what} of {int(bad.sum())} points is not confirmed" for what, bad in claims.items() if bad.any()]


def _losses(family: Distance, result: FunctionResult, part: FunctionTable) -> list[str]:
    wrong = 0
    for row in np.flatnonzero(part.is_real):
        k, f = part.parameter_row[row], part.function[row].real
        parameters = result.target_parameters[k].real
        q = family.form.matrix(parameters[: family.n_form].astype(np.complex128)).real
        constant = result.target_constants[k]
        value = 0.5 * f @ q @ f - f @ parameters[family.n_form :] + constant
        wrong += bool(abs(value - part.loss[row]) > _ROUNDING * max(abs(value), abs(constant)))
    return [f"targets: the loss of {wrong} points is not confirmed"] if wrong else []
