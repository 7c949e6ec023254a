"""HomotopyContinuation.jl as an engine, through juliacall in a worker process.

Reference: Breiding, Timme, *HomotopyContinuation.jl: A Package for Homotopy Continuation in Julia* (2018).
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError, SolverError
from critlocus.solvers.batch import check_batch, check_shape, check_square
from critlocus.solvers.judge import blank_paths, judge_ends
from critlocus.solvers.julia_bridge import Bridge, Columns, ProcessBridge
from critlocus.solvers.protocol import Paths, PathStatus, Progress
from critlocus.tape.serialize import to_arrays
from critlocus.tape.system import PolynomialSystem

CHUNK = 64
"""Paths per request and thread: what a Ctrl-C can lose."""
CODES = {
    "success": PathStatus.SUCCESS,
    "at_infinity": PathStatus.DIVERGED,
    "at_zero": PathStatus.SINGULAR,
    "excess_solution": PathStatus.SINGULAR,
    "terminated_accuracy_limit": PathStatus.STEP_TOO_SMALL,
    "terminated_ill_conditioned": PathStatus.SINGULAR,
    "terminated_invalid_startvalue": PathStatus.INVALID_START,
    "terminated_invalid_startvalue_singular_jacobian": PathStatus.INVALID_START,
    "terminated_max_steps": PathStatus.STEP_LIMIT,
    "terminated_max_extended_steps": PathStatus.STEP_LIMIT,
    "terminated_max_winding_number": PathStatus.SINGULAR,
    "terminated_step_size_too_small": PathStatus.STEP_TOO_SMALL,
    "terminated_unknown": PathStatus.UNTRACKED,
    "post_check_failed": PathStatus.SINGULAR,
    "polyhedral_failed": PathStatus.UNTRACKED,
    "tracking": PathStatus.UNTRACKED,
}
"""Return codes of HomotopyContinuation.jl, in the order of the Julia module: 1 is the first, 0 is any other."""
_STATUS = np.array([PathStatus.UNTRACKED, *CODES.values()], np.int8)
_LOST = (PathStatus.SINGULAR, PathStatus.STEP_LIMIT, PathStatus.STEP_TOO_SMALL, PathStatus.UNTRACKED)
_N_COLUMNS = 8


@dataclass(frozen=True, eq=False)
class JuliaMonodromy:
    """What monodromy in HomotopyContinuation.jl found.

    Attributes
    ----------
    points : complex128 array, shape (N, n)
    stop_reason : str
        ``"count"``: as many as wanted; ``"quiet"``: no new ones for some loops; ``"failed"`` otherwise.
    """

    points: NDArray[np.complex128]
    stop_reason: str


@dataclass(frozen=True, eq=False)
class JuliaCertificates:
    """What certification in HomotopyContinuation.jl proved, for each point.

    Attributes
    ----------
    points : complex128 array, shape (N, n)
        Midpoints of the certified boxes; points that were not certified as they were given.
    certified, real, distinct : bool arrays, shape (N,)
        A solution is proven near; it is proven to be real; it is one of a choice of certified points whose solutions
        are proven to be pairwise distinct.
    """

    points: NDArray[np.complex128]
    certified: NDArray[np.bool_]
    real: NDArray[np.bool_]
    distinct: NDArray[np.bool_]


@dataclass(eq=False)
class JuliaSolver:
    """Track, solve from scratch, run monodromy and certify with HomotopyContinuation.jl.

    Parameters
    ----------
    threads : int
        Julia's number of threads. An environment variable ``PYTHON_JULIACALL_THREADS`` overrides it.
    bridge : Bridge, optional
        Where the functions of the Julia module are called; by default, Julia in a worker process.

    Notes
    -----
    A path succeeds if HomotopyContinuation.jl says so and Newton's method, on the system's own expression graph, finds
    a regular solution next to its end. Julia is started by the first call, and compiles during it.
    """

    threads: int = 1
    bridge: Bridge | None = field(default=None, repr=False)
    name = "julia"
    _families: Any = field(default_factory=weakref.WeakKeyDictionary, repr=False)

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise InputError(f"threads: {self.threads} is not at least 1")
        self._bridge: Bridge = ProcessBridge(self.threads) if self.bridge is None else self.bridge

    @property
    def version(self) -> str:
        """Versions of HomotopyContinuation.jl and Julia.

        Raises
        ------
        SolverError
            If juliacall or Julia is missing.
        """
        return self._bridge.start()[0]

    def close(self) -> None:
        """End Julia. It is started again if it is needed."""
        self._bridge.close()

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
        """Follow paths; see `Solver.track`. Without `thorough`, there is no end game and no second, careful try."""
        batch = check_batch(system, starts, parameters, from_, to)
        count = len(batch.starts)
        paths = blank_paths(count, system.n)
        paths.points[:] = batch.starts
        paths.status[:] = PathStatus.INTERRUPTED
        if count == 0:
            return paths
        order = np.lexsort((batch.to, batch.from_))
        try:
            family = self._family(system)
            for careful in (False, True):
                rows = order[np.isin(paths.status[order], _LOST)] if careful else order
                size = CHUNK * self.threads
                for part in (rows[k : k + size] for k in range(0, len(rows), size)):
                    used, which = np.unique(np.stack([batch.from_[part], batch.to[part]]), return_inverse=True)
                    ends = which.reshape(2, -1).astype(np.int64)
                    columns = self._bridge.track(
                        family, batch.starts[part], batch.parameters[used], ends[0], ends[1], careful, thorough
                    )
                    found = _paths(system, batch.starts[part], batch.parameters[batch.to[part]], columns)
                    better = found.success if careful else np.ones(len(part), np.bool_)
                    paths.replace(part[better], found.take(np.flatnonzero(better)))
                    if progress is not None:
                        progress(int(np.count_nonzero(paths.status != PathStatus.INTERRUPTED)))
                if not thorough:
                    break
        except KeyboardInterrupt:
            self.close()
            paths.interrupted = True
        return paths

    def solve(self, system: PolynomialSystem, parameters: NDArray[np.complex128], seed: int = 1) -> Paths:
        """Find all isolated solutions of one member from nothing, by a polyhedral homotopy.

        Parameters
        ----------
        system : PolynomialSystem
            As many equations as variables.
        parameters : complex128 array, shape (n_params,)
        seed : int
            Of Julia's random numbers.

        Returns
        -------
        Paths
            One row per solution; the status of singular ones is `PathStatus.SINGULAR`.
        """
        p = self._member(system, parameters)
        columns = self._bridge.solve_system(self._family(system), p, seed)
        count = len(columns[0])
        return _paths(system, np.zeros((count, system.n), np.complex128), np.tile(p, (count, 1)), columns)

    def monodromy(
        self,
        system: PolynomialSystem,
        starts: NDArray[np.complex128],
        parameters: NDArray[np.complex128],
        seed: int = 1,
        *,
        quiet: int = 5,
        wanted: int = 0,
    ) -> JuliaMonodromy:
        """Find solutions of one member by HomotopyContinuation.jl's own monodromy.

        Parameters
        ----------
        starts : complex128 array, shape (N, n)
            Known solutions, at least one.
        parameters : complex128 array, shape (n_params,)
        seed : int
            Of Julia's random numbers.
        quiet : int
            Stop after as many loops without a new solution.
        wanted : int
            Stop at this number of solutions; 0 for no such number.
        """
        p = self._member(system, parameters)
        starts = self._points(system, starts)
        if len(starts) == 0:
            raise InputError("monodromy needs a start solution")
        points, code = self._bridge.monodromy(self._family(system), starts, p, seed, quiet, wanted)
        reason = {1: "count", 2: "quiet"}.get(int(code), "failed")
        return JuliaMonodromy(_array(points, np.complex128, (len(points), system.n)), reason)

    def certify(
        self, system: PolynomialSystem, points: NDArray[np.complex128], parameters: NDArray[np.complex128]
    ) -> JuliaCertificates:
        """Certify approximate solutions of one member by HomotopyContinuation.jl's Krawczyk test.

        Parameters
        ----------
        points : complex128 array, shape (N, n)
        parameters : complex128 array, shape (n_params,)
        """
        p = self._member(system, parameters)
        points = self._points(system, points)
        count = len(points)
        if count == 0:
            return JuliaCertificates(points, *(np.zeros(0, np.bool_) for _ in range(3)))
        middle, *masks = self._bridge.certify_points(self._family(system), points, p)
        certified, real, distinct = (_array(mask, np.bool_, (count,)) for mask in masks)
        return JuliaCertificates(_array(middle, np.complex128, points.shape), certified, real, distinct)

    def _family(self, system: PolynomialSystem) -> Any:
        family = self._families.get(system)
        if family is None:
            family = self._families[system] = self._bridge.build_system(to_arrays(system, needed=True))
        return family

    def _member(self, system: PolynomialSystem, parameters: NDArray[np.complex128]) -> NDArray[np.complex128]:
        check_square(system)
        parameters = np.ascontiguousarray(parameters, dtype=np.complex128)
        check_shape(parameters, (system.n_params,), "parameters")
        return parameters

    def _points(self, system: PolynomialSystem, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        points = np.ascontiguousarray(points, dtype=np.complex128)
        check_shape(points, (len(points), system.n), "points")
        return points


def _paths(
    system: PolynomialSystem, starts: NDArray[np.complex128], targets: NDArray[np.complex128], columns: Columns
) -> Paths:
    """Return paths with the engine's own word where it says that they failed, and Newton's where it claims success."""
    count = len(starts)
    if len(columns) != _N_COLUMNS:
        raise SolverError(f"HomotopyContinuation.jl: {len(columns)} columns of results, expected {_N_COLUMNS}")
    points = _array(columns[0], np.complex128, (count, system.n))
    codes = _array(columns[1], np.int64, (count,))
    t, accuracy, condition = (_array(c, np.float64, (count,)) for c in columns[2:5])
    accepted, rejected, extended = (_array(c, np.int32, (count,)) for c in columns[5:])
    status = _STATUS[np.where((codes >= 0) & (codes < len(_STATUS)), codes, 0)]
    claimed = status == PathStatus.SUCCESS
    paths = judge_ends(system, starts, targets, np.where(claimed, 1, 1 - t), points)
    paths.status[~claimed] = status[~claimed]
    for column, values in ((paths.accuracy, accuracy), (paths.condition, condition)):
        column[~claimed] = np.where(np.isnan(values), np.inf, values)[~claimed]
    paths.steps[:], paths.rejected[:], paths.extended[:] = accepted, rejected, extended
    return paths


def _array(value: Any, dtype: type, shape: tuple[int, ...]) -> NDArray[Any]:
    array: NDArray[Any] = np.ascontiguousarray(value).astype(dtype)
    if array.shape != shape:
        raise SolverError(f"HomotopyContinuation.jl: an array of shape {array.shape}, expected {shape}")
    return array
