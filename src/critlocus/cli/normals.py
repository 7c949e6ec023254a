"""Commands about the normals of a variety: ``critlocus bottlenecks`` and ``voronoi``."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import progress
from critlocus.errors import InputError


def bottlenecks(
    variety: Annotated[str, typer.Argument(help="A network, matrices:3x3,rank=1, equations:x^2+4*y^2-4, param:t,t^2.")],
    metric: Annotated[str, typer.Option(help="frobenius, bombieri, gaussian, generic or a file.")] = "frobenius",
    curvature: Annotated[bool, typer.Option(help="Look for the smallest radius of curvature, too.")] = True,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    out: Annotated[str | None, typer.Option(help="Result file (HDF5).")] = None,
    picture: Annotated[str | None, typer.Option(help="Picture to write: .png, .svg or .pdf.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find all pairs of points with a common normal line, the narrowest real one, and the reach."""
    from critlocus.bottlenecks import bottlenecks as run

    can_draw(picture)
    with progress(shown=not (as_json or quiet)) as report:
        found = run(variety, metric=metric, seed=seed, threads=threads, curvature=curvature, report=report)
    deliver(found, out, picture, as_json=as_json, quiet=quiet)


def voronoi(
    variety: Annotated[str, typer.Argument(help="A network, matrices:3x3,rank=1, equations:x^2+4*y^2-4, param:t,t^2.")],
    at: Annotated[str | None, typer.Option(help="Point: coordinates, with commas [default: a random one].")] = None,
    metric: Annotated[str, typer.Option(help="frobenius, bombieri, gaussian, generic or a file.")] = "frobenius",
    rays: Annotated[int, typer.Option(help="Rays to begin with; more follow where the boundary bends.")] = 48,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    out: Annotated[str | None, typer.Option(help="Result file (HDF5).")] = None,
    picture: Annotated[str | None, typer.Option(help="Picture to write: .png, .svg or .pdf.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compute the degree of a Voronoi cell's boundary, and the cell in a plane of the normal space."""
    from critlocus.voronoi import voronoi as run

    can_draw(picture)
    try:
        point = None if at is None else [float(part) for part in at.split(",")]
    except ValueError:
        raise InputError(f"voronoi: {at!r} is not a list of numbers such as 1,0.5") from None
    with progress(shown=not (as_json or quiet)) as report:
        found = run(
            variety, point, metric=metric, rays=rays, max_rays=max(240, rays), seed=seed, threads=threads, report=report
        )
    deliver(found, out, picture, as_json=as_json, quiet=quiet)


def can_draw(picture: str | None) -> None:
    """Complain of a picture's kind before the work begins."""
    if picture is not None:
        from critlocus.analysis.picture_file import picture_name

        picture_name(picture)


def deliver(found: Any, out: str | None, picture: str | None, *, as_json: bool, quiet: bool) -> None:
    """Store, draw and print a result; exit code 1 if its own evidence does not confirm it."""
    if out is not None:
        found.save(out)
    if picture is not None:
        from critlocus.analysis.normal_pictures import picture_of

        picture_of(found, picture)
    if as_json:
        print(json.dumps(found.summary()))
    elif not quiet:
        print(found.text())
    if found.complaints:
        if not as_json and not quiet:
            print(f"critlocus: {'; '.join(found.complaints)}", file=sys.stderr)
        raise typer.Exit(NOT_CONFIRMED)
