"""Pictures of bottlenecks and of Voronoi cells, by matplotlib."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.picture_file import picture_name, pyplot_for, save_picture
from critlocus.certify import REAL
from critlocus.system import System
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties import is_parametrized, parse_variety

if TYPE_CHECKING:
    from critlocus.bottlenecks import Bottlenecks
    from critlocus.voronoi import VoronoiCell

_INK, _CURVE, _SOFT, _ACCENT, _WARM = "#222222", "#1f4e79", "#9db8d2", "#c0392b", "#d98c00"
_GRID = 600


def picture_of(found: Bottlenecks | VoronoiCell, path: str | os.PathLike[str]) -> None:
    """Draw whatever was found; see `picture_bottlenecks` and `picture_voronoi`."""
    from critlocus.bottlenecks import Bottlenecks

    if isinstance(found, Bottlenecks):
        picture_bottlenecks(found, path)
    else:
        picture_voronoi(found, path)


def picture_bottlenecks(found: Bottlenecks, path: str | os.PathLike[str]) -> None:
    """Draw a plane curve with its real bottlenecks and its tightest osculating circle; otherwise all real widths.

    Parameters
    ----------
    found : Bottlenecks
    path : path
        A ``.png``, ``.svg`` or ``.pdf`` file.

    Raises
    ------
    InputError
        If the picture is of another kind.
    FileError
        If it cannot be written.
    """
    name = picture_name(path)
    pyplot = pyplot_for(name)
    real = np.flatnonzero(found.real == REAL)
    several = found.multiple[np.isfinite(found.multiple_width)].real
    x, y = (np.vstack([own[real].real, *several[:, k : k + 1]]) for k, own in enumerate((found.x, found.y)))
    width = np.append(found.width[real], found.multiple_width[np.isfinite(found.multiple_width)])
    plane = found.q.shape == (2, 2)
    figure, axes = pyplot.subplots(figsize=(5.6, 5.0) if plane else (6.4, 3.6), layout="constrained")
    if plane:
        corners = [np.array(found.curvature["point"])] if found.curvature.get("point") else []
        _curve(axes, found.variety, np.vstack([x, y, *[c[None, :] for c in corners]]) if len(x) or corners else None)
        for a, b in zip(x, y, strict=True):
            axes.plot(*np.stack([a, b]).T, color=_SOFT, lw=1.3, zorder=2)
        axes.plot(*np.vstack([x, y]).T, ".", color=_CURVE, ms=5, zorder=4)
        narrowest = found.narrowest_pair
        if narrowest is not None:
            ends = np.array([narrowest["x"], narrowest["y"]])
            label = f"narrowest bottleneck, width {narrowest['width']:.4g}"
            axes.plot(*ends.T, "o-", color=_ACCENT, lw=2.2, ms=5, zorder=5, label=label)
        if corners and np.allclose(found.q, np.eye(2)):
            _osculating(axes, found, corners[0])
        axes.set_aspect("equal")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.01), fontsize=9)
    else:
        shown = np.sort(width)[::2]
        axes.vlines(np.arange(1, len(shown) + 1), 0, shown, color=_SOFT, lw=2)
        axes.plot(np.arange(1, len(shown) + 1), shown, "o", color=_CURVE, ms=5)
        axes.set_xlabel("real bottlenecks, by width")
        axes.set_ylabel("width")
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    text = f"{found.count} ordered bottlenecks, {len(real)} of them real"
    if len(found.multiple):
        text += f"; {len(found.multiple)} more are multiple, {len(several)} of them real"
    axes.set_title(f"{_short(found.variety)}\n{text}", fontsize=10, color=_INK)
    save_picture(pyplot, figure, name, margin=0.12)


def picture_voronoi(cell: VoronoiCell, path: str | os.PathLike[str]) -> None:
    """Draw a cell in its plane; for a plane curve, the normal segment with the circles that touch the curve elsewhere.

    Raises
    ------
    InputError
        If the picture is of another kind.
    FileError
        If it cannot be written.
    """
    name = picture_name(path)
    pyplot = pyplot_for(name)
    figure, axes = pyplot.subplots(figsize=(5.6, 5.0), layout="constrained")
    if cell.q.shape == (2, 2):
        _normal_segment(pyplot, axes, cell)
    elif len(cell.plane) == 2:
        _planar_cell(axes, cell)
    else:
        _interval(axes, cell)
    axes.set_title(
        f"Voronoi cell of {_short(cell.variety)}\nties: degree {cell.degree}; focal points: degree {cell.focal_degree}",
        fontsize=10, color=_INK,
    )  # fmt: skip
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12), fontsize=9, ncols=2)
    save_picture(pyplot, figure, name, margin=0.12)


def _planar_cell(axes: Any, cell: VoronoiCell) -> None:
    finite = np.isfinite(cell.radius)
    inner = cell.radius[finite]
    limit = min(4 * float(np.median(inner)), 1.15 * float(inner.max())) if len(inner) else 1.0
    unit = np.stack([np.cos(cell.angles), np.sin(cell.angles)], axis=1)
    outline = np.minimum(cell.radius, 3 * limit)[:, None] * unit
    axes.fill(*outline.T, color="#e8eff6", zorder=1)
    closed, radius = np.vstack([outline, outline[:1]]), np.append(cell.radius, cell.radius[0])
    axes.plot(*closed.T, color=_CURVE, lw=1.6, zorder=3)
    for kind, color, label in (
        (1, _CURVE, "tie, certified"),
        (2, _ACCENT, "focal point"),
        (3, _WARM, "tie, not proven"),
        (5, _SOFT, "singular point"),
    ):
        chosen = (cell.kind == kind) & (cell.radius < 3 * limit)
        if chosen.any():
            axes.plot(*outline[chosen].T, ".", color=color, ms=4.5, zorder=4, label=label)
    if not np.isfinite(radius).all():
        axes.plot([], [], color=_SOFT, lw=6, label="unbounded")
    axes.plot(0, 0, "o", color=_INK, ms=5, zorder=5)
    axes.annotate("y", (0, 0), xytext=(6, 4), textcoords="offset points", color=_INK)
    # A window around the near part of the cell, with y in it.
    near = np.vstack([np.minimum(cell.radius, limit)[:, None] * unit, [[0, 0]]])
    centre, half = (near.min(axis=0) + near.max(axis=0)) / 2, 0.56 * float(np.ptp(near, axis=0).max())
    axes.set_xlim(centre[0] - half, centre[0] + half)
    axes.set_ylim(centre[1] - half, centre[1] + half)
    axes.set_aspect("equal")
    axes.set_xlabel("first direction of the plane")
    axes.set_ylabel("second direction")
    axes.spines[["top", "right"]].set_visible(False)


def _normal_segment(pyplot: Any, axes: Any, cell: VoronoiCell) -> None:
    directions, finite = cell.directions, np.isfinite(cell.radius)
    longest = float(cell.radius[finite].max()) if finite.any() else 1.0
    ends = cell.y + np.where(finite, cell.radius, 1.5 * longest)[:, None] * directions
    touching = cell.touching[np.isfinite(cell.touching).all(axis=1)]
    around = [ends, touching, cell.y[None, :]]
    for end, radius in zip(ends[finite], cell.radius[finite], strict=True):
        around.append(end + radius * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]))
        if np.allclose(cell.q, np.eye(2)):
            axes.add_patch(pyplot.Circle(end, radius, fc="#fbf3e4", ec=_WARM, lw=1, zorder=1))
        axes.plot(*end, "o", color=_WARM, ms=5, zorder=6)
    _curve(axes, cell.variety, np.vstack(around))
    axes.plot(*ends.T, color=_ACCENT, lw=2.2, zorder=5, label="Voronoi cell of y")
    for end, known in zip(ends, finite, strict=True):
        if not known:
            axes.annotate("", end, cell.y, arrowprops={"arrowstyle": "->", "color": _ACCENT, "lw": 2.2})
    if len(touching):
        axes.plot(*touching.T, "o", mfc="white", mec=_WARM, ms=6, zorder=6, label="the other nearest point")
    axes.plot(*cell.y, "o", color=_INK, ms=6, zorder=7)
    axes.annotate("y", cell.y, xytext=(7, 6), textcoords="offset points", color=_INK)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _interval(axes: Any, cell: VoronoiCell) -> None:
    low, high = -cell.radius[-1], cell.radius[0]
    size = max((abs(v) for v in (low, high) if np.isfinite(v)), default=1.0)
    shown = np.clip([low, high], -1.6 * size, 1.6 * size)
    axes.axhline(0, color=_SOFT, lw=1)
    axes.plot(shown, [0, 0], color=_ACCENT, lw=4, solid_capstyle="butt", label="Voronoi cell of y")
    axes.plot(0, 0, "o", color=_INK, ms=6)
    for value, at in zip((low, high), shown, strict=True):
        text = f"{value:.4g}" if np.isfinite(value) else "unbounded"
        axes.annotate(text, (at, 0), xytext=(0, 10), textcoords="offset points", ha="center")
    axes.set_xlabel("position on the normal line")
    axes.set_yticks([])
    axes.set_ylim(-1, 1)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _curve(axes: Any, variety: str, around: NDArray[np.float64] | None) -> None:
    """Draw a real plane curve in a window around points, and around the whole curve if it is not much larger."""
    points = np.array([[-1.0, -1.0], [1.0, 1.0]]) if around is None else around
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    size = np.ptp(points, axis=0)
    half = size / 2 + 0.15 * max(float(size.max()), 1e-9)
    found = parse_variety(variety)
    if not is_parametrized(found):
        wide = centre + 3 * float(size.max()) * np.array([[-1.0], [1.0]])
        values, u, v = _values(found, *wide)
        crossing = np.diff(np.sign(values), axis=0)[:, :-1].astype(bool) | np.diff(np.sign(values))[:-1].astype(bool)
        rows, columns = np.nonzero(crossing)
        if len(rows) and min(rows.min(), columns.min()) > 0 and max(rows.max(), columns.max()) < _GRID - 2:
            ends = np.array([[u[0, columns.min()], v[rows.min(), 0]], [u[0, columns.max()], v[rows.max(), 0]]])
            points = np.vstack([points, ends])
            centre = (points.min(axis=0) + points.max(axis=0)) / 2
            half = 0.56 * np.ptp(points, axis=0)
    low, high = centre - half, centre + half
    if is_parametrized(found):
        graph_of: PolynomialSystem = found.system  # type: ignore[attr-defined]
        t = np.tan(np.linspace(-np.pi / 2 + 1e-3, np.pi / 2 - 1e-3, 40 * _GRID))[:, None]
        curve = graph_of(t, np.zeros(0)).real
        curve[np.any((curve < low - half) | (curve > high + half), axis=1)] = np.nan
        axes.plot(*curve.T, color=_CURVE, lw=2, zorder=3)
    else:
        values, u, v = _values(found, low, high)
        axes.contour(u, v, values, levels=[0.0], colors=_CURVE, linewidths=2, zorder=3)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])


def _values(found: Any, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return the values of a curve's equation on a grid, with the grid."""
    system = System(found.polynomials, found.ambient.names)
    u, v = np.meshgrid(*(np.linspace(a, b, _GRID) for a, b in zip(low, high, strict=True)))
    return system(np.stack([u, v], axis=-1), np.zeros(0))[..., 0].real, u, v


def _osculating(axes: Any, found: Bottlenecks, point: NDArray[np.float64]) -> None:
    """Draw the circle of curvature at the tightest vertex; its centre is on the side to which the curve bends."""
    from critlocus.continuation.ed import plain_distance
    from critlocus.problems.normals import normal_space

    radius = float(found.curvature["radius"])
    rng = np.random.default_rng(0)
    space = normal_space(plain_distance(parse_variety(found.variety), found.q, rng), point, found.q, rng)
    side = np.sign(space.shape[0, 0, 0])
    turn = np.linspace(0, 2 * np.pi, 200)
    circle = space.y + side * radius * space.vectors[0] + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    axes.plot(*circle.T, color=_WARM, lw=1.4, ls="--", zorder=4, label=f"smallest radius of curvature, {radius:.4g}")
    axes.plot(*point, "o", color=_WARM, ms=5, zorder=5)


def _short(text: str) -> str:
    text = text.removeprefix("equations:").removeprefix("param:")
    return text if len(text) <= 60 else text[:57] + "..."
