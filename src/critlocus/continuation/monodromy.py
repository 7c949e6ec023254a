"""Monodromy: all solutions of one generic member of a family, from a start pair on each of its components.

Solutions are carried around random loops in parameter space; the loops permute them, transitively if the family is
irreducible. A family of several components needs a start on each: loops permute the solutions on each component, so
that those of a small component must be quiet on their own, see `critlocus.continuation.transitive`. Reference: Duff,
Hill, Jensen, Lee, Leykin & Sommars, *Solving polynomial systems via homotopy continuation and monodromy* (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.orbits import Identification, match_orbits
from critlocus.continuation.transitive import TransitiveSets
from critlocus.solvers.protocol import Paths, PathStatus, Solver
from critlocus.tape.system import PolynomialSystem

RandomParameters = Callable[[np.random.Generator, int], NDArray[np.complex128]]
_VANISHING = 1e-12
_WHOLE = 0.95


@dataclass(frozen=True)
class MonodromyOptions:
    """When to stop.

    Attributes
    ----------
    doubt : float
        Loops go on until this is above the chance that so many loops were quiet although solutions are missing, if
        loops acted as random permutations of each transitive set: k known ones that are not all of it survive one with
        chance at most 1/(k+1). Loops that lost paths count as not quiet.
    min_quiet : int
        At least so many loops in a row must find nothing new.
    max_loops : int
    batch : int
        Loops are run together until a batch has about this many paths.
    max_points : int
        Give up beyond this many points.
    max_idle : int
        Give up after so many batches in a row that find nothing, yet lose too many paths to count as quiet.
    max_lossy : int
        Give up after so many loops that find nothing, if too few of them are quiet for more loops to help: fewer than
        half of the 1/(k+1) that random permutations would make. Another member may lose fewer paths.
    """

    doubt: float = 1e-12
    min_quiet: int = 4
    max_loops: int = 2000
    batch: int = 64
    max_points: int = 10**9
    max_idle: int = 10**9
    max_lossy: int = 200


DEFAULT = MonodromyOptions()


@dataclass(eq=False)
class Monodromy:
    """Solutions found (one per symmetry orbit) and what supports that none is missing.

    Attributes
    ----------
    points : complex128 array, shape (N, n)
    loops, quiet_loops, lossy_loops : int
        Loops run, those at the end that found nothing new, and those in between that say nothing, for paths were lost.
    log10_doubt : float
        See `MonodromyOptions.doubt`.
    collisions : int
        Pairs of paths of one loop that came back to the same point: a loop is a bijection, so one of them jumped.
        All paths of such loops were thrown away.
    strays : int
        Ends that left the stratum (a weight became 0); thrown away.
    members : int
        Independent members of the family over which this count was found.
    stop_reason : str
        ``quiet``, ``max loops``, ``max points``, ``idle loops``, ``lossy loops`` or ``interrupted``.
    """

    points: NDArray[np.complex128]
    loops: int = 0
    quiet_loops: int = 0
    lossy_loops: int = 0
    log10_doubt: float = 0.0
    collisions: int = 0
    strays: int = 0
    paths_tracked: int = 0
    failed_paths: int = 0
    stop_reason: str = ""
    members: int = 1

    def is_hopeless(self, least: int, known: int) -> bool:
        """Tell whether of so many loops that found nothing too few were quiet; `known`: the smallest transitive set."""
        telling = self.quiet_loops + self.lossy_loops
        return telling >= least and 2 * self.quiet_loops * (known + 1) < telling

    def absorb(self, other: Monodromy) -> None:
        """Add the work of another run over the same family, which ended with a count of its own."""
        self.loops += other.loops
        self.collisions += other.collisions
        self.strays += other.strays
        self.paths_tracked += other.paths_tracked
        self.failed_paths += other.failed_paths
        if other.stop_reason == "interrupted":
            self.stop_reason = other.stop_reason


def monodromy(
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
) -> Monodromy:
    """Find all solutions over `parameters` that are connected with `start`.

    Parameters
    ----------
    start : complex128 array, shape (n,) or (k, n)
        One or more solutions, of different orbits, for `parameters`, shape ``(n_params,)``.
    random_parameters : callable
        ``(rng, count) -> (count, n_params)`` generic members of the family; loops are triangles through them.
    symmetry : Identification
        One point per orbit is kept and tracked.
    report : callable, optional
        Called after every batch of loops.
    torus : bool
        All solutions wanted have no vanishing coordinate: ends that have one are strays.
    """
    found = Monodromy(points=np.atleast_2d(start).copy())
    # Loops are quick until one batch finds nothing new. From then on no path is given up early: what is missing may
    # lie behind the paths that are hard to track.
    settling = False
    idle = 0
    sets = TransitiveSets(len(found.points))
    while True:
        count = len(found.points)
        needed = max(
            options.min_quiet - found.quiet_loops, sets.loops_for(options.doubt, found.quiet_loops, found.lossy_loops)
        )
        if needed <= 0:
            found.stop_reason = "quiet"
        elif found.loops >= options.max_loops:
            found.stop_reason = "max loops"
        elif count > options.max_points:
            found.stop_reason = "max points"
        elif idle >= options.max_idle:
            found.stop_reason = "idle loops"
        elif found.is_hopeless(options.max_lossy, int(sets.sizes.min())):
            found.stop_reason = "lossy loops"
        if found.stop_reason:
            return found
        together = min(max(1, options.batch // count), needed)
        corners = random_parameters(rng, 2 * together)
        table = np.vstack([parameters[None, :], corners])
        ends, origin, loop, interrupted = _run_loops(solver, system, found, table, together, thorough=settling)
        if interrupted:
            found.stop_reason = "interrupted"
            return found
        quiet = found.quiet_loops
        fresh = _collect(found, sets, ends, origin, loop, together, symmetry, torus=torus, telling=settling)
        idle = 0 if fresh or found.quiet_loops > quiet else idle + 1
        settling = fresh == 0
        if report is not None:
            report(found)


def _run_loops(
    solver: Solver,
    system: PolynomialSystem,
    found: Monodromy,
    table: NDArray[np.complex128],
    together: int,
    *,
    thorough: bool,
) -> tuple[NDArray[np.complex128], NDArray[np.int64], NDArray[np.int64], bool]:
    """Track all known points around `together` triangles 0 -> 2k+1 -> 2k+2 -> 0.

    Return the ends that came home, the points they come from, and their loops.
    """
    count = len(found.points)
    points = np.tile(found.points, (together, 1))
    loop, origin = np.repeat(np.arange(together), count), np.tile(np.arange(count), together)
    for corner in range(3):
        from_ = np.zeros_like(loop) if corner == 0 else 2 * loop + corner
        to = np.zeros_like(loop) if corner == 2 else 2 * loop + corner + 1
        paths: Paths = solver.track(system, points, table, from_, to, thorough=thorough)
        found.paths_tracked += len(points)
        found.failed_paths += int(np.count_nonzero(~paths.success & (paths.status != PathStatus.INTERRUPTED)))
        if paths.interrupted:
            return points[:0], origin[:0], loop[:0], True
        good = paths.success
        points, origin, loop = paths.points[good], origin[good], loop[good]
    return points, origin, loop, False


def _collect(
    found: Monodromy,
    sets: TransitiveSets,
    ends: NDArray[np.complex128],
    origin: NDArray[np.int64],
    loop: NDArray[np.int64],
    together: int,
    symmetry: Identification,
    *,
    torus: bool,
    telling: bool,
) -> int:
    """Add the new ends, and return their number; loops whose paths collide are not used.

    Quiet loops count only if they are `telling`: all their paths were tracked thoroughly.
    """
    # Relative to the point, and to the known points: a path that fell to the origin is small as a whole.
    size, usual = np.abs(ends), float(np.median(np.abs(found.points).max(axis=1)))
    stray = np.any(size <= _VANISHING * np.maximum(size.max(axis=1, keepdims=True, initial=0.0), usual), axis=1)
    if torus:
        found.strays += int(stray.sum())
        ends, origin, loop = ends[~stray], origin[~stray], loop[~stray]
    within = match_orbits(ends, symmetry, groups=loop)
    collided = np.unique(loop[within != np.arange(len(ends))])
    found.collisions += int(np.count_nonzero(within != np.arange(len(ends))))
    sound = ~np.isin(loop, collided)
    ends, origin, loop = ends[sound], origin[sound], loop[sound]

    known = len(found.points)
    first = match_orbits(np.concatenate([found.points, ends]), symmetry)
    fresh = np.flatnonzero(first[known:] == np.arange(known, known + len(ends)))
    found.points = np.concatenate([found.points, ends[fresh]])
    found.loops += together
    place = np.concatenate([np.arange(known), np.zeros(len(ends), np.int64)])
    place[known + fresh] = known + np.arange(len(fresh))
    sets.join(origin, place[first[known:]], len(found.points))
    if len(fresh):  # the quiet loops of this batch did not carry the points that were found with them
        found.quiet_loops = found.lossy_loops = 0
    elif telling:  # a loop that lost paths says little: the missing may lie behind them
        quiet = int(np.count_nonzero(sets.carried(origin, loop, together) >= _WHOLE))
        found.quiet_loops += quiet
        found.lossy_loops += together - quiet
    found.log10_doubt = sets.log10_doubt(found.quiet_loops, found.lossy_loops)
    return len(fresh)
