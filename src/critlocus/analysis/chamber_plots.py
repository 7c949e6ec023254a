"""Pictures of chambers in a plane, by matplotlib."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from critlocus.analysis.chamber_style import ALARM, EVENTS, HUES, INK, UNKNOWN, describe, legend_beside
from critlocus.analysis.picture_file import picture_name, pyplot_for, save_picture

if TYPE_CHECKING:
    from critlocus.chambers.plane import PlaneChambers


def plot_chambers(
    plane: PlaneChambers,
    path: str | os.PathLike[str],
    *,
    title: str = "",
    axes_names: tuple[str, str] = ("s", "t"),
    marks: Any = (),
) -> None:
    """Draw the discriminant in a plane of data, its cusps, and the label of every chamber.

    Parameters
    ----------
    plane : PlaneChambers
    path : path
        A ``.png``, ``.svg`` or ``.pdf`` file.
    title : str
    axes_names : (str, str)
    marks : sequence of ((s, t), str)
        Points to mark, such as the user's data, with a text for the legend.

    Raises
    ------
    InputError
        If the kind of picture is unknown.
    FileError
        If it cannot be written.
    """
    name = picture_name(path)
    pyplot = pyplot_for(name)
    figure, axes = pyplot.subplots(figsize=(8.2, 5.6), layout="constrained")
    low, high = plane.window
    labels = sorted({c.label.same for c in plane.chambers if c.label is not None})
    colours = dict(zip(labels, _colours(pyplot, [real for real, _ in labels]), strict=True))
    scale = high - low
    for chamber in sorted(plane.chambers, key=lambda c: -c.area):
        colour = UNKNOWN if chamber.label is None else colours[chamber.label.same]
        axes.fill(*chamber.outline.T, facecolor=colour, edgecolor="none", zorder=1)
    shown = set()
    for arc in plane.arcs:
        style, text = EVENTS[arc.kind]
        axes.plot(
            *arc.points.T, ls=style, color=INK, lw=1.3, zorder=2, solid_capstyle="round",
            label=None if arc.kind in shown else text,
        )  # fmt: skip
        shown.add(arc.kind)
    if len(plane.cusps):
        axes.plot(*plane.cusps.T, "o", ms=4.5, color=ALARM, zorder=3, label="cusp")
    for (s, t), text in marks:
        axes.plot([s], [t], "*", ms=13, color="#ffb703", mec="0.1", mew=0.8, zorder=4, label=text)
    for chamber in plane.chambers:
        if chamber.label is not None and _room(chamber, plane, scale) > 0.035:
            axes.annotate(
                str(chamber.label.real), chamber.sample, ha="center", va="center", fontsize=11, zorder=5,
                bbox={"boxstyle": "circle,pad=0.18", "fc": "white", "ec": "0.35", "lw": 0.6, "alpha": 0.9},
            )  # fmt: skip
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    if 0.5 < scale[0] / scale[1] < 2:
        axes.set_aspect("equal")
    axes.set_xlabel(axes_names[0])
    axes.set_ylabel(axes_names[1])
    if title:
        axes.set_title(title, fontsize=12)
    handles, texts = axes.get_legend_handles_labels()
    patches = [pyplot.Rectangle((0, 0), 1, 1, fc=colours[l], ec="0.5", lw=0.5) for l in labels]
    legend_beside(axes, [*patches, *handles], [*map(describe, labels), *texts])
    save_picture(pyplot, figure, name, margin=0.1)


def _colours(pyplot: Any, counts: list[int]) -> list[Any]:
    """One colour per label: the number of real critical points decides the depth, the indices the hue."""
    steps = sorted(set(counts))
    seen: dict[int, int] = {}
    found = []
    for count in counts:
        hue = seen.get(count, 0)
        seen[count] = hue + 1
        depth = 0.1 + 0.4 * steps.index(count) / max(1, len(steps) - 1) + 0.15 * (hue // len(HUES))
        found.append(pyplot.get_cmap(HUES[hue % len(HUES)])(depth))
    return found


def _room(chamber: Any, plane: PlaneChambers, scale: Any) -> float:
    """Return how far the sample is from the curve and from the window's boundary, relative to the window."""
    place = chamber.sample
    points = np.concatenate([arc.points for arc in plane.arcs]) if plane.arcs else np.full((1, 2), np.inf)
    gaps = np.concatenate([(place - plane.window[0]) / scale, (plane.window[1] - place) / scale])
    return float(min(np.linalg.norm((points - place) / scale, axis=1).min(), gaps.min()))
