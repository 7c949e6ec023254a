"""PHCpack as an engine, through phcpy in a worker process.

Reference: Verschelde, *Algorithm 795: PHCpack* (1999).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError, SolverError
from critlocus.solvers.batch import check_batch, check_shape, check_square
from critlocus.solvers.capabilities import capabilities
from critlocus.solvers.judge import blank_paths, judge_ends, judge_starts
from critlocus.solvers.phcpack_homotopy import Homotopy, homotopies, polynomial_texts, variable_names
from critlocus.solvers.protocol import Paths, PathStatus, Progress
from critlocus.solvers.worker import Worker, WorkerDied
from critlocus.tape.expand import expand
from critlocus.tape.system import PolynomialSystem

INSTALL = "install it with 'apt-get install phcpack python3-phcpy' for this Python, or choose the native solver"
CHUNK = 32
"""Paths per request: what a Ctrl-C can lose."""
SAME = 1e-8
"""Relative distance below which two ends are one."""


@dataclass(eq=False)
class PhcpackSolver:
    """Track, and solve from scratch, with PHCpack.

    Parameters
    ----------
    threads : int
        PHCpack's number of tasks; the results do not depend on it.
    precision : {"d", "dd", "qd"}
        Arithmetic along the paths: double, double-double, quad-double. Points come back as doubles.

    Notes
    -----
    The statuses are this module's, not PHCpack's: a path succeeds if it has arrived and Newton's method, on the
    system's own expression graph, finds a regular solution next to its end. Paths that were lost are tracked once more
    with a later end game. PHCpack reports no steps: `Paths.steps` is 0.

    If the worker process dies, it is started again, and the paths it had are tried in ever smaller batches; one that
    kills it twice when it is alone is `PathStatus.UNTRACKED`.
    """

    threads: int = 1
    precision: str = "d"
    name = "phcpack"
    worker: Worker = field(default_factory=lambda: Worker("critlocus.solvers.phcpack_worker"), repr=False)

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise InputError(f"threads: {self.threads} is not at least 1")
        known = capabilities("phcpack").precisions
        if self.precision not in known:
            raise InputError(f"precision {self.precision!r}: choose one of {', '.join(known)}")

    @property
    def version(self) -> str:
        """Version of PHCpack and the precision in use.

        Raises
        ------
        SolverError
            If phcpy is missing.
        """
        return f"{self._version()} ({self.precision})"

    def close(self) -> None:
        """End the worker process. It is started again if it is needed."""
        self.worker.kill()

    def track(
        self,
        system: PolynomialSystem,
        starts: NDArray[np.complex128],
        parameters: NDArray[np.complex128],
        from_: NDArray[np.int64],
        to: NDArray[np.int64],
        progress: Progress | None = None,
        *,
        thorough: bool = True,
    ) -> Paths:
        """Follow paths; see `Solver.track`. Without `thorough`, lost paths get no second try."""
        batch = check_batch(system, starts, parameters, from_, to)
        paths = blank_paths(len(batch.starts), system.n)
        paths.points[:] = batch.starts
        paths.status[:] = PathStatus.INTERRUPTED
        try:
            self._version()
            starts, usable = judge_starts(system, batch.starts, batch.parameters[batch.from_])
            paths.status[~usable] = PathStatus.INVALID_START
            done = int(np.count_nonzero(~usable))
            for homotopy, rows in homotopies(system, batch, np.flatnonzero(usable)):
                target = batch.parameters[batch.to[rows[0]]]
                for part, found in self._run(system, homotopy, starts, target, rows, late=False):
                    paths.replace(part, found)
                    done += len(part)
                    if progress is not None:
                        progress(done)
                lost = rows[thorough & np.isin(paths.status[rows], (PathStatus.SINGULAR, PathStatus.STEP_TOO_SMALL))]
                for part, found in self._run(system, homotopy, starts, target, lost, late=True):
                    _add_new(paths, rows, part, found)
        except KeyboardInterrupt:
            self.worker.kill()
            paths.interrupted = True
        return paths

    def solve(self, system: PolynomialSystem, parameters: NDArray[np.complex128], seed: int = 1) -> Paths:
        """Find all isolated solutions of one member from nothing, with PHCpack's black box, in one thread.

        Parameters
        ----------
        system : PolynomialSystem
            As many equations as variables.
        parameters : complex128 array, shape (n_params,)
        seed : int
            Of PHCpack's random numbers.

        Returns
        -------
        Paths
            One row per solution, in PHCpack's order; the status of singular ones is `PathStatus.SINGULAR`.

        Notes
        -----
        With several tasks, the black box returns other orders and roundings from run to run.
        """
        parameters = np.ascontiguousarray(parameters, dtype=np.complex128)
        check_square(system)
        check_shape(parameters, (system.n_params,), "parameters")
        names = variable_names(system.n)
        texts = polynomial_texts(expand(system.graph, system.equations, parameters.tolist()), names)
        try:
            self._version()
            ends = self._request({"task": "solve", "names": names, "system": texts, "seed": seed})
        except WorkerDied as death:
            raise SolverError(f"PHCpack died while it solved the system: {death}") from None
        except KeyboardInterrupt:
            self.worker.kill()
            nothing = blank_paths(0, system.n)
            nothing.interrupted = True
            return nothing
        t, points = _arrays(ends, system.n)
        t = np.where(np.isnan(t), t, 1)  # no path ends early here; where t is not 1 it means something else
        return judge_ends(system, np.zeros_like(points), np.tile(parameters, (len(ends), 1)), t, points)

    def _run(
        self,
        system: PolynomialSystem,
        homotopy: Homotopy,
        starts: NDArray[np.complex128],
        target: NDArray[np.complex128],
        rows: NDArray[np.int64],
        *,
        late: bool,
    ) -> Iterator[tuple[NDArray[np.int64], Paths]]:
        """Track some of the starts in chunks, and judge their ends; yield them as they come."""
        queue = [(part, False) for part in np.array_split(rows, -(-len(rows) // CHUNK))] if len(rows) else []
        while queue:
            part, again = queue.pop(0)
            points = starts[part]
            if homotopy.lifted:
                points = np.hstack([points, np.zeros((len(part), 1))])
            message = {
                "task": "track",
                "names": homotopy.names,
                "start": homotopy.start,
                "target": homotopy.target,
                "points": points.view(np.float64).tolist(),
                "tasks": self.threads,
                "late": late,
            }
            try:
                ends = self._request(message)
            except WorkerDied:
                ends = []
            if len(ends) != len(part):
                if not again:
                    queue[:0] = [(half, len(part) == 1) for half in np.array_split(part, min(2, len(part)))]
                    continue
                ends = [None]
            t, points = _arrays(ends, system.n)
            yield part, judge_ends(system, starts[part], np.tile(target, (len(part), 1)), t, points)

    def _request(self, message: dict[str, Any]) -> list[Any]:
        answer = self.worker.request({**message, "precision": self.precision})
        if "error" in answer:
            raise SolverError(f"PHCpack: {answer['error']}")
        return list(answer["ends"])

    def _version(self) -> str:
        greeting = self.worker.greeting()
        if "version" not in greeting:
            self.worker.kill()
            raise SolverError(f"solver 'phcpack' needs phcpy ({greeting['missing']}): {INSTALL}")
        return str(greeting["version"])


def _add_new(paths: Paths, rows: NDArray[np.int64], part: NDArray[np.int64], found: Paths) -> None:
    """Take the ends of a second try where no other path of the segment ends: distinct starts have distinct ends."""
    for i in np.flatnonzero(found.success):
        others = paths.points[rows[paths.success[rows]]]
        distance = np.linalg.norm(others - found.points[i], axis=1).min(initial=np.inf)
        if distance > SAME * np.linalg.norm(found.points[i]):
            paths.replace(part[[i]], found.take(np.array([i])))


def _arrays(ends: list[Any], n: int) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Return t and points of the worker's ends, without the coordinate s; NaN for the unknown ones."""
    width = 2 * n + 1
    values = np.array([[np.nan] * width if end is None else end[:width] for end in ends]).reshape(-1, width)
    return values[:, 0], values[:, 1:].copy().view(np.complex128)
