"""Cusps of the discriminant over a generic complex plane of data: points on every component of its cuspidal edge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.sections import Section
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import match_orbits
from critlocus.problems.cuspidal_distance import Cusp
from critlocus.solvers.protocol import Solver

Points = NDArray[np.complex128]


def generic_cusps(solver: Solver, section: Section, rng: np.random.Generator) -> list[Cusp]:
    """Return the cusps over a plane.

    Parameters
    ----------
    section : Section
        Of `critlocus.problems.discriminant.DegeneratePoints` with the condition ``cusp``. Its solutions are carried to
        a plane with the condition itself; those that do not end at regular points are no simple cusps.
    """
    question: Any = section.question
    row = question.random_rows(rng, 1)[0]
    row[question.slices["direction"]] = 0
    paths = section.transporter(solver)(row[None, :], rng).paths
    points = paths.points[paths.success]
    if len(points) == 0:
        return []
    first = match_orbits(points, Fibres(question.invariants))
    n, moving = question.n, question.family.moving
    p0, p1, p2 = (row[question.slices[name]] for name in ("p0", "p1", "p2"))
    found = []
    for x in points[first == np.arange(len(points))]:
        p = p0.copy()
        p[moving] += x[-2] * p1 + x[-1] * p2
        found.append((x[:n], x[n : 2 * n], p))
    return found
