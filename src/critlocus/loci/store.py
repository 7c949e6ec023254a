"""Result files of witness sets (HDF5): plain arrays, one group per component.

Layout (schema 1): attributes name format, versions, network, method, seed; ``/meta`` is a JSON text with evidence and
timings; ``/moments`` and ``/data`` the loss; ``/components/K`` the arrays of a `WitnessSet`, its numbers as attributes.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from typing import Any

import h5py
import numpy as np

from critlocus.errors import FileError
from critlocus.json_text import json_text
from critlocus.loci.result import LociResult, WitnessSet
from critlocus.networks import Network
from critlocus.replace_file import replace_hdf5

FORMAT = "critlocus witness sets"
SCHEMA = 1
_META = ("evidence", "stop_reason", "paths_tracked", "seconds")
_ATTRIBUTES = ("method", "seed", "source", "generic_rank", "solver_version")

Path = str | os.PathLike[str]


def write(path: Path, result: LociResult) -> None:
    """Write a result; a file of that name is replaced when all is written.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with replace_hdf5(path) as file:
        _fill(file, result)


def _fill(file: h5py.File, result: LociResult) -> None:
    file.attrs.update({"format": FORMAT, "schema_version": SCHEMA, "package_version": result.version})
    file.attrs.update({name: getattr(result, name) for name in _ATTRIBUTES})
    file.attrs["network"] = result.network.name
    meta = {name: getattr(result, name) for name in _META}
    file["meta"] = np.frombuffer(json_text(meta).encode(), dtype="u1")
    file["weight_names"] = np.array(result.network.weight_names, dtype="S")
    file["moments"] = result.moments
    for name, rows in result.data.items():
        file[f"data/{name}"] = rows
    file.create_group("components")
    for k, component in enumerate(result.components):
        group = file.create_group(f"components/{k}")
        for entry in fields(WitnessSet):
            value = getattr(component, entry.name)
            if value is None:
                continue
            if isinstance(value, np.ndarray | tuple):
                group[entry.name] = np.asarray(value)
            else:
                group.attrs[entry.name] = value


def read(file: h5py.File, name: str) -> LociResult:
    """Read a result from an open file; `name` is for messages."""
    if int(file.attrs["schema_version"]) > SCHEMA:
        raise FileError(f"{name} was written by a newer critlocus ({file.attrs['package_version']}): update")
    network = Network.parse(str(file.attrs["network"]))
    if [weight.decode() for weight in file["weight_names"][:].tolist()] != network.weight_names:
        raise FileError(f"{name} is damaged: its weights are not those of {network.name}")
    meta: dict[str, Any] = json.loads(bytes(file["meta"][:]))
    attributes = {key: _scalar(file.attrs[key]) for key in _ATTRIBUTES}
    return LociResult(
        network=network,
        version=str(file.attrs["package_version"]),
        moments=file["moments"][:],
        data={key: rows[:] for key, rows in file["data"].items()},
        components=[_component(file["components"][str(k)]) for k in range(len(file["components"]))],
        **attributes,
        **meta,
    )


def _component(group: h5py.Group) -> WitnessSet:
    values: dict[str, Any] = {name: _scalar(value) for name, value in group.attrs.items()}
    for name, rows in group.items():
        array = rows[:]
        values[name] = tuple(array.tolist()) if name.endswith("signature") else array
    return WitnessSet(**values)


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
