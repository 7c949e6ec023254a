"""Chambers of a line as an HDF5 file: the events, and the labels between them."""

from __future__ import annotations

import os
from typing import Any

import h5py
import numpy as np

from critlocus.chambers.chamber_file import (
    about_and_evidence,
    checked_format,
    loaded,
    read_ragged,
    write_ragged,
    written,
)
from critlocus.chambers.events import Event
from critlocus.chambers.label_arrays import label_arrays, labels_of
from critlocus.chambers.line import LineChambers
from critlocus.errors import FileError

FORMAT, SCHEMA = "critlocus chambers of a line", 1
KINDS = ("fold", "apex", "birth", "singular", "infinity", "unexplained", "branch")
_COLUMNS = {"s": np.float64, "radius": np.float64, "change": np.int32, "index": np.int32, "certified": np.bool_}
_RAGGED = ("point", "kernel")


def save_line(line: LineChambers, path: str | os.PathLike[str], **attributes: Any) -> None:
    """Write chambers of a line to an HDF5 file.

    Layout, for E events: ``/interval`` (2,); ``/events/{s, radius}`` (E,) float64, ``/events/{change, index}`` (E,)
    int32, ``/events/certified`` (E,) bool; ``/events/kind`` (E,) int8 into ``/enums/kind``; ``/events/point`` (., )
    float64 has the points of all events one after the other, cut apart by ``/events/point_offsets`` (E + 1,), and
    ``/events/kernel`` likewise; ``/chambers/sample`` (E + 1,) float64, ``/chambers/{real, complex, generic}`` (E + 1,)
    int32, ``/chambers/histogram`` (E + 1, width) int32, ``/chambers/proven`` (E + 1,) bool; ``/evidence`` is a JSON
    text. The attribute ``format`` is `FORMAT`.

    Parameters
    ----------
    line : LineChambers
    path : path
    attributes
        Attributes of the file, such as the name of the variety; they come back as `LineChambers.about`.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with written(path, FORMAT, SCHEMA, line.evidence, attributes) as file:
        file["interval"] = np.array(line.interval, np.float64)
        file["enums/kind"] = np.array(KINDS, dtype="S")
        file["events/kind"] = np.array([KINDS.index(e.kind) for e in line.events], np.int8)
        for name, dtype in _COLUMNS.items():
            file[f"events/{name}"] = np.array([getattr(e, name) for e in line.events], dtype)
        for name in _RAGGED:
            write_ragged(file["events"], name, f"{name}_offsets", [getattr(e, name) for e in line.events])
        file["chambers/sample"] = line.samples
        for name, column in label_arrays(line.labels).items():
            file[f"chambers/{name}"] = column


def load_line(path: str | os.PathLike[str]) -> LineChambers:
    """Read what `save_line` wrote.

    Raises
    ------
    FileError
        If the file cannot be read, or is something else.
    """
    return loaded(path, read)


def read(file: h5py.File, name: str) -> LineChambers:
    """Read chambers of a line from an open file; FileError if it holds something else."""
    checked_format(file, name, FORMAT, SCHEMA, "chambers of a line")
    group = file["events"]
    kinds = [KINDS[kind] for kind in group["kind"][:].tolist()]
    columns = [group[key][:].tolist() for key in _COLUMNS]
    ragged = [read_ragged(group, key, f"{key}_offsets") for key in _RAGGED]
    events = [
        Event(s, radius, kind, change, index, certified, point, kernel)
        for kind, s, radius, change, index, certified, point, kernel in zip(kinds, *columns, *ragged, strict=True)
    ]
    samples, labels = file["chambers/sample"][:], [l for l in labels_of(file["chambers"]) if l is not None]
    if not len(events) + 1 == len(labels) == len(samples):
        raise FileError(f"{name} is damaged: {len(events)} events, {len(samples)} samples and {len(labels)} labels")
    low, high = file["interval"][:].tolist()
    return LineChambers((low, high), events, samples, labels, **about_and_evidence(file))
