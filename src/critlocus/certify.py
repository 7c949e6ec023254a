"""Certificates: proofs by Krawczyk's test that a box holds exactly one solution, and that boxes are distinct.

References: Krawczyk (1969); Rump, *Verification methods* (2010), sec. 13; Breiding, Rose & Timme, *Certifying zeros of
polynomial systems using interval arithmetic* (2023). Boxes are polydiscs; rounding is bounded rigorously in the core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import Interrupted
from critlocus.solvers.native import core, tape
from critlocus.solvers.protocol import Progress
from critlocus.tape.system import PolynomialSystem

REAL, NOT_REAL, UNDECIDED = 1, 0, -1
_NEARLY_REAL = 1e-7


@dataclass(eq=False)
class Certificates:
    """What is proven of each point.

    Attributes
    ----------
    points : complex128 array, shape (N, n)
        Centres of the boxes: the points, sharpened by Newton's method with double-double residuals; real to the
        last bit where the solution is proven real.
    certified : bool array, shape (N,)
        The polydisc around the point holds exactly one solution, and it is regular.
    radius : float64 array, shape (N, n)
        Radii of the polydisc.
    real : int8 array, shape (N,)
        1 proven real, 0 proven not real, -1 undecided.
    contraction : float64 array, shape (N,)
        Bound of ``|I - Y J|`` over the box, below 1 where certified.
    condition : float64 array, shape (N,)
        Condition number of the Jacobian in the maximum norm.
    jacobian, jacobian_radius : arrays, shape (R, n, n)
        Enclosure of the Jacobian over the box of each point proven real (rows `real_rows`).
    real_rows : int64 array, shape (R,)
    """

    points: NDArray[np.complex128]
    certified: NDArray[np.bool_]
    radius: NDArray[np.float64]
    real: NDArray[np.int8]
    contraction: NDArray[np.float64]
    condition: NDArray[np.float64]
    jacobian: NDArray[np.float64]
    jacobian_radius: NDArray[np.float64]
    real_rows: NDArray[np.int64]


def certify(
    system: PolynomialSystem,
    points: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    rows: NDArray[np.int64],
    *,
    parameters_low: NDArray[np.complex128] | None = None,
    parameter_radii: NDArray[np.float64] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Certificates:
    """Certify approximate solutions ``points[i]`` of ``F(x; parameters[rows[i]])``.

    Parameters
    ----------
    points : complex128 array, shape (N, n)
    parameters : complex128 array, shape (P, n_params)
    rows : int64 array, shape (N,)
    parameters_low : complex128 array, shape (P, n_params), optional
        Low parts: the parameters are ``parameters + parameters_low``, to about 31 digits.
    parameter_radii : float64 array, shape (P, n_params), optional
        The proof holds for every parameter in the disc of this radius around the given one (0: exactly the given).

    Notes
    -----
    A solution is real if the system is and its box is symmetric under conjugation: the conjugate of the one solution
    in the box is a solution in the box. It is not real if its box misses the real points. Points with tiny imaginary
    parts are therefore tried with a real centre first.

    Raises
    ------
    Interrupted
        On Ctrl-C.
    """
    radii = np.zeros(parameters.shape) if parameter_radii is None else np.ascontiguousarray(parameter_radii)
    low = np.zeros(parameters.shape, np.complex128) if parameters_low is None else np.ascontiguousarray(parameters_low)
    points = np.array(points, dtype=np.complex128)
    count, n = points.shape
    run = _Runner(system, np.ascontiguousarray(parameters, dtype=np.complex128), low, radii, threads, progress)
    real_system = ~np.any((parameters.imag != 0) | (low.imag != 0), axis=1) & ~np.any(
        system.program.constants.imag != 0
    )
    size = np.abs(points).max(axis=1, initial=0.0)
    candidate = real_system[rows] & (
        np.abs(points.imag).max(axis=1, initial=0.0) <= _NEARLY_REAL * np.maximum(size, 1e-300)
    )
    real = np.full(count, UNDECIDED, dtype=np.int8)
    certified = np.zeros(count, dtype=bool)
    radius = np.full((count, n), np.inf)
    contraction = np.full(count, np.inf)
    condition = np.full(count, np.inf)

    tried = np.flatnonzero(candidate)
    first = run(points[tried].real.astype(np.complex128), rows[tried], jacobian=True)
    proven = tried[first.certified]
    points[proven] = first.points[first.certified]
    certified[proven], real[proven] = True, REAL
    radius[proven], contraction[proven] = first.radius[first.certified], first.contraction[first.certified]
    condition[tried] = first.condition

    rest = np.flatnonzero(~certified)
    second = run(points[rest], rows[rest], jacobian=False)
    certified[rest], radius[rest] = second.certified, np.where(second.certified[:, None], second.radius, np.inf)
    points[rest[second.certified]] = second.points[second.certified]
    contraction[rest], condition[rest] = second.contraction, second.condition
    off_axis = np.any(np.abs(points[rest].imag) > radius[rest], axis=1) & second.certified
    real[rest[off_axis]] = NOT_REAL
    return Certificates(
        points, certified, radius, real, contraction, condition,
        first.j_centre[first.certified].real, first.j_radius[first.certified], proven,
    )  # fmt: skip


@dataclass(eq=False)
class _Krawczyk:
    points: NDArray[np.complex128]
    certified: NDArray[np.bool_]
    radius: NDArray[np.float64]
    contraction: NDArray[np.float64]
    condition: NDArray[np.float64]
    j_centre: NDArray[np.complex128]
    j_radius: NDArray[np.float64]


@dataclass(eq=False)
class _Runner:
    system: PolynomialSystem
    parameters: NDArray[np.complex128]
    low: NDArray[np.complex128]
    radii: NDArray[np.float64]
    threads: int
    progress: Progress | None

    def __call__(self, points: NDArray[np.complex128], rows: NDArray[np.int64], *, jacobian: bool) -> _Krawczyk:
        count, n = points.shape
        shape = (count, n, n) if jacobian else (0, n, n)
        found = _Krawczyk(
            np.array(points, np.complex128, order="C"), np.zeros(count, bool), np.full((count, n), np.inf),
            np.full(count, np.inf), np.full(count, np.inf),
            np.zeros(shape, np.complex128), np.zeros(shape),
        )  # fmt: skip
        if count == 0:
            return found
        if n == 0:
            raise ValueError("certify: the system has no variables")
        flags = np.zeros(count, np.int8)
        stopped = core().certify(
            tape(self.system), found.points, self.parameters, self.low, self.radii,
            np.ascontiguousarray(rows, dtype=np.int64), flags, found.radius, found.contraction, found.condition,
            found.j_centre, found.j_radius, min(self.threads, (count + 7) // 8), self.progress,
        )  # fmt: skip
        if stopped:
            raise Interrupted("stopped while certifying")
        found.certified = flags == 1
        return found
