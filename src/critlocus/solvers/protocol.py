"""What an engine for path tracking must offer, and what it says of every path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.system import PolynomialSystem

Progress = Callable[[int], None]
"""Called now and then with the number of paths (or points) done in the present batch."""


class PathStatus(IntEnum):
    """How a path ended. The numbers are those of the native core and of the result files."""

    UNTRACKED = 0
    SUCCESS = 1
    INVALID_START = 2
    SINGULAR = 3
    DIVERGED = 4
    STEP_LIMIT = 5
    STEP_TOO_SMALL = 6
    INTERRUPTED = 7

    @property
    def advice(self) -> str:
        """What the status means and what to try next."""
        return _ADVICE[self]


_ADVICE = {
    PathStatus.UNTRACKED: "the path was not tracked",
    PathStatus.SUCCESS: "the end is an isolated regular solution to full accuracy",
    PathStatus.INVALID_START: "the start point does not solve the start system",
    PathStatus.SINGULAR: "the end is singular, or too ill-conditioned to tell: the target may be special",
    PathStatus.DIVERGED: "the path went off to infinity",
    PathStatus.STEP_LIMIT: "the path took too many steps: it runs close to a singularity; retry along a detour",
    PathStatus.STEP_TOO_SMALL: "the step became too small: a singularity lies on or next to the path; retry a detour",
    PathStatus.INTERRUPTED: "the run was stopped",
}


_COLUMNS = ("points", "status", "t", "accuracy", "condition", "steps", "rejected", "extended")


@dataclass(eq=False)
class Paths:
    """Ends of tracked paths, in the order of their starts.

    Attributes
    ----------
    points : complex128 array, shape (N, n)
    status : int8 array, shape (N,)
        Values of `PathStatus`.
    t : float64 array, shape (N,)
        Where on [0, 1] the path ended.
    accuracy : float64 array, shape (N,)
        Size of the last Newton update relative to the point.
    condition : float64 array, shape (N,)
        A lower estimate of the condition number of the Jacobian at the end.
    steps, rejected, extended : int32 arrays, shape (N,)
        Steps taken, steps repeated, and steps that needed residuals in extended precision.
    interrupted : bool
        A signal (Ctrl-C) stopped the batch.
    """

    points: NDArray[np.complex128]
    status: NDArray[np.int8]
    t: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    condition: NDArray[np.float64]
    steps: NDArray[np.int32]
    rejected: NDArray[np.int32]
    extended: NDArray[np.int32]
    interrupted: bool = False

    @property
    def success(self) -> NDArray[np.bool_]:
        """Mask of the paths that ended at a regular solution."""
        return np.asarray(self.status == PathStatus.SUCCESS)

    def take(self, rows: NDArray[np.int64]) -> Paths:
        """Return the paths of some rows."""
        return Paths(**{name: getattr(self, name)[rows] for name in _COLUMNS}, interrupted=self.interrupted)

    def replace(self, rows: NDArray[np.int64], other: Paths) -> None:
        """Overwrite rows with those of `other`."""
        for name in _COLUMNS:
            getattr(self, name)[rows] = getattr(other, name)


class Solver(Protocol):
    """An engine that tracks paths of a `PolynomialSystem` along segments of its parameters."""

    name: str

    @property
    def version(self) -> str:
        """Version of the engine."""
        ...

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
        """Follow ``F(x; p) = 0`` from ``starts[i]`` along ``parameters[from_[i]] -> parameters[to[i]]``.

        Parameters
        ----------
        starts : complex128 array, shape (N, n)
        parameters : complex128 array, shape (P, n_params)
        from_, to : int64 arrays, shape (N,)
            Rows of `parameters`.
        thorough : bool
            Whether to spend much on paths in trouble. Monodromy does not need it: other loops find their ends.
        """
        ...
