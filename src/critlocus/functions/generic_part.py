"""The generic member of a run in function space: solved, certified, and what its evidence says."""

from __future__ import annotations

from typing import Any

import numpy as np

from critlocus.continuation.monodromy import Monodromy
from critlocus.functions.generic import solve_generic
from critlocus.functions.job import Job
from critlocus.functions.result import FunctionTable, Kind
from critlocus.proof import Parameters


def generic_part(job: Job) -> None:
    """Find the generic member's critical points, certify them, and say what casts doubt on their number.

    Raises
    ------
    KeyboardInterrupt
        If the search was stopped; what it had found is in the result.
    """
    result = job.result

    def progress(name: str, run: Monodromy) -> None:
        job.report("monodromy", len(run.points), None, f"{name}: {len(run.points)}, {run.quiet_loops} quiet loops")

    with job.timed("monodromy"):
        job.member = solve_generic(
            job.solver,
            job.family,
            job.generic_seed,
            job.options,
            progress,
            spurious=job.spurious,
            trace=job.trace,
            any_metric=job.result.metric == "generic",
        )
    member = job.member
    result.paths_tracked, result.failed_paths = member.paths_tracked, member.failed_paths
    result.generic_parameters, result.identified = member.parameters, member.identified
    with job.timed("certify generic"):
        job.report("certify", 0, None, "generic member")
        table = job.table(job.parts, [part.points for part in job.parts])
        table.parameter_row[:] = 0
        table.status[:] = 1
        job.prove(table, Parameters.exact(member.parameters[None, :]))
        result.generic = table
    if member.interrupted:
        raise KeyboardInterrupt
    result.evidence = {**member.evidence, **_totals(table)}
    doubts = contradictions(result.evidence)
    if doubts:
        result.stop_reason = f"incomplete: {'; '.join(doubts)}; try another seed"


def contradictions(evidence: dict[str, Any]) -> list[str]:
    """Return what in the evidence says that the count is not the whole count."""
    found = []
    for name in ("smooth", "envelope", "zero_functions"):
        part = evidence.get(name, {})
        if part.get("stop_reason", "quiet") != "quiet":
            found.append(f"monodromy of the {name} part stopped: {part['stop_reason']}")
        elif part.get("members") == 1:
            found.append(f"no two members of the family agree on the {name} part")
        if part.get("components_doubt"):
            found.append(f"components may be missing: {part['components_doubt']}")
        for key in ("missing", "stuck", "functions_missed"):
            if part.get(key):
                found.append(f"{name}: {part[key]} {key.replace('_', ' ')}")
    if evidence.get("uncertified"):
        found.append(f"{evidence['uncertified']} points of the generic member are not certified and distinct")
    for name, part in (("smooth", evidence), ("envelope", evidence.get("envelope", {}))):
        if part.get("trace_test", {}).get("status") == "failed":
            found.append(f"the trace test found that solutions of the {name} part are missing")
    return found


def _totals(table: FunctionTable) -> dict[str, Any]:
    sure = table.certified & table.distinct
    return {
        "uncertified": int(np.count_nonzero(~sure)),
        "lower_bound": int(np.count_nonzero(sure & (table.kind != Kind.ZERO))),
        "lower_bound_by": "Krawczyk certificates, pairwise distinct",
        "immersed": int(np.count_nonzero(table.immersed & (table.kind == Kind.PURE))),
    }
