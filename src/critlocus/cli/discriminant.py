"""The command ``critlocus discriminant``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from critlocus.cli.deliver import Places, deliver
from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import print_json


def discriminant(
    variety: Annotated[str, typer.Argument(help="equations:x^2+4*y^2-4, matrices:2x2,rank=1, 2-1-1:x^2, ...")],
    space: Annotated[
        str, typer.Option(help="functions: targets u of a distance; weights: data sets of a regularised loss.")
    ] = "functions",
    metric: Annotated[
        str | None,
        typer.Option(
            help="In function space: frobenius, bombieri, gaussian, generic, data, or a file [default: frobenius, or "
            "data with --data]."
        ),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(
            help="Two targets u0,u1: files, numbers and blanks, data (what --data fits best), or generic. In the space "
            "of weights two data sets: files, or generic:M."
        ),
    ] = None,
    interval: Annotated[
        str | None, typer.Option(help="Of s, on the line (1-s) u0 + s u1, or (1-s) L0 + s L1 [default: 0,1].")
    ] = None,
    plane: Annotated[str | None, typer.Option(help="Three targets u0,u1,u2, or three data sets.")] = None,
    window: Annotated[
        str | None, typer.Option(help="s0,s1,t0,t1 in u0 + s (u1-u0) + t (u2-u0) [default: -1,1,-1,1].")
    ] = None,
    distance: Annotated[
        bool,
        typer.Option("--distance", help="From the target --u, or the outputs of --data, to where the picture changes."),
    ] = False,
    u: Annotated[
        str | None, typer.Option(help="A target: a file, numbers and blanks, data [default: generic].")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Inputs of the metric data, or the data set of --distance: a .csv, .npz or .h5 file, or generic:M."
        ),
    ] = None,
    x: Annotated[
        str | None, typer.Option(help="Input columns; a;b for different ones in the files of --line and --plane.")
    ] = None,
    y: Annotated[str | None, typer.Option(help="Output columns, likewise.")] = None,
    weights: Annotated[str | None, typer.Option(help="Column (or array) with the points' weights, likewise.")] = None,
    regularize: Annotated[
        str | None,
        typer.Option(
            help="In the space of weights: generic, one value, one for every weight (separated by commas), or a file "
            "with arrays W1, W2 [default: generic]."
        ),
    ] = None,
    picture: Annotated[str | None, typer.Option(help="Of the line or plane: .png, .svg or .pdf.")] = None,
    out: Annotated[str | None, typer.Option(help="Of the line or plane: events or curve, and labels (HDF5).")] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Where critical points collide: degree, chambers on a line or in a plane of data, distance."""
    from critlocus.chambers.chamber_text import lines
    from critlocus.chambers.command import run
    from critlocus.chambers.output import draw_chambers, form_of, save_chambers
    from critlocus.chambers.request import Request

    asked = Request(
        variety, space=space, metric=metric, line=line, interval=interval, plane=plane, window=window,
        distance=distance, u=u, data=data, x=x, y=y, weights=weights, regularize=regularize, picture=picture, out=out,
        seed=seed, threads=threads or os.cpu_count() or 1,
    )  # fmt: skip
    places = Places(out, picture)
    places.check(*form_of("line" if plane is None else "plane"))
    answer = run(asked)

    def show() -> None:
        if as_json:
            print_json(answer.summary)
        elif not quiet:
            print("\n".join(lines(answer.summary)))

    if answer.chambers is None:
        show()
    else:
        found = answer.chambers
        deliver(found, places, lambda path: save_chambers(found, path, **found.about),
                lambda path: draw_chambers(found, path, title=found.title), show)  # fmt: skip
    if not answer.complete:
        raise typer.Exit(NOT_CONFIRMED)
