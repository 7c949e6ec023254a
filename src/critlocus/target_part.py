"""The targets of a run: solutions of the generic member carried to them in blocks, proven, and written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.strata import restrict
from critlocus.continuation.transport import Transporter
from critlocus.job import Job
from critlocus.losses import Data, loss_value
from critlocus.lost_at_targets import ledger
from critlocus.proof import Parameters
from critlocus.solvers.protocol import Paths
from critlocus.table import SolutionTable

if TYPE_CHECKING:
    from critlocus.store import Writer

BLOCK = 20_000
"""Targets are carried in blocks of about this many paths."""


def target_part(job: Job, writer: Writer | None) -> None:
    """Carry the solutions to the targets, block by block, prove and write them.

    Points without an end are shown with their target; one that is lost on the way will make the run incomplete.
    """
    if job.options.target == "none":
        return
    result, options = job.result, job.options
    lost = ledger(result.evidence)
    first = len(result.target_parameters)  # targets already in an unfinished file
    per_target = max(1, len(result.generic))
    step = max(1, min(options.targets, BLOCK // per_target))
    stream = job.transport_seed.spawn(options.targets)
    for at in range(first, options.targets, step):
        rows = range(at, min(at + step, options.targets))
        parameters, data = _target_parameters(job, rows)
        with job.timed("transport"):
            table = _carry(job, parameters.high, rows, stream)
        with job.timed("certify targets"):
            job.report("certify", rows.stop, options.targets, "targets")
            job.prove(table, parameters, [s.support for s in result.strata])
            _losses(job, table, data)
        table.parameter_row += at
        lost["lost"] += table.count(~table.found)
        block = _data_arrays(data)
        if writer is not None:
            writer.append_targets(result, table, parameters, block)
        result.append_targets(table, parameters, block, keep=job.keep)


def _target_parameters(job: Job, rows: range) -> tuple[Parameters, list[tuple[Data, NDArray[np.float64]]]]:
    high, low, radii, data = [], [], [], []
    for k in rows:
        rng = np.random.default_rng(job.target_seeds[k])
        if job.options.target == "complex":
            high.append(job.family.random_parameters(rng))
            low.append(np.zeros(job.family.n_params))
            radii.append(np.zeros(job.family.n_params))
            continue
        points, regularizer = job.loss.target(job.network, k, rng)
        values, rest, errors = job.family.data_parameters(points)
        high.append(np.concatenate([values, regularizer]).astype(np.complex128))
        low.append(np.concatenate([rest, np.zeros_like(regularizer)]))
        radii.append(np.concatenate([errors, np.zeros_like(regularizer)]))
        data.append((points, regularizer))
    return Parameters(np.array(high), np.array(low, np.complex128), np.array(radii)), data


def _carry(
    job: Job, parameters: NDArray[np.complex128], rows: range, stream: list[np.random.SeedSequence]
) -> SolutionTable:
    result, tables, stuck = job.result, [], 0
    total, done = len(rows) * len(result.generic), 0
    rng = np.random.default_rng(stream[rows.start])
    for k, record in enumerate(result.strata):
        support = np.flatnonzero(record.support)
        starts = result.generic.theta[result.generic.stratum == k][:, support]
        if len(support) == 0:
            paths, target = _standing(len(rows)), np.arange(len(rows))
        else:
            carrier = Transporter(
                job.solver, job.family.system(support), starts, result.generic_parameters,
                job.family.random_parameters,
                restrict(job.symmetry, support),
            )  # fmt: skip
            moved = carrier(parameters, rng, partial(_moved, job, done, total, rows))
            result.paths_tracked += moved.paths_tracked
            result.failed_paths += int(np.count_nonzero(~moved.paths.success))
            stuck += len(moved.stuck) * record.group_order
            if moved.paths.interrupted:
                raise KeyboardInterrupt
            paths, target = moved.paths, moved.target
        done += len(target)
        table = job.embed(k, record.support, record.group_order, paths.points)
        table.parameter_row[:] = target
        table.status[:], table.steps[:] = paths.status, paths.steps
        table.rejected[:], table.extended[:] = paths.rejected, paths.extended
        table.accuracy[:], table.condition[:] = paths.accuracy, paths.condition
        tables.append(table)
    ledger(result.evidence)["unexplained"] += stuck
    table = SolutionTable.concatenate(tables)
    return table[np.argsort(table.parameter_row, kind="stable")]


def _moved(job: Job, before: int, total: int, rows: range, done: int) -> None:
    job.report("transport", before + done, total, f"targets {rows.start + 1}-{rows.stop}")


def _losses(job: Job, table: SolutionTable, data: list[tuple[Data, NDArray[np.float64]]]) -> None:
    for k, (points, regularizer) in enumerate(data):
        rows = np.flatnonzero(table.is_real & (table.parameter_row == k))
        table.loss[rows] = loss_value(job.network, points, regularizer, table.theta[rows].real)


def _standing(count: int) -> Paths:
    """Return paths of the origin, which stays where it is."""
    return Paths(
        np.zeros((count, 0), np.complex128), np.ones(count, np.int8), np.ones(count), np.zeros(count), np.ones(count),
        np.zeros(count, np.int32), np.zeros(count, np.int32), np.zeros(count, np.int32),
    )  # fmt: skip


def _data_arrays(data: list[tuple[Data, NDArray[np.float64]]]) -> dict[str, NDArray[np.float64]]:
    if not data:
        return {}
    found = {
        "inputs": np.array([d.inputs for d, _ in data]),
        "outputs": np.array([d.outputs for d, _ in data]),
        "regularizer": np.array([r for _, r in data]),
    }
    if data[0][0].weights is not None:
        found["weights"] = np.array([d.weights for d, _ in data])
    return found
