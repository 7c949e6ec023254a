"""Where the degenerate critical points of the envelope end over the weights of a network that fills its space.

All degenerate points of a generic member of the envelope (`critlocus.problems.envelope`) are carried to a line of data
of the network. Those that end at regular solutions must be the folds that were found there. At a point of the branch
locus the critical points are ``x^3 - u x + (small) = 0`` in nearby members, so that 3 folds end there. In special
metrics others go to infinity. With every point accounted for, there is no other kind of event. For conv:2,2 in a
generic metric these are 12 = 6 + 3 * 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import FAR
from critlocus.chambers.sections import Section, solve_section
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import match_orbits
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.envelope import Envelope
from critlocus.problems.filled_space import FilledSpace
from critlocus.solvers.protocol import PathStatus, Solver

Points = NDArray[np.complex128]
FOLDS_AT_BRANCH_POINT = 3
NEAR = 0.05
"""A singular end belongs to a branch point within this part of the size of its unknowns: ends of multiplicity 3 have
some 4 digits."""


@dataclass(frozen=True)
class EnvelopeEnds:
    """Numbers of degenerate points of the envelope, by what they end in.

    Attributes
    ----------
    total, folds, branch, infinite, open : int
        All of them, and those that end in folds, at branch points, at infinity, or elsewhere.
    folds_missed : int
        Folds in which none of them ends.
    crowded : int
        Branch points in which not exactly 3 of them end.
    sound : bool
        The degenerate points of the envelope are complete by their evidence.
    """

    total: int
    folds: int
    branch: int
    infinite: int
    open: int
    folds_missed: int
    crowded: int
    sound: bool

    @property
    def complete(self) -> bool:
        """Whether every point is accounted for."""
        return self.sound and not (self.open or self.folds_missed or self.crowded)

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return {
            "degenerate_points": self.total, "folds": self.folds, "at_branch_points": self.branch,
            "infinite": self.infinite, "open": self.open + self.folds_missed + self.crowded,
            "complete": self.complete,
        }  # fmt: skip


def envelope_ends(
    solver: Solver, family: FilledSpace, folds: Section | None, branch: Section, rng: np.random.Generator
) -> EnvelopeEnds:
    """Carry the degenerate points of the envelope to the line of the folds, or of the branch locus without folds.

    Parameters
    ----------
    folds, branch : Section
        Over generic lines of data.
    """
    larger = Envelope(family)
    question = DegeneratePoints(larger)
    whole = solve_section(solver, question, rng)
    row = branch.parameters if folds is None else folds.parameters
    own = DegeneratePoints(family)
    p0, p1, c = (row[own.slices[name]] for name in ("p0", "p1", "c"))
    target = question.row(larger.member(p0), [larger.monomials.coefficients.T @ p1], c)
    paths = whole.transporter(solver)(target[None, :], rng).paths
    places = branch.transporter(solver)(row[None, :], rng).paths
    identity = Fibres(own.invariants)
    known = np.zeros((0, paths.points.shape[1])) if folds is None else folds.points
    ends = paths.points[paths.success]
    first = match_orbits(np.concatenate([known, ends]), identity)[len(known) :]
    hit = first[first < len(known)]
    usual = float(np.median(np.abs(whole.points).max(axis=1)))
    singular, status = paths.points[~paths.success], paths.status[~paths.success]
    at = _nearest(identity.invariants(singular), identity.invariants(places.points[places.success]))
    crowd = np.bincount(at[at >= 0], minlength=len(branch.points))
    far = (at < 0) & ((status == PathStatus.DIVERGED) | (np.abs(singular).max(axis=1, initial=0) > FAR * usual))
    return EnvelopeEnds(
        len(whole.points), len(hit), int(np.count_nonzero(at >= 0)), int(np.count_nonzero(far)),
        len(ends) - len(hit) + int(np.count_nonzero((at < 0) & ~far)), len(known) - len(np.unique(hit)),
        int(np.count_nonzero(crowd != FOLDS_AT_BRANCH_POINT)), whole.complete,
    )  # fmt: skip


def _nearest(values: Points, places: Points) -> NDArray[np.int64]:
    """Return the number of the place that each value is near to, or -1."""
    if len(values) == 0 or len(places) == 0:
        return np.full(len(values), -1)
    gap = np.linalg.norm(values[:, None] - places[None], axis=2)
    nearest = np.argmin(gap, axis=1)
    size = np.linalg.norm(places, axis=1)[nearest]
    return np.asarray(np.where(gap.min(axis=1) <= NEAR * size, nearest, -1), dtype=np.int64)
