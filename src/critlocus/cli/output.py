"""Printing: tables and JSON on standard output, progress on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from critlocus.progress import Reporter, silent


def print_summary(found: dict[str, Any], *, as_json: bool, quiet: bool) -> None:
    """Print the summary of a result as JSON, or as tables for its kind."""
    if as_json:
        print_json(found)
    elif not quiet:
        if found["space"] == "functions":
            from critlocus.functions.report import print_functions as printed
        elif found["space"] == "loci":
            from critlocus.loci.report import print_loci as printed
        else:
            from critlocus.analysis.report import print_summary as printed

        printed(console(), found)
        if found.get("draws"):
            from critlocus.analysis.draws_report import print_draws

            print_draws(console(), found["draws"])


def print_json(value: Any) -> None:
    """Print a value as one JSON object, which is valid whatever numbers there are in it."""
    from critlocus.json_text import json_text

    print(json_text(value))


def console() -> Any:
    """Return a console of rich; into a file it writes lines of equal length on all machines."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


@contextmanager
def progress(*, shown: bool) -> Iterator[Reporter]:
    """Give a reporter with a progress bar, if there is a terminal to show it on."""
    if not shown or not sys.stderr.isatty():
        yield silent
        return
    from critlocus.analysis.progress_bar import progress_bar

    with progress_bar() as report:
        yield report
