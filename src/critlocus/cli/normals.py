"""Commands about the normals of a variety: ``critlocus bottlenecks`` and ``voronoi``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from critlocus.cli.deliver import Places, deliver
from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import print_json, progress
from critlocus.cli.streams import complain
from critlocus.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from critlocus.bottlenecks import Bottlenecks
    from critlocus.voronoi import VoronoiCell


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
    from critlocus.bottlenecks import KIND
    from critlocus.bottlenecks import bottlenecks as run

    places = Places(out, picture)
    places.check(KIND, "holds no bottlenecks")
    with progress(shown=not (as_json or quiet)) as report:
        found = run(variety, metric=metric, seed=seed, threads=threads, curvature=curvature, report=report)
    _deliver(found, places, as_json=as_json, quiet=quiet)


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
    from critlocus.voronoi import KIND
    from critlocus.voronoi import voronoi as run

    places = Places(out, picture)
    places.check(KIND, "holds no Voronoi cell")
    point = None if at is None else _point(at)
    with progress(shown=not (as_json or quiet)) as report:
        found = run(
            variety, point, metric=metric, rays=rays, max_rays=max(240, rays), seed=seed, threads=threads, report=report
        )
    _deliver(found, places, as_json=as_json, quiet=quiet)


def _point(text: str) -> NDArray[np.float64]:
    from critlocus.losses import real_array

    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"voronoi: {text!r} is not a list of numbers such as 1,0.5") from None
    return real_array(values, "voronoi: point")


def _deliver(found: Bottlenecks | VoronoiCell, places: Places, *, as_json: bool, quiet: bool) -> None:
    """Store, draw and print a result; exit code 1 if its own evidence does not confirm it."""
    from critlocus.analysis.normal_pictures import picture_of

    def show() -> None:
        if as_json:
            print_json(found.summary())
        elif not quiet:
            print(found.text())

    deliver(found, places, found.save, lambda path: picture_of(found, path), show)
    if found.complaints:
        if not as_json and not quiet:
            complain("; ".join(found.complaints))
        raise typer.Exit(NOT_CONFIRMED)
