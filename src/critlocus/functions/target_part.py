"""The targets of a run in function space: solutions carried to them in blocks, and proven."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.draws import FIRST
from critlocus.continuation.transport import Transporter
from critlocus.functions.job import Job
from critlocus.functions.result import FunctionTable
from critlocus.functions.summary import summarize_block
from critlocus.functions.targets import Target
from critlocus.lost_at_targets import ledger, verdict
from critlocus.proof import Parameters

BLOCK = 20_000
"""Targets are carried in blocks of about this many paths."""


def target_part(job: Job, save: Callable[[], None]) -> None:
    """Carry the solutions to the targets, block by block, prove them, and call `save` after every block.

    Points without an end at a special target, where they meet or go to infinity, are shown with it; one that is lost
    on the way, whatever the target, makes the run incomplete.
    """
    if job.target == "none":
        return
    lost = ledger(job.result.evidence)
    step = max(1, min(job.count, BLOCK // max(1, len(job.result.generic))))
    stream = job.transport_seed.spawn(job.count)
    for at in range(0, job.count, step):
        rows = range(at, min(at + step, job.count))
        drawn = [_draw(job, k) for k in rows]
        parameters = Parameters(
            np.array([t.high for t in drawn], np.complex128), np.array([t.low for t in drawn], np.complex128),
            np.array([t.radius for t in drawn]),
        )  # fmt: skip
        with job.timed("transport"):
            table = _carry(job, parameters.high, np.random.default_rng(stream[at]), rows)
        with job.timed("certify targets"):
            job.prove(table, parameters)
            _losses(job, table, parameters, [t.constant for t in drawn])
        table.parameter_row += at
        lost["lost"] += int(np.count_nonzero(~table.found))
        _append(job, table, parameters, drawn)
        save()
    job.result.stop_reason = verdict(lost, job.result.stop_reason)


def _draw(job: Job, k: int) -> Target:
    rng = np.random.default_rng(job.draws[k])
    if job.target == "real":
        return job.source(k, rng)
    values = job.family.random_parameters(rng)
    nothing = np.zeros(len(values))
    return Target(values, nothing, nothing, 0.0, {})  # type: ignore[arg-type]


def _carry(job: Job, parameters: NDArray[np.complex128], rng: np.random.Generator, rows: range) -> FunctionTable:
    parts, tables = job.parts, []
    total = len(rows) * sum(len(part.points) for part in parts)
    done = 0
    for part in parts:
        carrier = Transporter(
            job.solver, part.system, part.points, job.member.parameters, job.family.random_parameters,
            part.identification,
        )  # fmt: skip
        before = done
        moved = carrier(
            parameters,
            rng,
            lambda n, before=before: job.report("transport", before + n, total, ""),  # type: ignore[misc]
        )
        done += len(moved.target)
        job.result.paths_tracked += moved.paths_tracked
        job.result.failed_paths += int(np.count_nonzero(~moved.paths.success))
        job.result.evidence["targets"]["unexplained"] += len(moved.stuck)
        if moved.paths.interrupted:
            raise KeyboardInterrupt
        table = job.table([part], [moved.paths.points])
        table.parameter_row[:] = moved.target
        for name in ("status", "steps", "rejected", "extended", "accuracy", "condition"):
            getattr(table, name)[:] = getattr(moved.paths, name)
        tables.append(table)
    table = FunctionTable.concatenate(tables)
    return table[np.argsort(table.parameter_row, kind="stable")]


def _losses(job: Job, table: FunctionTable, parameters: Parameters, constants: list[float]) -> None:
    first = job.family.n_form
    for k, constant in enumerate(constants):
        rows = np.flatnonzero(table.is_real & (table.parameter_row == k))
        q = job.family.form.matrix(parameters.high[k, :first]).real
        f, b = table.function[rows].real, parameters.high[k, first:].real
        table.loss[rows] = 0.5 * np.einsum("ni,ij,nj->n", f, q, f) - f @ b + constant


def _append(job: Job, table: FunctionTable, parameters: Parameters, drawn: list[Target]) -> None:
    result = job.result
    if result.draws is not None:
        at = result.draws.draws
        real = [True] * len(drawn)
        result.draws.add(summarize_block(table, real, at, identified=result.identified))
        if not job.keep:
            few = max(0, FIRST - at)
            drawn, table = drawn[:few], table[table.parameter_row < FIRST]
            parameters = Parameters(parameters.high[:few], parameters.low[:few], parameters.radii[:few])
            if not drawn:
                return
    result.target_parameters = np.concatenate([result.target_parameters, parameters.high])
    result.target_low = np.concatenate([result.target_low, parameters.low])
    result.target_radii = np.concatenate([result.target_radii, parameters.radii])
    result.target_constants = np.concatenate([result.target_constants, [t.constant for t in drawn]])
    result.targets = FunctionTable.concatenate([result.targets, table])
    for name in drawn[0].data:
        block = np.array([t.data[name] for t in drawn])
        result.data[name] = np.concatenate([result.data[name], block]) if name in result.data else block
