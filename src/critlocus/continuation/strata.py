"""Strata: the critical points of the generic member, zero pattern by zero pattern.

One monodromy run per realised pattern up to permutations of hidden units; its solutions are then carried to the one
generic member for every pattern of the class. See `critlocus.networks.zero_patterns` for why this is everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.monodromy import DEFAULT, Monodromy, MonodromyOptions
from critlocus.continuation.transport import Transporter
from critlocus.networks import SignGroup, ZeroPattern, sign_group, zero_patterns
from critlocus.problems.critical_points import CriticalPoints
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem


@dataclass(eq=False)
class Stratum:
    """One zero pattern, with its solutions over the generic member (one per orbit, in the pattern's own weights).

    Attributes
    ----------
    pattern : ZeroPattern
    system : PolynomialSystem
        In the weights of the pattern's support.
    symmetry : SignGroup
        Acting on those weights.
    points : complex128 array, shape (N, len(support))
    run : Monodromy
        The run of the class of patterns to which this one belongs.
    missing : int
        Solutions of the class that could not be carried to the generic member (0, or the count is too low).
    lead : bool
        The trace test is run on this stratum, for its whole class.
    repaired, removed : int
        Solutions that monodromy missed and the trace test led to; points that were none of this stratum.
    """

    pattern: ZeroPattern
    system: PolynomialSystem
    symmetry: SignGroup
    points: NDArray[np.complex128]
    run: Monodromy
    missing: int = 0
    lead: bool = False
    repaired: int = 0
    removed: int = 0

    @property
    def count(self) -> int:
        """Number of solutions, whole orbits."""
        return len(self.points) * self.symmetry.order


@dataclass(eq=False)
class GenericMember:
    """The generic member of a family with all its solutions."""

    family: CriticalPoints
    parameters: NDArray[np.complex128]
    strata: list[Stratum] = field(default_factory=list)
    empty: list[ZeroPattern] = field(default_factory=list)
    paths_tracked: int = 0
    failed_paths: int = 0
    stop_reason: str = "quiet"


def solve_strata(
    solver: Solver,
    family: CriticalPoints,
    seed: np.random.SeedSequence,
    options: MonodromyOptions = DEFAULT,
    report: Callable[[GenericMember, str, Monodromy], None] | None = None,
) -> GenericMember:
    """Find all critical points of a generic member of the family, all realised zero patterns included."""
    setup, *seeds = seed.spawn(1 + len(zero_patterns(family.network)))
    rng = np.random.default_rng(setup)
    member = GenericMember(family, family.random_parameters(rng))
    at = 0
    for patterns in _classes(family, rng):
        rngs = [np.random.default_rng(s) for s in seeds[at : at + len(patterns)]]
        at += len(patterns)
        for stratum in _solve_class(solver, member, patterns, rngs, options, report):
            member.strata.append(stratum)
        if member.stop_reason == "interrupted":
            break
    return member


def _classes(family: CriticalPoints, rng: np.random.Generator) -> Iterator[list[ZeroPattern]]:
    for _, group in groupby(zero_patterns(family.network), key=lambda pattern: pattern.widths):
        patterns = list(group)
        if not family.is_closed(patterns[0], rng):
            raise AssertionError(f"zero pattern {patterns[0].name} does not close up: please report this")
        yield patterns


def _solve_class(
    solver: Solver,
    member: GenericMember,
    patterns: list[ZeroPattern],
    rngs: list[np.random.Generator],
    options: MonodromyOptions,
    report: Callable[[GenericMember, str, Monodromy], None] | None,
) -> Iterator[Stratum]:
    family, lead, rng = member.family, patterns[0], rngs[0]
    group = restrict(sign_group(family.network), lead.support)
    system = family.system(lead.support)
    if len(lead.support) == 0:
        run = Monodromy(np.zeros((1, 0), np.complex128), stop_reason="unique")
        for pattern in patterns:
            yield Stratum(pattern, system, group, run.points, run, lead=True)
        return
    if not family.fills_parameter_space(lead, rng):
        member.empty += patterns
        return
    start, parameters = family.start_pair(rng, lead.support)
    run, parameters = agreed_monodromy(
        solver, system, start, parameters, family.random_parameters, group, rng, options,
        None if report is None else lambda run: report(member, lead.name, run),
    )  # fmt: skip
    if lead == zero_patterns(family.network)[0]:
        member.parameters = parameters  # the full pattern fixes the generic member: nothing has to be carried
    member.paths_tracked += run.paths_tracked
    member.failed_paths += run.failed_paths
    if run.stop_reason != "quiet":
        member.stop_reason = run.stop_reason
    for pattern, own_rng in zip(patterns, rngs, strict=True):
        symmetry = restrict(sign_group(family.network), pattern.support)
        own = family.system(pattern.support)
        if member.parameters is parameters:
            yield Stratum(pattern, own, symmetry, run.points, run, lead=True)
            continue
        # The class's member, with lambda moved to the weights of this pattern, is a member over this pattern.
        moved = member.parameters.copy()
        moved[: family.n_data] = parameters[: family.n_data]
        moved[family.n_data + pattern.support] = parameters[family.n_data + lead.support]
        carrier = Transporter(solver, own, run.points, moved, family.random_parameters, symmetry)
        done = carrier(member.parameters[None, :], own_rng)
        member.paths_tracked += done.paths_tracked
        good = done.paths.success
        member.failed_paths += int(np.count_nonzero(~good))
        if done.paths.interrupted:
            member.stop_reason = "interrupted"
        yield Stratum(
            pattern, own, symmetry, done.paths.points[good], run, missing=int(np.count_nonzero(~good)),
            lead=pattern is lead,
        )  # fmt: skip


def restrict(group: SignGroup, support: NDArray[np.int64]) -> SignGroup:
    """Return the group's action on the weights of a support, without generators that do not act there."""
    living = group.incoming[:, support].any(axis=1)
    return SignGroup(group.flips[np.ix_(living, support)], group.incoming[np.ix_(living, support)])
