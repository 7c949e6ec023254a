"""Rays of a Voronoi cell: along each ray from y in a plane of the normal space, the first real tie or focal point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import REAL, certify
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.transport import Transport, Transporter
from critlocus.errors import Interrupted
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.problems.normals import NormalSpace
from critlocus.problems.voronoi import TangentSpheres
from critlocus.progress import Reporter
from critlocus.solvers.protocol import Solver

UNBOUNDED, TIE, FOCAL, TIE_UNPROVEN = 0, 1, 2, 3
KINDS = {UNBOUNDED: "unbounded", TIE: "tie", FOCAL: "focal", TIE_UNPROVEN: "tie, not proven"}
_SAME = 1e-5
_NEARLY_REAL = 1e-7
_BENDS = 4e-3
_INSIDE, _OUTSIDE = 0.995, 1.005
_CHARTS = 3
_FAR = 1e5
UNDECIDED, CONFIRMED, REFUTED = 0, 1, -1

CriticalPointsOf = Callable[[NDArray[np.complex128]], tuple[Transport, Distance]]


@dataclass(eq=False)
class Traced:
    """Rays by ascending angle, see `critlocus.voronoi.VoronoiCell`; `lost` paths got stuck on the way to a ray."""

    angles: NDArray[np.float64]
    radius: NDArray[np.float64]
    kind: NDArray[np.int8]
    touching: NDArray[np.float64]
    lost: int = 0


class Rays:
    """Traces the cell of y in a plane.

    Parameters
    ----------
    solver, family
    space : NormalSpace
        At y.
    cut : float64 array, shape (k, c)
        Orthonormal coordinates of the line or plane.
    rng : Generator
    """

    def __init__(
        self,
        solver: Solver,
        family: TangentSpheres,
        space: NormalSpace,
        cut: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> None:
        self.solver, self.family, self.space, self.cut = solver, family, space, cut
        self.rng = rng
        self.identification = Fibres(family.functions)
        self.member = self._lines(complex_normal(rng, (1, len(cut))))[0]

    def through_y(self, starts: NDArray[np.complex128], line: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Carry the ties of a generic line of the normal space to a generic complex line of the plane, through y."""

        def draw(rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
            rows = np.tile(line, (count, 1))
            size, forms = self.family.size, self.space.forms
            for k in (1, 2):
                rows[:, k * size : (k + 1) * size] = complex_normal(rng, (count, len(forms))) @ forms
            return rows

        carrier = Transporter(self.solver, self.family.system, starts, line, draw, self.identification)
        moved = carrier(self.member[None, :], self.rng)
        if moved.paths.interrupted:
            raise Interrupted("stopped")
        points = moved.paths.points[moved.paths.success]
        return points[self._gap(points) > _SAME]

    def trace(
        self,
        starts: NDArray[np.complex128],
        member: NDArray[np.complex128],
        count: int,
        most: int,
        report: Reporter,
    ) -> Traced:
        """Return the rays at `count` angles, and at more where the boundary bends.

        Parameters
        ----------
        starts : complex128 array, shape (M, n)
            All ties over a generic line through y, whose parameters are `member`.
        """
        if len(self.cut) == 1:
            return self._lines_at(starts, member, np.zeros(1))
        half = np.pi * (np.arange(count // 2) + 0.5) / (count // 2)
        found = self._lines_at(starts, member, half)
        while len(found.angles) < most:
            report("rays", len(found.angles), most)
            wanted = self._bends(found)[: (most - len(found.angles)) // 2]
            if len(wanted) == 0:
                break
            found = _merged(found, self._lines_at(starts, member, wanted))
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

    def _lines_at(
        self, starts: NDArray[np.complex128], member: NDArray[np.complex128], angles: NDArray[np.float64]
    ) -> Traced:
        """Solve over lines through y at some angles in [0, pi); each gives two rays."""
        unit = np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, : len(self.cut)]
        targets = self._lines(unit.astype(np.complex128))
        count = len(starts)
        ties = np.zeros(0, np.int64)
        paths = None
        lost = 0
        if count and len(self.cut) == 1:  # the line is the member
            points, ties = starts, np.zeros(count, np.int64)
        elif count:
            carrier = Transporter(
                self.solver, self.family.system, starts, member, self._draw, self.identification
            )  # fmt: skip
            moved = carrier(targets, self.rng)
            paths = moved.paths
            far = _FAR * max(1.0, float(np.median(np.abs(starts[:, -1]))))
            lost = int(np.count_nonzero(~(np.abs(paths.points[moved.stuck, -1]) > far)))
            if paths.interrupted:
                raise Interrupted("stopped")
            points, ties = paths.points[paths.success], moved.target[paths.success]
        else:
            points = starts
        apart = self._gap(points) > _SAME if len(points) else np.zeros(0, bool)
        points, ties = points[apart], ties[apart]
        size = np.maximum(1.0, np.abs(points).max(axis=1, initial=0.0))
        close = np.abs(points.imag).max(axis=1, initial=0.0) <= _NEARLY_REAL * size
        proof = certify(self.family.system, points, targets, ties)
        proven = proof.certified & (proof.real == REAL)
        possible = proven | (close & ~proof.certified)
        x = self.family.points(proof.points).real
        s = proof.points[:, -1].real
        rows = []
        for k, angle in enumerate(angles):
            for sign in (1.0, -1.0):
                own = np.flatnonzero(possible & (ties == k) & (sign * s > 0))
                focal = self.space.focal(sign * (unit[k] @ self.cut))
                radius, kind, touching = focal, FOCAL if np.isfinite(focal) else UNBOUNDED, np.full(x.shape[1], np.nan)
                if len(own):
                    first = own[np.argmin(np.abs(s[own]))]
                    if abs(s[first]) < focal:
                        radius, touching = abs(float(s[first])), x[first]
                        kind = TIE if proven[first] else TIE_UNPROVEN
                rows.append((angle if sign > 0 else angle + np.pi, radius, kind, touching))
        rows.sort(key=lambda row: row[0])
        return Traced(
            np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), np.array([r[2] for r in rows], np.int8),
            np.array([r[3] for r in rows]), lost,
        )  # fmt: skip

    def confirm(self, traced: Traced, count: int, critical_points: CriticalPointsOf) -> dict[str, Any]:
        """Compare with all critical points of the distance, solved independently, from points of some rays.

        Just inside the boundary y must be the nearest real critical point; just outside it must not. A ray is undecided
        if paths got lost; other charts are tried then.

        Parameters
        ----------
        critical_points : callable
            Solves for all critical points from targets ``Q u``, each time in another chart.

        Returns
        -------
        dict
            For ``inside`` and ``outside``: the numbers of rays confirmed, refuted and undecided.
        """
        rows = np.flatnonzero(np.isfinite(traced.radius))
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))] if len(rows) else rows
        verdicts = np.full((2, len(rows)), UNDECIDED, np.int8)
        for _ in range(_CHARTS):
            open_ = np.flatnonzero((verdicts == UNDECIDED).any(axis=0))
            if len(open_):
                fresh = self._compare(traced, rows[open_], critical_points)
                verdicts[:, open_] = np.where(verdicts[:, open_] == UNDECIDED, fresh, verdicts[:, open_])
        names = {"confirmed": CONFIRMED, "refuted": REFUTED, "undecided": UNDECIDED}
        return {
            side: {name: int(np.count_nonzero(row == value)) for name, value in names.items()}
            for side, row in zip(("inside", "outside"), verdicts, strict=True)
        }

    def _compare(self, traced: Traced, rows: NDArray[np.int64], critical_points: CriticalPointsOf) -> NDArray[np.int8]:
        """Return verdicts, shape ``(2, len(rows))``: inside and outside."""
        unit = np.stack([np.cos(traced.angles[rows]), np.sin(traced.angles[rows])], axis=1)[:, : len(self.cut)]
        q = self.family.distance.form.matrix(np.zeros(0, np.complex128)).real
        verdicts = np.full((2, len(rows)), UNDECIDED, np.int8)
        for side, factor in enumerate((_INSIDE, _OUTSIDE)):
            away = factor * traced.radius[rows, None] * (unit @ self.cut)
            u = self.space.y + away @ self.space.vectors
            moved, distance = critical_points((u @ q).astype(np.complex128))
            x, good = distance.points(moved.paths.points), moved.paths.success
            size = np.maximum(1.0, np.abs(x).max(axis=1))
            real = good & (np.abs(x.imag).max(axis=1) <= _NEARLY_REAL * size)
            chord = np.where(real[:, None], x.real - u[moved.target], 0)
            square = np.where(real, np.einsum("ij,jk,ik->i", chord, q, chord), np.inf)
            nearest = np.full(len(rows), np.inf)
            np.minimum.at(nearest, moved.target, square)
            lost = np.bincount(moved.target[~good], minlength=len(rows)) > 0
            nearer = nearest < (away**2).sum(axis=1) * (1 - 1e-9)
            wanted = nearer if factor > 1 else ~nearer
            sure = nearer | ~lost
            verdicts[side, sure] = np.where(wanted, CONFIRMED, REFUTED)[sure]
        return verdicts

    def _lines(self, coordinates: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the parameters of lines through y with directions in the plane, shape ``(count, n_params)``."""
        h = coordinates @ (self.cut @ self.space.forms)
        y = np.tile(self.space.y, (len(h), 1))
        return np.hstack([y, 0 * y, h]).astype(np.complex128)

    def _draw(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        return self._lines(complex_normal(rng, (count, len(self.cut))))

    def _gap(self, z: NDArray[np.complex128]) -> NDArray[np.float64]:
        y = self.space.y
        return np.asarray(np.linalg.norm(self.family.points(z) - y, axis=1) / max(1.0, float(np.linalg.norm(y))))


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
        np.concatenate([a.touching, b.touching])[order], a.lost + b.lost,
    )  # fmt: skip
