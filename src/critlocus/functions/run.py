"""A run in function space: the generic member, then the targets."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from time import perf_counter

from numpy.typing import ArrayLike

from critlocus.analysis.draws import DrawStatistics, check_draws
from critlocus.continuation.monodromy import MonodromyOptions
from critlocus.errors import FileError, InputError, Interrupted
from critlocus.functions.generic_part import generic_part
from critlocus.functions.job import Job
from critlocus.functions.result import FunctionResult
from critlocus.functions.target_part import target_part
from critlocus.losses import Data, Loss
from critlocus.progress import Reporter, silent
from critlocus.varieties import parse_variety
from critlocus.varieties.variety import Variety


def solve_functions(
    variety: Variety | str,
    metric: str = "generic",
    *,
    u: ArrayLike | None = None,
    data: Loss | Data | str | None = None,
    target: str = "real",
    targets: int | None = None,
    draws: int | None = None,
    spurious: bool | None = None,
    trace_test: bool | None = None,
    seed: int = 0,
    threads: int | None = None,
    solver: str = "native",
    monodromy: MonodromyOptions | None = None,
    out: str | os.PathLike[str] | None = None,
    report: Reporter = silent,
) -> FunctionResult:
    """Compute all critical points of the squared distance ``1/2 |f - u|_Q^2`` to a variety of functions.

    Parameters
    ----------
    variety : Variety or str
        A network such as ``"2-1-2:x^2"`` or ``"conv:3,2"``, or a variety such as ``"matrices:3x3,rank=2"``.
    metric : str
        ``data``, ``gaussian``, ``frobenius``, ``bombieri``, ``generic``, or a file with Q; see `critlocus.metrics`.
    u : array_like, shape (k,) or (K, k), optional
        Target functions, in the coordinates of the variety's ambient space; default: standard normal.
    data : Loss, Data or str, optional
        For the metric ``data``: points, or ``"generic:M"``. Default: as many generic points as make the moments free.
    target : {"real", "complex", "none"}
        Carry the solutions to real targets (default), to generic complex ones, or stay at the generic member.
    targets : int, optional
        Number of targets: those given (default: all of them), or independent draws (default: 1).
    draws : int, optional
        As `targets`, for many random targets: `FunctionResult.draws` has the statistics of real points and indices.
        Without `out` memory does not grow with the number: only the first draws are kept.
    spurious : bool, optional
        Look for critical points of the gauge-fixed parametrisation that are not critical on the variety (d mu drops
        rank), and for zero functions. Default: where these are isolated.
    trace_test : bool, optional
        Run the trace test; by default for at most 120 functions.
    seed : int
        Decides everything random. The result does not depend on `threads`.
    out : path, optional
        Write the result to this HDF5 file as it is computed.

    Returns
    -------
    FunctionResult
        Its evidence says what supports the count: monodromy over two independent members of the family, quiet loops,
        the trace test, and for spurious points a second route through the family's envelope.

    Raises
    ------
    InputError
        If variety, metric, data or options cannot be used.
    Interrupted
        On Ctrl-C; its `result` attribute holds what was found.

    Notes
    -----
    The number of pure critical points is the ED degree of the variety for the metric (Draisma et al., 2016).
    """
    chosen = parse_variety(variety) if isinstance(variety, str) else variety
    if target not in ("real", "complex", "none"):
        raise InputError(f"target {target!r}: choose real, complex or none")
    if seed < 0:
        raise InputError(f"seed: {seed} is negative")
    if targets is not None and targets < 1:
        raise InputError(f"targets: {targets} is not at least 1")
    if draws is not None:
        sets = data.sets if isinstance(data, Loss) else data if isinstance(data, Data) else None
        check_draws(draws, targets, target, given=u is not None or sets is not None)
    job = Job(
        chosen, metric, u, data, target, targets if draws is None else draws, spurious, trace_test, seed,
        threads or os.cpu_count() or 1, solver, monodromy or MonodromyOptions(), report,
    )  # fmt: skip
    job.keep = draws is None or out is not None
    job.result.draws = None if draws is None else DrawStatistics()
    return _execute(job, out)


def _execute(job: Job, out: str | os.PathLike[str] | None) -> FunctionResult:
    save: Callable[[], None] = lambda: None  # noqa: E731
    if out is not None:
        from critlocus.functions.store import FORMAT, write
        from critlocus.replace_file import refuse_to_overwrite

        refuse_to_overwrite(out, FORMAT, "is not a result in function space")
        save = partial(write, out, job.result)
    started, result = perf_counter(), job.result
    save()
    try:
        generic_part(job)
        save()
        target_part(job, save)
        if result.stop_reason == "running":
            result.stop_reason = "complete"
        result.seconds["total"] = perf_counter() - started
        save()
    except KeyboardInterrupt as signal:
        result.stop_reason = "interrupted"
        stopped = Interrupted("stopped; what was found so far has been kept")
        stopped.result = result
        raise stopped from signal
    except FileError as error:
        error.result = result
        raise
    finally:
        result.seconds["total"] = perf_counter() - started
    return result
