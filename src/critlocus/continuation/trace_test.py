"""Multihomogeneous trace test: numerical evidence, independent of quiet loops, that no solution is missing.

Over a line ``p0 + s p1`` in parameter space the solutions of a family form an irreducible curve in the product of the
line with the space of y, coordinates that the sign group leaves alone. The witness points of its bidegree are those
over p0 (s = 0), which are the solutions in question, and those on a hyperplane ``l(y) = c``. They are the section by
the bilinear form ``s (l(y) - c)``, which is moved to a general linear one. They are complete if and only if their sum
moves linearly while that is moved in parallel: this is the test of Leykin, Rodriguez & Sottile, *Trace test* (2018),
sec. 4. (Linear in s / (1 + kappa s), for solutions may go to infinity with s.) None of its paths ends at infinity,
where one could not tell whether a path that is lost hides a solution.

The test needs y to separate the points of a general section, which is checked: then no proper part of the curve's
points has a linear trace. The coefficients of the network's function come first, for they have fewer poles on the curve
than the squared weights; these are next, for they are more exact. See also Sommese, Verschelde & Wampler, *Symmetric
functions applied to decomposing solution sets* (2002).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.continuation.monodromy import MonodromyOptions, RandomParameters, monodromy
from critlocus.continuation.orbits import match_orbits
from critlocus.networks import SignGroup
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.problems.pencil import Pencil, stratum_pencil
from critlocus.solvers.protocol import Solver

LINEAR = 2e-13
"""A relative second difference of the trace below this counts as linear, over shifts of all sizes in `SHIFTS`. For
points sharpened to the last digit rounding gives some 1e-16 in the squares. A missing point that hardly moves has been
seen to give 7e-13, but the difference then grows with the square of the shift; rounding does not."""
SHIFTS, _OPTIONAL = (1.0, 4.0, 16.0), 16.0
ROUNDS = 12
_SECTIONS = 3
_SURELY_NOT, _GROWTH = 1e-8, 4.0
_SAME, _ON_P0, _VANISHING = 1e-9, 1e-8, 1e-12


@dataclass(eq=False)
class TraceTest:
    """Outcome of a trace test; points are counted up to the sign group.

    Attributes
    ----------
    passed : bool or None
        None: not decided (see `reason`).
    residual : float
        Second difference of the trace, relative to the sum of the moduli.
    bidegree : tuple of int
        Points known over p0, those found by the test included, and points on the hyperplane in y.
    degree : int
        Points on a general section; the sum of the bidegree if all is known.
    new : complex128 array, shape (k, n)
        Solutions that were missing.
    coordinates : str
        See `Pencil`.
    """

    passed: bool | None
    reason: str
    residual: float = np.nan
    bidegree: tuple[int, int] = (0, 0)
    degree: int = 0
    paths_tracked: int = 0
    new: NDArray[np.complex128] = field(default_factory=lambda: np.zeros((0, 0), np.complex128))
    coordinates: str = ""

    @property
    def status(self) -> str:
        """``passed``, ``failed`` or ``undecided``."""
        return "undecided" if self.passed is None else "passed" if self.passed else "failed"


def trace_test(
    solver: Solver,
    pencils: Iterable[Pencil],
    points: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    random_parameters: RandomParameters,
    rng: np.random.Generator,
    *,
    max_degree: int = 20000,
) -> TraceTest:
    """Test whether `points` are all solutions over `parameters`, one per class of the pencils' identification.

    Parameters
    ----------
    pencils : iterable of Pencil
        Curves to be tried one after the other, until the test is decided.
    points : complex128 array, shape (N, n)
    parameters : complex128 array, shape (n_params,)
    random_parameters : callable
        Draws the direction of the line.
    max_degree : int
        Give up, undecided, if the curve has more points on a section.
    """
    tracked, outcome = 0, TraceTest(None, "there is no point to start from")
    for pencil in pencils if len(points) else ():
        if not pencil.y:
            continue
        line = np.concatenate([parameters, random_parameters(rng, 1)[0]])
        outcome = _Test(solver, pencil, points, line, rng, max_degree).run()
        tracked += outcome.paths_tracked
        if outcome.passed is not None or outcome.reason == INTERRUPTED:
            break
    outcome.paths_tracked = tracked
    return outcome


def stratum_pencils(family: CriticalPoints, support: NDArray[np.int64], symmetry: SignGroup) -> Iterator[Pencil]:
    """Yield the curves on which a zero pattern is tested; `symmetry` acts on the weights of its support."""
    for coordinates in ("function", "squares", "squares"):
        yield stratum_pencil(family, support, coordinates, symmetry)


INTERRUPTED = "interrupted"


class _UndecidedError(Exception):
    """The test cannot go on; the argument says why."""


class _Test:
    def __init__(
        self,
        solver: Solver,
        pencil: Pencil,
        points: NDArray[np.complex128],
        line: NDArray[np.complex128],
        rng: np.random.Generator,
        max_degree: int,
    ) -> None:
        self.solver, self.pencil, self.line, self.rng, self.max_degree = solver, pencil, line, rng, max_degree
        self.round = 0
        self.group = pencil.identification
        self.solutions = np.hstack([points, np.zeros((len(points), 1))])
        y = pencil.values(self.solutions)
        self.scale = np.maximum(np.median(np.abs(y), axis=0), 1e-3 * max(float(np.abs(y).max()), 1e-300))
        self.l, self.c = self._form(rng), complex(complex_normal(rng, (1,))[0])
        # Linear in s / (1 + kappa s), so that nothing special lies at infinity of the line.
        self.kappa = complex(np.exp(2j * np.pi * rng.random()))
        self.product = pencil.row(self.line, beta=-self.c, delta=self.l)
        self.outcome = TraceTest(None, "", coordinates=pencil.coordinates)

    def run(self) -> TraceTest:
        try:
            self._run()
        except _UndecidedError as reason:
            self.outcome.reason = str(reason)
        return self.outcome

    def _run(self) -> None:
        outcome, linear = self.outcome, False
        others = self._hyperplane_points()
        known = np.concatenate([self.solutions, others])
        section, points, origin = self._general(known)
        for self.round in range(ROUNDS):
            self._check_separation(points)
            outcome.degree = len(points)
            linear = self._is_linear(section, points)
            if linear:
                break
            points = self._monodromy(points, section, self._section)
        everything = self._back(section, points, known, origin)
        at_p0 = np.abs(everything[:, -1]) <= _ON_P0
        outcome.bidegree = (int(np.count_nonzero(at_p0)), int(np.count_nonzero(~at_p0)))
        outcome.new = everything[len(known) :][at_p0[len(known) :], :-1]
        if len(outcome.new):
            outcome.passed, outcome.reason = False, f"{len(outcome.new)} solutions were missing"
        elif not linear:
            outcome.reason = "the trace is not linear: points of the curve are missing on the section"
        elif sum(outcome.bidegree) != outcome.degree:
            outcome.reason = "some points of the section were lost on the way back"
        else:
            outcome.passed, outcome.reason = True, "the trace is linear, and all points over p0 are known"

    def _form(self, rng: np.random.Generator) -> NDArray[np.complex128]:
        return np.asarray(self._numbers(rng, len(self.scale)) / self.scale)

    def _numbers(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        # Coefficients of very different size, more so with every round: loops must reach branch points near and far.
        spread = 1 + self.round / 4
        return np.asarray(complex_normal(rng, (count,)) * np.exp(spread * rng.standard_normal(count)))

    def _plane(self, rng: np.random.Generator, count: int = 1) -> NDArray[np.complex128]:
        rows = [self.pencil.row(self.line, self._numbers(rng, 1)[0], 0, self._form(rng)) for _ in range(count)]
        return np.array(rows)

    def _section(self, rng: np.random.Generator, count: int = 1) -> NDArray[np.complex128]:
        rows = []
        for _ in range(count):
            alpha, beta = self._numbers(rng, 2)
            form = self._form(rng)
            rows.append(self.pencil.row(self.line, alpha, beta + self.kappa * alpha, form, self.kappa * form))
        return np.array(rows)

    def _track(
        self, points: NDArray[np.complex128], begin: NDArray[np.complex128], end: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.bool_]]:
        """Track from one row (or one per point) to another; return the ends and which paths succeeded."""
        table = np.vstack([np.atleast_2d(begin), end[None, :]])
        rows = np.arange(len(points)) if begin.ndim == 2 else np.zeros(len(points), np.int64)
        paths = self.solver.track(self.pencil.system, points, table, rows, np.full(len(points), len(table) - 1))
        self.outcome.paths_tracked += len(points)
        if paths.interrupted:
            raise _UndecidedError(INTERRUPTED)
        return paths.points, paths.success

    def _monodromy(
        self, points: NDArray[np.complex128], row: NDArray[np.complex128], draw: RandomParameters, doubt: float = 0.1
    ) -> NDArray[np.complex128]:
        options = MonodromyOptions(doubt=doubt, min_quiet=1, max_points=self.max_degree)
        run = monodromy(
            self.solver, self.pencil.system, points, row, draw, self.group, self.rng, options, torus=self.pencil.torus
        )
        self.outcome.paths_tracked += run.paths_tracked
        if run.stop_reason == "interrupted":
            raise _UndecidedError(INTERRUPTED)
        if run.stop_reason != "quiet":
            raise _UndecidedError(f"the section was not completed: {run.stop_reason}")
        return run.points

    def _hyperplane_points(self) -> NDArray[np.complex128]:
        """Return points with l(y) = c: the solutions lie on parallel planes, which are moved there, then loops."""
        heights = self.pencil.values(self.solutions) @ self.l
        begin = np.array([self.pencil.row(self.line, alpha=-h, gamma=self.l) for h in heights])
        plane = self.pencil.row(self.line, alpha=-self.c, gamma=self.l)
        ends, good = self._track(self.solutions, begin, plane)
        ends = ends[good]
        ends = ends[match_orbits(ends, self.group) == np.arange(len(ends))]
        if len(ends) == 0:
            raise _UndecidedError("no point could be moved to a hyperplane")
        return self._monodromy(ends, plane, self._plane, doubt=1e-3)

    def _general(
        self, known: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.int64]]:
        """Move the points of the bilinear section to a general linear one; return it, them, and which they were.

        Of some sections that is taken to which the fewest paths are lost. Loops find the points that are.
        """
        best: tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.int64]] | None = None
        for section in self._section(self.rng, _SECTIONS):
            ends, good = self._track(known, self.product, section)
            arrived = np.flatnonzero(good)
            first = match_orbits(ends[arrived], self.group)
            kept = arrived[np.bincount(first, minlength=len(arrived))[first] == 1]
            if best is None or len(kept) > len(best[2]):
                best = section, ends[kept], kept
            if len(kept) == len(known):
                break
        if best is None or len(best[2]) == 0:
            raise _UndecidedError("no point could be moved to a general section")
        return best

    def _check_separation(self, points: NDArray[np.complex128]) -> None:
        values = np.sort_complex(self._trace_values(points))
        gaps = np.abs(np.diff(values))
        if np.any(gaps <= _SAME * np.abs(values[1:])):
            raise _UndecidedError("the coordinates do not separate the points of a section")

    def _trace_values(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        form = np.exp(2j * np.pi * np.random.default_rng(13).random(len(self.scale) + 1))
        slope = points[:, -1:] / (1 + self.kappa * points[:, -1:])
        return np.asarray(np.hstack([self.pencil.values(points) / self.scale, slope]) @ form)

    def _is_linear(self, section: NDArray[np.complex128], points: NDArray[np.complex128]) -> bool:
        """Tell whether the trace is linear over all shifts; the residual is the largest second difference."""
        residuals: list[float] = []
        for size in SHIFTS:
            found = self._second_difference(section, points, size)
            if found is None and size < _OPTIONAL:
                raise _UndecidedError("a path of the moving section failed")
            residuals += [] if found is None else [found]
            self.outcome.residual = max(residuals)
            if residuals[0] > _SURELY_NOT:
                return False
        if self.outcome.residual > LINEAR and residuals[1] < _GROWTH * residuals[0]:
            raise _UndecidedError("the trace is too inexact to be called linear")
        return self.outcome.residual <= LINEAR

    def _second_difference(
        self, section: NDArray[np.complex128], points: NDArray[np.complex128], size: float
    ) -> float | None:
        """Return that of the trace over three parallel sections, relative to the moduli; None if a path fails."""
        step = size * np.exp(2j * np.pi * self.rng.random())
        shift = self.pencil.row(0 * self.line, step, self.kappa * step)
        values = [self._trace_values(self._sharpened(points, section))]
        for k in (1, 2):
            moved, good = self._track(points, section, section + k * shift)
            if not good.all() or np.any(match_orbits(moved, self.group) != np.arange(len(moved))):
                return None
            values.append(self._trace_values(self._sharpened(moved, section + k * shift)))
        largest = max(float(np.abs(v).sum()) for v in values)
        return float(np.abs(values[0].sum() - 2 * values[1].sum() + values[2].sum())) / largest

    def _sharpened(self, points: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return points to the last digit (Newton's method with double-double residuals)."""
        return certify(self.pencil.system, points, row[None, :], np.zeros(len(points), np.int64)).points

    def _back(
        self,
        section: NDArray[np.complex128],
        points: NDArray[np.complex128],
        known: NDArray[np.complex128],
        origin: NDArray[np.int64],
    ) -> NDArray[np.complex128]:
        """Move points back to the bilinear section; return the known ones, then the others that arrive there.

        Those that came from known points need not go. If others are lost, all go once more, by way of other sections.
        """
        found, rest = known, points[len(origin) :]
        for corner in (None, *self._section(self.rng, _SECTIONS)):
            if corner is not None:
                rest, good = self._track(points, section, corner)
                rest = rest[good]
            ends, good = self._track(rest, section if corner is None else corner, self.product)
            size = np.abs(ends).max(axis=1, initial=0.0, keepdims=True)
            if self.pencil.torus:
                good &= ~np.any(np.abs(ends[:, :-1]) <= _VANISHING * size, axis=1)
            union = np.concatenate([found, ends[good]])
            found = union[match_orbits(union, self.group) == np.arange(len(union))]
            if len(found) >= len(points):
                break
        return found
