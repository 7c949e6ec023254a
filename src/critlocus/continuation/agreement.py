"""Agreement: monodromy over independent members of a family, until two of them have the same number of solutions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.monodromy import DEFAULT, Monodromy, MonodromyOptions, RandomParameters, monodromy
from critlocus.continuation.orbits import Identification
from critlocus.continuation.transport import Transporter
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

MEMBERS = 6
"""Members tried, at most, after the first one, until two agree."""


def agreed_monodromy(
    solver: Solver,
    system: PolynomialSystem,
    start: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    random_parameters: RandomParameters,
    symmetry: Identification,
    rng: np.random.Generator,
    options: MonodromyOptions = DEFAULT,
    report: Callable[[Monodromy], None] | None = None,
    *,
    torus: bool = True,
) -> tuple[Monodromy, NDArray[np.complex128]]:
    """Run `monodromy` over independent members until two agree on the largest count.

    Over one member in some hundreds a few solutions lie so far out that no path reaches them, and every loop is quiet
    without them. Over another member they are ordinary points.

    Parameters
    ----------
    start, parameters
        Where the first run starts; the others start from its solutions, carried to random members.
    solver, system, random_parameters, symmetry, rng, options, report, torus
        See `monodromy`.

    Returns
    -------
    Monodromy, complex128 array
        One of the runs with the largest count, with the work of all of them, and its member's parameters: the very
        array `parameters` if that is the first one. `Monodromy.members` is 2 if two agree.
    """
    best = monodromy(solver, system, start, parameters, random_parameters, symmetry, rng, options, report, torus=torus)
    for _ in range(MEMBERS):
        if best.stop_reason == "interrupted" or best.members > 1:
            break
        other = random_parameters(rng, 1)[0]
        carrier = Transporter(solver, system, best.points, parameters, random_parameters, symmetry)
        moved = carrier(other[None, :], rng)
        good = moved.paths.success
        if moved.paths.interrupted:
            best.stop_reason = "interrupted"
            break
        if not good.any():
            continue  # no path arrives at this member: it tells nothing
        begin = moved.paths.points[good]
        run = monodromy(solver, system, begin, other, random_parameters, symmetry, rng, options, report, torus=torus)
        run.paths_tracked += moved.paths_tracked
        same = len(run.points) == len(best.points)
        agreed = same and run.stop_reason == best.stop_reason == "quiet"
        if len(run.points) > len(best.points) or (same and best.stop_reason != "quiet"):
            best, parameters, run = run, other, best
        best.absorb(run)
        best.members += agreed
    return best, parameters
