"""The generic member of a family in function space, with all its critical points, kind by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.component_points import anchor
from critlocus.continuation.evidence import TRACE_TEST_LIMIT
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.monodromy import Monodromy, MonodromyOptions, monodromy
from critlocus.continuation.orbits import Identification, match_orbits
from critlocus.continuation.trace_test import trace_test
from critlocus.continuation.transport import Transporter
from critlocus.errors import InputError
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.envelope import Envelope, envelope
from critlocus.problems.free_form import FreeWeights
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.pencil import distance_pencil
from critlocus.problems.quadratic_form import QuadraticForm
from critlocus.problems.zero_functions import ZeroFunctions
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

TRIES = 64
REPAIRS = 3
_SINGULAR = 1e13
Report = Callable[[str, Monodromy], None]


@dataclass(eq=False)
class Part:
    """Critical points that are found together and carried to targets together.

    Attributes
    ----------
    system : PolynomialSystem
        In the unknowns of `points`, with the parameters of the family.
    points : complex128 array, shape (N, n)
    identification : Identification
        Which points count as one.
    embed : callable
        Points -> unknowns of the family.
    """

    system: PolynomialSystem
    points: NDArray[np.complex128]
    identification: Identification
    embed: Callable[[NDArray[np.complex128]], NDArray[np.complex128]]


@dataclass(eq=False)
class GenericMember:
    """Parameters of the generic member, its parts, and the evidence for each."""

    family: Distance
    parameters: NDArray[np.complex128]
    smooth: Part
    zero: Part | None = None
    identified: bool = True
    evidence: dict[str, Any] = field(default_factory=dict)
    paths_tracked: int = 0
    failed_paths: int = 0
    interrupted: bool = False

    def count(self, run: Monodromy) -> dict[str, Any]:
        """Add the work of a run, and return its evidence."""
        self.paths_tracked += run.paths_tracked
        self.failed_paths += run.failed_paths
        self.interrupted |= run.stop_reason == "interrupted"
        return {
            "solutions": len(run.points),
            "loops": run.loops,
            "quiet_loops": run.quiet_loops,
            "log10_doubt": round(run.log10_doubt, 2),
            "collisions": run.collisions,
            "members": run.members,
            "stop_reason": run.stop_reason,
        }


def solve_generic(
    solver: Solver,
    family: Distance,
    seed: np.random.SeedSequence,
    options: MonodromyOptions,
    report: Report,
    *,
    spurious: bool | None = None,
    trace: bool | None = None,
    any_metric: bool = False,
) -> GenericMember:
    """Find all critical points of a generic member: on the smooth locus, and, where they are isolated, spurious ones.

    Parameters
    ----------
    spurious : bool, optional
        Look for spurious points and zero functions; default: where the envelope of the family exists.
    trace : bool, optional
        Run the trace test on the smooth part; default: up to `TRACE_TEST_LIMIT` functions.
    any_metric : bool
        The metric is a random one: find the functions for all diagonal metrics at once, over members with metrics of
        their own, and carry them to it. Over some metrics single functions lie so far out that loops of the target
        alone do not reach them (one of 55,010 of the 5 x 5 matrices of rank 2, and two members with one metric agreed
        without it).
    """
    rng, other, zero, third = (np.random.default_rng(s) for s in seed.spawn(4))
    fibres = Fibres(family.functions)
    wide = with_form(family, FreeWeights(len(family.variety.ambient))) if any_metric else family
    start, parameters = _starts(solver, wide, fibres, rng)
    run, parameters = agreed_monodromy(
        solver, wide.system, start, parameters, wide.random_parameters, fibres, rng, options,
        lambda r: report("functions", r), torus=False,
    )  # fmt: skip
    member = GenericMember(family, parameters, Part(family.system, run.points, fibres, lambda z: z))
    member.evidence["smooth"] = member.count(run)
    if isinstance(wide, ImplicitDistance) and wide.doubt:
        member.evidence["smooth"]["components_doubt"] = wide.doubt
    if any_metric and not member.interrupted:
        run = _in_metric(solver, member, run, fibres, rng)
    if trace is not False and not member.interrupted:
        run, facts = _test_and_repair(
            solver, member, family, run, member.parameters, fibres, third, options, report, asked=bool(trace)
        )  # fmt: skip
        member.evidence["trace_test"] = facts
        member.evidence["smooth"]["solutions"] = len(run.points)
        member.smooth = Part(family.system, run.points, fibres, lambda z: z)
    if not isinstance(family, ParametrizedDistance) or spurious is False or member.interrupted:
        return member
    larger = envelope(family, other)
    if larger is not None:
        _add_spurious(solver, member, larger, other, options, report, trace)
    if larger is not None or spurious:
        _add_zero_functions(solver, member, family, zero, options, report)
    return member


def with_form(family: Distance, form: QuadraticForm) -> Distance:
    """Return the family of the same problem in other metrics, in the same unknowns."""
    if isinstance(family, ParametrizedDistance):
        return ParametrizedDistance(family.variety, form, family.chart)
    if isinstance(family, ImplicitDistance):
        return ImplicitDistance(family.variety, form, combinations=family.combinations)
    raise TypeError("a distance is parametrised or implicit")


def _in_metric(
    solver: Solver, member: GenericMember, run: Monodromy, fibres: Fibres, rng: np.random.Generator
) -> Monodromy:
    """Carry the functions to the family's own metric, over a random b; what does not arrive is counted as missing."""
    family, size = member.family, len(member.family.variety.ambient)
    inside = family.random_parameters(rng)
    form = FreeWeights(size, family.form.matrix(inside[: family.n_form]))
    way = with_form(family, form)
    weights, b = np.split(member.parameters, [size])
    begin = np.concatenate([weights, [0.0], b])
    end = np.concatenate([np.zeros(size), [1.0], inside[family.n_form :]])
    carrier = Transporter(solver, way.system, run.points, begin, way.random_parameters, fibres)
    moved = carrier(end[None, :], rng)
    member.paths_tracked += moved.paths_tracked
    member.interrupted |= moved.paths.interrupted
    good = moved.paths.success
    member.evidence["smooth"]["missing"] = int(np.count_nonzero(~good))
    run.points, member.parameters = moved.paths.points[good], inside
    member.smooth = Part(family.system, run.points, fibres, lambda z: z)
    return run


def _test_and_repair(
    solver: Solver, member: GenericMember, family: Distance, run: Monodromy, parameters: NDArray[np.complex128],
    identification: Identification, rng: np.random.Generator, options: MonodromyOptions, report: Report, *, asked: bool,
) -> tuple[Monodromy, dict[str, Any]]:  # fmt: skip
    """Run the trace test on a family's solutions; what it finds missing is completed by loops, and it is run again.

    Returns
    -------
    Monodromy, dict
        The solutions, and the outcome as plain values.
    """
    if len(run.points) > TRACE_TEST_LIMIT and not asked:
        reason = f"more than {TRACE_TEST_LIMIT} functions; ask for it with --trace-test"
        return run, {"status": "not run", "reason": reason}
    repaired = 0
    for _ in range(1 + REPAIRS):
        report("trace test", run)
        pencils = (distance_pencil(family) for _ in range(2))
        test = trace_test(solver, pencils, run.points, parameters, family.random_parameters, rng)
        member.paths_tracked += test.paths_tracked
        if test.passed is not False or len(test.new) == 0:
            break
        known = len(run.points)
        run = monodromy(
            solver, family.system, np.concatenate([run.points, test.new]), parameters,
            family.random_parameters, identification, rng, options, torus=False,
        )  # fmt: skip
        repaired += len(run.points) - known
        member.count(run)
    return run, {
        "status": test.status, "reason": test.reason, "residual": test.residual, "degree": test.degree,
        "bidegree": list(test.bidegree), "repaired": repaired,
    }  # fmt: skip


def _starts(
    solver: Solver, family: Distance, fibres: Fibres, rng: np.random.Generator
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return regular solutions over one member, on every component."""
    anchor(family, rng)
    found: NDArray[np.complex128] | None = None
    for _ in range(TRIES):
        for start, at in family.start_pairs(rng):
            if np.linalg.cond(family.system.jacobian(start, at)) > _SINGULAR:
                continue  # on a component without critical points, such as an isotropic line
            if found is None:
                found, parameters = start[None, :], at
                continue
            carrier = Transporter(solver, family.system, start[None, :], at, family.random_parameters, fibres)
            moved = carrier(parameters[None, :], rng).paths
            found = np.concatenate([found, moved.points[moved.success]])
        if found is not None:
            return found[np.unique(match_orbits(found, fibres))], parameters
    raise InputError(f"{family.variety.name}: no regular critical point was found; is the ED degree 0 for this metric?")


def _add_spurious(
    solver: Solver, member: GenericMember, larger: Envelope, rng: np.random.Generator, options: MonodromyOptions,
    report: Report, trace: bool | None,
) -> None:  # fmt: skip
    """Replace the functions by all critical points of the gauge-fixed problem."""
    nobody = SignGroup.trivial(larger.n_unknowns)
    start, parameters = larger.start_pair(rng)
    run, parameters = agreed_monodromy(
        solver, larger.system, start, parameters, larger.random_parameters, nobody, rng, options,
        lambda r: report("envelope", r), torus=False,
    )  # fmt: skip
    facts = member.count(run)
    if trace is not False and not member.interrupted:
        run, facts["trace_test"] = _test_and_repair(
            solver, member, larger, run, parameters, nobody, rng, options, report, asked=bool(trace)
        )  # fmt: skip
        facts["solutions"] = len(run.points)
    carrier = Transporter(solver, larger.system, run.points, parameters, larger.random_parameters, nobody)
    moved = carrier(larger.member(member.parameters)[None, :], rng)
    member.paths_tracked += moved.paths_tracked
    member.interrupted |= moved.paths.interrupted
    points = moved.paths.points[moved.paths.success]
    facts["ends"] = len(points)
    facts["stuck"] = len(moved.stuck)
    fibres = Fibres(member.family.functions)
    both = np.concatenate([points, member.smooth.points])
    first = match_orbits(both, fibres)
    # Every function that monodromy found on the smooth locus must be among the ends: two independent routes.
    facts["functions_missed"] = int(np.count_nonzero(first[len(points) :] >= len(points)))
    member.evidence["envelope"] = facts
    member.smooth = Part(member.family.system, points, nobody, lambda z: z)
    member.identified = False


def _add_zero_functions(
    solver: Solver, member: GenericMember, family: ParametrizedDistance, rng: np.random.Generator,
    options: MonodromyOptions, report: Report,
) -> None:  # fmt: skip
    """Find the critical points at which the last layer vanishes, over the same member."""
    problem = ZeroFunctions(family)
    facts: dict[str, Any] = {"status": problem.status}
    member.evidence["zero_functions"] = facts
    if problem.status != "finite":
        return
    nobody = SignGroup.trivial(len(problem.rest))
    start, parameters = problem.start_pair(rng)
    run, parameters = agreed_monodromy(
        solver, problem.system, start, parameters, family.random_parameters, nobody, rng, options,
        lambda r: report("zero functions", r), torus=False,
    )  # fmt: skip
    facts.update(member.count(run))
    carrier = Transporter(solver, problem.system, run.points, parameters, family.random_parameters, nobody)
    moved = carrier(member.parameters[None, :], rng)
    member.paths_tracked += moved.paths_tracked
    facts["missing"] = int(np.count_nonzero(~moved.paths.success))
    points = moved.paths.points[moved.paths.success]
    member.zero = Part(problem.system, points, nobody, problem.embed)
