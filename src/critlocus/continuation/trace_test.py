"""Multihomogeneous trace test: numerical evidence, independent of quiet loops, that no solution is missing.

Over a line ``p0 + s p1`` in parameter space the solutions of a family form an irreducible curve in the product of the
line with the space of y, coordinates that the sign group leaves alone. The witness points of its bidegree are those
over p0 (s = 0), which are the solutions in question, and those on a hyperplane ``l(y) = c``. They are the section by
the bilinear form ``s (l(y) - c)``, which is moved to a general linear one. They are complete if and only if their sum
moves linearly while that is moved in parallel: this is the test of Leykin, Rodriguez & Sottile, *Trace test* (2018),
sec. 4. (Linear in s / (1 + kappa s), for solutions may go to infinity with s.) None of its paths ends at infinity,
where one could not tell whether a path that is lost hides a solution.

The test needs y to separate the points of a general section, which is checked: then no proper part of the curve's
points has a linear trace. The coefficients of the network's function come first, for they have fewer poles on the curve
than the squared weights; these are next, for they are more exact. See also Sommese, Verschelde & Wampler, *Symmetric
functions applied to decomposing solution sets* (2002).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.curve_sections import CurveSections
from critlocus.continuation.monodromy import RandomParameters
from critlocus.continuation.trace import LINEAR, Trace
from critlocus.continuation.trace_result import INTERRUPTED, TraceTest, UndecidedError
from critlocus.networks import SignGroup
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.pencil import Pencil, stratum_pencil
from critlocus.solvers.protocol import Solver

__all__ = ["INTERRUPTED", "LINEAR", "TraceTest", "stratum_pencils", "trace_test"]
ROUNDS = 12
_ON_P0 = 1e-8


def trace_test(
    solver: Solver,
    pencils: Iterable[Pencil],
    points: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    random_parameters: RandomParameters,
    rng: np.random.Generator,
    *,
    max_degree: int = 20000,
) -> TraceTest:
    """Test whether `points` are all solutions over `parameters`, one per class of the pencils' identification.

    Parameters
    ----------
    pencils : iterable of Pencil
        Curves to be tried one after the other, until the test is decided.
    points : complex128 array, shape (N, n)
    parameters : complex128 array, shape (n_params,)
    random_parameters : callable
        Draws the direction of the line.
    max_degree : int
        Give up, undecided, if the curve has more points on a section.
    """
    tracked, outcome = 0, TraceTest(None, "there is no point to start from")
    for pencil in pencils if len(points) else ():
        if not pencil.y:
            continue
        line = np.concatenate([parameters, random_parameters(rng, 1)[0]])
        outcome = _test(CurveSections(solver, pencil, points, line, rng, max_degree))
        tracked += outcome.paths_tracked
        if outcome.passed is not None or outcome.reason == INTERRUPTED:
            break
    outcome.paths_tracked = tracked
    return outcome


def stratum_pencils(family: CriticalPoints, support: NDArray[np.int64], symmetry: SignGroup) -> Iterator[Pencil]:
    """Yield the curves on which a zero pattern is tested; `symmetry` acts on the weights of its support."""
    for coordinates in ("function", "squares", "squares"):
        yield stratum_pencil(family, support, coordinates, symmetry)


def _test(curve: CurveSections) -> TraceTest:
    outcome, trace = TraceTest(None, "", coordinates=curve.pencil.coordinates), Trace(curve)
    try:
        _run(curve, trace, outcome)
    except UndecidedError as reason:
        outcome.reason = str(reason)
    outcome.residual, outcome.paths_tracked = trace.residual, curve.paths_tracked
    return outcome


def _run(curve: CurveSections, trace: Trace, outcome: TraceTest) -> None:
    """Fill the outcome; UndecidedError if the test cannot go on."""
    linear = False
    others = curve.hyperplane_points()
    known = np.concatenate([curve.solutions, others])
    section, points, origin = curve.general(known)
    for curve.round in range(ROUNDS):
        trace.check_separation(points)
        outcome.degree = len(points)
        linear = trace.is_linear(section, points)
        if linear:
            break
        points = curve.monodromy(points, section, curve.section)
    everything = curve.back(section, points, known, origin)
    at_p0 = np.abs(everything[:, -1]) <= _ON_P0
    outcome.bidegree = (int(np.count_nonzero(at_p0)), int(np.count_nonzero(~at_p0)))
    outcome.new = everything[len(known) :][at_p0[len(known) :], :-1]
    if len(outcome.new):
        outcome.passed, outcome.reason = False, f"{len(outcome.new)} solutions were missing"
    elif not linear:
        outcome.reason = "the trace is not linear: points of the curve are missing on the section"
    elif sum(outcome.bidegree) != outcome.degree:
        outcome.reason = "some points of the section were lost on the way back"
    else:
        outcome.passed, outcome.reason = True, "the trace is linear, and all points over p0 are known"
