"""Small result files (HDF5): a record's arrays as datasets, all else as attributes (JSON where it has structure)."""

from __future__ import annotations

import json
import os
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import h5py
import numpy as np

from critlocus.analysis.summary import plain
from critlocus.errors import FileError
from critlocus.replace_file import replace_hdf5

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
                file.attrs[field.name] = json.dumps(plain(value))
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
    values: dict[str, Any] = {}
    try:
        with h5py.File(name, "r") as file:
            if file.attrs.get("format") != kind:
                raise FileError(f"{name} is not a file of kind {kind!r}")
            for field in fields(kind_of):  # type: ignore[arg-type]
                if field.name in file:
                    values[field.name] = file[field.name][()]
                elif field.name in file.attrs or field.default_factory is MISSING:
                    value = file.attrs[field.name]
                    structured = isinstance(value, str) and value[:1] in ("{", "[")
                    values[field.name] = json.loads(value) if structured else value
                    if isinstance(value, np.integer):
                        values[field.name] = int(value)
    except (OSError, KeyError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} cannot be read ({str(error).splitlines()[0][:120]})") from None
    return kind_of(**values)
