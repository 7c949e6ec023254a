"""One generic member of a family with all its solutions, from any number of start pairs; and where paths end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.endgame import cauchy_endgame
from critlocus.continuation.monodromy import DEFAULT, Monodromy, MonodromyOptions, RandomParameters
from critlocus.continuation.orbits import Identification, match_orbits
from critlocus.continuation.poles import pole_orders
from critlocus.continuation.transport import Transporter
from critlocus.errors import Interrupted
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

StartPair = tuple[NDArray[np.complex128], NDArray[np.complex128]]
"""One solution, shape ``(n,)``, or several, shape ``(k, n)``, and their parameters."""

_APART = 1e-4
_NEAR = 0.03


class SpecialEnd(IntEnum):
    """Where a path ends that does not end at a regular solution."""

    EXCLUDED = 1
    AT_INFINITY = 2
    SINGULAR = 3
    UNDECIDED = 4


@dataclass(eq=False)
class Gathered:
    """All solutions found over a generic member.

    Attributes
    ----------
    run : Monodromy
    parameters : complex128 array, shape (n_params,)
    seeds : int
        Solutions that monodromy started from, in different orbits or not.
    """

    run: Monodromy
    parameters: NDArray[np.complex128]
    seeds: int

    @property
    def evidence(self) -> dict[str, object]:
        """Why nothing should be missing, as plain values."""
        run = self.run
        return {
            "generic_count": len(run.points),
            "start_pairs": self.seeds,
            "loops": run.loops,
            "quiet_loops": run.quiet_loops,
            "log10_doubt": round(run.log10_doubt, 2),
            "members": run.members,
            "collisions": run.collisions,
            "stop_reason": run.stop_reason,
        }


def gather(
    solver: Solver,
    system: PolynomialSystem,
    starts: Sequence[StartPair],
    random_parameters: RandomParameters,
    identification: Identification,
    rng: np.random.Generator,
    options: MonodromyOptions = DEFAULT,
    report: Callable[[Monodromy], None] | None = None,
) -> Gathered:
    """Carry all start pairs to the member of the first one, and run monodromy from there until two members agree.

    Raises
    ------
    Interrupted
        On Ctrl-C.
    """
    first, parameters = starts[0]
    begin = [np.atleast_2d(first)]
    for z, p in starts[1:]:
        carrier = Transporter(solver, system, np.atleast_2d(z), p, random_parameters, identification)
        moved = carrier(parameters[None, :], rng)
        if moved.paths.interrupted:
            raise Interrupted("stopped")
        begin.append(moved.paths.points[moved.paths.success])
    points = np.concatenate(begin)
    points = points[match_orbits(points, identification) == np.arange(len(points))]
    run, member = agreed_monodromy(
        solver, system, points, parameters, random_parameters, identification, rng, options, report, torus=False
    )
    if run.stop_reason == "interrupted":
        raise Interrupted("stopped")
    return Gathered(run, member, len(points))


def classify_ends(
    solver: Solver,
    system: PolynomialSystem,
    starts: NDArray[np.complex128],
    last: NDArray[np.complex128],
    begin: NDArray[np.complex128],
    end: NDArray[np.complex128],
    gap: Callable[[NDArray[np.complex128]], NDArray[np.float64]],
    *,
    thorough: bool = False,
) -> tuple[NDArray[np.int8], NDArray[np.complex128]]:
    """Tell where paths ended that reached no regular solution: by the Cauchy endgame, else by poles at the end.

    Parameters
    ----------
    starts, last : complex128 arrays, shape (N, n)
        Start points over the member `begin`, and where the paths to `end` gave up.
    gap : callable
        Relative distance of points, shape ``(N, n)``, from what is excluded (such as x = y), shape ``(N,)``.
    thorough : bool
        The last points do not count: next to what is excluded there may be a regular solution. Paths that grow by a
        power of 1 - t over three radii of the endgame go to infinity, too.

    Returns
    -------
    int8 array, shape (N,)
        Values of `SpecialEnd`.
    complex128 array, shape (N, n)
        The ends, where the endgame found them; nan elsewhere.
    """
    kinds = np.full(len(starts), SpecialEnd.UNDECIDED, np.int8)
    points = np.full(starts.shape, np.nan, np.complex128)
    if len(starts) == 0:
        return kinds, points

    def row(t: complex) -> NDArray[np.complex128]:
        return np.asarray(end + t * (begin - end))

    game = cauchy_endgame(solver, system, starts, row)
    settled = game.winding > 0
    with np.errstate(invalid="ignore"):
        apart = gap(game.points) > _APART
    kinds[settled & ~apart] = SpecialEnd.EXCLUDED
    kinds[settled & apart] = SpecialEnd.SINGULAR
    points[settled] = game.points[settled]
    if thorough:
        kinds[~settled & (game.growth > 0)] = SpecialEnd.AT_INFINITY
    open_ = np.flatnonzero(kinds == SpecialEnd.UNDECIDED)
    order = pole_orders(solver, system, starts[open_], row)
    kinds[open_[order > 0]] = SpecialEnd.AT_INFINITY
    open_ = open_[order == 0]
    if not thorough:
        kinds[open_[gap(last[open_]) <= _NEAR]] = SpecialEnd.EXCLUDED
    return kinds, points
