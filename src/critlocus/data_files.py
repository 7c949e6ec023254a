"""Reading data and regularisers from CSV, NPZ, JSON and HDF5 files."""

from __future__ import annotations

import csv
import json
import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import FileError, InputError
from critlocus.losses import Data
from critlocus.networks.architecture import Architecture

_INPUTS = ("X", "x", "inputs")
_OUTPUTS = ("Y", "y", "outputs")
_WEIGHTS = ("weights", "w")


def read_data(
    path: str | os.PathLike[str],
    network: Architecture,
    x: Sequence[str] | None = None,
    y: Sequence[str] | None = None,
    weights: str | None = None,
) -> list[Data]:
    """Read data sets from a file.

    Parameters
    ----------
    path : path
        ``.csv``: a table with a header line; ``.npz`` or ``.h5``/``.hdf5``: arrays X and Y (or inputs and outputs) of
        shapes ``(m, n_inputs)`` and ``(m, n_outputs)``, or ``(K, m, ...)`` for K data sets; optional array weights.
    network : Architecture
        Names the expected numbers of columns.
    x, y : sequences of str, optional
        CSV: names (or numbers, from 1) of the columns; default: the first columns in order. Others: names of arrays.
    weights : str, optional
        Column or array with a weight for every point.

    Raises
    ------
    FileError
        If the file is missing, empty or of another kind than its name says.
    InputError
        If columns are missing or values are not finite numbers.
    """
    name = os.fspath(path)
    if not os.path.isfile(name):
        raise FileError(f"data {name}: no such file (generic:M draws M random points)")
    if os.path.getsize(name) == 0:
        raise FileError(f"data {name}: the file is empty")
    suffix = os.path.splitext(name)[1].lower()
    if suffix == ".csv":
        return [_read_csv(name, network, x, y, weights)]
    if suffix == ".npz":
        arrays = _read_npz(name)
    elif suffix in (".h5", ".hdf5"):
        arrays = _read_hdf5(name)
    else:
        raise InputError(f"data {name}: unknown kind {suffix!r}; use .csv, .npz or .h5")
    inputs = _pick(arrays, name, "--x", x, _INPUTS)
    outputs = _pick(arrays, name, "--y", y, _OUTPUTS)
    weight = _pick(arrays, name, "--weights", [weights] if weights else None, _WEIGHTS, optional=True)
    if inputs.ndim == 3 and outputs.ndim == 3 and len(inputs) == len(outputs):
        sets = range(len(inputs))
        return [
            Data(inputs[k], outputs[k], None if weight is None else weight[k] if weight.ndim == 2 else weight, name)
            for k in sets
        ]
    return [Data(inputs, outputs, weight, name)]


def read_regularizer(path: str | os.PathLike[str]) -> dict[str, NDArray[np.float64]] | NDArray[np.float64]:
    """Read lambda from ``.npz``, ``.h5`` or ``.json`` (arrays W1, b1, W2, ...) or ``.csv`` (one value per weight)."""
    name = os.fspath(path)
    if not os.path.isfile(name):
        raise FileError(f"regulariser {name}: not a number, not 'generic', and no such file")
    suffix = os.path.splitext(name)[1].lower()
    if suffix == ".npz":
        return _read_npz(name)
    if suffix in (".h5", ".hdf5"):
        return _read_hdf5(name)
    if suffix == ".json":
        try:
            with open(name, encoding="utf-8") as file:
                value = json.load(file)
        except (ValueError, OSError) as error:
            raise FileError(f"regulariser {name}: not readable as JSON ({error})") from None
        if not isinstance(value, dict):
            raise InputError(f"regulariser {name}: expected an object with arrays W1, W2, ...")
        return value
    if suffix == ".csv":
        rows = _csv_rows(name)
        return np.array([[_number(v, name, i) for v in row] for i, row in enumerate(rows, 1)], dtype=np.float64).ravel()
    raise InputError(f"regulariser {name}: unknown kind {suffix!r}; use .npz, .h5, .json or .csv")


def read_table(path: str, label: str) -> NDArray[Any]:
    """Read one array from ``.npy``, or a table of numbers separated by commas, without a header, from any other file.

    Raises
    ------
    InputError
        If the file is not that; the message begins with `label`.
    """
    try:
        if path.endswith(".npy"):
            return np.asarray(np.load(path, allow_pickle=False))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an empty file: its shape tells
            return np.loadtxt(path, delimiter=",", ndmin=2)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{label}: not a table of numbers ({str(error).splitlines()[0][:100]})") from None


def _read_csv(
    name: str, network: Architecture, x: Sequence[str] | None, y: Sequence[str] | None, weights: str | None
) -> Data:
    rows = _csv_rows(name)
    header, body = [h.strip() for h in rows[0]], rows[1:]
    if not body:
        raise InputError(f"data {name}: there is a header but no rows")
    d0, d1 = network.n_inputs, network.n_outputs
    extra = 0 if weights is None else 1
    if x is None and y is None and len(header) != d0 + d1 + extra:
        raise InputError(
            f"data {name}: {len(header)} columns ({', '.join(header[:8])}) but {network.name} needs {d0} + {d1}; "
            "name them with --x and --y"
        )
    columns_x = _columns(header, x, range(d0), name)
    columns_y = _columns(header, y, range(d0, d0 + d1), name)
    for i, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise InputError(f"data {name}: line {i} has {len(row)} values, the header has {len(header)}")

    def table(columns: list[int]) -> NDArray[np.float64]:
        return np.array([[_number(row[c], name, i) for c in columns] for i, row in enumerate(body, start=2)])

    weight = None if weights is None else table(_columns(header, [weights], [], name))[:, 0]
    return Data(table(columns_x), table(columns_y), weight, name)


def _csv_rows(name: str) -> list[list[str]]:
    try:
        with open(name, encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error, OSError):
        raise FileError(f"{name}: not a readable CSV text file") from None
    if not rows:
        raise FileError(f"{name}: the file is empty")
    return rows


def _columns(header: list[str], wanted: Sequence[str] | None, default: Sequence[int], name: str) -> list[int]:
    if wanted is None:
        return list(default)
    found = []
    for column in wanted:
        if column in header:
            found.append(header.index(column))
        elif column.isdigit() and 1 <= int(column) <= len(header):
            found.append(int(column) - 1)
        else:
            raise InputError(f"data {name}: no column {column!r}; it has {', '.join(header)}")
    return found


def _number(text: str, name: str, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name}: {text!r} on line {line} is not a number") from None


def _read_npz(name: str) -> dict[str, NDArray[Any]]:
    try:
        with np.load(name, allow_pickle=False) as file:
            if not hasattr(file, "files"):
                raise FileError(f"{name}: not an NPZ archive")
            return {key: file[key] for key in file.files}
    except (ValueError, OSError, EOFError, KeyError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name}: not a readable NPZ archive") from None
    except Exception as error:  # zipfile.BadZipFile
        raise FileError(f"{name}: not a readable NPZ archive ({error})") from None


def _read_hdf5(name: str) -> dict[str, NDArray[Any]]:
    import h5py

    if not h5py.is_hdf5(name):
        raise FileError(f"{name}: not an HDF5 file")
    try:
        with h5py.File(name, "r") as file:
            return {key: item[()] for key, item in file.items() if isinstance(item, h5py.Dataset)}
    except (OSError, RuntimeError) as error:
        raise FileError(f"{name}: truncated or damaged HDF5 file ({str(error).splitlines()[0][:100]})") from None


def _pick(
    arrays: dict[str, NDArray[Any]],
    name: str,
    option: str,
    wanted: Sequence[str] | None,
    names: Sequence[str],
    *,
    optional: bool = False,
) -> Any:
    for key in wanted or names:
        if key in arrays:
            return arrays[key]
    if optional and wanted is None:
        return None
    raise InputError(
        f"data {name}: no array {' or '.join(wanted or names)}; it has {', '.join(arrays) or 'none'} (see {option})"
    )
