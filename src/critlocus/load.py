"""Reading result files of every kind."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from critlocus.errors import FileError
from critlocus.functions import store as function_store
from critlocus.loci import store as loci_store
from critlocus.store import FORMAT, load_weights, opened

if TYPE_CHECKING:
    import h5py

    from critlocus.bottlenecks.pairs import Bottlenecks
    from critlocus.chambers.line import LineChambers
    from critlocus.chambers.plane import PlaneChambers
    from critlocus.functions.result import FunctionResult
    from critlocus.loci.result import LociResult
    from critlocus.result import Result
    from critlocus.suites.result import SuiteRun
    from critlocus.voronoi.cell import VoronoiCell

    Loaded = Result | FunctionResult | LociResult | LineChambers | PlaneChambers | Bottlenecks | VoronoiCell


def load(path: str | os.PathLike[str]) -> Loaded:
    """Read a result file.

    Returns
    -------
    Result, FunctionResult, LociResult, LineChambers, PlaneChambers, Bottlenecks or VoronoiCell
        Of a run in the space of weights, in function space, or without regulariser, of a line or plane of data, or of
        the normals of a variety.

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


def load_any(path: str | os.PathLike[str]) -> Loaded | SuiteRun:
    """Read a result file, also of a suite; see `load`."""
    name = os.fspath(path)
    try:
        with opened(name) as file:
            kind = str(file.attrs.get("format", ""))
            found = _read(kind, file, name)
    except (KeyError, ValueError, RuntimeError, OSError, IndexError, TypeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} is truncated or damaged: {str(error).splitlines()[0][:120]}") from None
    if found is not None:
        return found
    if kind not in ("", FORMAT):
        raise FileError(f"{name} is an HDF5 file, but not a critlocus result")
    return load_weights(name)


def _read(kind: str, file: h5py.File, name: str) -> Loaded | SuiteRun | None:
    """Read a file of any kind but that of runs in the space of weights, which have a way of their own."""
    from critlocus.arrays_file import read_record
    from critlocus.bottlenecks import pairs
    from critlocus.chambers import line_store
    from critlocus.chambers import store as chamber_store
    from critlocus.suites import store as suite_store
    from critlocus.voronoi import cell

    if kind == pairs.KIND:
        return read_record(pairs.Bottlenecks, file, name)
    if kind == cell.KIND:
        return read_record(cell.VoronoiCell, file, name)
    readers: dict[str, Callable[[h5py.File, str], Loaded | SuiteRun]] = {
        store.FORMAT: store.read for store in (function_store, loci_store, chamber_store, line_store, suite_store)
    }
    return readers[kind](file, name) if kind in readers else None
