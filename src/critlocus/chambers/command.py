"""What ``critlocus discriminant`` does in function space: degree, line, plane or distance."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.discriminant import Discriminant
from critlocus.chambers.line import LineChambers
from critlocus.chambers.plane import PlaneChambers
from critlocus.chambers.request import Request
from critlocus.errors import InputError
from critlocus.losses import Data, real_array
from critlocus.options import data_sets
from critlocus.varieties import Neurovariety, Variety, parse_variety


@dataclass(frozen=True, eq=False)
class Answer:
    """The summary of what was asked for, whether all the evidence confirms it, and the chambers if there are any."""

    summary: dict[str, Any]
    complete: bool
    chambers: LineChambers | PlaneChambers | None = None


def run(asked: Request) -> Answer:
    """Answer what was asked.

    Raises
    ------
    InputError
        If the options cannot be used.
    """
    if asked.space == "weights":
        from critlocus.chambers.weights_command import run_weights

        return run_weights(asked)
    variety = parse_variety(asked.variety)
    metric = asked.metric or ("frobenius" if asked.data is None else "data")
    data = None if asked.data is None else _data(asked.data, variety, asked)
    found = Discriminant(variety, metric, data=data, seed=asked.seed, threads=asked.threads)
    head: dict[str, Any] = {"variety": variety.name, "space": "functions", "metric": metric, "seed": asked.seed}
    if found.over_weights is not None:
        head |= {"pure": found.over_weights.pure, "spurious": found.over_weights.spurious}
    if found.data is not None:
        head["data"] = [found.data.source]
    if asked.line is not None:
        ends = _targets(asked.line, 2, found)
        return about(found.line(ends[0], ends[1], asked.ends), head)
    if asked.plane is not None:
        corners = _targets(asked.plane, 3, found)
        return about(found.plane(corners[0], corners[1], corners[2], asked.box), head)
    if asked.distance:
        datum = _targets(asked.u or "generic", 1, found)[0]
        nearest = found.nearest(datum)
        summary = {**head, "question": "distance", "target": datum.tolist(), **nearest.summary()}
        return Answer(summary, nearest.complete)
    degree = found.degree
    return Answer({**head, "question": "degree", **degree.summary()}, degree.complete)


def about(found: LineChambers | PlaneChambers, head: dict[str, Any]) -> Answer:
    """Return chambers as an answer, and let them say what they are of."""
    found.about = head
    return Answer(found.record(), found.complete, found)


def _data(text: str, variety: Variety, asked: Request) -> Data | str:
    """Read the data set whose inputs make the metric."""
    if not isinstance(variety, Neurovariety):
        raise InputError(f"data: {variety.name} has no inputs; use another --metric")
    found = data_sets(text, variety.network, asked.x, asked.y, asked.weights)
    if isinstance(found, str):
        if asked.x or asked.y or asked.weights:
            raise InputError(f"x, y and weights: columns of a file, but the data is {text}")
        return found
    if len(found) != 1:
        raise InputError(f"data {text}: {len(found)} data sets, but the metric is made of one")
    return found[0]


def _targets(text: str, count: int, found: Discriminant) -> list[NDArray[np.float64]]:
    """Read targets: ``generic``, or files, numbers separated by blanks, ``data``; several separated by commas."""
    if text == "generic":
        return list(np.random.default_rng([found.seed, 99]).standard_normal((count, found.ambient_dim)))
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != count:
        raise InputError(f"targets {text!r}: {count} are needed, separated by commas (files, or numbers and blanks)")
    return [found.fit if part == "data" else _target(part, found.ambient_dim) for part in parts]


def _target(text: str, size: int) -> NDArray[np.float64]:
    try:
        if os.path.isfile(text):
            raw = (
                np.load(text, allow_pickle=False) if text.endswith(".npy") else np.loadtxt(text, delimiter=",", ndmin=1)
            )
        else:
            raw = np.array([float(part) for part in text.split()])
    except (ValueError, OSError, EOFError):
        raise InputError(f"target {text!r}: neither a file of numbers nor numbers separated by blanks") from None
    values = real_array(np.asarray(raw).ravel(), f"target {text}")
    if values.shape != (size,):
        raise InputError(f"target {text!r}: {values.size} numbers, but the variety lies in dimension {size}")
    return values
