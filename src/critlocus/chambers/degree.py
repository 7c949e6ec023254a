"""The degree of the ED discriminant: points of a generic line of data at which critical points collide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.branch_at_infinity import LINEAR, BranchAtInfinity, branch_at_infinity
from critlocus.chambers.sections import Section, parallel_trace, solve_section
from critlocus.continuation.component_points import anchor
from critlocus.continuation.monodromy import DEFAULT, MonodromyOptions
from critlocus.continuation.orbits import DUPLICATE
from critlocus.errors import NoRegularSolutions
from critlocus.problems.apex import is_cone
from critlocus.problems.discriminant import DegeneratePoints, Family
from critlocus.problems.distance import Distance, ImplicitDistance, ParametrizedDistance
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
        Numbers of points with finite critical points, on each monodromy orbit (irreducible component), largest first.
    section : Section or None
        The degenerate critical points over the line: ``section.points`` holds (z, v, s). None: none are simple.
    infinity : BranchAtInfinity or None
        Where critical points collide at infinity; of cones only.
    """

    degree: int
    components: list[int]
    section: Section | None
    infinity: BranchAtInfinity | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that no point is missing; it then includes a trace test."""
        finite = self.section is None or (self.section.complete and self.section.trace_residual >= 0)
        known = not self.evidence.get("components_doubt")
        return known and finite and (self.infinity is None or self.infinity.complete)

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return {"degree": self.degree, "components": self.components, **self.evidence, "complete": self.complete}


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
    with its reduced structure; for cones also of data for which critical points collide at infinity. It is found by
    monodromy and stands on quiet loops, the agreement of two members of the family, and trace tests; see `Section` and
    `critlocus.chambers.branch_at_infinity`.

    Raises
    ------
    NoRegularSolutions
        If no critical points collide.
    """
    rng = np.random.default_rng(seed)
    engine = NativeSolver() if solver is None else solver
    if isinstance(family, Distance):
        anchor(family, np.random.default_rng([seed, 2]))
    finite: Section | None = None
    nothing: NoRegularSolutions | None = None
    for _ in range(tries):
        try:
            finite = _finite(engine, family, rng, options, draws)
        except NoRegularSolutions as error:
            nothing = error
            break
        if finite.complete:
            break
    infinity = _at_infinity(engine, family, np.random.default_rng([seed, 1]), tries)
    count = 0 if infinity is None else len(infinity.s)
    if finite is None and count == 0:
        assert nothing is not None
        raise nothing
    evidence: dict[str, Any] = {}
    components: list[int] = []
    if finite is not None:
        groups = distinct_values(finite.points[:, -1])
        components = [len(set(groups[finite.orbit == k].tolist())) for k in range(len(finite.runs))]
        evidence = finite.evidence()
        count += len(set(groups.tolist()))
    elif infinity is not None:
        residual = float(infinity.trace_residual)
        passed = "passed" if residual <= LINEAR else "failed"
        evidence = {**infinity.section.evidence(), "trace_test": passed, "trace_residual": residual}
    if isinstance(family, ImplicitDistance):
        evidence["components_doubt"] = family.doubt
    if infinity is not None:
        evidence["at_infinity"] = {
            "degree": len(infinity.s), "passing": infinity.passing, "open": infinity.open,
            "trace_residual": infinity.trace_residual, "complete": infinity.complete,
        }  # fmt: skip
    return DiscriminantDegree(count, sorted(components, reverse=True), finite, infinity, evidence)


def _finite(solver: Solver, family: Family, rng: np.random.Generator, options: MonodromyOptions, draws: int) -> Section:
    """Return the degenerate critical points over a generic line, with their trace test."""
    question = DegeneratePoints(family)
    section = solve_section(solver, question, rng, options, draws=draws)
    section.trace_residual = parallel_trace(solver, section, _moving(question), [2 * question.n], rng)
    return section


def _at_infinity(solver: Solver, family: Family, rng: np.random.Generator, tries: int) -> BranchAtInfinity | None:
    """Return the branch points at infinity of a cone, from the first try that leaves nothing open."""
    if not isinstance(family, ParametrizedDistance) or not is_cone(family, rng):
        return None
    found = branch_at_infinity(solver, family, rng)
    for _ in range(tries - 1):
        if found.complete:
            break
        found = branch_at_infinity(solver, family, rng)
    return found


def _moving(question: DegeneratePoints) -> NDArray[np.int64]:
    """Return the indices of b0 among the parameters."""
    return np.asarray(question.family.moving + question.slices["p0"].start)


def distinct_values(values: NDArray[np.complex128]) -> NDArray[np.int64]:
    """Return for every number the index of the first one that is equal to it within rounding."""
    gap = np.abs(values[:, None] - values[None, :])
    size = np.maximum(np.abs(values)[:, None], np.abs(values)[None, :])
    return np.asarray(np.argmax(gap <= 100 * DUPLICATE * size, axis=1), dtype=np.int64)
