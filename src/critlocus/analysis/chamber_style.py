"""What pictures of lines and of planes have in common: colours, styles of events, legends."""

from __future__ import annotations

from typing import Any

HUES = ("YlGnBu", "OrRd", "PuBu", "Greens", "Purples", "YlOrBr")
INK, ALARM, UNKNOWN = "0.1", "#c1121f", "0.8"
EVENTS = {
    "fold": ("-", "critical points collide"),
    "apex": ("--", "one passes through the apex"),
    "birth": ("-.", "a hidden unit comes to life"),
    "branch": ((0, (6, 2)), "two pure points meet a spurious one"),
    "singular": (":", "one passes through a singular point"),
    "infinity": ((0, (1, 1, 4, 1)), "one passes through infinity"),
    "unexplained": ((0, (5, 4)), "a change without explanation"),
}
"""Style of a line, and words, for every kind of event; curves in planes have the first four."""


def describe(label: tuple[int, tuple[int, ...]]) -> str:
    """Return what `Label.same` says in words."""
    real, histogram = label
    parts = [f"{n} {index_text(k, n)}" for k, n in enumerate(histogram) if n]
    return f"{real} real: " + (", ".join(parts) or "none")


def index_text(index: int, count: int = 2) -> str:
    """Return what critical points of an index are called."""
    return f"of index {index}" if index else f"minim{'um' if count == 1 else 'a'}"


def index_colour(pyplot: Any, index: int) -> Any:
    """Return the colour of critical points of an index: the hue says which, deeper when the hues begin again."""
    return pyplot.get_cmap(HUES[index % len(HUES)])(min(0.4 + 0.2 * (index // len(HUES)), 1.0))


def legend_beside(axes: Any, handles: list[Any], texts: list[str]) -> None:
    """Put the legend to the right of the axes."""
    axes.legend(handles, texts, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9.5)
