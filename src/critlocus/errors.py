"""Errors that a user can mend: a short message, and exit code 2 on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from critlocus.bottlenecks.pairs import Bottlenecks
    from critlocus.chambers.about import Chambers
    from critlocus.functions.result import FunctionResult
    from critlocus.loci.result import LociResult
    from critlocus.result import Result
    from critlocus.suites.result import SuiteRun
    from critlocus.voronoi.cell import VoronoiCell


class CritlocusError(Exception):
    """Base of all errors raised on purpose. The message says what is wrong and what to do."""


class InputError(CritlocusError, ValueError):
    """The architecture, the data or an option cannot be used."""


class NoRegularSolutions(InputError):  # noqa: N818
    """A question has no regular solutions over generic data: what it asks for does not happen there."""


class FileError(CritlocusError, OSError):
    """A file cannot be read or written, or is not a critlocus result.

    `result` holds what a run had computed when its file failed.
    """

    result: Result | FunctionResult | LociResult | SuiteRun | None = None


class SolverError(CritlocusError, RuntimeError):
    """An engine is missing, failed to start, or died."""


class Interrupted(KeyboardInterrupt):
    """The run was stopped by Ctrl-C; what was computed so far has been kept in `result` (and in the file, if any)."""

    result: Result | FunctionResult | SuiteRun | Chambers | Bottlenecks | VoronoiCell | None = None
