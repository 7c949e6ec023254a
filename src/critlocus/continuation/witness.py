"""Witness sets: decomposition into irreducible components by monodromy of slices and traces, and membership tests.

Points of one component are permuted among themselves by loops of the slice, and the whole component is there exactly
if the sum of its points moves linearly with a parallel slice. References: Sommese, Verschelde & Wampler, *Numerical
decomposition of the solution sets of polynomial systems into irreducible components* (2001), and *Symmetric functions
applied to decomposing solution sets of polynomial systems* (2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.endgame import cauchy_endgame
from critlocus.continuation.orbits import match_orbits
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import complex_normal
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

LINEAR = 1e-9
"""A trace is linear if its second difference, relative to the sizes of the points, is below this."""
MAX_LOOPS, SHIFTS, FORMS = 80, 6, 3
_SAME = 1e-5


@dataclass(frozen=True, eq=False)
class Slice:
    """The affine space ``matrix theta = constants`` of a member of the family.

    Attributes
    ----------
    moments : complex128 array, shape (n_moments,)
    matrix : complex128 array, shape (e, n)
    constants : complex128 array, shape (e,)
    """

    moments: NDArray[np.complex128]
    matrix: NDArray[np.complex128]
    constants: NDArray[np.complex128]

    @classmethod
    def random(cls, moments: NDArray[np.complex128], e: int, n: int, rng: np.random.Generator) -> Slice:
        """Return a generic slice of dimension e over given data."""
        return cls(moments, complex_normal(rng, (e, n)), complex_normal(rng, (e,)))

    @classmethod
    def through(
        cls, theta: NDArray[np.complex128], moments: NDArray[np.complex128], e: int, rng: np.random.Generator
    ) -> Slice:
        """Return a slice of dimension e through a point, generic but for that."""
        matrix = complex_normal(rng, (e, len(theta)))
        return cls(moments, matrix, matrix @ theta)

    @property
    def row(self) -> NDArray[np.complex128]:
        """The parameters of a sliced system, see `critlocus.problems.degenerate_locus`."""
        return np.concatenate([self.moments, self.matrix.ravel(), self.constants]).astype(np.complex128)


@dataclass(eq=False)
class Decomposition:
    """Witness points sorted into components.

    Attributes
    ----------
    labels : int64 array, shape (N,)
        Number of each point's component, from 0.
    residuals : float64 array, shape (components,)
        Second differences of their traces.
    loops : int
        Loops of the slice that were run.
    paths_tracked : int
    """

    labels: NDArray[np.int64]
    residuals: NDArray[np.float64]
    loops: int = 0
    paths_tracked: int = 0

    @property
    def linear(self) -> bool:
        """Whether every trace is linear: each component is whole, or a union of whole ones."""
        return bool(np.all(self.residuals <= LINEAR))


def decompose(
    solver: Solver, system: PolynomialSystem, points: NDArray[np.complex128], at: Slice, rng: np.random.Generator
) -> Decomposition:
    """Sort witness points, shape ``(N, n)``, on a slice into irreducible components.

    Loops go on until all traces are linear: sets that loops have joined belong to one component, and a proper part of
    a component has a trace that is not linear. Where this does not happen within the limit, `linear` is false.
    """
    count, e = len(points), len(at.constants)
    labels = np.arange(count)
    if e == 0 or count == 0:
        return Decomposition(labels, np.zeros(count))
    defects, size, tracked = _trace_defects(solver, system, points, at, rng)
    done = Decomposition(labels, np.full(count, np.inf), paths_tracked=tracked)
    nobody = SignGroup.trivial(system.n)
    while True:
        done.residuals = _residuals(done.labels, defects, size)
        if done.linear or done.loops == MAX_LOOPS:
            return done
        corners = [Slice.random(at.moments, e, system.n, rng).row for _ in range(2)]
        table = np.stack([at.row, *corners])
        moved, alive = points, np.arange(count)
        for k in range(3):
            where = np.full(len(alive), k)
            paths = solver.track(system, moved, table, where, (where + 1) % 3)
            done.paths_tracked += len(alive)
            moved, alive = paths.points[paths.success], alive[paths.success]
        done.loops += 1
        home = match_orbits(np.concatenate([points, moved]), nobody)[count:]
        known = home < count
        if len(np.unique(home[known])) < np.count_nonzero(known):
            continue  # two paths met: one of them jumped
        for i, j in zip(alive[known], home[known], strict=True):
            a, b = done.labels[i], done.labels[j]
            if a != b:
                done.labels[done.labels == max(a, b)] = min(a, b)
        done.labels = np.unique(done.labels, return_inverse=True)[1].reshape(-1)


def _trace_defects(
    solver: Solver, system: PolynomialSystem, points: NDArray[np.complex128], at: Slice, rng: np.random.Generator
) -> tuple[NDArray[np.complex128], NDArray[np.float64], int]:
    """Return second differences of random linear forms along parallel slices, shape ``(N, FORMS)``, and sizes (N,)."""
    count = len(points)
    forms = complex_normal(rng, (system.n, FORMS))
    tracked = 0
    for _ in range(SHIFTS):
        shift = complex_normal(rng, at.constants.shape)
        table = np.stack([Slice(at.moments, at.matrix, at.constants + k * shift).row for k in range(3)])
        values = [points @ forms]
        for k in (1, 2):
            paths = solver.track(system, points, table, np.zeros(count, np.int64), np.full(count, k))
            tracked += count
            if not paths.success.all():
                break
            values.append(paths.points @ forms)
        if len(values) == 3:
            size = sum(np.abs(v).max(axis=1) for v in values)
            return values[0] - 2 * values[1] + values[2], np.asarray(size), tracked
    return np.full((count, FORMS), np.nan, np.complex128), np.ones(count), tracked


def _residuals(
    labels: NDArray[np.int64], defects: NDArray[np.complex128], size: NDArray[np.float64]
) -> NDArray[np.float64]:
    found = []
    for k in range(int(labels.max()) + 1):
        rows = labels == k
        value = float(np.abs(defects[rows].sum(axis=0)).max() / size[rows].sum())
        found.append(value if np.isfinite(value) else np.inf)
    return np.array(found)


def is_member(
    solver: Solver,
    system: PolynomialSystem,
    points: NDArray[np.complex128],
    at: Slice,
    theta: NDArray[np.complex128],
    moments: NDArray[np.complex128],
    rng: np.random.Generator,
) -> bool:
    """Tell whether a point lies on the closure of a component of the critical locus over its moments.

    Parameters
    ----------
    points : complex128 array, shape (N, n)
        Witness points of the component (or of several) over the slice `at`, whose moments may be others.
    theta : complex128 array, shape (n,)
        The point is a member if one of the witness points moves to it when the slice moves through it.
    """
    goal = Slice.through(theta, moments, len(at.constants), rng)
    begin, end = at.row, goal.row
    zero = np.zeros(len(points), np.int64)
    paths = solver.track(system, points, np.stack([begin, end]), zero, zero + 1)
    near = _SAME * max(1.0, float(np.linalg.norm(theta)))
    if np.any(np.linalg.norm(paths.points[paths.success] - theta, axis=1) <= near):
        return True
    late = np.flatnonzero(~paths.success & (np.linalg.norm(paths.points - theta, axis=1) <= 1e4 * near))
    ends = cauchy_endgame(solver, system, points[late], lambda t: end + t * (begin - end))
    return bool(np.any((ends.winding > 0) & (np.linalg.norm(ends.points - theta, axis=1) <= near)))
