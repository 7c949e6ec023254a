"""Chambers in a plane as an HDF5 file: the curve, arc by arc, and the labels."""

from __future__ import annotations

import json
import os
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.summary import plain
from critlocus.chambers.labels import Label
from critlocus.chambers.plane import Chamber, PlaneChambers
from critlocus.chambers.trace import Arc
from critlocus.errors import FileError
from critlocus.replace_file import replace_hdf5
from critlocus.store import opened

FORMAT, SCHEMA = "critlocus chambers", 1
KINDS = ("fold", "apex", "birth")


def save_plane(plane: PlaneChambers, path: str | os.PathLike[str], **attributes: Any) -> None:
    """Write chambers to an HDF5 file.

    Layout: ``/curve/points`` (K, 2) with ``/curve/offsets`` (A + 1,) cuts the arcs apart; ``/curve/kind`` (A,) into
    ``/enums/kind``; ``/curve/ends`` (A, 2); ``/cusps``, ``/crossings`` (., 2); ``/chambers/outline`` with
    ``/chambers/offsets``; ``/chambers/{area, sample, real, histogram, complex, generic, proven, checked}``;
    ``/evidence`` is a JSON text.

    Parameters
    ----------
    attributes
        Attributes of the file, such as the name of the variety.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    labels = [c.label for c in plane.chambers]
    width = max((len(l.histogram) for l in labels if l is not None), default=1)
    histogram = np.zeros((len(labels), width), np.int32)
    for row, label in zip(histogram, labels, strict=True):
        if label is not None:
            row[: len(label.histogram)] = label.histogram
    with replace_hdf5(path) as file:
        file.attrs.update({"format": FORMAT, "schema_version": SCHEMA, **attributes})
        file["window"], file["cusps"], file["crossings"] = plane.window, plane.cusps, plane.crossings
        file["enums/kind"] = np.array(KINDS, dtype="S")
        _ragged(file, "curve", "points", [arc.points for arc in plane.arcs])
        file["curve/kind"] = np.array([KINDS.index(arc.kind) for arc in plane.arcs], np.int8)
        file["curve/ends"] = np.array([arc.ends for arc in plane.arcs], np.int32).reshape(-1, 2)
        tips = [(k, i) for k, arc in enumerate(plane.arcs) for i in arc.cusps]
        file["curve/cusps"] = np.array(tips, np.int32).reshape(-1, 2)
        _ragged(file, "chambers", "outline", [c.outline for c in plane.chambers])
        file["chambers/area"] = np.array([c.area for c in plane.chambers])
        file["chambers/sample"] = np.array([c.sample for c in plane.chambers]).reshape(-1, 2)
        file["chambers/histogram"] = histogram
        for name in ("real", "complex", "generic"):
            file[f"chambers/{name}"] = np.array([-1 if l is None else getattr(l, name) for l in labels], np.int32)
        file["chambers/proven"] = np.array([l is not None and l.proven for l in labels], bool)
        file["chambers/checked"] = np.array([c.checked for c in plane.chambers], bool)
        file["evidence"] = np.frombuffer(json.dumps(plain(plane.evidence)).encode(), dtype="u1")


def load_plane(path: str | os.PathLike[str]) -> PlaneChambers:
    """Read what `save_plane` wrote.

    Raises
    ------
    FileError
        If the file cannot be read, or is something else.
    """
    name = os.fspath(path)
    try:
        with opened(name) as file:
            return read(file, name)
    except (OSError, KeyError, ValueError, IndexError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} cannot be read ({str(error).splitlines()[0][:120]})") from None


def read(file: h5py.File, name: str) -> PlaneChambers:
    """Read chambers from an open file; FileError if it holds something else."""
    if file.attrs.get("format") != FORMAT:
        raise FileError(f"{name} does not hold chambers")
    about = {key: plain(value) for key, value in file.attrs.items() if key not in ("format", "schema_version")}
    arcs = [
        Arc(points, (int(a), int(b)), [], KINDS[int(kind)])
        for points, (a, b), kind in zip(_parts(file["curve"], "points"), file["curve/ends"][:],
                                        file["curve/kind"][:], strict=True)
    ]  # fmt: skip
    for k, i in file["curve/cusps"][:].tolist():
        arcs[k].cusps.append(i)
    group = file["chambers"]
    chambers = []
    for k, outline in enumerate(_parts(group, "outline")):
        real = int(group["real"][k])
        histogram = tuple(np.trim_zeros(group["histogram"][k], "b").tolist())
        counts = int(group["complex"][k]), int(group["generic"][k]), bool(group["proven"][k])
        label = None if real < 0 else Label(real, histogram, *counts)
        chambers.append(Chamber(outline, float(group["area"][k]), group["sample"][k], label, bool(group["checked"][k])))
    evidence = json.loads(bytes(file["evidence"][:]))
    return PlaneChambers(file["window"][:], arcs, file["cusps"][:], file["crossings"][:], chambers, evidence, about)


def _ragged(file: h5py.File, group: str, name: str, parts: list[NDArray[np.float64]]) -> None:
    file[f"{group}/{name}"] = np.concatenate(parts) if parts else np.zeros((0, 2))
    file[f"{group}/offsets"] = np.cumsum([0, *map(len, parts)])


def _parts(group: h5py.Group, name: str) -> list[NDArray[np.float64]]:
    offsets = group["offsets"][:]
    return np.split(group[name][:], offsets[1:-1]) if len(offsets) > 1 else []
