"""Branch points of the critical points of a cone that lie at infinity, over a generic line of data.

See `critlocus.problems.escape` for the curve. Near a point at infinity, with local parameter tau, ``1/eps`` grows like
``tau^-k`` and ``s - s0`` falls like ``tau^w``: k is the winding number of the endgame, and two or more critical points
collide if ``w > 1``. With w = 1 one critical point alone passes through infinity: no point of the discriminant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.sections import Section, solve_section
from critlocus.continuation.endgame import cauchy_endgame
from critlocus.continuation.laurent import expand
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.escape import EscapePoints
from critlocus.solvers.protocol import Solver

Points = NDArray[np.complex128]
SAME = 1e-6
"""Values of s closer than this, relative to the largest one, are one."""
LINEAR = 1e-6
"""A relative second difference of the trace below this counts as linear: ends of an endgame have some 8 digits."""


@dataclass(eq=False)
class BranchAtInfinity:
    """The points of the discriminant on a generic line at which critical points collide at infinity.

    Attributes
    ----------
    s : complex128 array, shape (degree,)
    open : int
        Paths that do not grow beyond bounds, and whose leading term was not found.
    passing : int
        Points at which one critical point alone passes through infinity.
    trace_residual : float
        Second difference of the sum of s over parallel lines, relative to the moduli; 0 without points.
    section : Section
    """

    s: Points
    open: int
    passing: int
    trace_residual: float
    section: Section

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that no point is missing."""
        return self.section.complete and not self.open and self.trace_residual <= LINEAR


def branch_at_infinity(solver: Solver, family: ParametrizedDistance, rng: np.random.Generator) -> BranchAtInfinity:
    """Find the branch points at infinity over a generic line of data, by monodromy and the Cauchy endgame.

    Parameters
    ----------
    family : ParametrizedDistance
        Of a variety that is a cone.
    """
    question = EscapePoints(family)
    section = solve_section(solver, question, rng)
    s, passing, open_ = _ends(solver, question, section.points, section.parameters)
    if len(s) == 0:
        return BranchAtInfinity(s, open_, passing, 0.0, section)
    shift = np.zeros(len(section.parameters), np.complex128)
    shift[family.moving] = question.random_rows(rng, 1)[0][family.moving]
    targets = np.stack([section.parameters + k * shift for k in (1, 2)])
    moved = section.transporter(solver)(targets, rng)
    sums, scale = [s.sum()], float(np.abs(s).sum())
    for k, target in enumerate(targets):
        own = moved.paths.points[(moved.target == k) & moved.paths.success]
        other, _, lost = _ends(solver, question, own, target)
        open_ += lost + len(section.points) - len(own)
        sums.append(other.sum())
        scale = max(scale, float(np.abs(other).sum()))
    residual = float(abs(sums[0] - 2 * sums[1] + sums[2])) / max(scale, 1e-300)
    return BranchAtInfinity(s, open_, passing, residual, section)


def _ends(solver: Solver, question: EscapePoints, points: Points, row: Points) -> tuple[Points, int, int]:
    """Return the distinct s of branch points, the number of other passages, and of paths that stay open."""

    def scaled(eps: complex) -> Points:
        return question.scaled(row, eps)

    found = expand(solver, question.system, points, scaled, coordinate=-1)
    rest = cauchy_endgame(solver, question.system, points[found.order == 0], scaled)
    branch, single = found.value[found.order > 1], found.value[found.order == 1]
    return _distinct(branch), len(_distinct(single)), int(np.count_nonzero(rest.growth <= 0))


def _distinct(values: Points) -> Points:
    if len(values) == 0:
        return values
    same = np.abs(values[:, None] - values[None, :]) <= SAME * np.abs(values).max()
    return np.asarray(values[np.argmax(same, axis=1) == np.arange(len(values))])
