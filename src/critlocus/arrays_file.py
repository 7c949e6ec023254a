"""Small result files (HDF5): a record's arrays as datasets, all else as attributes (JSON where it has structure)."""

from __future__ import annotations

import json
import os
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import h5py
import numpy as np

from critlocus.errors import FileError
from critlocus.json_text import json_text
from critlocus.replace_file import replace_hdf5
from critlocus.store import opened

Record = TypeVar("Record")
SCHEMA = 1


def save_record(record: Any, path: str | os.PathLike[str], kind: str) -> None:
    """Write a dataclass; attributes name its kind, the schema and the version of the package.

    A file of that name is replaced when all is written.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    from critlocus import __version__

    with replace_hdf5(path) as file:
        file.attrs.update({"format": kind, "schema_version": SCHEMA, "package_version": __version__})
        for field in fields(record):
            value = getattr(record, field.name)
            if isinstance(value, np.ndarray):
                file[field.name] = value
            elif isinstance(value, (dict, list)):
                file.attrs[field.name] = json_text(value)
            else:
                file.attrs[field.name] = value


def load_record(kind_of: type[Record], path: str | os.PathLike[str], kind: str) -> Record:
    """Read a dataclass that `save_record` wrote; arrays that have a default may be missing in files of old versions.

    Raises
    ------
    FileError
        If the file cannot be read, or is of another kind.
    """
    name = os.fspath(path)
    try:
        with opened(name) as file:
            if file.attrs.get("format") != kind:
                raise FileError(f"{name} is not a file of kind {kind!r}")
            return read_record(kind_of, file, name)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} cannot be read ({str(error).splitlines()[0][:120]})") from None


def read_record(kind_of: type[Record], file: h5py.File, name: str) -> Record:
    """Read a dataclass from an open file of its kind; FileError if that is of a newer schema."""
    if int(file.attrs["schema_version"]) > SCHEMA:
        raise FileError(f"{name} was written by a newer critlocus ({file.attrs['package_version']}): update")
    values: dict[str, Any] = {}
    for field in fields(kind_of):  # type: ignore[arg-type]
        if field.name in file:
            values[field.name] = file[field.name][()]
            continue
        if field.name not in file.attrs and field.default_factory is not MISSING:
            continue  # a file of an old version
        value = file.attrs[field.name]
        structured = str(field.type).startswith(("dict", "list"))
        values[field.name] = json.loads(value) if structured else value
        if isinstance(value, np.integer):
            values[field.name] = int(value)
    return kind_of(**values)
