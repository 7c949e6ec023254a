"""The degree of the ED discriminant: points of a generic line of data at which critical points collide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.sections import Section, parallel_trace, solve_section
from critlocus.continuation.monodromy import DEFAULT, MonodromyOptions
from critlocus.continuation.orbits import DUPLICATE
from critlocus.problems.discriminant import DegeneratePoints, Family
from critlocus.solvers.native import NativeSolver
from critlocus.solvers.protocol import Solver


@dataclass(eq=False)
class DiscriminantDegree:
    """The degree of a discriminant, with its evidence.

    Attributes
    ----------
    degree : int
        Distinct points of the discriminant on a generic complex line.
    components : list of int
        Their numbers on each monodromy orbit (irreducible component), largest first.
    section : Section
        The degenerate critical points over the line: ``section.points`` holds (z, v, s).
    """

    degree: int
    components: list[int]
    section: Section
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that no point is missing; it then includes a trace test."""
        return self.section.complete and self.section.trace_residual >= 0

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return {"degree": self.degree, "components": self.components, "complete": self.complete, **self.evidence}


def discriminant_degree(
    family: Family,
    *,
    seed: int = 0,
    solver: Solver | None = None,
    options: MonodromyOptions = DEFAULT,
    draws: int = 2,
    tries: int = 3,
) -> DiscriminantDegree:
    """Count the points of the discriminant on a generic line of data.

    Parameters
    ----------
    family : Family
        Such as a `critlocus.problems.distance.Distance`.
    seed : int
    tries : int
        Monodromy is repeated this often, at most, if the trace test says that points are missing.

    Notes
    -----
    The degree is that of the closure of all data with a degenerate critical point at a smooth point of the variety,
    with its reduced structure. It is found by monodromy and stands on quiet loops, the agreement of two members of the
    family, and the trace test; see `Section`.
    """
    question, rng = DegeneratePoints(family), np.random.default_rng(seed)
    engine = NativeSolver() if solver is None else solver
    for _ in range(tries):
        section = solve_section(engine, question, rng, options, draws=draws)
        section.trace_residual = parallel_trace(engine, section, _moving(question), [2 * question.n], rng)
        if section.complete:
            break
    values = section.points[:, 2 * question.n]
    groups = distinct_values(values)
    components = [len(set(groups[section.orbit == k].tolist())) for k in range(len(section.runs))]
    return DiscriminantDegree(len(set(groups.tolist())), sorted(components, reverse=True), section, section.evidence())


def _moving(question: DegeneratePoints) -> NDArray[np.int64]:
    """Return the indices of b0 among the parameters."""
    return np.asarray(question.family.moving + question.slices["p0"].start)


def distinct_values(values: NDArray[np.complex128]) -> NDArray[np.int64]:
    """Return for every number the index of the first one that is equal to it within rounding."""
    gap = np.abs(values[:, None] - values[None, :])
    size = np.maximum(np.abs(values)[:, None], np.abs(values)[None, :])
    return np.asarray(np.argmax(gap <= 100 * DUPLICATE * size, axis=1), dtype=np.int64)
