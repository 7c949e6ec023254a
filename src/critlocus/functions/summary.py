"""Counts of a result in function space, as plain Python objects."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from critlocus.analysis.draws import FIRST
from critlocus.analysis.summary import by_status
from critlocus.functions.result import FunctionResult, FunctionTable, Kind
from critlocus.json_text import plain


def summary(result: FunctionResult) -> dict[str, Any]:
    """Return counts and evidence of the generic member and of every target.

    ``ed_degree`` is the number of pure critical functions, points of one fibre counted once. ``complex`` is the number
    of critical points of the gauge-fixed problem, zero functions not counted: the same number if only functions were
    looked for, else pure and spurious points of the chart (``weights_split``).

    A target's ``lost`` are the points among these that have no regular end there, by status of their paths in
    ``lost_by_status``. Paths that broke off midway, for which the target is not to blame, are ``unexplained`` in
    ``evidence["targets"]``.
    """
    generic = result.generic
    found: dict[str, Any] = {
        "network": result.variety.name,
        "space": "functions",
        "metric": result.metric,
        "ambient": len(result.variety.ambient),
        "dimension": result.chart_basis.shape[1] if len(result.chart_offset) else None,
        "seed": result.seed,
        "solver": result.solver,
        "solver_version": result.solver_version,
        **_counts(generic, identified=result.identified),
        "targets": target_summaries(result, first=None if result.draws is None else FIRST),
        "evidence": result.evidence,
        "options": result.options,
        "stop_reason": result.stop_reason,
        "paths_tracked": result.paths_tracked,
        "failed_paths": result.failed_paths,
        "seconds": {name: round(value, 6) for name, value in result.seconds.items()},
    }
    if found["targets"]:
        first = found["targets"][0]
        found.update({key: first[key] for key in ("real", "index_histogram")})
    if result.draws is not None:
        found["draws"] = result.draws.summary()
    return dict(plain(found))


def _counts(table: FunctionTable, *, identified: bool) -> dict[str, Any]:
    pure, spurious, zero = (table.of_kind(kind) for kind in Kind)
    found: dict[str, Any] = {
        "complex": len(pure) + len(spurious),
        "ed_degree": pure.n_functions,
        "certified": int(np.count_nonzero(table.certified & (table.kind != Kind.ZERO))),
        "distinct": int(np.count_nonzero(table.certified & table.distinct & (table.kind != Kind.ZERO))),
        "weights_split": None,
        "zero_function_points": None,
    }
    if not identified:
        found["weights_split"] = {"pure": len(pure), "spurious": len(spurious)}
        found["spurious_functions"] = spurious.n_functions
        found["zero_function_points"] = len(zero)
    return found


def target_summaries(result: FunctionResult, first: int | None = None) -> list[dict[str, Any]]:
    """Return the counts of all targets, or of the first ones."""
    real = ~np.any(result.target_parameters[:first].imag, axis=1)
    return summarize_block(result.targets, real.tolist(), 0, identified=result.identified)


def summarize_block(table: FunctionTable, real: list[bool], first: int, *, identified: bool) -> list[dict[str, Any]]:
    """Return the counts of the targets `first`, `first` + 1, ...; `real` says which of them are."""
    order = np.argsort(table.parameter_row, kind="stable")
    bounds = np.searchsorted(table.parameter_row[order], first + np.arange(len(real) + 1))
    return [
        _target(table[order[low:high]], first + k, real=real[k], identified=identified)
        for k, (low, high) in enumerate(pairwise(bounds))
    ]


def _target(table: FunctionTable, k: int, *, real: bool, identified: bool) -> dict[str, Any]:
    own = table[table.kind != Kind.ZERO]
    once = table.of_kind(Kind.PURE).functions()
    lost = own[~own.found]
    found = {
        "target": k,
        **_counts(table, identified=identified),
        "lost": len(lost),
        "real": None,
        "index_histogram": None,
    }
    if real:
        proven = once[once.is_real & (once.signature[:, 0] >= 0)]
        found.update({
            "real": int(np.count_nonzero(once.is_real)),
            "reality_undecided": int(np.count_nonzero(once.real < 0)),
            "index_histogram": {str(i): n for i, n in once.index_histogram().items()},
            "signature_unproven": int(np.count_nonzero(once.is_real)) - len(proven),
            "real_spurious": int(np.count_nonzero(table.of_kind(Kind.SPURIOUS).is_real)),
            "minima": [float(v) for v in once.minima()],
        })  # fmt: skip
    if len(lost):
        found["lost_by_status"] = by_status(lost)
    if found["certified"] < len(own):
        found["note"] = (
            "not all points of the generic member have a certified end here: the target may be special, on the "
            "discriminant, where critical points meet, are not isolated, or go to infinity"
        )
    return found
