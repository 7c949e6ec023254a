"""Rays of a Voronoi cell: along each ray from y in a plane of the normal space, the first real tie or focal point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.gather import SpecialEnd
from critlocus.continuation.tie_proofs import NO_TIE, PERHAPS, REAL_TIE, real_ties
from critlocus.continuation.ties import Ties, settle
from critlocus.continuation.transport import Transporter
from critlocus.errors import Interrupted
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.normals import NormalSpace
from critlocus.problems.voronoi import TangentSpheres
from critlocus.progress import Reporter
from critlocus.solvers.protocol import Solver

UNBOUNDED, TIE, FOCAL, TIE_UNPROVEN, UNDECIDED_RAY, SINGULAR_POINT = 0, 1, 2, 3, 4, 5
KINDS = {
    UNBOUNDED: "unbounded", TIE: "tie", FOCAL: "focal", TIE_UNPROVEN: "tie, not proven",
    UNDECIDED_RAY: "undecided, at most", SINGULAR_POINT: "singular point",
}  # fmt: skip
"""Undecided: a path to a tie of the ray was lost; the cell ends where it says, or before. Singular point: beyond, it is
nearer than y."""
_ROUGHLY, _SLACK = 1e-4, 1e-9
_BENDS = 4e-3


@dataclass(eq=False)
class Traced:
    """Rays by ascending angle, see `critlocus.voronoi.VoronoiCell`."""

    angles: NDArray[np.float64]
    radius: NDArray[np.float64]
    kind: NDArray[np.int8]
    touching: NDArray[np.float64]


class Rays:
    """Traces the cell of y in a plane.

    Parameters
    ----------
    solver, family
    space : NormalSpace
        At y.
    cut : float64 array, shape (k, c)
        Orthonormal coordinates of the line or plane.
    ties : Ties
        Over the line itself, or over a generic one of the normal space.
    singular : float64 array, shape (K, N)
        Real singular points of the variety.
    rng : Generator
    threads : int
        For certificates.
    """

    def __init__(
        self,
        solver: Solver,
        family: TangentSpheres,
        space: NormalSpace,
        cut: NDArray[np.float64],
        ties: Ties,
        singular: NDArray[np.float64],
        rng: np.random.Generator,
        threads: int = 1,
    ) -> None:
        self.solver, self.family, self.space, self.cut, self.ties = solver, family, space, cut, ties
        self.singular, self.rng, self.threads = singular, rng, threads
        self.identification = SignGroup.trivial(ties.divided.system.n)
        self.starts, self.of, self.row = ties.w, ties.of, ties.row
        self.through = len(cut) == 1
        if not self.through and len(self.starts):
            self._through_y()

    def _through_y(self) -> None:
        """Carry the ties of a generic line to one through y in the plane, if every path tells whether it is one there.

        Otherwise, as for families of ties over a special plane, all rays are reached from the generic line.
        """
        row = self._rows(self._lines(complex_normal(self.rng, (1, len(self.cut)))))
        moved = self._carrier()(row, self.rng)
        if moved.paths.interrupted:
            raise Interrupted("stopped")
        bad = np.flatnonzero(~moved.paths.success)
        kinds, _ = settle(
            self.solver, self.ties.divided, self.starts[bad], moved.paths.take(bad), self.row, row[0]
        )  # fmt: skip
        if np.isin(kinds, (SpecialEnd.AT_INFINITY, SpecialEnd.EXCLUDED)).all():
            good = moved.paths.success
            self.starts, self.of, self.row = moved.paths.points[good], self.of[good], row[0]

    def trace(self, count: int, most: int, report: Reporter) -> Traced:
        """Return the rays at `count` angles, and at more where the boundary bends."""
        if self.through:
            return self._lines_at(np.zeros(1))
        half = np.pi * (np.arange(count // 2) + 0.5) / (count // 2)
        found = self._lines_at(half)
        while len(found.angles) < most:
            report("rays", len(found.angles), most)
            wanted = self._bends(found)[: (most - len(found.angles)) // 2]
            if len(wanted) == 0:
                break
            found = _merged(found, self._lines_at(wanted))
        return found

    def _bends(self, found: Traced) -> NDArray[np.float64]:
        """Return new angles in [0, pi) between rays where the boundary is far from a chord, the worst first."""
        with np.errstate(divide="ignore"):
            gauge = 1 / found.radius
        step = np.diff(np.append(found.angles, found.angles[0] + 2 * np.pi))
        middle = found.angles + step / 2
        # The chord's gauge at the middle, against the tangents' that the neighbours give: how far they are apart.
        left, right = gauge, np.roll(gauge, -1)
        chord = (left + right) / (2 * np.cos(step / 2))
        before = _extrapolated(np.roll(gauge, 1), gauge, np.roll(step, 1), step / 2)
        after = _extrapolated(np.roll(gauge, -2), right, np.roll(step, -1), step / 2)
        lower = np.maximum(np.maximum(before, after), 0)
        spread = (chord - lower) / np.maximum(chord, 0.05 * max(float(gauge.max()), 1e-300))
        spread[step < 1e-4] = 0
        worst = np.argsort(-spread, kind="stable")
        angles = middle[worst[spread[worst] > _BENDS]] % np.pi
        return np.asarray(angles[np.sort(np.unique(np.round(angles, 9), return_index=True)[1])])

    def _lines_at(self, angles: NDArray[np.float64]) -> Traced:
        """Solve over lines through y at some angles in [0, pi); each gives two rays."""
        unit = np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, : len(self.cut)]
        lines = self._lines(unit.astype(np.complex128))
        w, at, singular, at_singular, undecided = self._ends(lines)
        slack = np.full(len(w) + len(singular), _SLACK)
        divided, size = self.ties.divided, self.family.size
        targets = self._rows(lines)
        regular = len(w)
        w, at = np.vstack([w, singular]), np.append(at, at_singular)
        verdict, x, s = real_ties(divided, self.family, w, targets[at], lines[at], self.threads)
        if len(singular):  # most are not regular: numerically real or not, as exactly as an endgame ends
            values = divided.functions(targets[0])(singular, np.zeros(0))[:, : size + 1]
            close = np.abs(values.imag).max(axis=1) <= _ROUGHLY * np.maximum(1.0, np.abs(values).max(axis=1))
            rough = regular + np.flatnonzero(close & (verdict[regular:] != REAL_TIE))
            verdict[rough], x[rough] = PERHAPS, values[rough - regular, :size].real
            s[rough], slack[rough] = values[rough - regular, size].real, _ROUGHLY
        rows = []
        for k, angle in enumerate(angles):
            for sign in (1.0, -1.0):
                own = np.flatnonzero((verdict != NO_TIE) & (at == k) & (sign * s > 0))
                focal = self.space.focal(sign * (unit[k] @ self.cut))
                radius, kind, touching = focal, FOCAL if np.isfinite(focal) else UNBOUNDED, np.full(size, np.nan)
                own = own[np.argsort(np.abs(s[own]), kind="stable")]
                # What may be a tie, but ends within rounding of a proven one or of the focal point, is that.
                sure = own[verdict[own] == REAL_TIE][:1]
                bound = min(focal, *np.abs(s[sure])) if len(sure) else focal
                first = [i for i in own[verdict[own] == PERHAPS] if abs(s[i]) < bound * (1 - slack[i])] or list(sure)
                if first and abs(s[first[0]]) < focal:
                    radius, touching = abs(float(s[first[0]])), x[first[0]]
                    kind = TIE if verdict[first[0]] == REAL_TIE else TIE_UNPROVEN
                reach, nearest = self._to_singular_points(sign * unit[k])
                if reach < radius * (1 - _SLACK):
                    radius, kind, touching = reach, SINGULAR_POINT, nearest
                kind = UNDECIDED_RAY if undecided[k] else kind
                rows.append((angle if sign > 0 else angle + np.pi, radius, kind, touching))
        rows.sort(key=lambda row: row[0])
        return Traced(
            np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), np.array([r[2] for r in rows], np.int8),
            np.array([r[3] for r in rows]),
        )  # fmt: skip

    def _to_singular_points(self, direction: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return how far out along a unit direction y is nearer than all singular points, and the first of them."""
        chords = self.singular - self.space.y
        height = chords @ (direction @ self.cut @ self.space.forms)
        square = np.einsum("ij,jk,ik->i", chords, self.space.metric, chords)
        with np.errstate(divide="ignore"):
            reach = np.where(height > 0, square / (2 * np.maximum(height, 0)), np.inf)
        first = int(np.argmin(reach)) if len(reach) else -1
        return (
            (float(reach[first]), self.singular[first]) if first >= 0 else (np.inf, np.full(self.family.size, np.nan))
        )

    def _ends(
        self, lines: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.int64], NDArray[np.complex128], NDArray[np.int64], NDArray[np.int64]]:
        """Carry the ties to lines: regular and singular ends, each with their lines, and numbers of undecided ties."""
        undecided = np.zeros(len(lines), np.int64)
        here = np.zeros(len(self.starts), np.int64)
        if self.through:  # the line is the one of the ties
            singular = self.ties.singular
            return self.starts, here, singular, np.zeros(len(singular), np.int64), undecided
        if len(self.starts) == 0:
            return self.starts, here, self.starts, here, undecided
        rows = self._rows(lines)
        moved = self._carrier()(rows, self.rng)
        paths = moved.paths
        if paths.interrupted:
            raise Interrupted("stopped")
        several: list[NDArray[np.complex128]] = [self.starts[:0]]
        at: list[NDArray[np.int64]] = [here[:0]]
        start = np.tile(np.arange(len(self.starts)), len(lines))
        for k in np.unique(moved.target[~paths.success]):
            own = moved.target == k
            decided = self.of[start[own & paths.success]]
            bad = np.flatnonzero(own & ~paths.success & ~np.isin(self.of[start], decided))
            kinds, ends = settle(
                self.solver, self.ties.divided, self.starts[start[bad]], paths.take(bad), self.row, rows[k]
            )  # fmt: skip
            meet = kinds == SpecialEnd.SINGULAR
            several.append(ends[meet])
            at.append(np.full(int(meet.sum()), k))
            undecided[k] = len(np.unique(self.of[start[bad[kinds == SpecialEnd.UNDECIDED]]]))
        good = paths.success
        return paths.points[good], moved.target[good], np.concatenate(several), np.concatenate(at), undecided

    def _carrier(self) -> Transporter:
        return Transporter(
            self.solver, self.ties.divided.system, self.starts, self.row, self._draw, self.identification
        )

    def _lines(self, coordinates: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the parameters of lines through y with directions in the plane, shape ``(count, n_params)``."""
        h = coordinates @ (self.cut @ self.space.forms)
        y = np.tile(self.space.y, (len(h), 1))
        return np.hstack([y, 0 * y, h]).astype(np.complex128)

    def _rows(self, lines: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the parameters of lines in the divided system."""
        size, divided = self.family.size, self.ties.divided
        return np.array([divided.place(self.ties.own, h[size : 2 * size], h[2 * size :])[0] for h in lines])

    def _draw(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        return self._rows(self._lines(complex_normal(rng, (count, len(self.cut)))))


def _extrapolated(
    far: NDArray[np.float64], near: NDArray[np.float64], before: NDArray[np.float64], ahead: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the gauge on the straight continuation of a chord: a function ``a cos + b sin`` through two values."""
    return np.asarray((near * np.sin(before + ahead) - far * np.sin(ahead)) / np.sin(before))


def _merged(a: Traced, b: Traced) -> Traced:
    angles = np.concatenate([a.angles, b.angles])
    order = np.argsort(angles, kind="stable")
    return Traced(
        angles[order], np.concatenate([a.radius, b.radius])[order], np.concatenate([a.kind, b.kind])[order],
        np.concatenate([a.touching, b.touching])[order],
    )  # fmt: skip
