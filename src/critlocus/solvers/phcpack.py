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
    system's own expression graph, finds a regular solution next to its end. PHCpack reports no steps: `Paths.steps`
    is 0. If the worker process dies, it is started again, and the paths it had are tried in ever smaller batches;
    one that kills it twice alone is `PathStatus.UNTRACKED`.
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
    ) -> Paths:
        """Follow paths; see `Solver.track`."""
        starts, parameters, from_, to = _checked(system, starts, parameters, from_, to)
        count = len(starts)
        paths = blank_paths(count, system.n)
        if count == 0:
            return paths
        self._version()
        paths.points[:] = starts
        paths.status[:] = PathStatus.INTERRUPTED
        try:
            starts, usable = judge_starts(system, starts, parameters[from_])
            paths.status[~usable] = PathStatus.INVALID_START
            done = count - int(usable.sum())
            for homotopy, rows in homotopies(system, parameters, from_, to, np.flatnonzero(usable)):
                for ends, part in self._run(homotopy, starts, rows):
                    t, points = _arrays(ends, system.n)
                    paths.replace(part, judge_ends(system, starts[part], parameters[to[part]], t, points))
                    done += len(part)
                    if progress is not None:
                        progress(done)
        except KeyboardInterrupt:
            self.worker.kill()
            paths.interrupted = True
        return paths

    def solve(self, system: PolynomialSystem, parameters: NDArray[np.complex128], seed: int = 1) -> Paths:
        """Find all isolated solutions of one member from nothing, with PHCpack's black box.

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
        """
        parameters = np.ascontiguousarray(parameters, dtype=np.complex128)
        nothing = np.zeros(0, np.int64)
        _checked(system, np.zeros((0, system.n)), parameters[None, :], nothing, nothing)
        names = variable_names(system.n)
        texts = polynomial_texts(expand(system.graph, system.equations, parameters.tolist()), names)
        tasks = self.threads if self.threads > 1 else 0
        self._version()
        try:
            ends = self._request({"task": "solve", "names": names, "system": texts, "seed": seed, "tasks": tasks})
        except WorkerDied as death:
            raise SolverError(f"PHCpack died while it solved the system: {death}") from None
        except KeyboardInterrupt:
            self.worker.kill()
            nothing_found = blank_paths(0, system.n)
            nothing_found.interrupted = True
            return nothing_found
        t, points = _arrays(ends, system.n)
        t = np.where(np.isnan(t), t, 1)  # no path ends early here; where t is not 1 it means something else
        return judge_ends(system, np.zeros_like(points), np.tile(parameters, (len(ends), 1)), t, points)

    def _run(
        self, homotopy: Homotopy, points: NDArray[np.complex128], rows: NDArray[np.int64]
    ) -> Iterator[tuple[list[Any], NDArray[np.int64]]]:
        """Track some starts in chunks; yield the ends as they come, None for those that could not be had."""
        queue = [(part, False) for part in np.array_split(rows, -(-len(rows) // CHUNK))]
        while queue:
            part, again = queue.pop(0)
            batch = points[part]
            if homotopy.lifted:
                batch = np.hstack([batch, np.zeros((len(part), 1))])
            message = {
                "task": "track",
                "names": homotopy.names,
                "start": homotopy.start,
                "target": homotopy.target,
                "points": batch.view(np.float64).tolist(),
                "tasks": self.threads,
            }
            try:
                ends = self._request(message)
            except WorkerDied:
                ends = []
            if len(ends) == len(part):
                yield ends, part
            elif len(part) > 1:
                queue[:0] = [(half, False) for half in np.array_split(part, 2)]
            elif again:
                yield [None], part
            else:
                queue.insert(0, (part, True))

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


def _checked(
    system: PolynomialSystem, starts: Any, parameters: Any, from_: Any, to: Any
) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.int64], NDArray[np.int64]]:
    n = system.n
    if n == 0 or len(system.equations) != n:
        raise InputError(f"phcpack: {len(system.equations)} equations in {n} variables; give as many of both")
    starts, parameters = np.ascontiguousarray(starts, np.complex128), np.ascontiguousarray(parameters, np.complex128)
    from_, to = np.ascontiguousarray(from_, np.int64), np.ascontiguousarray(to, np.int64)
    count = len(starts)
    for array, shape, name in (
        (starts, (count, n), "starts"),
        (parameters, (len(parameters), system.n_params), "parameters"),
        (from_, (count,), "parameter rows"),
        (to, (count,), "parameter rows"),
    ):
        if array.shape != shape:
            raise InputError(f"{name}: shape {array.shape}, expected {shape}")
    for rows in (from_, to):
        if count and (rows.min() < 0 or rows.max() >= len(parameters)):
            raise InputError("track: a path names a parameter row that does not exist")
    return starts, parameters, from_, to


def _arrays(ends: list[Any], n: int) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Return t and points of the worker's ends, without the coordinate s; NaN for the unknown ones."""
    width = 2 * n + 1
    values = np.array([[np.nan] * width if end is None else end[:width] for end in ends]).reshape(-1, width)
    return values[:, 0], values[:, 1:].copy().view(np.complex128)
