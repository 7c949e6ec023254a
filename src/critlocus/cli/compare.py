"""The command ``critlocus compare``."""

from __future__ import annotations

from typing import Annotated

import typer

from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import console, print_json, progress
from critlocus.options import columns, data_sets, regularizer


def compare(
    network: Annotated[str, typer.Argument(help="Widths and activation.")],
    solvers: Annotated[str, typer.Option(help="Engines, separated by commas.")] = "native,phcpack",
    data: Annotated[str, typer.Option(help="A .csv, .npz or .h5 file, or generic:M.")] = "generic:10",
    x: Annotated[str | None, typer.Option(help="Input columns.")] = None,
    y: Annotated[str | None, typer.Option(help="Output columns.")] = None,
    regularize: Annotated[str, typer.Option(help="generic, one value, or a file.")] = "generic",
    target: Annotated[str, typer.Option(help="real, complex or none.")] = "real",
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Solve with several engines and match their certified solutions; exit code 1 if they differ."""
    from critlocus.compare import compare as run
    from critlocus.losses import Loss
    from critlocus.networks import Network

    net = Network.parse(network)
    loss = Loss(data_sets(data, net, x, y, None), regularizer(regularize))
    with progress(shown=not (as_json or quiet)) as report:
        outcome = run(
            net, loss, solvers=columns(solvers) or [], target=target, seed=seed, threads=threads, trace_test=False,
            report=report,
        )  # fmt: skip
    if as_json:
        print_json(outcome.summary())
    elif not quiet:
        from critlocus.analysis.report import print_comparison

        print_comparison(console(), outcome.summary())
    if not outcome.agree:
        raise typer.Exit(NOT_CONFIRMED)
