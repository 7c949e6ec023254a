"""The command ``critlocus discriminant``."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads


def discriminant(
    variety: Annotated[str, typer.Argument(help="equations:x^2+4*y^2-4, matrices:2x2,rank=1, 2-1-1:x^2, ...")],
    metric: Annotated[str, typer.Option(help="frobenius, bombieri, gaussian, generic, or a file.")] = "frobenius",
    line: Annotated[str | None, typer.Option(help="Two targets u0,u1: files, numbers and blanks, or generic.")] = None,
    interval: Annotated[str, typer.Option(help="Of s, on the line (1-s) u0 + s u1.")] = "0,1",
    plane: Annotated[str | None, typer.Option(help="Three targets u0,u1,u2, or generic.")] = None,
    window: Annotated[str, typer.Option(help="s0,s1,t0,t1 in u0 + s (u1-u0) + t (u2-u0).")] = "-1,1,-1,1",
    distance: Annotated[bool, typer.Option("--distance", help="From the target --u to the discriminant.")] = False,
    u: Annotated[str | None, typer.Option(help="A target: a file, or numbers and blanks [default: generic].")] = None,
    picture: Annotated[str | None, typer.Option(help="Of the plane: .png, .svg or .pdf.")] = None,
    out: Annotated[str | None, typer.Option(help="Of the plane: curve and labels (HDF5).")] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Where critical points of a distance collide: degree, chambers on a line or in a plane, distance to it."""
    from critlocus.chambers.command import lines, run

    summary, complete = run(
        variety, metric=metric, line=line, interval=interval, plane=plane, window=window, distance=distance, u=u,
        picture=picture, out=out, seed=seed, threads=threads or os.cpu_count() or 1,
    )  # fmt: skip
    if as_json:
        print(json.dumps(summary))
    elif not quiet:
        print("\n".join(lines(summary)))
    if not complete:
        raise typer.Exit(NOT_CONFIRMED)
