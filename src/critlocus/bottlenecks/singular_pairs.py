"""Singular ends of paths to bottlenecks: multiple pairs that are isolated, members of families, singular points of X.

An isolated pair to which m paths lead is a solution of multiplicity m, such as the ends of a chord that is normal at
a hyperflex. All of this is numerical.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.local_dimension import local_dimensions
from critlocus.problems.bottlenecks import squared_widths
from critlocus.problems.distance import Distance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.varieties.clearance import clearance

_SAME, _WIDTHS = 1e-4, 1e-6
_SINGULAR = 1e-4
_REAL = 1e-6


@dataclass(eq=False)
class SingularPairs:
    """What the singular ends are.

    Attributes
    ----------
    multiple : complex128 array, shape (M, 2, N)
        Isolated pairs of smooth points to which several paths lead.
    multiplicity : int64 array, shape (M,)
        How many.
    width : float64 array, shape (M,)
        Of those that are real to six digits, else nan.
    in_families, at_singular_points : complex128 arrays
        Distinct squared widths of pairs that are not isolated, and of pairs with a singular point of X.
    ends : dict
        Number of paths of each kind. An isolated pair of one path alone is a simple one; if it could not be certified,
        it is undecided.
    """

    multiple: NDArray[np.complex128]
    multiplicity: NDArray[np.int64]
    width: NDArray[np.float64]
    in_families: NDArray[np.complex128]
    at_singular_points: NDArray[np.complex128]
    ends: dict[str, int]


def singular_pairs(
    family: Distance, ends: NDArray[np.complex128], target: NDArray[np.complex128], rng: np.random.Generator
) -> SingularPairs:
    """Tell singular ends of paths apart.

    Parameters
    ----------
    family : Distance
        See `critlocus.problems.bottlenecks.pair_family`.
    ends : complex128 array, shape (S, n)
        Unknowns over the member `target` with x != y.
    """
    on = np.ones(len(ends), bool)
    if isinstance(family, ImplicitDistance):
        on = family.on_variety(family.points(ends))
    first, paths = _distinct(family.points(ends[on]))
    z = ends[on][first]
    smooth = np.array([clearance(family, row[: _own(family)]) > _SINGULAR for row in z], bool)
    dimension = np.zeros(len(z), np.int64)
    dimension[smooth] = local_dimensions(family.system, z[smooth], target, rng)
    isolated = smooth & (dimension == 0)
    several, moving = isolated & (paths > 1), smooth & ~isolated
    both = family.points(z[several])
    square = squared_widths(family, z[several])
    size = np.maximum(1.0, np.abs(both).max(axis=1, initial=0.0))
    real = np.abs(both.imag).max(axis=1, initial=0.0) <= _REAL * size
    width = np.where(real, np.sqrt(np.maximum(square.real, 0)), np.nan)
    order = np.lexsort((both[:, 0].real, np.where(real, width, np.inf)))
    return SingularPairs(
        both.reshape(len(both), 2, both.shape[1] // 2)[order], paths[several][order], width[order],
        _values(squared_widths(family, z[moving])), _values(squared_widths(family, z[~smooth])),
        {
            "multiple": int(paths[several].sum()), "in families": int(paths[moving].sum()),
            "at singular points": int(paths[~smooth].sum()), "off the variety": int((~on).sum()),
            "undecided": int(np.count_nonzero(isolated & ~several)),
        },
    )  # fmt: skip


def _own(family: Distance) -> int:
    """Return how many of the unknowns belong to the points, and not to multipliers."""
    return len(family.variety.ambient) if isinstance(family, ImplicitDistance) else family.n_unknowns


def _distinct(points: NDArray[np.complex128]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of each of the distinct points, and how many rows it has."""
    first: list[int] = []
    paths: list[int] = []
    for row, point in enumerate(points):
        gap = np.linalg.norm(points[first] - point, axis=1)
        same = np.flatnonzero(gap <= _SAME * max(1.0, float(np.linalg.norm(point))))
        if len(same):
            paths[same[0]] += 1
        else:
            first.append(row)
            paths.append(1)
    return np.array(first, np.int64), np.array(paths, np.int64)


def _values(square: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return the distinct ones of squared widths."""
    distinct: list[complex] = []
    for value in np.sort_complex(square).tolist():
        if all(abs(value - other) > _WIDTHS * max(1.0, abs(value)) for other in distinct):
            distinct.append(value)
    return np.array(distinct, np.complex128)
