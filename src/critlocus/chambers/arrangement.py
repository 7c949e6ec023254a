"""Faces of a planar arrangement of polylines in a window, and points inside each of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
_GRID, _CANDIDATES = 160, 160


@dataclass(eq=False)
class Face:
    """A connected piece of the window.

    Attributes
    ----------
    outline : float64 array, shape (K, 2)
        Its outer boundary, counter-clockwise; holes are left to the faces inside.
    area : float
        Enclosed by the outline.
    samples : float64 array, shape (<= 2, 2)
        Points inside, the first one as far from the curve as possible.
    depth : float
        How far that is, in units of the window; 0 without samples.
    """

    outline: Reals
    area: float
    samples: Reals
    depth: float


@dataclass(eq=False)
class Arrangement:
    """Faces, and how segments separate them.

    Attributes
    ----------
    faces : list of Face
    crossings : float64 array, shape (C, 2)
        Where polylines cross.
    sides : int64 array, shape (S, 3)
        For every piece of segment: the line that it belongs to, the face on its left and on its right; -1 for none.
    """

    faces: list[Face]
    crossings: Reals
    sides: NDArray[np.int64]


def arrange(lines: list[Reals], window: Reals, rng: np.random.Generator) -> Arrangement:
    """Return the faces into which polylines cut a window.

    Parameters
    ----------
    lines : list of float64 arrays, shape (K, 2)
        Their ends may lie on the window's boundary; equal ends are one vertex.
    window : float64 array, shape (2, 2)
        Lower and upper bounds.
    """
    vertices, segments, owners = _segments(lines, window)
    vertices, segments, owners, crossings = _split(vertices, segments, owners)
    cycles, left = _cycles(vertices, segments)
    areas = np.array([_area(vertices[c]) for c in cycles])
    inner = np.flatnonzero(areas > 1e-14 * np.prod(window[1] - window[0]))
    number = np.full(len(cycles), -1)
    number[inner] = np.arange(len(inner))
    outlines = [vertices[cycles[k]] for k in inner]
    samples = _samples(outlines, areas[inner], vertices[segments], window, rng)
    faces = [Face(o, float(a), *s) for o, a, s in zip(outlines, areas[inner], samples, strict=True)]
    sides = np.stack([owners, number[left[0::2]], number[left[1::2]]], axis=1)
    return Arrangement(faces, crossings, _holes(sides, faces, vertices[segments], cycles, number))


def _segments(lines: list[Reals], window: Reals) -> tuple[Reals, NDArray[np.int64], NDArray[np.int64]]:
    low, high = window
    ends = {_key(line[k], window): line[k] for line in lines for k in (0, -1) if len(line)}
    corners = [np.array([x, y]) for x in (low[0], high[0]) for y in (low[1], high[1])]
    boundary: list[list[Reals]] = []
    for axis in (0, 1):
        for value in (low[axis], high[axis]):
            on = [p for p in ends.values() if abs(p[axis] - value) <= 1e-9 * (high[axis] - low[axis])]
            on += [p for p in corners if p[axis] == value]
            boundary.append(sorted(on, key=lambda p, k=1 - axis: float(p[k])))  # type: ignore[misc]
    number: dict[tuple[int, int], int] = {}
    vertices: list[Reals] = []
    segments, owners = [], []
    chains: list[list[Reals]] = [*map(list, lines), *boundary]
    for k, line in enumerate(chains):
        previous = -1
        for i, point in enumerate(line):
            shared = k >= len(lines) or i in (0, len(line) - 1)
            key = _key(point, window)
            near = [(key[0] + i, key[1] + j) for i in (0, -1, 1) for j in (0, -1, 1)] if shared else []
            at = next((number[other] for other in near if other in number), -1)
            if at < 0:
                at = len(vertices)
                vertices.append(point)
                if shared:
                    number[key] = at
            if previous >= 0 and at != previous:
                segments.append((previous, at))
                owners.append(k if k < len(lines) else -1)
            previous = at
    return np.array(vertices), np.array(segments, np.int64).reshape(-1, 2), np.array(owners, np.int64)


def _key(point: Reals, window: Reals) -> tuple[int, int]:
    unit = (np.asarray(point) - window[0]) / (window[1] - window[0])
    return round(float(unit[0]) * 1e7), round(float(unit[1]) * 1e7)


def _split(
    vertices: Reals, segments: NDArray[np.int64], owners: NDArray[np.int64]
) -> tuple[Reals, NDArray[np.int64], NDArray[np.int64], Reals]:
    """Cut the segments where they cross."""
    a, b = vertices[segments[:, 0]], vertices[segments[:, 1]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    cuts: dict[int, list[tuple[float, int]]] = {}
    points = list(vertices)
    crossings = []
    order = np.argsort(low[:, 0])
    for place, i in enumerate(order):
        rest = order[place + 1 :]
        rest = rest[: np.searchsorted(low[rest, 0], high[i, 0], side="right")]
        near = rest[(low[rest, 1] <= high[i, 1]) & (high[rest, 1] >= low[i, 1])]
        near = near[(segments[near] != segments[i, 0]).all(axis=1) & (segments[near] != segments[i, 1]).all(axis=1)]
        if len(near) == 0:
            continue
        d, e, gap = b[i] - a[i], b[near] - a[near], a[near] - a[i]
        cross = d[0] * e[:, 1] - d[1] * e[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (gap[:, 0] * e[:, 1] - gap[:, 1] * e[:, 0]) / cross
            u = (gap[:, 0] * d[1] - gap[:, 1] * d[0]) / cross
        for j, tj, uj in zip(near, t, u, strict=True):
            if 0 < tj < 1 and 0 < uj < 1:
                points.append(a[i] + tj * d)
                crossings.append(points[-1])
                cuts.setdefault(int(i), []).append((float(tj), len(points) - 1))
                cuts.setdefault(int(j), []).append((float(uj), len(points) - 1))
    pieces, owned = [], []
    for k, (i, j) in enumerate(segments.tolist()):
        chain = [i, *(at for _, at in sorted(cuts.get(k, []))), j]
        pieces += list(pairwise(chain))
        owned += [int(owners[k])] * (len(chain) - 1)
    return np.array(points), np.array(pieces, np.int64), np.array(owned, np.int64), np.array(crossings).reshape(-1, 2)


def _cycles(vertices: Reals, segments: NDArray[np.int64]) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Return the cycles of half-edges with a face on their left, and the cycle of half-edges 2k (i->j), 2k + 1."""
    source = segments.ravel()
    target = segments[:, ::-1].ravel()
    angle = np.arctan2(*(vertices[target] - vertices[source]).T[::-1])
    around: dict[int, list[int]] = {}
    for h in np.lexsort((angle, source)).tolist():
        around.setdefault(int(source[h]), []).append(h)
    following = np.empty(len(source), np.int64)
    for halves in around.values():
        for k, h in enumerate(halves):
            following[h ^ 1] = halves[k - 1]  # arriving along h reversed, leave by the next one clockwise
    left = np.full(len(source), -1)
    cycles: list[NDArray[np.int64]] = []
    for h in range(len(source)):
        if left[h] >= 0:
            continue
        cycle: list[int] = []
        at = h
        while left[at] < 0:
            left[at] = len(cycles)
            cycle.append(int(source[at]))
            at = int(following[at])
        cycles.append(np.array(cycle, np.int64))
    return cycles, left


def _area(outline: Reals) -> float:
    x, y = outline.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def inside(outline: Reals, points: Reals) -> NDArray[np.bool_]:
    """Tell which points lie inside a polygon, by the even-odd rule."""
    order = np.argsort(points[:, 1])
    x, y = points[order].T
    a, b = outline, np.roll(outline, -1, axis=0)
    # Every edge against those points only that are on its level: they follow one another.
    first, last = (np.searchsorted(y, level) for level in np.sort([a[:, 1], b[:, 1]], axis=0))
    count = last - first
    edge = np.repeat(np.arange(len(a)), count)
    at = np.arange(len(edge)) + np.repeat(first - (np.cumsum(count) - count), count)
    a, d = a[edge], (b - a)[edge]
    crossed = x[at] < d[:, 0] * (y[at] - a[:, 1]) / d[:, 1] + a[:, 0]
    found = np.empty(len(points), bool)
    found[order] = np.bincount(at[crossed], minlength=len(points)) % 2 == 1
    return found


def locate(points: Reals, outlines: list[Reals], areas: Reals) -> NDArray[np.int64]:
    """Return the smallest face whose outline encloses each point, or -1."""
    found = np.full(len(points), -1)
    for k in np.argsort(-areas):
        low, high = outlines[k].min(axis=0), outlines[k].max(axis=0)
        near = np.flatnonzero(np.all((points >= low) & (points <= high), axis=1))
        found[near[inside(outlines[k], points[near])]] = k
    return found


def _samples(
    outlines: list[Reals], areas: Reals, segments: Reals, window: Reals, rng: np.random.Generator
) -> list[tuple[Reals, float]]:
    """Return one or two points in every face, the farthest from the curve and one far from the first, and the depth."""
    unit = (np.stack(np.meshgrid(np.arange(_GRID), np.arange(_GRID)), axis=-1).reshape(-1, 2) + 0.5) / _GRID
    grid = window[0] + unit * (window[1] - window[0])
    where = locate(grid, outlines, areas)
    scale = window[1] - window[0]
    found = []
    for k, outline in enumerate(outlines):
        candidates = grid[where == k]
        if len(candidates) < 40:  # a small face: a grid of its own
            low, high = outline.min(axis=0), outline.max(axis=0)
            fine = low + unit[:: max(1, len(unit) // 6400)] * (high - low)
            candidates = np.concatenate([candidates, fine[locate(fine, outlines, areas) == k]])
        if len(candidates) > _CANDIDATES:
            candidates = candidates[rng.choice(len(candidates), _CANDIDATES, replace=False)]
        if len(candidates) == 0:
            found.append((np.zeros((0, 2)), 0.0))
            continue
        depth = distances(candidates / scale, segments / scale)
        first = int(np.argmax(depth))
        apart = np.linalg.norm((candidates - candidates[first]) / scale, axis=1) * np.minimum(depth, 0.2 * depth[first])
        second = int(np.argmax(apart))
        chosen = candidates[[first]] if apart[second] == 0 else candidates[[first, second]]
        found.append((chosen, float(depth[first])))
    return found


def distances(points: Reals, segments: Reals) -> Reals:
    """Return the distance of each point from the nearest segment."""
    best = np.full(len(points), np.inf)
    a, d = segments[:, 0], segments[:, 1] - segments[:, 0]
    square = np.maximum(np.einsum("si,si->s", d, d), 1e-300)
    for k, p in enumerate(points):
        t = np.clip(np.einsum("si,si->s", p - a, d) / square, 0, 1)
        best[k] = np.sqrt(np.min(np.sum((a + t[:, None] * d - p) ** 2, axis=1)))
    return best


def _holes(
    sides: NDArray[np.int64], faces: list[Face], segments: Reals, cycles: list[NDArray[np.int64]],
    number: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    """Fill in the face outside of components that touch nothing: found by a point just beside a segment."""
    sides = sides.copy()
    outlines, areas = [f.outline for f in faces], np.array([f.area for f in faces])
    for column, turn in ((1, 1.0), (2, -1.0)):
        open_ = np.flatnonzero((sides[:, column] < 0) & (sides[:, 0] >= 0))
        if len(open_):
            a, b = segments[open_, 0], segments[open_, 1]
            normal = turn * np.stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]], axis=1)
            sides[open_, column] = locate((a + b) / 2 + 1e-4 * normal, outlines, areas)
    return sides
