"""Result files of runs in function space (HDF5): plain arrays, each stage written to a new file that takes its place.

Layout (schema 1): attributes name format, versions, variety, metric, seed; ``/meta`` is a JSON text with evidence,
options and timings; ``/generic`` and ``/targets`` hold the columns of `critlocus.functions.result.FunctionTable` and
the parameters; ``/form`` the matrix Q; ``/chart`` the chart; ``/data`` the targets as given; ``/enums`` names.
"""

from __future__ import annotations

import json
import os
from typing import Any

import h5py
import numpy as np

from critlocus.errors import FileError
from critlocus.functions.result import FunctionResult, FunctionTable, Kind
from critlocus.json_text import json_text
from critlocus.replace_file import replace_hdf5
from critlocus.solvers.protocol import PathStatus

FORMAT = "critlocus function result"
SCHEMA = 1
_META = ("evidence", "stop_reason", "paths_tracked", "failed_paths", "seconds", "options", "identified")
_ARRAYS = {
    "form": "form", "chart/offset": "chart_offset", "chart/basis": "chart_basis", "combinations": "combinations",
    "generic/parameters": "generic_parameters", "targets/parameters": "target_parameters",
    "targets/parameters_low": "target_low", "targets/parameter_radii": "target_radii",
    "targets/constants": "target_constants",
}  # fmt: skip

Path = str | os.PathLike[str]


def write(path: Path, result: FunctionResult) -> None:
    """Write a result; a file of that name is replaced when all is written.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with replace_hdf5(path) as file:
        _fill(file, result)


def _fill(file: h5py.File, result: FunctionResult) -> None:
    file.attrs.update({
        "format": FORMAT, "schema_version": SCHEMA, "package_version": result.version, "solver": result.solver,
        "solver_version": result.solver_version, "variety": result.variety.name, "metric": result.metric,
        "seed": result.seed,
    })  # fmt: skip
    meta = {name: getattr(result, name) for name in _META}
    file["meta"] = np.frombuffer(json_text(meta).encode(), dtype="u1")
    file["coordinate_names"] = np.array(result.variety.ambient.names, dtype="S")
    file["weight_names"] = np.array(getattr(result.variety, "weight_names", []), dtype="S")
    file["parameter_names"] = np.array(result.parameter_names, dtype="S")
    file["enums/status"] = np.array([s.name.lower() for s in PathStatus], dtype="S")
    file["enums/kind"] = np.array([k.name.lower() for k in Kind], dtype="S")
    file["enums/real"] = np.array([b"undecided", b"not real", b"real"])
    file["enums/real"].attrs["first"] = -1
    for where, name in _ARRAYS.items():
        file[where] = getattr(result, name)
    for group, table in (("generic", result.generic), ("targets", result.targets)):
        for name in FunctionTable.COLUMNS:
            file[f"{group}/{name}"] = getattr(table, name)
    for name, rows in result.data.items():
        file[f"data/{name}"] = rows


def read(file: h5py.File, name: str) -> FunctionResult:
    """Read a result from an open file; `name` is for messages."""
    from critlocus.varieties import parse_variety

    if int(file.attrs["schema_version"]) > SCHEMA:
        raise FileError(f"{name} was written by a newer critlocus ({file.attrs['package_version']}): update")
    meta: dict[str, Any] = json.loads(bytes(file["meta"][:]))
    generic, targets = (
        FunctionTable(**{name: file[group][name][:] for name in FunctionTable.COLUMNS})
        for group in ("generic", "targets")
    )
    arrays: dict[str, Any] = {name: file[where][:] for where, name in _ARRAYS.items()}
    return FunctionResult(
        variety=parse_variety(str(file.attrs["variety"])),
        metric=str(file.attrs["metric"]),
        seed=int(file.attrs["seed"]),
        solver=str(file.attrs["solver"]),
        solver_version=str(file.attrs["solver_version"]),
        version=str(file.attrs["package_version"]),
        parameter_names=[name.decode() for name in file["parameter_names"][:].tolist()],
        data={name: rows[:] for name, rows in file["data"].items()} if "data" in file else {},
        generic=generic,
        targets=targets,
        **arrays,
        **meta,
    )
