"""Trace test: numerical evidence, independent of monodromy's quiet loops, that no solution is missing.

Over a line ``p0 + s p1`` in parameter space the solutions of a stratum form an irreducible curve. Map it by
``(s, theta_1^2, ..., theta_n^2)``, which forgets the sign group. The points of its image on a hyperplane
``c0 s + sum c_k theta_k^2 = tau`` are all of them if and only if their sum moves linearly with tau. The solutions of
the member p0 are the finite ones that are left when the hyperplane becomes ``s = 0``.

References: Sommese, Verschelde & Wampler, *Symmetric functions applied to decomposing solution sets* (2002); Leykin,
Rodriguez & Sottile, *Trace test* (2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.monodromy import MonodromyOptions, monodromy
from critlocus.continuation.orbits import match_orbits
from critlocus.networks import SignGroup
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.solvers.protocol import PathStatus, Solver

LINEAR = 1e-11
"""A relative second difference of the trace below this counts as linear. Rounding gives 1e-12 or less; a single missing
point gives 1e-9 or more even where it hardly moves."""
ROUNDS = 12
_NEAR_END, _FAR = 0.999, 30.0


@dataclass(eq=False)
class TraceTest:
    """Outcome of a trace test.

    Attributes
    ----------
    passed : bool or None
        None: not decided (see `reason`).
    residual : float
        Second difference of the trace, relative to the sum of the moduli.
    degree : int
        Points of the curve on a hyperplane, up to the sign group.
    finite, infinite : int
        How many of them stay finite, and how many go to infinity, as the hyperplane becomes s = 0.
    reason : str
    """

    passed: bool | None
    reason: str
    residual: float = np.nan
    degree: int = 0
    finite: int = 0
    infinite: int = 0
    paths_tracked: int = 0

    @property
    def status(self) -> str:
        """``passed``, ``failed`` or ``undecided``."""
        return "undecided" if self.passed is None else "passed" if self.passed else "failed"


def trace_test(
    solver: Solver,
    family: CriticalPoints,
    support: NDArray[np.int64],
    points: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    symmetry: SignGroup,
    rng: np.random.Generator,
    *,
    max_degree: int = 20000,
) -> TraceTest:
    """Test whether `points` are all solutions of a stratum over `parameters`, one per orbit.

    Parameters
    ----------
    support : int array
        Weights of the stratum.
    points : complex128 array, shape (N, len(support))
    parameters : complex128 array, shape (n_params,)
    symmetry : SignGroup
        Acting on the support's weights.
    max_degree : int
        Give up, undecided, if the curve has more points on a hyperplane.
    """
    count, n = points.shape
    system = family.pencil(support)
    line = np.concatenate([parameters, family.random_parameters(rng)])
    group = _with_slope(symmetry)

    def hyperplane(c0: complex, c: NDArray[np.complex128], tau: complex) -> NDArray[np.complex128]:
        return np.concatenate([line, [c0], c, [tau]])

    def random_hyperplanes(generator: np.random.Generator, number: int) -> NDArray[np.complex128]:
        # Coefficients of very different size: loops must reach branch points near and far.
        rows = complex_normal(generator, (number, n + 2)) * np.exp(generator.standard_normal((number, n + 2)))
        return np.hstack([np.tile(line, (number, 1)), rows])

    at_zero = hyperplane(1, np.zeros(n, np.complex128), 0)
    start = random_hyperplanes(rng, 1)[0]
    on_curve = np.hstack([points, np.zeros((count, 1))])
    zero, one = np.zeros(count, np.int64), np.ones(count, np.int64)
    moved = solver.track(system, on_curve, np.stack([at_zero, start]), zero, one)
    tracked = count
    witness = moved.points[moved.success]
    if len(witness) == 0 or moved.interrupted:
        return TraceTest(None, "no point could be moved to a general hyperplane", paths_tracked=tracked)
    # Loops, until the trace is linear: its second difference over tau, tau + 1, tau + 2 (times a random phase).
    shift = np.zeros_like(start)
    shift[-1] = np.exp(2j * np.pi * rng.random())
    table = np.stack([start, start + shift, start + 2 * shift, at_zero])
    form = complex_normal(rng, (n + 1,))
    options = MonodromyOptions(doubt=0.1, min_quiet=1, max_points=max_degree)
    for _ in range(ROUNDS):
        run = monodromy(solver, system, witness, start, random_hyperplanes, group, rng, options)
        tracked += run.paths_tracked
        if run.stop_reason != "quiet":
            return TraceTest(
                None, f"the hyperplane section was not completed: {run.stop_reason}", paths_tracked=tracked
            )
        witness, degree = run.points, len(run.points)
        sections = [witness]
        for row in (1, 2):
            where = np.full(degree, row)
            paths = solver.track(system, witness, table, np.zeros_like(where), where)
            tracked += degree
            sections.append(paths.points[paths.success])
        if len(sections[1]) < degree or len(sections[2]) < degree:
            return TraceTest(None, "a path of the moving hyperplane failed", degree=degree, paths_tracked=tracked)
        values = [_coordinates(section) @ form for section in sections]
        size = max(float(np.abs(v).sum()) for v in values)
        residual = float(np.abs(values[0].sum() - 2 * values[1].sum() + values[2].sum())) / size
        if residual <= LINEAR:
            break

    back = solver.track(system, witness, table, np.zeros(degree, np.int64), np.full(degree, 3))
    tracked += degree
    finite = np.flatnonzero(back.success)
    size_at_start = np.median(np.abs(witness).max(axis=1))
    far = (back.t > _NEAR_END) & (np.abs(back.points).max(axis=1) > _FAR * size_at_start)
    infinite = int(np.count_nonzero(~back.success & (far | (back.status == PathStatus.DIVERGED))))
    stuck = degree - len(finite) - infinite
    union = np.concatenate([on_curve, back.points[finite]])
    new = int(np.count_nonzero(match_orbits(union, group)[count:] >= count))
    outcome = TraceTest(None, "", residual, degree, len(finite), infinite, tracked)
    if residual > LINEAR:
        outcome.reason = "the trace is not linear: points of the curve are missing on the hyperplane"
    elif stuck:
        outcome.reason = f"{stuck} paths back to s = 0 got stuck: they may hide solutions"
    elif new:
        outcome.passed, outcome.reason = False, f"{new} solutions were missing"
    else:
        outcome.passed, outcome.reason = True, "the trace is linear, and no other solution is left at s = 0"
    return outcome


def _coordinates(points: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return np.hstack([points[:, :-1] ** 2, points[:, -1:]])


def _with_slope(symmetry: SignGroup) -> SignGroup:
    """Extend the group to the coordinate s, which it leaves alone."""
    rows = len(symmetry.flips)
    return SignGroup(
        np.hstack([symmetry.flips, np.ones((rows, 1), np.int8)]),
        np.hstack([symmetry.incoming, np.zeros((rows, 1), bool)]),
    )
