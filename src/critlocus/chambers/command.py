"""What ``critlocus discriminant`` does: degree, line, plane or distance, and what it prints."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.discriminant import Discriminant
from critlocus.errors import InputError
from critlocus.losses import real_array


def run(
    variety: str,
    *,
    metric: str,
    line: str | None,
    interval: str,
    plane: str | None,
    window: str,
    distance: bool,
    u: str | None,
    picture: str | None,
    out: str | None,
    seed: int,
    threads: int,
) -> tuple[dict[str, Any], bool]:
    """Return the summary of what was asked for, and whether all the evidence confirms it.

    Raises
    ------
    InputError
        If the options do not fit together or cannot be read.
    """
    if sum([line is not None, plane is not None, distance]) > 1:
        raise InputError("discriminant: ask for one of --line, --plane, --distance at a time")
    if plane is None and (picture or out):
        raise InputError("discriminant: --picture and --out belong to --plane")
    if picture is not None:
        from critlocus.analysis.plots import KINDS

        if os.path.splitext(picture)[1].lower() not in KINDS:
            raise InputError(f"picture {picture}: use one of {', '.join(KINDS)}")
    found = Discriminant(variety, metric, seed=seed, threads=threads)
    head: dict[str, Any] = {"variety": found.family.variety.name, "metric": metric, "seed": seed}
    if line is not None:
        ends = _targets(line, 2, found, seed)
        low, high = _numbers(interval, 2, "interval")
        on_line = found.line(ends[0], ends[1], (low, high))
        return {**head, "question": "line", **on_line.summary()}, on_line.complete
    if plane is not None:
        corners = _targets(plane, 3, found, seed)
        s0, s1, t0, t1 = _numbers(window, 4, "window")
        in_plane = found.plane(corners[0], corners[1], corners[2], [[s0, t0], [s1, t1]])
        if out is not None:
            from critlocus.chambers.store import save_plane

            save_plane(in_plane, out, variety=found.family.variety.name, metric=metric, seed=seed)
        if picture is not None:
            from critlocus.analysis.chamber_plots import plot_chambers

            plot_chambers(in_plane, picture, title=f"{found.family.variety.name}, metric {metric}")
        return {**head, "question": "plane", **in_plane.summary()}, in_plane.complete
    if distance:
        datum = _targets("generic" if u is None else u, 1, found, seed)[0]
        nearest = found.nearest(datum)
        return {**head, "question": "distance", "target": datum.tolist(), **nearest.summary()}, nearest.complete
    degree = found.degree
    return {**head, "question": "degree", **degree.summary()}, degree.complete


def _numbers(text: str, count: int, what: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{what} {text!r}: not numbers separated by commas") from None
    if len(values) != count or not np.isfinite(values).all():
        raise InputError(f"{what} {text!r}: {count} finite numbers are needed")
    return values


def _targets(text: str, count: int, found: Discriminant, seed: int) -> list[NDArray[np.float64]]:
    """Read targets: ``generic``, files, or numbers separated by blanks; several separated by commas."""
    if text == "generic":
        return list(np.random.default_rng([seed, 99]).standard_normal((count, found.ambient_dim)))
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != count:
        raise InputError(f"targets {text!r}: {count} are needed, separated by commas (files, or numbers and blanks)")
    return [_target(part, found.ambient_dim) for part in parts]


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


def lines(summary: dict[str, Any]) -> list[str]:
    """Return the summary for people."""
    found = [f"{summary['variety']}, metric {summary['metric']}, seed {summary['seed']}"]
    question = summary["question"]
    if question == "degree":
        parts = summary["components"]
        found.append(f"degree of the ED discriminant  {summary['degree']}"
                     + (f"  (components {', '.join(map(str, parts))})" if len(parts) > 1 else ""))  # fmt: skip
        found.append(
            f"evidence: {summary['quiet_loops']} quiet loops, {summary['members']} members agree, "
            f"trace test {summary['trace_test']}"
        )
    elif question == "line":
        for k, chamber in enumerate(summary["chambers"]):
            found.append(
                f"  s from {chamber['from']:.12g} to {chamber['to']:.12g}: {chamber['real']} real of "
                f"{chamber['complex']}, by index {chamber['index_histogram']}, "
                + ("proven at " if chamber["proven"] else "NOT PROVEN at ") + f"s = {chamber['sample']:.6g}"
            )  # fmt: skip
            if k < len(summary["events"]):
                event = summary["events"][k]
                proof = "certified" if event["certified"] else "not certified"
                found.append(f"{event['kind']} at s = {event['s']:.15g} +- {event['radius']:.1e}, {proof}")
    elif question == "plane":
        found.append(f"{summary['curve_points']} points on {summary['arcs']} arcs, {len(summary['cusps'])} cusps, "
                     f"{len(summary['crossings'])} crossings")  # fmt: skip
        for chamber in sorted(summary["chambers"], key=lambda c: -c["area"]):
            at = ", ".join(f"{v:.5g}" for v in chamber["sample"])
            sure = "" if chamber["proven"] and chamber["checked"] else "  NOT PROVEN"
            found.append(f"  chamber at ({at}): {chamber['real']} real, by index {chamber['index_histogram']}{sure}")
    else:
        found.append(f"distance {summary['distance']:.15g} to {summary['kind']}")
        found.append("nearest target " + ", ".join(f"{v:.12g}" for v in summary["nearest_target"]))
        found.append(f"evidence: {summary['basis']}")
    found.append("complete by its evidence" if summary["complete"] else "NOT CONFIRMED by its evidence")
    return found
