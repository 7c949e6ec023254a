"""The generic member of a run: all strata by monodromy, proofs, trace tests, and what supports completeness."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.evidence import stratum_evidence, total_evidence, trace_tests
from critlocus.continuation.monodromy import Monodromy
from critlocus.continuation.strata import GenericMember, Stratum, solve_strata
from critlocus.job import Job
from critlocus.proof import Parameters
from critlocus.result import StratumRecord
from critlocus.table import SolutionTable

if TYPE_CHECKING:
    from critlocus.store import Writer


def generic_part(job: Job, writer: Writer | None) -> None:
    """Find all critical points of the generic member, with their evidence, and write them."""
    if job.result.generic_done:  # read back from an unfinished file
        return
    result = job.result
    started = perf_counter()

    def progress(member: GenericMember, name: str, run: Monodromy) -> None:
        rate = (member.paths_tracked + run.paths_tracked) / (perf_counter() - started)
        job.report("monodromy", len(run.points), None, _found_so_far(name, run, rate))

    with job.timed("monodromy"):
        member = solve_strata(job.solver, job.family, job.setup_seed, job.options.monodromy, progress)
    traces: dict[str, Any] = {}
    with job.timed("trace test"):
        if member.stop_reason != "interrupted":
            options = job.options
            traces, paths = trace_tests(
                job.solver, member, job.trace_seed, options.trace_test, job.report, options.monodromy
            )
            result.paths_tracked += paths
    result.paths_tracked += member.paths_tracked
    result.failed_paths += member.failed_paths
    result.generic_parameters = member.parameters
    result.empty_patterns = [p.name for p in member.empty]
    with job.timed("certify generic"):
        job.report("certify", 0, None, "generic member")
        result.generic = _generic_table(job, member)
    result.strata = [_record(job, stratum, traces) for stratum in member.strata]
    result.evidence = total_evidence(member, traces, result.generic.count(result.generic.distinct))
    if member.stop_reason == "interrupted":
        raise KeyboardInterrupt
    if job.options.verify is not None:
        with job.timed("verify"):
            job.report("verify", 0, None, "msolve")
            result.evidence["msolve"] = _verified(job)
    result.generic_done = True
    if writer is not None:
        writer.write_generic(result)


def _generic_table(job: Job, member: GenericMember) -> SolutionTable:
    tables = [_embedded(job, k, s) for k, s in enumerate(member.strata)]
    table = SolutionTable.concatenate(tables or [job.blank(0)])
    table.status[:] = 1
    table.parameter_row[:] = 0
    supports = [_mask(s.pattern.support, job.network.n_weights) for s in member.strata]
    job.prove(table, Parameters.exact(member.parameters[None, :]), supports)
    return table


def _verified(job: Job) -> dict[str, Any]:
    from critlocus.verify import count_by_msolve

    exact = count_by_msolve(job.family, job.trace_seed, threads=job.options.threads)
    found = job.result.generic.count(job.result.generic.found)
    verdict = "agrees" if exact.count == found else f"DISAGREES with {found}"
    text = f"{exact.count} by a Groebner basis mod {exact.prime}: {verdict}"
    return {"count": exact.count, "prime": exact.prime, "agrees": exact.count == found, "text": text}


def _record(job: Job, stratum: Stratum, traces: dict[str, Any]) -> StratumRecord:
    support = _mask(stratum.pattern.support, job.network.n_weights)
    evidence = stratum_evidence(stratum, traces)
    rank = job.classifier.rank_on(support) if job.classifier.able else -1
    return StratumRecord(stratum.pattern.name, support, stratum.count, stratum.symmetry.order, evidence, rank)


def _embedded(job: Job, k: int, stratum: Stratum) -> SolutionTable:
    mask = _mask(stratum.pattern.support, job.network.n_weights)
    return job.embed(k, mask, stratum.symmetry.order, stratum.points)


def _found_so_far(name: str, run: Monodromy, rate: float) -> str:
    return f"{name}: {len(run.points)} orbits, {run.quiet_loops} quiet loops, {rate:.0f} paths/s"


def _mask(support: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    mask = np.zeros(n, bool)
    mask[support] = True
    return mask
