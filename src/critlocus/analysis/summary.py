"""Counts of a result, as plain Python objects."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from critlocus.json_text import plain
from critlocus.pure import PURE, SPURIOUS, UNDECIDED
from critlocus.solvers.protocol import PathStatus
from critlocus.table import SolutionTable, Table

if TYPE_CHECKING:
    from critlocus.result import Result, StratumRecord


def summary(result: Result) -> dict[str, Any]:
    """Return counts, strata, minima and evidence; see README for the meaning of every key."""
    generic = result.generic
    found: dict[str, Any] = {
        "network": result.network.name,
        "space": result.space,
        "seed": result.seed,
        "solver": result.solver,
        "solver_version": result.solver_version,
        "loss": result.loss,
        "complex": generic.count(generic.found),
        "certified": generic.count(generic.certified),
        "distinct": generic.count(generic.distinct),
        "real": None,
        "index_histogram": None,
        "minima": [],
        "generic_rank": result.generic_rank if result.generic_rank >= 0 else None,
        **purity(generic),
        "strata": strata(result),
        "empty_patterns": result.empty_patterns,
        "evidence": result.evidence,
        "stop_reason": result.stop_reason,
        "failed_paths": result.failed_paths,
        "paths_tracked": result.paths_tracked,
        "seconds": {name: round(value, 6) for name, value in result.seconds.items()},
    }
    found["targets"] = result.target_summaries
    if result.target_summaries:
        first = found["targets"][0]
        found.update({key: first[key] for key in ("real", "index_histogram", "minima")})
    if result.draws is not None:
        found["draws"] = result.draws.summary()
    return dict(plain(found))


def strata(result: Result) -> list[dict[str, Any]]:
    """Return the classes of zero patterns: how many patterns, how many critical points on each."""
    found = []
    for name, group in groupby(enumerate(result.strata), key=lambda entry: entry[1].name):
        numbers, members = zip(*group, strict=True)
        counts = {s.points for s in members}
        entry: dict[str, Any] = {
            "zero_pattern": name,
            "nonzero_weights": int(members[0].support.sum()),
            "multiplicity": len(members),
            "count": max(counts),
            "symmetry_order": members[0].group_order,
            "rank": members[0].rank if members[0].rank >= 0 else None,
            **purity(result.generic, np.isin(result.generic.stratum, numbers)),
            "evidence": members[0].evidence,
        }
        if len(counts) > 1:  # something is missing: say so pattern by pattern
            entry["counts"] = [s.points for s in members]
        found.append(entry)
    return found


def purity(table: SolutionTable, mask: NDArray[np.bool_] | None = None) -> dict[str, int]:
    """Return how many critical points in the rows of a mask are pure, spurious, or neither for sure."""
    rows = table.found if mask is None else table.found & mask
    kinds = {"pure": PURE, "spurious": SPURIOUS, "pure_undecided": UNDECIDED}
    return {name: table.count(rows & (table.pure == kind)) for name, kind in kinds.items()}


def index_pairs(table: SolutionTable) -> dict[str, int]:
    """Return how many real critical points have each pair of indices, over the weights and over the functions.

    Keys are ``1/0`` for pure points, ``1/spurious``, and ``1/?`` where nothing is proven. There are as many of these
    dictionaries as targets: they are kept small.
    """
    rows = table.is_real & (table.signature[:, 0] >= 0)
    own, other = table.signature[rows, 0].tolist(), table.function_signature[rows, 0].tolist()
    found: dict[tuple[int, int, int], int] = {}
    for key, size in zip(zip(own, other, table.pure[rows].tolist(), strict=True), table.orbit_size[rows], strict=True):
        found[key] = found.get(key, 0) + int(size)
    return {
        sys.intern(f"{i}/{j if j >= 0 else 'spurious' if kind == SPURIOUS else '?'}"): count
        for (i, j, kind), count in sorted(found.items())
    }


def summarize_targets(
    table: SolutionTable, parameters: NDArray[np.complex128], first: int, strata: Sequence[StratumRecord]
) -> list[dict[str, Any]]:
    """Return the counts of each target of a block; `first` is the number of its first target."""
    order = np.argsort(table.parameter_row, kind="stable")
    bounds = np.searchsorted(table.parameter_row[order], first + np.arange(len(parameters) + 1))
    return [
        target_summary(table[order[low:high]], first + k, strata, real=not np.any(parameters[k].imag))
        for k, (low, high) in enumerate(pairwise(bounds))
    ]


def target_summary(table: SolutionTable, k: int, strata: Sequence[StratumRecord], *, real: bool) -> dict[str, Any]:
    """Return the counts of one target; `real`: its parameters are real."""
    undecided = table.found & (table.real < 0)
    found: dict[str, Any] = {
        "target": k,
        "complex": table.count(table.found),
        "certified": table.count(table.certified),
        "distinct": table.count(table.distinct),
        "lost": table.count(~table.found),
        "real": table.count(table.is_real) if real else None,
        "reality_undecided": table.count(undecided) if real else 0,
        "index_histogram": {str(i): n for i, n in table.index_histogram().items()} if real else None,
        **purity(table),
        "pure_by_pattern": _by_pattern(table, strata, PURE),
        "spurious_by_pattern": _by_pattern(table, strata, SPURIOUS),
        "index_pairs": index_pairs(table) if real else None,
        "signature_unproven": table.count(table.is_real & (table.signature[:, 0] < 0)),
        "minima": [float(v) for v in table.minima()],
    }
    lost = table[~table.found]
    if len(lost):
        found["lost_by_status"] = by_status(lost)
    if found["certified"] < table.count():
        found["note"] = (
            "not all points of the generic member have a certified end here: the target may be special, for instance "
            "one value for all lambdas, which leaves curves of critical points"
        )
    return found


def _by_pattern(table: SolutionTable, strata: Sequence[StratumRecord], kind: int) -> dict[str, int]:
    """Return the number of critical points of a kind by zero pattern."""
    found = dict.fromkeys((s.name for s in strata), 0)
    rows = np.flatnonzero(table.found & (table.pure == kind))
    for k, size in zip(table.stratum[rows].tolist(), table.orbit_size[rows].tolist(), strict=True):
        found[strata[k].name] += size
    return found


def by_status(table: Table) -> dict[str, int]:
    """Return {name of the path status: number of critical points}."""
    return {
        PathStatus(s).name.lower().replace("_", " "): table.count(table.status == s) for s in np.unique(table.status)
    }
