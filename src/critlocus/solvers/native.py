"""The native engine: eight paths in lockstep per thread, on the instruction set that this processor has."""

from __future__ import annotations

import importlib
import os
from dataclasses import astuple, dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError, SolverError
from critlocus.solvers.protocol import Paths, Progress
from critlocus.tape.system import PolynomialSystem

LEVELS = ("x86_64_v4", "x86_64_v3", "x86_64_v2", "arm64")


@cache
def core() -> ModuleType:
    """Load the core built for the best instruction set level here; CRITLOCUS_SIMD names a lower one."""
    found = simd_level()
    try:
        return importlib.import_module(f"critlocus._native_{found}")
    except ImportError as error:
        raise SolverError(f"the native core for {found} cannot be loaded ({error}); reinstall critlocus") from error


@cache
def simd_level() -> str:
    """Return the SIMD target in use, such as ``x86_64_v4``.

    Raises
    ------
    SolverError
        If the processor is not supported, or CRITLOCUS_SIMD names a level that it lacks.
    """
    best = str(importlib.import_module("critlocus._cpu").level())
    wanted = os.environ.get("CRITLOCUS_SIMD", best)
    usable = LEVELS[LEVELS.index(best) : 3] if best in LEVELS[:3] else (best,)
    if wanted not in usable or best == "unsupported":
        raise SolverError(f"SIMD target {wanted!r} is not available here; choose one of {', '.join(usable)}")
    return wanted


@dataclass(frozen=True)
class TrackerOptions:
    """Step control of the native tracker (Timme, 2021).

    Attributes
    ----------
    beta_tau : float
        A step is at most this part of the predictor's trust region.
    beta_omega : float
        Its fourth power divides the distance from the path that Newton's radius of convergence allows a prediction.
    tolerance : float
        Relative accuracy of the points along the path.
    contraction : float
        A chord correction must shrink by this factor, or the step is repeated at half its length.
    infinity : float
        A path whose norm grows by this factor has diverged.
    min_step : float
        Smallest step in t.
    max_steps : int
        Largest number of steps, rejected ones included.
    extended_steps : int
        Largest number of further steps in double-double arithmetic, to which a path goes over that gets into trouble.
    """

    beta_tau: float = 0.5
    beta_omega: float = 2.5
    tolerance: float = 1e-7
    contraction: float = 0.1
    infinity: float = 1e7
    min_step: float = 1e-13
    max_steps: int = 4000
    extended_steps: int = 2000


@dataclass(eq=False)
class NativeSolver:
    """Track and certify with the native core.

    Parameters
    ----------
    threads : int
        Number of threads; the results do not depend on it.
    options : TrackerOptions
    """

    threads: int = 1
    options: TrackerOptions = TrackerOptions()
    name = "native"

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise InputError(f"threads: {self.threads} is not at least 1")

    @property
    def version(self) -> str:
        """Version of the core and its SIMD target."""
        from critlocus import __version__

        return f"{__version__} ({simd_level()})"

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
        """Follow paths; see `Solver.track`. Without `thorough`, paths never go over to double-double arithmetic."""
        count = len(starts)
        starts = _array(starts, np.complex128, (count, system.n), "starts")
        parameters = _array(parameters, np.complex128, (len(parameters), system.n_params), "parameters")
        rows = [_array(r, np.int64, (count,), "parameter rows") for r in (from_, to)]
        for r in rows:
            if count and (r.min() < 0 or r.max() >= len(parameters)):
                raise InputError("track: a path names a parameter row that does not exist")
        paths = Paths(
            points=np.zeros((count, system.n), np.complex128),
            status=np.zeros(count, np.int8),
            t=np.zeros(count),
            accuracy=np.zeros(count),
            condition=np.zeros(count),
            steps=np.zeros(count, np.int32),
            rejected=np.zeros(count, np.int32),
            extended=np.zeros(count, np.int32),
        )
        if count == 0:
            return paths
        reals, counts = np.zeros((count, 3)), np.zeros((count, 3), np.int32)
        threads = min(self.threads, (count + 7) // 8)
        options = self.options if thorough else replace(self.options, extended_steps=0)
        values = [float(v) for v in astuple(options)]
        paths.interrupted = core().track(
            tape(system),
            starts,
            parameters,
            *rows,
            values,
            paths.points,
            paths.status,
            reals,
            counts,
            threads,
            progress,
        )
        paths.t, paths.accuracy, paths.condition = (np.ascontiguousarray(c) for c in reals.T)
        paths.steps, paths.rejected, paths.extended = (np.ascontiguousarray(c) for c in counts.T)
        return paths


def tape(system: PolynomialSystem) -> Any:
    """Return the core's handle of a system's tape, made once."""
    handle = getattr(system, "_native_tape", None)
    if handle is None:
        p = system.program
        handle = core().Tape(
            p.n, p.n_params, p.n_equations, p.first_f, p.first_j, p.ld, p.symmetric,
            p.constants, list(p.coefficients), p.f_inner, p.f_outer, p.j_code, p.j_zeros,
        )  # fmt: skip
        system._native_tape = handle  # type: ignore[attr-defined]
    return handle


def _array(value: NDArray[Any], dtype: type, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    array: NDArray[Any] = np.ascontiguousarray(value, dtype=dtype)
    if array.shape != shape:
        raise InputError(f"{name}: shape {array.shape}, expected {shape}")
    return array
