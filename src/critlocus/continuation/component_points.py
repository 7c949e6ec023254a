"""Points on every component of largest dimension of a variety given by equations.

Newton's method from random points comes to some components much more often than to others. The points of a general
linear section of complementary dimension lie on all: roots on a line for a hypersurface, otherwise the ends of
a total-degree homotopy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.components import implicit_degree
from critlocus.errors import InputError
from critlocus.problems.distance import Distance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.linear_section import ImplicitSection, points_on_line
from critlocus.solve_system import make_homotopy
from critlocus.solvers.native import NativeSolver
from critlocus.varieties.smooth_point import equation_system, smooth_point
from critlocus.varieties.variety import ImplicitVariety, Variety, is_parametrized

_PATHS = 1000
_EACH, _FEW = 2, 6


@dataclass(eq=False)
class ComponentPoints:
    """Points x, of shape (N,) each.

    The evidence says why components may be missing, with an empty text if it supports that none is. With too many paths
    of a homotopy Newton's method is used, and a note says so.
    """

    points: list[NDArray[np.complex128]]
    evidence: dict[str, str]
    notes: list[str] = field(default_factory=list)


def component_points(solver: NativeSolver, variety: Variety, rng: np.random.Generator) -> ComponentPoints:
    """Find points on every component; none are needed on a parametrised variety, which is irreducible."""
    if is_parametrized(variety):
        return ComponentPoints([], {})
    on_line = points_on_line(variety, rng)
    if on_line:
        return ComponentPoints(on_line, _doubt())
    section = ImplicitSection(variety, rng)
    parameters = section.random_parameters(rng, 1)[0]
    try:
        paths = make_homotopy(section.system, parameters, "total_degree", None, rng).paths
        too_many = paths > _PATHS
    except InputError:
        too_many = True
    if too_many:
        note = "monodromy began at points of Newton's method: a component on which there is none is missing"
        return ComponentPoints(_by_newton(variety, section.codimension, rng), _doubt(), [note])
    found = implicit_degree(solver, section, rng)
    if found.count == 0:
        return ComponentPoints(_by_newton(variety, section.codimension, rng), _doubt(found.reason))
    each = max(_EACH, -(-_FEW // len(np.unique(found.label))))
    chosen = [k for label in np.unique(found.label) for k in np.flatnonzero(found.label == label)[:each]]
    return ComponentPoints(list(section.points(found.points[chosen], found.parameters)), _doubt(found.reason))


def anchor(family: Distance, rng: np.random.Generator) -> None:
    """Give the distance to a variety given by equations its anchors: points on every component of largest dimension."""
    if isinstance(family, ImplicitDistance) and not family.anchors:
        found = component_points(NativeSolver(), family.variety, rng)
        family.anchors = found.points
        family.doubt = "; ".join([*filter(None, found.evidence.values()), *found.notes])


def _doubt(reason: str = "") -> dict[str, str]:
    return {"components_doubt": reason}


def _by_newton(variety: ImplicitVariety, codimension: int, rng: np.random.Generator) -> list[NDArray[np.complex128]]:
    equations = equation_system(variety)
    return [smooth_point(variety.name, equations, rng, codimension)[0] for _ in range(_FEW)]
