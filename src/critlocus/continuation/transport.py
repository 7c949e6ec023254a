"""Transport: carry the solutions of the generic member to other members of the family, many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.monodromy import RandomParameters
from critlocus.continuation.orbits import Identification, match_orbits
from critlocus.solvers.protocol import Paths, PathStatus, Progress, Solver
from critlocus.tape.system import PolynomialSystem

DETOURS = 2
REROUTES = 4
_SPECIAL_END = 0.999
"""A path that fails beyond this t fails because of the target, whichever way it is reached."""


@dataclass(eq=False)
class Transport:
    """Ends over the targets: row ``k * N + i`` belongs to start i and target k.

    Attributes
    ----------
    paths : Paths
    target : int64 array, shape (K * N,)
    detours : int
        Paths that were tracked again because the straight one got stuck, or met another one.
    collisions : int
        Ends thrown away because two straight paths to one target met: one of them jumped.
    paths_tracked : int
    """

    paths: Paths
    target: NDArray[np.int64]
    detours: int = 0
    collisions: int = 0
    paths_tracked: int = 0

    @property
    def stuck(self) -> NDArray[np.int64]:
        """Rows without an end although the target is not to blame."""
        return np.flatnonzero(~self.paths.success & (self.paths.t < _SPECIAL_END))


@dataclass(eq=False)
class Transporter:
    """Carries the solutions of one stratum from the generic member to targets.

    Parameters
    ----------
    solver, system
    starts : complex128 array, shape (N, n)
        All solutions over `parameters` (one per orbit).
    parameters : complex128 array, shape (n_params,)
    random_parameters : callable
        Generic members for other routes.
    symmetry : Identification
    """

    solver: Solver
    system: PolynomialSystem
    starts: NDArray[np.complex128]
    parameters: NDArray[np.complex128]
    random_parameters: RandomParameters
    symmetry: Identification

    def __call__(
        self, targets: NDArray[np.complex128], rng: np.random.Generator, progress: Progress | None = None
    ) -> Transport:
        """Track to every row of `targets`, shape ``(K, n_params)``.

        Straight segments first. A path that got stuck midway is deformed a little; if solutions of a target are still
        missing, all starts are sent there by another route, which is a bijection too, and new ends fill the gaps.
        """
        count, number = len(self.starts), len(targets)
        table = np.vstack([self.parameters[None, :], targets])
        target = np.repeat(np.arange(number), count)
        begin = np.tile(self.starts, (number, 1))
        paths = self.solver.track(self.system, begin, table, np.zeros_like(target), target + 1, progress)
        done = Transport(paths, target, paths_tracked=len(begin))
        self._drop_collisions(done)
        for _ in range(DETOURS):
            if len(done.stuck) == 0 or done.paths.interrupted:
                break
            self._detour(done, begin, table, rng)
        for _ in range(REROUTES):
            if len(done.stuck) == 0 or done.paths.interrupted:
                break
            self._reroute(done, table, rng)
        return done

    def _drop_collisions(self, done: Transport) -> None:
        good = np.flatnonzero(done.paths.success)
        first = match_orbits(done.paths.points[good], self.symmetry, groups=done.target[good])
        twin = np.flatnonzero(first != np.arange(len(good)))
        rows = good[np.union1d(twin, first[twin])]
        done.paths.status[rows] = PathStatus.UNTRACKED
        done.paths.t[rows] = 0.0
        done.collisions += len(rows)

    def _detour(
        self, done: Transport, begin: NDArray[np.complex128], table: NDArray[np.complex128], rng: np.random.Generator
    ) -> None:
        rows = done.stuck
        goal = table[1 + done.target[rows]]
        shift = self.random_parameters(rng, len(rows)) - table[:1]  # parameters that never change stay as they are
        scale = np.linalg.norm(goal - table[:1], axis=1) / np.linalg.norm(shift, axis=1)
        corners = (table[:1] + goal) / 2 + 0.1 * scale[:, None] * shift
        self._fill(done, begin[rows], np.vstack([table, corners]), np.arange(len(rows)) + len(table), rows)

    def _reroute(self, done: Transport, table: NDArray[np.complex128], rng: np.random.Generator) -> None:
        missing = np.unique(done.target[done.stuck])
        corners = self.random_parameters(rng, len(missing))
        count = len(self.starts)
        at = np.repeat(np.arange(len(missing)), count) + len(table)
        rows = (missing[:, None] * count + np.arange(count)).ravel()
        self._fill(done, np.tile(self.starts, (len(missing), 1)), np.vstack([table, corners]), at, rows)

    def _fill(
        self,
        done: Transport,
        begin: NDArray[np.complex128],
        table: NDArray[np.complex128],
        corner: NDArray[np.int64],
        rows: NDArray[np.int64],
    ) -> None:
        """Track by way of the corners; ends that are new over their target take the places of stuck paths."""
        target = done.target[rows]
        first = self.solver.track(self.system, begin, table, np.zeros_like(corner), corner)
        second = self.solver.track(self.system, first.points, table, corner, target + 1)
        done.detours += len(rows)
        done.paths_tracked += 2 * len(rows)
        done.paths.interrupted |= first.interrupted or second.interrupted
        ends = np.flatnonzero(first.success & second.success)
        known = np.flatnonzero(done.paths.success)
        points = np.concatenate([done.paths.points[known], second.points[ends]])
        group = np.concatenate([done.target[known], target[ends]])
        fresh = match_orbits(points, self.symmetry, groups=group)[len(known) :] == np.arange(len(known), len(points))
        free: dict[int, list[int]] = {}
        for row in done.stuck:
            free.setdefault(int(done.target[row]), []).append(int(row))
        places, used = [], []
        for end in ends[fresh]:
            candidates = free.get(int(target[end]))
            if candidates:
                own = int(rows[end])
                place = own if own in candidates else candidates[0]
                candidates.remove(place)
                places.append(place)
                used.append(int(end))
        done.paths.replace(np.array(places, np.int64), second.take(np.array(used, np.int64)))
