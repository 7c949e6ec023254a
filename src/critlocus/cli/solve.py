"""The command ``critlocus solve``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from critlocus.cli.options import INTERRUPTED, NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import print_summary, progress
from critlocus.cli.streams import complain
from critlocus.errors import FileError, InputError, Interrupted
from critlocus.options import data_sets, regularizer


def solve(
    network: Annotated[
        str,
        typer.Argument(
            help="2-2-2, 2-3-1:x^2+bias, 2-2-1:poly(0,1,0.5); with --space functions also conv:3/2,2:x^2, "
            "attention:2,2,1, residual:2-2-2, matrices:3x4,rank=2, symmetric:3,rank=1, segre:2x2x2, param:t,t^2, "
            "equations:x^2+y^2-1."
        ),
    ],
    space: Annotated[str, typer.Option(help="Where critical points are counted: weights or functions.")] = "weights",
    metric: Annotated[
        str | None,
        typer.Option(help="In function space: data, gaussian, frobenius, bombieri, generic, or a file with Q."),
    ] = None,
    u: Annotated[str | None, typer.Option(help="In function space: a file with target functions, one per row.")] = None,
    spurious: Annotated[
        bool | None, typer.Option(help="In function space: also spurious points [default: where they are isolated].")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="A .csv, .npz or .h5 file, or generic:M [default: generic:10].")
    ] = None,
    x: Annotated[str | None, typer.Option(help="Input columns (names or numbers from 1, separated by commas).")] = None,
    y: Annotated[str | None, typer.Option(help="Output columns.")] = None,
    weights: Annotated[str | None, typer.Option(help="Column (or array) with the points' weights.")] = None,
    regularize: Annotated[
        str,
        typer.Option(
            help="generic, one value, one for every weight (separated by commas), a file with arrays W1, b1, W2, ..., "
            "or none: witness sets of the critical set's components."
        ),
    ] = "generic",
    method: Annotated[
        str | None,
        typer.Option(help="With --regularize none: strata (linear networks), slices (any very small one) or auto."),
    ] = None,
    target: Annotated[str, typer.Option(help="real, complex or none (stay at the generic member).")] = "real",
    targets: Annotated[int | None, typer.Option(help="Number of data sets or draws.")] = None,
    draws: Annotated[
        int | None, typer.Option(help="Statistics of real points and indices over so many random data sets.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    solver: Annotated[str, typer.Option(help="Engine: native, or phcpack or julia to check it.")] = "native",
    precision: Annotated[str, typer.Option(help="Arithmetic along the paths: d, dd or qd (phcpack).")] = "d",
    trace_test: Annotated[
        bool | None, typer.Option(help="Trace test on every zero pattern [default: small ones].")
    ] = None,
    verify: Annotated[str | None, typer.Option(help="msolve: count once more, by a Groebner basis mod p.")] = None,
    out: Annotated[str | None, typer.Option(help="Result file (HDF5), written as the run goes.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the unfinished run in --out.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find, certify and classify all critical points of a loss, in the space of weights or of functions."""
    shown = not (as_json or quiet)
    if space == "functions":
        call = _function_problem(network, metric, u, data, x, y, weights, regularize)
        call.update(target=target, targets=targets, draws=draws, spurious=spurious, trace_test=trace_test)
        call.update(seed=seed, threads=threads, solver=solver)
        with progress(shown=shown) as report:
            from critlocus.functions.run import solve_functions

            found = _kept(lambda: solve_functions(**call, out=out, report=report))
    elif regularize == "none":
        given = {
            "metric": metric, "u": u, "spurious": spurious, "targets": targets, "verify": verify,
            "trace-test": trace_test, "resume": resume or None,
        }  # fmt: skip
        wrong = [name for name, value in given.items() if value is not None]
        if wrong or solver != "native" or target != "real" or precision != "d":
            raise InputError(f"{', '.join(wrong) or 'solver, target and precision'}: not with --regularize none")
        from critlocus.loci.run import witness_sets
        from critlocus.losses import Loss
        from critlocus.networks import Network

        net = Network.parse(network)
        with progress(shown=shown) as report:
            chosen = Loss(data_sets(data or "generic:10", net, x, y, weights))
            found = _kept(lambda: witness_sets(
                net, chosen, method=method or "auto", seed=seed, threads=threads, out=out, report=report
            ))  # fmt: skip
    else:
        if method is not None:
            raise InputError("method belongs to --regularize none")
        if metric is not None or u is not None or spurious is not None:
            raise InputError("metric, u and spurious belong to --space functions")
        from critlocus.losses import Loss
        from critlocus.networks import Network
        from critlocus.run import solve as run

        net = Network.parse(network)
        loss = Loss(data_sets(data or "generic:10", net, x, y, weights), regularizer(regularize))
        with progress(shown=shown) as report:
            found = _kept(lambda: run(
                net, loss, space=space, target=target, targets=targets, draws=draws, seed=seed, threads=threads,
                solver=solver, precision=precision, trace_test=trace_test, verify=verify, out=out, resume=resume,
                keep=out is None, report=report,
            ))  # fmt: skip
    result, stopped = found
    print_summary(result.summary(), as_json=as_json, quiet=quiet)
    if isinstance(stopped, Interrupted):
        complain(stopped)
        raise typer.Exit(INTERRUPTED)
    if stopped is not None:
        raise stopped
    if result.stop_reason != "complete":  # the count is not confirmed by its own evidence
        if not as_json and not quiet:
            complain(result.stop_reason)
        raise typer.Exit(NOT_CONFIRMED)


def _kept(run: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Return the result of a run, also of one that was stopped, and what stopped it."""
    try:
        return run(), None
    except (Interrupted, FileError) as error:
        if error.result is None:
            raise
        return error.result, error


def _function_problem(
    network: str, metric: str | None, u: str | None, data: str | None, x: str | None, y: str | None,
    weights: str | None, regularize: str,
) -> dict[str, Any]:  # fmt: skip
    """Return the arguments of `solve_functions` that say what the problem is."""
    from critlocus.functions.targets import read_functions
    from critlocus.losses import Loss
    from critlocus.varieties import Neurovariety, parse_variety

    if regularize not in ("generic", "none"):
        raise InputError("regularize: there is no regulariser in function space")
    variety = parse_variety(network)
    found: dict[str, Any] = {"variety": variety, "metric": metric or ("generic" if data is None else "data")}
    if data is not None:
        if not isinstance(variety, Neurovariety):
            raise InputError(f"data: {variety.name} has no inputs; use --metric and --u")
        found["data"] = Loss(data_sets(data, variety.network, x, y, weights))
    if u is not None:
        found["u"] = read_functions(u)
    return found
