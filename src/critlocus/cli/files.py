"""Commands about result files: ``critlocus show``, ``plot`` and ``validate``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import console, print_json, print_summary
from critlocus.errors import InputError

if TYPE_CHECKING:
    from critlocus.bottlenecks.pairs import Bottlenecks
    from critlocus.chambers.about import Chambers
    from critlocus.voronoi.cell import VoronoiCell


def show(file: Annotated[str, typer.Argument(help="A result file.")], as_json: Json = False) -> None:
    """Print the summary of a result file."""
    from critlocus.bottlenecks.pairs import Bottlenecks
    from critlocus.chambers.about import Chambers
    from critlocus.load import load_any
    from critlocus.suites.result import SuiteRun
    from critlocus.voronoi.cell import VoronoiCell

    found = load_any(file)
    if isinstance(found, Chambers):
        from critlocus.chambers.chamber_text import lines

        if as_json:
            print_json(found.record())
        else:
            print("\n".join(lines(found.record())))
    elif as_json:
        print_json(found.summary())
    elif isinstance(found, Bottlenecks | VoronoiCell):
        print(found.text())
    elif isinstance(found, SuiteRun):
        from critlocus.suites.report import print_run

        print_run(console(), found)
    else:
        print_summary(found.summary(), as_json=False, quiet=False)


def plot(
    file: Annotated[str, typer.Argument(help="A result file.")],
    picture: Annotated[str, typer.Argument(help="Picture to write: .png, .svg or .pdf.")],
    target: Annotated[int, typer.Option(help="Which target.")] = 0,
    draws: Annotated[bool, typer.Option("--draws", help="How many points are real over all targets.")] = False,
) -> None:
    """Draw a result: loss against index of real critical points, statistics over targets, chambers, or normals."""
    from critlocus.analysis.picture_file import check_picture
    from critlocus.bottlenecks.pairs import Bottlenecks
    from critlocus.chambers.about import Chambers
    from critlocus.load import load
    from critlocus.loci.result import LociResult
    from critlocus.voronoi.cell import VoronoiCell

    result = load(file)
    check_picture(picture)
    if isinstance(result, LociResult):
        raise InputError(f"plot: {file} holds witness sets, which have no landscape of points")
    if isinstance(result, Chambers | Bottlenecks | VoronoiCell):
        if draws or target:
            raise InputError(f"plot: {file} holds {_held(result)}; --draws and --target belong to landscapes")
        if isinstance(result, Chambers):
            from critlocus.chambers.output import draw_chambers

            draw_chambers(result, picture, title=result.title)
        else:
            from critlocus.analysis.normal_pictures import picture_of

            picture_of(result, picture)
    elif draws:
        from critlocus.analysis.draws_plot import plot_result_draws

        plot_result_draws(result, picture)
    else:
        from critlocus.analysis.plots import plot_landscape

        plot_landscape(result, picture, target)


def validate(
    file: Annotated[str, typer.Argument(help="A result file.")],
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Recompute residuals, certificates, signatures and losses from the file alone; exit code 1 if a claim fails."""
    from critlocus.bottlenecks.pairs import Bottlenecks
    from critlocus.chambers.about import Chambers
    from critlocus.load import load
    from critlocus.validate import validate as check
    from critlocus.voronoi.cell import VoronoiCell

    result = load(file)
    if isinstance(result, Chambers | Bottlenecks | VoronoiCell):
        raise InputError(f"validate: {file} holds {_held(result)}, which cannot be proven again from the file alone")
    outcome = check(result, threads=threads or os.cpu_count() or 1)
    if as_json:
        print_json({"ok": outcome.ok, "complaints": outcome.complaints, **outcome.facts})
    elif not quiet:
        for name, facts in outcome.facts.items():
            print(f"{name}: " + ", ".join(f"{k.replace('_', ' ')} {v:.3g}" if isinstance(v, float) else f"{k} {v}"
                                          for k, v in facts.items()))  # fmt: skip
        print("\n".join(outcome.complaints) or "every claim of the file was confirmed")
    if not outcome.ok:
        raise typer.Exit(NOT_CONFIRMED)


def _held(result: Chambers | Bottlenecks | VoronoiCell) -> str:
    """Say what is in a file that has no landscape."""
    from critlocus.bottlenecks.pairs import Bottlenecks
    from critlocus.chambers.about import Chambers

    if isinstance(result, Chambers):
        return "chambers"
    return "bottlenecks" if isinstance(result, Bottlenecks) else "a Voronoi cell"
