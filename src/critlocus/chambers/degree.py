"""The degree of the ED discriminant: points of a generic line of data at which critical points collide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.branch_at_infinity import LINEAR, BranchAtInfinity, branch_at_infinity
from critlocus.chambers.envelope_ends import EnvelopeEnds, envelope_ends
from critlocus.chambers.sections import Section, parallel_trace, solve_section
from critlocus.continuation.component_points import anchor
from critlocus.continuation.monodromy import DEFAULT, MonodromyOptions
from critlocus.continuation.orbits import DUPLICATE
from critlocus.errors import NoRegularSolutions
from critlocus.problems.apex import is_cone
from critlocus.problems.branch_locus import BranchPoints
from critlocus.problems.discriminant import DegeneratePoints, Family
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.filled_space import FilledSpace
from critlocus.problems.implicit_distance import ImplicitDistance
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
        Numbers of points with finite critical points, on each monodromy orbit (irreducible component), largest first;
        of folds and of the branch locus.
    section : Section or None
        The degenerate critical points over the line: ``section.points`` holds (z, v, s). None: none are simple.
    infinity : BranchAtInfinity or None
        Where critical points collide at infinity; of cones only.
    branch : Section or None
        Of networks that fill their space: the points of the branch locus on the line, (z, w, s).
    ends : EnvelopeEnds or None
        Of these networks: where the degenerate points of the envelope end.
    """

    degree: int
    components: list[int]
    section: Section | None
    infinity: BranchAtInfinity | None = None
    branch: Section | None = None
    ends: EnvelopeEnds | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that no point is missing; it then includes a trace test."""
        finite = all(s is None or (s.complete and s.trace_residual >= 0) for s in (self.section, self.branch))
        known = not self.evidence.get("components_doubt")
        return known and finite and all(far is None or far.complete for far in (self.infinity, self.ends))

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
    try:
        finite = _finite(engine, DegeneratePoints(family), rng, options, draws, tries)
    except NoRegularSolutions as error:
        nothing = error
    infinity = _at_infinity(engine, family, np.random.default_rng([seed, 1]), tries)
    count = 0 if infinity is None else len(infinity.s)
    branch, ends = None, None
    if isinstance(family, FilledSpace):
        branch = _finite(engine, BranchPoints(family), rng, options, draws, tries)
        ends = envelope_ends(engine, family, finite, branch, rng)
    sections = [section for section in (finite, branch) if section is not None]
    if not sections and count == 0:
        assert nothing is not None
        raise nothing
    evidence: dict[str, Any] = {}
    components: list[int] = []
    for section in sections:
        groups = distinct_values(section.points[:, -1])
        components += [len(set(groups[section.orbit == k].tolist())) for k in range(len(section.runs))]
        count += len(set(groups.tolist()))
    if sections:
        evidence = sections[0].evidence()
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
    if branch is not None and ends is not None:
        evidence["branch"] = {"degree": len(branch.points), **branch.evidence()}
        evidence["envelope"] = ends.summary()
    return DiscriminantDegree(count, sorted(components, reverse=True), finite, infinity, branch, ends, evidence)


def _finite(
    solver: Solver, question: DegeneratePoints, rng: np.random.Generator, options: MonodromyOptions, draws: int,
    tries: int,
) -> Section:  # fmt: skip
    """Return the degenerate critical points over a generic line, with their trace test."""
    for _ in range(tries):
        section = solve_section(solver, question, rng, options, draws=draws)
        section.trace_residual = parallel_trace(solver, section, _moving(question), [2 * question.n], rng)
        if section.complete:
            break
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
