"""Pictures of chambers on a line, by matplotlib."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from critlocus.analysis.chamber_style import ALARM, EVENTS, INK, UNKNOWN, index_colour, index_text, legend_beside
from critlocus.analysis.picture_file import picture_name, pyplot_for, save_picture
from critlocus.analysis.spread import spread

if TYPE_CHECKING:
    from critlocus.chambers.line import LineChambers

_SIZES = ((9.0, 0.055, 0), (8.0, 0.024, 90), (6.0, 0.017, 90), (4.5, 0.0125, 90))
"""Of the changes above the events: font size, distance as a part of the axis, rotation."""
_UNPROVEN = "////"


def plot_line(
    line: LineChambers, path: str | os.PathLike[str], *, title: str = "", axis_name: str = "s"
) -> None:  # fmt: skip
    """Draw the number of real critical points over a line of data, by index, with every event and its change.

    Labels that are not proven are hatched; events that are not certified are red, with a hollow mark.

    Parameters
    ----------
    line : LineChambers
    path : path
        A ``.png``, ``.svg`` or ``.pdf`` file.
    title : str
    axis_name : str

    Raises
    ------
    InputError
        If the kind of picture is unknown.
    FileError
        If it cannot be written.
    """
    name = picture_name(path)
    pyplot = pyplot_for(name)
    figure, axes = pyplot.subplots(figsize=(8.2, 4.4), layout="constrained")
    low, high = line.interval
    top = 1.14 * max(1, *(label.real for label in line.labels))
    axes.set_xlim(low, high)
    axes.set_ylim(0, top)
    _stacks(pyplot, axes, line)
    left_out = _events(pyplot, axes, line)
    axes.set_xlabel(axis_name)
    axes.set_ylabel("real critical points")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    constant = line.evidence.get("constant_between_events")
    notes = [] if constant in (None, "proven") else ["between events counted at samples"]
    notes += [] if line.complete else ["NOT CONFIRMED by its evidence"]
    notes += [f"the changes of {left_out} events do not fit and are left out"] if left_out else []
    if notes:
        axes.annotate("; ".join(notes), (1, 0), (0, -40), xycoords="axes fraction", textcoords="offset points",
                      ha="right", va="top", fontsize=8.5, color=INK if line.complete else ALARM)  # fmt: skip
    if title:
        axes.set_title(title, fontsize=12, pad=44)
    handles, texts = axes.get_legend_handles_labels()
    legend_beside(axes, handles, texts)
    save_picture(pyplot, figure, name, margin=0.1)


def _stacks(pyplot: Any, axes: Any, line: LineChambers) -> None:
    """Draw the counts by index, one on top of the other, and the number of real critical points."""
    low, high = line.interval
    ends = np.clip([low, *line.s, high], low, high)
    widths = np.diff(ends)
    size = max((len(label.histogram) for label in line.labels), default=0)
    counts = np.array([np.pad(np.array(l.histogram, int), (0, size - len(l.histogram))) for l in line.labels])
    counts = counts.reshape(len(line.labels), size)
    real = np.array([label.real for label in line.labels])
    proven = np.array([label.proven for label in line.labels])
    unknown = real - counts.sum(axis=1)  # real, but of no certified index
    layers = [(counts[:, k], index_colour(pyplot, k), index_text(k)) for k in range(size)]
    base = np.zeros(len(real))
    for heights, colour, text in [*layers, (unknown, UNKNOWN, "of unknown index")]:
        if not heights.any():
            continue
        bars = axes.bar(ends[:-1], heights, widths, base, align="edge", color=colour, lw=0, zorder=1, label=text)
        for bar, sure in zip(bars, proven, strict=True):
            if not sure:
                bar.set(hatch=_UNPROVEN, edgecolor="white")
        base = base + heights
    axes.stairs(real, ends, color=INK, lw=1.3, baseline=None, zorder=3)
    if not proven.all():
        # Also where nothing real is known there is no proof.
        for a, width in zip(ends[:-1][~proven], widths[~proven], strict=True):
            axes.axvspan(a, a + width, fc="none", ec="0.75", hatch=_UNPROVEN, lw=0, zorder=0)
        axes.bar([low], [0], [0], color="white", edgecolor="0.6", hatch=_UNPROVEN, label="not proven")
    for a, width, number in zip(ends[:-1], widths, real, strict=True):
        if width > 0.035 * (high - low):
            axes.annotate(str(number), (a + width / 2, number), (0, 3), textcoords="offset points", ha="center",
                          va="bottom", fontsize=10, color=INK, zorder=5,
                          bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8})  # fmt: skip


def _events(pyplot: Any, axes: Any, line: LineChambers) -> int:
    """Draw the events with their changes in a strip above the axes; return how many changes found no room."""
    low, high = line.interval
    seen: set[tuple[str, bool]] = set()
    for event in line.events:
        style, text = EVENTS[event.kind]
        colour = INK if event.certified else ALARM
        key = event.kind, event.certified
        axes.axvline(event.s, color=colour, ls=style, lw=1.2, zorder=4, label=None if key in seen else
                     text + ("" if event.certified else ", not certified"))  # fmt: skip
        seen.add(key)
    strip = axes.get_xaxis_transform()
    for sure in (True, False):
        at = [event.s for event in line.events if event.certified is sure]
        axes.plot(at, np.ones(len(at)), "o", transform=strip, clip_on=False, zorder=6, ms=4,
                  color=INK if sure else ALARM, mfc=INK if sure else "white")  # fmt: skip
    places = np.clip((line.s - low) / (high - low), 0, 1)
    fitting = next((size for size in _SIZES if (len(places) - 1) * size[1] <= 1), None)
    if fitting is None:
        return len(places)
    font, gap, rotation = fitting
    for event, x, y in zip(line.events, places, spread(places, gap), strict=True):
        change = f"{event.change:+d}" if event.change else "0"
        colour = INK if event.certified else ALARM
        axes.plot([x, y], [1.0, 1.08], transform=axes.transAxes, clip_on=False, color=colour, lw=0.6)
        axes.text(y, 1.09, change, transform=axes.transAxes, ha="center", va="bottom", fontsize=font,
                  rotation=rotation, color=colour)  # fmt: skip
    return 0
