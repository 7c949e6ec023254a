"""The application: its commands, and what becomes of errors."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable

import typer

from critlocus.cli.bench import bench
from critlocus.cli.compare import compare
from critlocus.cli.discriminant import discriminant
from critlocus.cli.entry import as_command
from critlocus.cli.export import export
from critlocus.cli.files import plot, show, validate
from critlocus.cli.info import info
from critlocus.cli.normals import bottlenecks, voronoi
from critlocus.cli.options import BAD_INPUT, INTERRUPTED
from critlocus.cli.solve import solve
from critlocus.cli.streams import complain, prepare_streams
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
    app.command()(as_command(command))


def main() -> None:
    """Run the command line; errors that a user can mend become one line and exit code 2."""
    prepare_streams()
    if not sys.warnoptions:  # what NumPy says of a number is no message to a user, unless asked for by python -W
        warnings.simplefilter("ignore", RuntimeWarning)
    code = _outcome(app)
    _leave(_outcome(sys.stdout.flush) or code)


def _outcome(action: Callable[[], object]) -> int:
    """Return the exit code of an action, and tell of its errors."""
    try:
        action()
    except SystemExit as leaving:
        return int(leaving.code or 0)
    except KeyboardInterrupt:
        complain("stopped")
        return INTERRUPTED
    except CritlocusError as error:
        complain(error)
        return BAD_INPUT
    except MemoryError as error:
        complain(f"there is not enough memory: {error}")
        return BAD_INPUT
    return 0


def _leave(code: int) -> None:
    """Exit; without any clean-up if HDF5 has a file open that it cannot close (a full disk)."""
    store = sys.modules.get("critlocus.store")
    if store is not None and store.broken_files():
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
