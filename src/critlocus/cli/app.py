"""The application: its commands, and what becomes of errors."""

from __future__ import annotations

import os
import sys

import typer

from critlocus.cli.bench import bench
from critlocus.cli.compare import compare
from critlocus.cli.discriminant import discriminant
from critlocus.cli.export import export
from critlocus.cli.files import plot, show, validate
from critlocus.cli.info import info
from critlocus.cli.normals import bottlenecks, voronoi
from critlocus.cli.options import BAD_INPUT, INTERRUPTED
from critlocus.cli.solve import solve
from critlocus.cli.system import system
from critlocus.cli.variety import variety
from critlocus.errors import CritlocusError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="The critical locus of a neural network's loss: every complex critical point, certified and classified.",
)  # fmt: skip
for command in (
    bench, solve, variety, system, compare, export, discriminant, show, plot, validate, bottlenecks, voronoi, info,
):  # fmt: skip
    app.command()(command)


def main() -> None:
    """Run the command line; errors that a user can mend become one line and exit code 2."""
    try:
        app()
    except KeyboardInterrupt:
        print("critlocus: stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except CritlocusError as error:
        print(f"critlocus: {error}", file=sys.stderr)
        _leave(BAD_INPUT)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _leave(code: int) -> None:
    """Exit; without any clean-up if HDF5 has a file open that it cannot close (a full disk)."""
    store = sys.modules.get("critlocus.store")
    if store is not None and store.broken_files():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
