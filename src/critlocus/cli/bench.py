"""The command ``critlocus bench``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated, Any

import typer

from critlocus.cli.options import INTERRUPTED, NOT_CONFIRMED, Json, Quiet
from critlocus.cli.output import print_json
from critlocus.cli.streams import complain
from critlocus.errors import FileError, Interrupted


def bench(
    suite: Annotated[
        str,
        typer.Argument(help="classical, convolutional, deep-linear, dimensions, ed-degrees, power, or a TOML file."),
    ],
    only: Annotated[str | None, typer.Option(help="Names of rows, separated by semicolons or commas.")] = None,
    draws: Annotated[int | None, typer.Option(help="Also statistics over so many random data sets.")] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    seeds: Annotated[int, typer.Option(help="Run every row over so many seeds, and report all counts.")] = 1,
    threads: Annotated[int | None, typer.Option(help="Threads [default: all processors].")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds for one run of a row.")] = None,
    out: Annotated[str | None, typer.Option(help="HDF5 file, or a folder for HDF5 and CSV.")] = None,
    csv: Annotated[str | None, typer.Option(help="CSV file.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the unfinished run in --out.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a table of architectures and compare with published counts; exit code 1 if not every row is confirmed."""
    from rich.console import Console

    from critlocus.suites.report import live_table
    from critlocus.suites.result import SuiteRun
    from critlocus.suites.run import bench as run
    from critlocus.suites.suite import read_suite

    whole = read_suite(suite)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    shown: Any = nullcontext(lambda run, row: None) if as_json or quiet else live_table(console)
    stopped: Interrupted | FileError | None = None
    with shown as watch:
        try:
            found = run(
                whole, only=_names(only, {row.name for row in whole.rows}), draws=draws, seed=seed, seeds=seeds,
                threads=threads, timeout=timeout, out=out, csv=csv, resume=resume, watch=watch,
            )  # fmt: skip
        except (Interrupted, FileError) as error:
            if not isinstance(error.result, SuiteRun):
                raise
            stopped, found = error, error.result
    if as_json:
        print_json(found.summary())
    if isinstance(stopped, FileError):
        raise stopped
    if stopped is not None:
        complain(stopped)
        raise typer.Exit(INTERRUPTED)
    if not found.confirmed:
        raise typer.Exit(NOT_CONFIRMED)


def _names(text: str | None, known: set[str]) -> list[str] | None:
    """Split names; a comma may be part of one."""
    if text is None:
        return None
    if text in known:
        return [text]
    return [name.strip() for name in text.split(";" if ";" in text else ",") if name.strip()]
