"""What ``critlocus discriminant --space weights`` does: lines, planes and distances of data, for a regularised loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from critlocus.chambers.command import Answer, about
from critlocus.chambers.request import Request
from critlocus.chambers.weights import WeightsDiscriminant, same_kind
from critlocus.errors import InputError
from critlocus.losses import Data, parse_generic
from critlocus.networks import Network
from critlocus.options import data_sets, regularizer


def run_weights(asked: Request) -> Answer:
    """Answer what was asked of a line, a plane or a distance.

    Raises
    ------
    InputError, FileError
        If network, data sets or options cannot be used.
    """
    network = Network.parse(asked.variety)
    if asked.regularize == "none":
        raise InputError("regularize none: discriminants in the space of weights need a regulariser")
    text, count = next(
        (text, count) for text, count in ((asked.line, 2), (asked.plane, 3), (asked.data, 1)) if text is not None
    )
    sets = _read(text, count, network, asked)
    same_kind(sets)
    found = WeightsDiscriminant(network, len(sets[0]), seed=asked.seed, threads=asked.threads)
    weights = found.regularizer(regularizer(asked.regularize or "generic"))
    head: dict[str, Any] = {
        "variety": network.name, "space": "weights", "data": [data.source for data in sets], "n_points": len(sets[0]),
        "regularize": weights.tolist(), "seed": asked.seed,
    }  # fmt: skip
    if asked.distance:
        nearest = found.nearest(sets[0], weights)
        return Answer({**head, "question": "distance", **nearest.summary()}, nearest.complete)
    if asked.plane is None:
        return about(found.line(sets[0], sets[1], weights, asked.ends), head)
    return about(found.plane(sets[0], sets[1], sets[2], weights, asked.box), head)


def _read(text: str, count: int, network: Network, asked: Request) -> list[Data]:
    """Read so many data sets: files (an .npz or .h5 file may hold several), ``generic:M``, separated by commas.

    ``generic:M`` alone stands for all of them. Columns are the same for every file, or given file by file, separated
    by semicolons.
    """
    parts = [part.strip() for part in text.split(",")]
    files = [part for part in parts if not part.startswith("generic")]
    columns = {name: _by_file(name, getattr(asked, name), len(files)) for name in ("x", "y", "weights")}
    rng, at, found = np.random.default_rng([asked.seed, 99]), 0, list[Data]()
    for part in parts:
        if part.startswith("generic"):
            size = parse_generic(part)
            found += [Data.generic(network, size, rng) for _ in range(count if len(parts) == 1 else 1)]
            continue
        sets = data_sets(part, network, columns["x"][at], columns["y"][at], columns["weights"][at])
        assert not isinstance(sets, str)
        outputs = f" (y {columns['y'][at]})" if columns["y"][at] else ""  # two data sets may share a file
        numbers = [f"[{k}]" for k in range(1, len(sets) + 1)] if len(sets) > 1 else [""]
        found += [
            replace(data, source=data.source + number + outputs) for data, number in zip(sets, numbers, strict=True)
        ]
        at += 1
    if len(found) != count:
        raise InputError(f"data {text!r}: {len(found)} data sets, but {count} are needed, separated by commas")
    return found


def _by_file(name: str, text: str | None, files: int) -> list[str | None]:
    """Return the columns of every file."""
    if text is None:
        return [None] * files
    if not files:
        raise InputError(f"{name}: columns of a file, but all data is generic")
    groups: list[str | None] = [part.strip() for part in text.split(";")]
    if len(groups) not in (1, files):
        raise InputError(f"{name} {text!r}: {len(groups)} groups of columns, but there are {files} files")
    return groups * files if len(groups) == 1 else groups
