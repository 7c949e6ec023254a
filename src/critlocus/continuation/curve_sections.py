"""Sections of the curve of a pencil, of bidegree (1, 1), and the ways between them.

The bilinear section ``s (l(y) - c) = 0`` consists of the solutions (s = 0) and of the points on a hyperplane in y; a
general one is a general linear equation between 1, s, y and s y.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.monodromy import MonodromyOptions, RandomParameters, monodromy
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.trace_result import INTERRUPTED, UndecidedError
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.pencil import Pencil
from critlocus.solvers.protocol import Solver

_SECTIONS = 3
_VANISHING = 1e-12


class CurveSections:
    """Sections of a curve through known solutions, drawn at random; points on them have shape ``(N, n + 1)``.

    Parameters
    ----------
    solver : Solver
    pencil : Pencil
    points : complex128 array, shape (N, n)
        Solutions over p0.
    line : complex128 array, shape (2 n_params,)
        p0, then p1.
    rng : Generator
    max_degree : int
        Give up if a section has more points.

    Attributes
    ----------
    solutions : complex128 array, shape (N, n + 1)
        The points, with s = 0.
    scale : float64 array, shape (len(y),)
        Sizes of the coordinates y on them.
    kappa : complex
        Traces are linear in s / (1 + kappa s), so that nothing special lies at infinity of the line.
    round : int
        Coefficients are drawn of more different sizes with every round: loops must reach branch points near and far.
    paths_tracked : int
    """

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
        self.round, self.paths_tracked = 0, 0
        self.group = pencil.identification
        self.solutions = np.hstack([points, np.zeros((len(points), 1))])
        y = pencil.values(self.solutions)
        self.scale = np.maximum(np.median(np.abs(y), axis=0), 1e-3 * max(float(np.abs(y).max()), 1e-300))
        self._l, self._c = self._form(rng), complex(complex_normal(rng, (1,))[0])
        self.kappa = complex(np.exp(2j * np.pi * rng.random()))
        self.product = pencil.row(self.line, beta=-self._c, delta=self._l)

    def _form(self, rng: np.random.Generator) -> NDArray[np.complex128]:
        return np.asarray(self._numbers(rng, len(self.scale)) / self.scale)

    def _numbers(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        spread = 1 + self.round / 4
        return np.asarray(complex_normal(rng, (count,)) * np.exp(spread * rng.standard_normal(count)))

    def _plane(self, rng: np.random.Generator, count: int = 1) -> NDArray[np.complex128]:
        rows = [self.pencil.row(self.line, self._numbers(rng, 1)[0], 0, self._form(rng)) for _ in range(count)]
        return np.array(rows)

    def section(self, rng: np.random.Generator, count: int = 1) -> NDArray[np.complex128]:
        """Draw general linear sections: parameters of the pencil's system, shape ``(count, n_params)``."""
        rows = []
        for _ in range(count):
            alpha, beta = self._numbers(rng, 2)
            form = self._form(rng)
            rows.append(self.pencil.row(self.line, alpha, beta + self.kappa * alpha, form, self.kappa * form))
        return np.array(rows)

    def track(
        self, points: NDArray[np.complex128], begin: NDArray[np.complex128], end: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.bool_]]:
        """Track from one row (or one per point) to another; return the ends and which paths succeeded."""
        table = np.vstack([np.atleast_2d(begin), end[None, :]])
        rows = np.arange(len(points)) if begin.ndim == 2 else np.zeros(len(points), np.int64)
        paths = self.solver.track(self.pencil.system, points, table, rows, np.full(len(points), len(table) - 1))
        self.paths_tracked += len(points)
        if paths.interrupted:
            raise UndecidedError(INTERRUPTED)
        return paths.points, paths.success

    def monodromy(
        self, points: NDArray[np.complex128], row: NDArray[np.complex128], draw: RandomParameters, doubt: float = 0.1
    ) -> NDArray[np.complex128]:
        """Complete a section by loops among the ones that `draw` gives.

        Raises
        ------
        UndecidedError
            If the loops do not come to rest.
        """
        options = MonodromyOptions(doubt=doubt, min_quiet=1, max_points=self.max_degree)
        run = monodromy(
            self.solver, self.pencil.system, points, row, draw, self.group, self.rng, options, torus=self.pencil.torus
        )
        self.paths_tracked += run.paths_tracked
        if run.stop_reason == "interrupted":
            raise UndecidedError(INTERRUPTED)
        if run.stop_reason != "quiet":
            raise UndecidedError(f"the section was not completed: {run.stop_reason}")
        return run.points

    def hyperplane_points(self) -> NDArray[np.complex128]:
        """Return points with l(y) = c: the solutions lie on parallel planes, which are moved there, then loops."""
        heights = self.pencil.values(self.solutions) @ self._l
        begin = np.array([self.pencil.row(self.line, alpha=-h, gamma=self._l) for h in heights])
        plane = self.pencil.row(self.line, alpha=-self._c, gamma=self._l)
        ends, good = self.track(self.solutions, begin, plane)
        ends = ends[good]
        ends = ends[match_orbits(ends, self.group) == np.arange(len(ends))]
        if len(ends) == 0:
            raise UndecidedError("no point could be moved to a hyperplane")
        return self.monodromy(ends, plane, self._plane, doubt=1e-3)

    def general(
        self, known: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.int64]]:
        """Move the points of the bilinear section to a general linear one; return it, them, and which they were.

        Of some sections that is taken to which the fewest paths are lost. Loops find the points that are.
        """
        best: tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.int64]] | None = None
        for section in self.section(self.rng, _SECTIONS):
            ends, good = self.track(known, self.product, section)
            arrived = np.flatnonzero(good)
            first = match_orbits(ends[arrived], self.group)
            kept = arrived[np.bincount(first, minlength=len(arrived))[first] == 1]
            if best is None or len(kept) > len(best[2]):
                best = section, ends[kept], kept
            if len(kept) == len(known):
                break
        if best is None or len(best[2]) == 0:
            raise UndecidedError("no point could be moved to a general section")
        return best

    def back(
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
        for corner in (None, *self.section(self.rng, _SECTIONS)):
            if corner is not None:
                rest, good = self.track(points, section, corner)
                rest = rest[good]
            ends, good = self.track(rest, section if corner is None else corner, self.product)
            size = np.abs(ends).max(axis=1, initial=0.0, keepdims=True)
            if self.pencil.torus:
                good &= ~np.any(np.abs(ends[:, :-1]) <= _VANISHING * size, axis=1)
            union = np.concatenate([found, ends[good]])
            found = union[match_orbits(union, self.group) == np.arange(len(union))]
            if len(found) >= len(points):
                break
        return found
