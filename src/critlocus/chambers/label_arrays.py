"""Labels as arrays, and arrays as labels: what the files of lines and planes have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.labels import Label

COUNTS = ("real", "complex", "generic")


def label_arrays(labels: Sequence[Label | None]) -> dict[str, NDArray[Any]]:
    """Return labels as arrays of as many rows.

    Returns
    -------
    dict
        ``real``, ``complex``, ``generic``: int32, shape (K,), -1 where there is no label; ``histogram``: int32, shape
        (K, width), with zeros behind the last index; ``proven``: bool, shape (K,).
    """
    width = max((len(l.histogram) for l in labels if l is not None), default=1)
    histogram = np.zeros((len(labels), width), np.int32)
    for row, label in zip(histogram, labels, strict=True):
        if label is not None:
            row[: len(label.histogram)] = label.histogram
    counts = {name: np.array([-1 if l is None else getattr(l, name) for l in labels], np.int32) for name in COUNTS}
    return {**counts, "histogram": histogram, "proven": np.array([l is not None and l.proven for l in labels], bool)}


def labels_of(arrays: Mapping[str, Any]) -> list[Label | None]:
    """Return the labels that `label_arrays` turned into arrays.

    Parameters
    ----------
    arrays : mapping
        The arrays, or an HDF5 group that has them.

    Raises
    ------
    KeyError, ValueError
        If an array is missing, or has another number of rows.
    """
    columns = [np.asarray(arrays[name][:]).tolist() for name in (*COUNTS, "proven")]
    labels: list[Label | None] = []
    for real, complex_, generic, proven, row in zip(*columns, np.asarray(arrays["histogram"][:]), strict=True):
        histogram = tuple(np.trim_zeros(row, "b").tolist())
        labels.append(None if real < 0 else Label(real, histogram, complex_, generic, proven))
    return labels
