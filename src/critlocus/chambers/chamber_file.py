"""HDF5 files of chambers, of whatever kind: their attributes, their evidence, and what is said of damaged ones."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from critlocus.errors import FileError
from critlocus.json_text import json_text, plain
from critlocus.replace_file import replace_hdf5
from critlocus.store import opened

Found = TypeVar("Found")
_OWN = ("format", "schema_version")


@contextmanager
def written(
    path: str | os.PathLike[str], form: str, schema: int, evidence: dict[str, Any], attributes: dict[str, Any]
) -> Iterator[h5py.File]:
    """Give a new file with attributes and evidence, which takes the place of `path` when the block ends.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with replace_hdf5(path) as file:
        file.attrs.update({"format": form, "schema_version": schema, **attributes})
        file["evidence"] = np.frombuffer(json_text(evidence).encode(), dtype="u1")
        yield file


def loaded(path: str | os.PathLike[str], read: Callable[[h5py.File, str], Found]) -> Found:
    """Read a file of chambers by a function of the open file and its name.

    Raises
    ------
    FileError
        If the file cannot be read, or is something else.
    """
    name = os.fspath(path)
    try:
        with opened(name) as file:
            return read(file, name)
    except (OSError, KeyError, ValueError, IndexError, RuntimeError, TypeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} cannot be read ({str(error).splitlines()[0][:120]})") from None


def checked_format(file: h5py.File, name: str, form: str, schema: int, what: str) -> None:
    """Raise FileError if a file has another format, or a newer schema."""
    if file.attrs.get("format") != form:
        raise FileError(f"{name} does not hold {what}")
    if int(file.attrs["schema_version"]) > schema:
        raise FileError(f"{name} was written by a newer critlocus: update")


def about_and_evidence(file: h5py.File) -> dict[str, dict[str, Any]]:
    """Return the fields ``about`` and ``evidence`` of the chambers in a file."""
    about = {key: plain(value) for key, value in file.attrs.items() if key not in _OWN}
    return {"about": about, "evidence": json.loads(bytes(file["evidence"][:]))}


def write_ragged(group: h5py.Group, name: str, offsets: str, parts: list[NDArray[np.float64]], width: int = 0) -> None:
    """Write arrays of several lengths one after the other, and the offsets that cut them apart.

    `width`: of their rows; 0 if they are vectors.
    """
    nothing = np.zeros((0, width) if width else 0)
    group[name] = np.concatenate([nothing, *parts])
    group[offsets] = np.cumsum([0, *map(len, parts)])


def read_ragged(group: h5py.Group, name: str, offsets: str) -> list[NDArray[np.float64]]:
    """Return the arrays that `write_ragged` wrote."""
    values = group[name][:]
    return [values[a:b] for a, b in pairwise(group[offsets][:].tolist())]
