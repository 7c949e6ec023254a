"""Commands about result files: ``critlocus show``, ``plot`` and ``validate``."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from critlocus.cli.options import NOT_CONFIRMED, Json, Quiet, Threads
from critlocus.cli.output import console, print_summary
from critlocus.errors import InputError


def show(file: Annotated[str, typer.Argument(help="A result file.")], as_json: Json = False) -> None:
    """Print the summary of a result file."""
    from critlocus.chambers.about import Chambers
    from critlocus.load import load_any
    from critlocus.suites.result import SuiteRun

    found = load_any(file)
    if isinstance(found, SuiteRun) and not as_json:
        from critlocus.suites.report import print_run

        print_run(console(), found)
        return
    if isinstance(found, Chambers):
        from critlocus.chambers.chamber_text import lines

        print(json.dumps(found.record()) if as_json else "\n".join(lines(found.record())))
        return
    print_summary(found.summary(), as_json=as_json, quiet=False)


def plot(
    file: Annotated[str, typer.Argument(help="A result file.")],
    picture: Annotated[str, typer.Argument(help="Picture to write: .png, .svg or .pdf.")],
    target: Annotated[int, typer.Option(help="Which target.")] = 0,
    draws: Annotated[bool, typer.Option("--draws", help="How many points are real over all targets.")] = False,
) -> None:
    """Draw loss against index of the certified real critical points, statistics over all targets, or chambers."""
    from critlocus.chambers.about import Chambers
    from critlocus.load import load
    from critlocus.loci.result import LociResult

    result = load(file)
    if isinstance(result, Chambers):
        if draws or target:
            raise InputError(f"plot: {file} holds chambers; --draws and --target belong to landscapes")
        from critlocus.chambers.output import draw_chambers

        draw_chambers(result, picture, title=result.title)
        return
    if isinstance(result, LociResult):
        raise InputError(f"plot: {file} holds witness sets, which have no landscape of points")
    if draws:
        from critlocus.analysis.draws_plot import plot_result_draws

        plot_result_draws(result, picture)
        return
    from critlocus.analysis.plots import plot_landscape

    plot_landscape(result, picture, target)


def validate(
    file: Annotated[str, typer.Argument(help="A result file.")],
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Recompute residuals, certificates, signatures and losses from the file alone; exit code 1 if a claim fails."""
    from critlocus.chambers.about import Chambers
    from critlocus.load import load
    from critlocus.validate import validate as check

    result = load(file)
    if isinstance(result, Chambers):
        raise InputError(f"validate: {file} holds chambers, without the critical points that could be proven again")
    outcome = check(result, threads=threads or os.cpu_count() or 1)
    if as_json:
        print(json.dumps({"ok": outcome.ok, "complaints": outcome.complaints, **outcome.facts}))
    elif not quiet:
        for name, facts in outcome.facts.items():
            print(f"{name}: " + ", ".join(f"{k.replace('_', ' ')} {v:.3g}" if isinstance(v, float) else f"{k} {v}"
                                          for k, v in facts.items()))  # fmt: skip
        print("\n".join(outcome.complaints) or "every claim of the file was confirmed")
    if not outcome.ok:
        raise typer.Exit(NOT_CONFIRMED)
