"""The command ``critlocus variety``."""

from __future__ import annotations

from typing import Annotated

import typer

from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import console, print_json, progress


def variety(
    subject: Annotated[
        str, typer.Argument(help="A network, or matrices:3x3,rank=2, segre:2x2x2, param:t,t^2, equations:x^2+y^2-1.")
    ],
    at: Annotated[str | None, typer.Option(help="Rows of weights (or coordinates): .csv or .npy.")] = None,
    degree: Annotated[bool, typer.Option(help="Compute degree and generic fibre, not only the dimension.")] = True,
    max_degree: Annotated[int | None, typer.Option(help="Give up beyond this many points of a section.")] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Dimension, defect, generic fibre and degree of a variety, and the rank of its parametrisation at points."""
    from critlocus.geometry import variety as run

    with progress(shown=not (as_json or quiet)) as report:
        found = run(
            subject, seed=seed, threads=threads, at=at, degree=degree, max_degree=max_degree, report=report
        )  # fmt: skip
    if as_json:
        print_json(found.summary())
    elif not quiet:
        from critlocus.analysis.geometry import print_geometry

        print_geometry(console(), found.summary())
    if not found.confirmed:
        raise typer.Exit(NOT_CONFIRMED)
