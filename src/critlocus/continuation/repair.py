"""Repair: the trace test finds the solutions that monodromy missed; they are added, and points of other strata removed.

A stratum that lacks solutions is completed from those that the test found, by more loops, and tested again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.continuation.endgame import solves
from critlocus.continuation.monodromy import MonodromyOptions, monodromy
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.strata import GenericMember, Stratum
from critlocus.continuation.trace_test import INTERRUPTED, TraceTest, stratum_pencils, trace_test
from critlocus.continuation.transport import Transporter
from critlocus.networks import SignGroup
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

ROUNDS = 3
_VANISHING = 1e-12


def tested_and_repaired(
    solver: Solver,
    member: GenericMember,
    stratum: Stratum,
    rng: np.random.Generator,
    options: MonodromyOptions,
) -> TraceTest:
    """Run the trace test on the stratum that leads its class; complete it, and the whole class, in place.

    ``stratum.repaired`` and ``stratum.removed`` say how many were added and taken away. The outcome is the last test's.
    """
    family, parameters = member.family, member.parameters
    before = stratum.points
    stratum.points = admissible(stratum.system, stratum.points, parameters, stratum.symmetry)
    stratum.removed = len(before) - len(stratum.points)
    kept, tracked = len(stratum.points), 0
    for _ in range(1 + ROUNDS):
        pencils = stratum_pencils(family, stratum.pattern.support, stratum.symmetry)
        test = trace_test(solver, pencils, stratum.points, parameters, family.random_parameters, rng)
        tracked += test.paths_tracked
        if test.passed:
            stratum.missing = 0
        if test.reason == INTERRUPTED:
            member.stop_reason = "interrupted"
        if test.passed is not False or len(test.new) == 0:
            break
        union = np.concatenate([stratum.points, test.new])
        start = admissible(stratum.system, union, parameters, stratum.symmetry)
        if len(start) == len(stratum.points):
            break
        run = monodromy(
            solver, stratum.system, start, parameters, family.random_parameters, stratum.symmetry, rng, options
        )  # fmt: skip
        member.paths_tracked += run.paths_tracked
        member.failed_paths += run.failed_paths
        stratum.points, run.points = run.points, stratum.points
        run.absorb(stratum.run)
        stratum.run = run
        stratum.repaired = len(stratum.points) - kept
        if run.stop_reason != "quiet":
            member.stop_reason = run.stop_reason
            break
    test.paths_tracked = tracked
    if stratum.repaired or stratum.removed:
        _carry_to_class(solver, member, stratum, rng)
    return test


def admissible(
    system: PolynomialSystem,
    points: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    symmetry: SignGroup,
) -> NDArray[np.complex128]:
    """Return the points, shape ``(N, n)``, that solve the system with no vanishing weight, each orbit once.

    A point with a weight that vanishes belongs to a smaller zero pattern.
    """
    proof = certify(system, points, parameters[None, :], np.zeros(len(points), np.int64))
    size = np.abs(proof.points)
    zero = np.any(size <= _VANISHING * size.max(axis=1, initial=0.0, keepdims=True), axis=1)
    zero |= proof.certified & np.any(size <= proof.radius, axis=1)
    good = (proof.certified | solves(system, points, parameters)) & ~zero
    found = points[good]
    return np.asarray(found[match_orbits(found, symmetry) == np.arange(len(found))])


def _carry_to_class(solver: Solver, member: GenericMember, lead: Stratum, rng: np.random.Generator) -> None:
    """Carry the lead's solutions to the other patterns of its class, which differ by permutations of units."""
    family, parameters = member.family, member.parameters
    for stratum in member.strata:
        if stratum is lead or stratum.pattern.widths != lead.pattern.widths:
            continue
        moved = parameters.copy()
        moved[family.n_data + stratum.pattern.support] = parameters[family.n_data + lead.pattern.support]
        carrier = Transporter(solver, stratum.system, lead.points, moved, family.random_parameters, stratum.symmetry)
        done = carrier(parameters[None, :], rng)
        good = done.paths.success
        member.paths_tracked += done.paths_tracked
        if done.paths.interrupted:
            member.stop_reason = "interrupted"
        stratum.points, stratum.missing = done.paths.points[good], int(np.count_nonzero(~good))
        stratum.run, stratum.repaired, stratum.removed = lead.run, lead.repaired, lead.removed
