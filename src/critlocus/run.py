"""The main job: every critical point of a network's loss, certified and classified."""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING, Any

from critlocus.analysis.draws import DrawStatistics, check_draws
from critlocus.continuation.evidence import generic_verdict
from critlocus.errors import FileError, InputError, Interrupted
from critlocus.generic_part import generic_part
from critlocus.job import Job, Options
from critlocus.losses import Data, Loss
from critlocus.lost_at_targets import verdict
from critlocus.networks import Network
from critlocus.progress import Reporter, silent
from critlocus.result import Result
from critlocus.target_part import target_part

if TYPE_CHECKING:
    from critlocus.store import Writer


def solve(
    network: Network | str,
    loss: Loss | Data | str | None = None,
    *,
    regularize: Any = None,
    space: str = "weights",
    target: str = "real",
    targets: int | None = None,
    draws: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    solver: str = "native",
    precision: str = "d",
    trace_test: bool | None = None,
    verify: str | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    keep: bool = True,
    report: Reporter = silent,
) -> Result:
    """Compute, certify and classify all critical points of a regularised loss in the space of weights.

    Parameters
    ----------
    network : Network or str
        An architecture, or its name such as ``"2-2-2"`` or ``"2-3-1:x^2"``.
    loss : Loss, Data or str, optional
        Data and regulariser; a `Data` or ``"generic:M"`` gets the regulariser from `regularize`.
        Default: 10 generic points.
    regularize : optional
        ``"generic"`` (default), a number, a flat array of shape ``(n_weights,)``, or arrays by name.
    target : {"real", "complex", "none"}
        Carry the solutions to real data (default), to generic complex parameters, or stay at the generic member.
    targets : int, optional
        Number of targets: data sets that were given (default: all of them), or independent draws (default: 1).
    draws : int, optional
        As `targets`, for many random data sets: `Result.draws` has the statistics of real points and indices. Memory
        does not grow with the number: the points themselves are kept in the file `out` only.
    seed : int
        Decides everything random. The result does not depend on `threads`.
    threads : int, optional
        Default: the number of processors.
    solver : str
        Engine: ``native``, or another one of `critlocus.solvers.SOLVERS` to check it with.
    precision : {"d", "dd", "qd"}
        Arithmetic along the paths, for engines that offer more than double.
    trace_test : bool, optional
        Run the trace test on every stratum; by default on those with at most 120 orbits.
    verify : {"msolve"}, optional
        Count once more, exactly, by a Groebner basis mod a prime.
    out : path, optional
        Write the result to this HDF5 file as it is computed.
    resume : bool
        Continue the run of an existing file `out` that was stopped.
    keep : bool
        With `out`: keep the tables of the targets in memory, too.
    report : Reporter
        Called with the progress.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        If network, data or options cannot be used.
    FileError
        If `out` cannot be written.
    Interrupted
        On Ctrl-C; its `result` attribute holds what was found, and `out` has it, too.

    Notes
    -----
    The points of each zero pattern are found by monodromy (Duff et al., 2019) over one generic complex member of the
    family of all losses with entrywise regulariser, then carried to the targets by parameter homotopy, and proven by
    Krawczyk's test. The count over the generic member holds for generic data of that size; a special target can have
    fewer isolated solutions, never more.
    """
    net = Network.parse(network) if isinstance(network, str) else network
    net.sigma  # noqa: B018 - an unsupported activation must fail before anything else happens
    if not isinstance(loss, Loss):
        loss = Loss("generic:10" if loss is None else loss, "generic" if regularize is None else regularize)
    elif regularize is not None:
        raise InputError("give the regulariser in the Loss, or as regularize, not both")
    sets = loss.sets
    if draws is not None:
        check_draws(draws, targets, target, given=sets is not None)
        targets, keep = draws, False
    options = Options(
        space=space, target=target, targets=(len(sets) if sets else 1) if targets is None else targets, seed=seed,
        threads=os.cpu_count() or 1 if threads is None else threads, solver=solver, trace_test=trace_test,
        precision=precision, verify=verify,
    )  # fmt: skip
    job = Job(net, loss, options, report, keep=keep or (out is None and draws is None))
    job.result.draws = None if draws is None else DrawStatistics()
    return _execute(job, out, resume=resume)


def _execute(job: Job, out: str | os.PathLike[str] | None, *, resume: bool) -> Result:
    result = job.result
    writer: Writer | None = None
    if out is not None:
        from critlocus.store import Writer

        writer = Writer(out, result, resume=resume)
    started = perf_counter()
    before = result.seconds.get("total", 0.0)
    try:
        generic_part(job, writer)
        target_part(job, writer)
        reason = verdict(result.evidence.get("targets", {}), generic_verdict(result.evidence))
        result.stop_reason = "complete" if reason == "running" else reason
    except KeyboardInterrupt as signal:
        result.stop_reason = "interrupted"
        stopped = Interrupted("stopped; what was found so far has been kept")
        stopped.result = result
        raise stopped from signal
    except FileError as error:
        error.result = result
        raise
    finally:
        result.seconds["total"] = before + perf_counter() - started
        if writer is not None:
            _close(writer, result)
    return result


def _close(writer: Writer, result: Result) -> None:
    """Close the file; if that fails the error has the result."""
    try:
        writer.close(result)
    except FileError as error:
        error.result = result
        raise
