"""Chambers in a plane as an HDF5 file: the curve, arc by arc, and the labels."""

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
from critlocus.chambers.label_arrays import label_arrays, labels_of
from critlocus.chambers.labelled_faces import Chamber
from critlocus.chambers.plane import PlaneChambers
from critlocus.chambers.trace import Arc

FORMAT, SCHEMA = "critlocus chambers", 1
KINDS = ("fold", "apex", "birth", "branch", "singular")


def save_plane(plane: PlaneChambers, path: str | os.PathLike[str], **attributes: Any) -> None:
    """Write chambers to an HDF5 file.

    Layout: ``/curve/points`` (K, 2) with ``/curve/offsets`` (A + 1,) cuts the arcs apart; ``/curve/kind`` (A,) into
    ``/enums/kind``; ``/curve/ends`` (A, 2); ``/curve/{cusps, contacts}`` (., 2), pairs of an arc and a row of it;
    ``/cusps``, ``/crossings`` (., 2); ``/chambers/outline`` with ``/chambers/offsets``; ``/chambers/{area, sample,
    real, histogram, complex, generic, proven, checked}``; ``/evidence`` is a JSON text.

    Parameters
    ----------
    attributes
        Attributes of the file, such as the name of the variety.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with written(path, FORMAT, SCHEMA, plane.evidence, attributes) as file:
        file["window"], file["cusps"], file["crossings"] = plane.window, plane.cusps, plane.crossings
        file["enums/kind"] = np.array(KINDS, dtype="S")
        write_ragged(file.create_group("curve"), "points", "offsets", [arc.points for arc in plane.arcs], 2)
        file["curve/kind"] = np.array([KINDS.index(arc.kind) for arc in plane.arcs], np.int8)
        file["curve/ends"] = np.array([arc.ends for arc in plane.arcs], np.int32).reshape(-1, 2)
        tips = [(k, i) for k, arc in enumerate(plane.arcs) for i in arc.cusps]
        file["curve/cusps"] = np.array(tips, np.int32).reshape(-1, 2)
        touching = [(k, i) for k, arc in enumerate(plane.arcs) for i in arc.contacts]
        file["curve/contacts"] = np.array(touching, np.int32).reshape(-1, 2)
        write_ragged(file.create_group("chambers"), "outline", "offsets", [c.outline for c in plane.chambers], 2)
        file["chambers/area"] = np.array([c.area for c in plane.chambers])
        file["chambers/sample"] = np.array([c.sample for c in plane.chambers]).reshape(-1, 2)
        for name, column in label_arrays([c.label for c in plane.chambers]).items():
            file[f"chambers/{name}"] = column
        file["chambers/checked"] = np.array([c.checked for c in plane.chambers], bool)


def load_plane(path: str | os.PathLike[str]) -> PlaneChambers:
    """Read what `save_plane` wrote.

    Raises
    ------
    FileError
        If the file cannot be read, or is something else.
    """
    return loaded(path, read)


def read(file: h5py.File, name: str) -> PlaneChambers:
    """Read chambers from an open file; FileError if it holds something else."""
    checked_format(file, name, FORMAT, SCHEMA, "chambers in a plane")
    arcs = [
        Arc(points, (int(a), int(b)), [], KINDS[int(kind)])
        for points, (a, b), kind in zip(read_ragged(file["curve"], "points", "offsets"), file["curve/ends"][:],
                                        file["curve/kind"][:], strict=True)
    ]  # fmt: skip
    for k, i in file["curve/cusps"][:].tolist():
        arcs[k].cusps.append(i)
    for k, i in file["curve/contacts"][:].tolist() if "curve/contacts" in file else []:  # not in old files
        arcs[k].contacts.append(i)
    group = file["chambers"]
    outlines = read_ragged(group, "outline", "offsets")
    columns = group["area"][:].tolist(), group["sample"][:], labels_of(group), group["checked"][:].tolist()
    chambers = [
        Chamber(outline, area, sample, label, checked)
        for outline, area, sample, label, checked in zip(outlines, *columns, strict=True)
    ]
    return PlaneChambers(
        file["window"][:], arcs, file["cusps"][:], file["crossings"][:], chambers, **about_and_evidence(file)
    )
