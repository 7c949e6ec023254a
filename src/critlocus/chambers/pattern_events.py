"""The events of a regularised loss, zero pattern by zero pattern.

On a pattern critical points collide in folds. Where the Hessian's block of a dead unit is singular, a pitchfork makes
that unit come to life, see `critlocus.problems.birth`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import crossings_of_line
from critlocus.chambers.events import Event, fold_numbers
from critlocus.chambers.label_changes import orbits_explain
from critlocus.chambers.labels import Label
from critlocus.chambers.sections import Section, parallel_trace, solve_section
from critlocus.continuation.strata import restrict
from critlocus.errors import NoRegularSolutions
from critlocus.networks import ZeroPattern, sign_group, zero_patterns
from critlocus.problems.birth import BirthPoints
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.weights_family import WeightsFamily
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]


@dataclass(eq=False)
class PatternEvents:
    """All degenerate critical points of one kind on one zero pattern, over a generic line of data.

    Attributes
    ----------
    kind : {"fold", "birth"}
    pattern : ZeroPattern
    order : int
        Of the sign group on the pattern: so many critical points are in one orbit.
    born : int
        Critical points of an orbit on the larger pattern that branches off (0 for folds).
    section : Section or None
        None: there are no such points.
    """

    kind: str
    pattern: ZeroPattern
    order: int
    born: int
    section: Section | None

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that no complex point is missing."""
        return self.section is None or self.section.complete

    def explains(self, before: Label, after: Label) -> bool:
        """Tell whether an event of this kind turns one label into the other."""
        return orbits_explain(self.kind, self.order, self.born, before, after)


def pattern_events(solver: Solver, problem: CriticalPoints, rng: np.random.Generator) -> list[PatternEvents]:
    """Return the events of every pattern over a generic line.

    Parameters
    ----------
    problem : CriticalPoints
        With moments as parameters, of a network with one hidden layer.

    Raises
    ------
    InputError
        If there are so few data points that the moments are not independent.
    """
    group, patterns = sign_group(problem.network), zero_patterns(problem.network)
    found = []
    for pattern in patterns:
        family = WeightsFamily(problem, pattern.support)
        order = restrict(group, pattern.support).order
        if len(pattern.support):
            found.append(PatternEvents("fold", pattern, order, 0, _section(solver, DegeneratePoints(family), rng)))
        for larger in patterns:
            if len(larger.alive[0]) == len(pattern.alive[0]) + 1 and set(pattern.alive[0]) < set(larger.alive[0]):
                block = np.setdiff1d(larger.support, pattern.support)
                born = restrict(group, larger.support).order
                section = _section(solver, BirthPoints(family, block), rng)
                found.append(PatternEvents("birth", larger, order, born, section))
    return found


def _section(solver: Solver, question: Any, rng: np.random.Generator) -> Section | None:
    try:
        section = solve_section(solver, question, rng)
    except NoRegularSolutions:
        return None
    last = section.points.shape[1] - 1
    section.trace_residual = parallel_trace(solver, section, question.family.moving, [last], rng)
    return section


def real_events(
    solver: Solver, own: PatternEvents, p0: Reals, p1: Reals, rng: np.random.Generator
) -> tuple[list[Event], dict[str, int]]:
    """Return the certified real events of one kind on the whole line ``p0 + s p1``, and what remained open.

    Parameters
    ----------
    p0 : float64 array, shape (n_params,)
    p1 : float64 array, shape (n_data,)
        How the moments move.
    """
    assert own.section is not None
    question: Any = own.section.question
    n = question.n
    row, best = crossings_of_line(solver, own.section, p0, p1, rng)
    points, radius = best.points, best.radius[:, -1]
    if own.kind == "fold":
        slope, cubic = fold_numbers(question, points, np.tile(row, (len(points), 1)))
        change = np.where(slope * cubic < 0, 2, -2) * own.order
    else:
        change = np.zeros(len(points), int)  # read off the labels
    events = [
        Event(float(x[-1]), float(r), own.kind, int(d), -1, True, x[:n], x[n:-1])
        for x, r, d in zip(points, radius, change, strict=True)
    ]
    return events, {
        "complex": len(own.section.points), "real": len(points), "open": best.open,
        "infinite": int(best.infinite.sum()),
    }  # fmt: skip
