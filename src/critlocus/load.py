"""Reading result files of every kind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from critlocus.errors import FileError
from critlocus.functions import store as function_store
from critlocus.loci import store as loci_store
from critlocus.store import FORMAT, load_weights, opened

if TYPE_CHECKING:
    from critlocus.chambers.line import LineChambers
    from critlocus.chambers.plane import PlaneChambers
    from critlocus.functions.result import FunctionResult
    from critlocus.loci.result import LociResult
    from critlocus.result import Result
    from critlocus.suites.result import SuiteRun


def load(
    path: str | os.PathLike[str],
) -> Result | FunctionResult | LociResult | LineChambers | PlaneChambers:
    """Read a result file.

    Returns
    -------
    Result, FunctionResult, LociResult, LineChambers or PlaneChambers
        Of a run in the space of weights, in function space, or without regulariser, or of a line or plane of data.

    Raises
    ------
    FileError
        If the file cannot be read, is not a critlocus result, or is damaged.
    """
    from critlocus.suites.result import SuiteRun

    found = load_any(path)
    if isinstance(found, SuiteRun):
        raise FileError(f"{os.fspath(path)} is the run of a suite, not of one problem; critlocus show prints it")
    return found


def load_any(
    path: str | os.PathLike[str],
) -> Result | FunctionResult | LociResult | LineChambers | PlaneChambers | SuiteRun:
    """Read a result file, also of a suite; see `load`."""
    from critlocus.chambers import line_store
    from critlocus.chambers import store as chamber_store
    from critlocus.suites import store as suite_store

    name = os.fspath(path)
    try:
        with opened(name) as file:
            kind = str(file.attrs.get("format", ""))
            if kind == function_store.FORMAT:
                return function_store.read(file, name)
            if kind == loci_store.FORMAT:
                return loci_store.read(file, name)
            if kind == chamber_store.FORMAT:
                return chamber_store.read(file, name)
            if kind == line_store.FORMAT:
                return line_store.read(file, name)
            if kind == suite_store.FORMAT:
                return suite_store.read(file, name)
    except (KeyError, ValueError, RuntimeError, OSError, IndexError, TypeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} is truncated or damaged: {str(error).splitlines()[0][:120]}") from None
    if kind not in ("", FORMAT):
        raise FileError(f"{name} is an HDF5 file, but not a critlocus result")
    return load_weights(name)
