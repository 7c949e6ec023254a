"""Real solutions on real lines of data: all complex solutions of a generic member, carried there and certified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import NOT_REAL, REAL, certify
from critlocus.chambers.sections import Section
from critlocus.solvers.protocol import PathStatus, Solver

Reals = NDArray[np.float64]
FAR = 100.0
TRIES = 5
_NEAR_END = 0.99


@dataclass(eq=False)
class Crossings:
    """Certified real solutions on real lines (or other real members): rows of unknowns, by member.

    Attributes
    ----------
    points, radius : arrays, shape (N, n)
    row : int64 array, shape (N,)
        Which member each belongs to.
    undecided : int64 array, shape (K,)
        Per member: solutions whose reality, or existence, is not proven.
    missing : int64 array, shape (K,)
        Per member: solutions of the generic member whose paths got stuck, or ended at a singular point.
    infinite : int64 array, shape (K,)
        Per member: solutions that went to infinity.
    """

    points: NDArray[np.float64]
    radius: NDArray[np.float64]
    row: NDArray[np.int64]
    undecided: NDArray[np.int64]
    missing: NDArray[np.int64]
    infinite: NDArray[np.int64]

    @property
    def open(self) -> int:
        """How many solutions are undecided or missing."""
        return int(self.undecided.sum() + self.missing.sum())


def real_solutions(
    solver: Solver, section: Section, rows: NDArray[np.complex128], rng: np.random.Generator
) -> Crossings:
    """Carry the solutions of a generic member to real members, certify them, and keep the real ones."""
    question = section.question
    moved = section.transporter(solver)(rows, rng)
    good = np.flatnonzero(moved.paths.success)
    target = moved.target[good]
    proof = certify(question.system, moved.paths.points[good], rows, target)
    real = proof.certified & (proof.real == REAL)
    doubtful = ~proof.certified | ((proof.real != REAL) & (proof.real != NOT_REAL))
    count = len(rows)
    usual = float(np.median(np.abs(section.points).max(axis=1)))
    failed = ~moved.paths.success
    away = failed & (moved.paths.t > _NEAR_END) & (np.abs(moved.paths.points).max(axis=1) > FAR * usual)
    away |= failed & (moved.paths.status == PathStatus.DIVERGED)
    return Crossings(
        proof.points[real].real, proof.radius[real], target[real], np.bincount(target[doubtful], minlength=count),
        np.bincount(moved.target[failed & ~away], minlength=count), np.bincount(moved.target[away], minlength=count),
    )  # fmt: skip


def by_other_routes_too(
    solver: Solver, section: Section, rows: NDArray[np.complex128], rng: np.random.Generator, more: int
) -> Crossings:
    """Return what `real_solutions` does, of so many more routes the one that leaves the least open."""
    best = real_solutions(solver, section, rows, rng)
    for _ in range(more):
        if not best.open:
            break
        best = min(best, real_solutions(solver, section, rows, rng), key=lambda found: found.open)
    return best


def unit_vector(question: Any, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Return a random real normalisation c of length 1 for a question's ``c.v = 1``."""
    part = question.slices["c"]
    c = rng.standard_normal(part.stop - part.start)
    return np.asarray(c / np.linalg.norm(c) + 0j)


def crossings_across(
    solver: Solver, section: Section, lines: list[tuple[int, float]], p0: Reals, p1: Reals, p2: Reals, window: Reals,
    rng: np.random.Generator,
) -> tuple[Crossings, list[Reals], list[list[float]], list[int]]:  # fmt: skip
    """Return the crossings of lines across a window of a plane: all, and those inside as unknowns, (s, t), line.

    Parameters
    ----------
    section : Section
        Over a generic pencil.
    lines : list of (axis, value)
        Lines ``s = value`` (axis 0) or ``t = value`` (axis 1).
    p0 : float64 array, shape (n_params,)
    p1, p2 : float64 arrays, shape (n_moving,)
        The plane ``p0 + s p1 + t p2``.
    window : float64 array, shape (2, 2)
        Lower and upper bounds of (s, t).
    """
    question: Any = section.question
    rows = []
    for axis, value in lines:
        base = p0.copy()
        base[question.family.moving] += value * (p1, p2)[axis]
        rows.append(question.row(base + 0j, [(p2, p1)[axis] + 0j], unit_vector(question, rng)))
    found = real_solutions(solver, section, np.array(rows), rng)
    points, places, own = [], [], []
    for x, k in zip(found.points, found.row.tolist(), strict=True):
        axis, value = lines[k]
        if window[0, 1 - axis] <= x[-1] <= window[1, 1 - axis]:
            points.append(x[:-1])
            places.append([value, x[-1]] if axis == 0 else [x[-1], value])
            own.append(k)
    return found, points, places, own


def crossings_of_line(
    solver: Solver, section: Section, base: NDArray[np.float64], p1: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.complex128], Crossings]:
    """Return the parameters of a real line ``base + s p1``, and its crossings: those of the best of `TRIES` routes.

    Another normalisation of the kernel vector is another route to the same points.

    Parameters
    ----------
    section : Section
        Over a generic pencil.
    base, p1 : float64 arrays
        As the section's question takes them for its rows.
    """
    question: Any = section.question
    row, found = np.zeros(0, np.complex128), None
    for _ in range(TRIES):
        other = question.row(base + 0j, [p1 + 0j], unit_vector(question, rng))
        trial = real_solutions(solver, section, other[None, :], rng)
        if found is None or trial.open < found.open:
            row, found = other, trial
        if found.open == 0:
            break
    assert found is not None
    return row, found
