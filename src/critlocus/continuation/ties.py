"""All ties of a point y of a variety over a line of its normal space.

First at a random complex point of the variety, see `critlocus.continuation.general_ties`. Then y moves to where it is
wanted, with the component x = y divided out, so that ties that come close to y are still followed, and certified. In a
parametrised variety all preimages of a tie are followed: if it comes close to y, one comes close to y's parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.gather import Gathered, SpecialEnd, classify_ends
from critlocus.continuation.general_ties import NAMES, elsewhere, general_ties, meeting, random_line
from critlocus.continuation.preimages import Preimages, preimages
from critlocus.continuation.tie_proofs import proven_ties
from critlocus.continuation.transport import Transporter
from critlocus.errors import InputError, Interrupted
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.divided_ties import DividedTies, ImplicitTies
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.parametrized_ties import ParametrizedTies
from critlocus.problems.voronoi import TangentSpheres
from critlocus.solvers.protocol import Paths, PathStatus, Solver
from critlocus.tape.enclose import Disc

_TRIES = 6
_SAME_Y = 1e-8
_LATE = 0.9
_FIRST = (SpecialEnd.UNDECIDED, SpecialEnd.EXCLUDED, SpecialEnd.SINGULAR, SpecialEnd.AT_INFINITY)


@dataclass(eq=False)
class Ties:
    """The ties over a line.

    Attributes
    ----------
    x : complex128 array, shape (T, N)
    s : complex128 array, shape (T,)
    divided : DividedTies
        The equations in which they were certified.
    own : complex128 array
        y in its own unknowns of these.
    row : complex128 array
        Their parameters at the line.
    w : complex128 array, shape (R, n)
        The ties in their unknowns, with all preimages.
    of : int64 array, shape (R,)
        Which tie each of w is.
    singular : complex128 array, shape (S, n)
        Other w where paths end, away from y: members of families of ties, or several ties that meet.
    ends : dict
        Number of paths by where they end, preimages not counted; they are as many as the generic member has solutions.
    general : int
        Number of ties of a random complex point of the variety.
    stuck : int
        Paths that failed midway.
    agreed : bool
        Another random point has as many ties.
    """

    x: NDArray[np.complex128]
    s: NDArray[np.complex128]
    divided: DividedTies
    own: NDArray[np.complex128]
    row: NDArray[np.complex128]
    w: NDArray[np.complex128]
    of: NDArray[np.int64]
    singular: NDArray[np.complex128]
    ends: dict[str, int]
    general: int
    stuck: int
    agreed: bool = False

    @property
    def doubtful(self) -> int:
        """Paths of which the end is not known."""
        return self.ends["undecided"] + self.ends["not certified"] + self.stuck


def ties_over(
    solver: Solver, family: TangentSpheres, gathered: Gathered, line: NDArray[np.complex128], rng: np.random.Generator,
    threads: int = 1,
) -> tuple[Ties, Preimages | None]:  # fmt: skip
    """Find the ties of y over a line, by way of random points until two of them have the same number.

    A tie next to a singular point of the variety can be taken for one of those, or for y: the numbers of ties of all
    random points are the same, and proven ties are at least there, so that the larger number is the better one.

    Parameters
    ----------
    line : complex128 array, shape (3 N,)
        y, h0 and h: a member of the family with y on the variety, and h0 and h normal there.
    """
    distance = family.distance
    sheets = preimages(solver, distance, rng) if isinstance(distance, ParametrizedDistance) else None
    found: list[Ties] = []
    while len(found) < _TRIES:
        found.append(_attempt(solver, family, gathered, line, sheets, rng, threads))
        found.sort(key=lambda ties: (-len(ties.x), -ties.general, ties.doubtful))
        best = found[0]
        best.agreed = sum(ties.general == best.general for ties in found) > 1
        if best.agreed and best.doubtful == 0:
            break
    return found[0], sheets


def _attempt(
    solver: Solver, family: TangentSpheres, gathered: Gathered, line: NDArray[np.complex128],
    sheets: Preimages | None, rng: np.random.Generator, threads: int,
) -> Ties:  # fmt: skip
    """Solve at a random point, and carry the ties from there to y."""
    size, distance = family.size, family.distance
    kind = ImplicitTies if isinstance(distance, ImplicitDistance) else ParametrizedTies
    divided: DividedTies = kind(distance, rng)  # type: ignore[arg-type]
    own = divided.own(line[:size], rng)
    if own is None:
        raise InputError(f"voronoi: the point is not in a general chart of {distance.variety.name}")
    target, _ = divided.place(own, line[size : 2 * size], line[2 * size :])
    there = elsewhere(solver, divided, own, rng)
    member = random_line(family, there, rng)
    row, unknowns = divided.place(there, member[size : 2 * size], member[2 * size :])
    general = general_ties(solver, family, gathered, member, rng, threads)
    ends, stuck = general.ends, general.stuck
    z, of = general.z, np.arange(len(general.z))
    if sheets is not None:
        t, of, lost = sheets.of(z[:, :-1], rng)
        z, stuck = np.hstack([t, z[of, -1:]]), stuck + lost
    begin = divided.divide(z, row, unknowns)
    paths = _carried(solver, divided, begin, row, target, rng)
    # Another route can lead to another point over the same affine space.
    gap = np.linalg.norm(divided.base(paths.points, target) - own, axis=1)
    paths.status[~(gap <= _SAME_Y * max(1.0, float(np.linalg.norm(own))))] = PathStatus.UNTRACKED
    good, bad = np.flatnonzero(paths.success), np.flatnonzero(~paths.success)
    kinds, last = settle(solver, divided, begin[bad], paths.take(bad), row, target)
    several = kinds == SpecialEnd.SINGULAR
    # Some are regular, but too far out for the tracker.
    where, ends_at = np.append(good, bad[several]), np.vstack([paths.points[good], last[several]])
    proven = proven_ties(divided, ends_at, target, threads)
    sure = np.flatnonzero(proven.sure)
    _, first = np.unique(of[where[sure]], return_index=True)
    chosen = sure[first]  # one preimage of each
    values = Disc(proven.values.centre[chosen], proven.values.radius[chosen])
    chosen = np.delete(chosen, meeting(values))
    regular = of[where[chosen]]
    ends["regular"] = len(chosen)
    all_kinds = np.full(len(begin), SpecialEnd.UNDECIDED, np.int8)
    all_kinds[bad] = kinds
    _count(ends, regular, of[where[proven.here]], of, all_kinds, len(general.z))
    kept = sure[np.isin(of[where[sure]], regular)]
    number = np.full(len(general.z), -1)
    number[regular] = np.arange(len(regular))
    centre = proven.values.centre[chosen]
    return Ties(
        centre[:, :size], centre[:, size], divided, own, target, proven.w[kept], number[of[where[kept]]],
        last[several][~proven.sure[len(good) :]], ends, len(general.z), stuck,
    )  # fmt: skip


def _carried(
    solver: Solver, divided: DividedTies, begin: NDArray[np.complex128], row: NDArray[np.complex128],
    target: NDArray[np.complex128], rng: np.random.Generator,
) -> Paths:  # fmt: skip
    """Track to y, by other routes where a path gets stuck: s may be very large midway."""

    def draw(generator: np.random.Generator, count: int) -> NDArray[np.complex128]:
        found = np.tile(row, (count, 1))
        size = float(np.linalg.norm(target - row)) / np.sqrt(len(row))
        moving = slice(0, len(row) - divided.width)  # all but the form
        found[:, moving] += size * complex_normal(generator, found[:, moving].shape)
        return found

    nobody = SignGroup.trivial(divided.system.n)
    moved = Transporter(solver, divided.system, begin, row, draw, nobody)(target[None, :], rng)
    if moved.paths.interrupted:
        raise Interrupted("stopped")
    return moved.paths


def settle(
    solver: Solver, divided: DividedTies, starts: NDArray[np.complex128], paths: Paths,
    row: NDArray[np.complex128], target: NDArray[np.complex128],
) -> tuple[NDArray[np.int8], NDArray[np.complex128]]:  # fmt: skip
    """Tell where paths of ties end that reach no regular one: values of `SpecialEnd`, and the ends."""
    functions = divided.functions(target)
    size = (len(functions.equations) - 1) // 2

    def gap(w: NDArray[np.complex128]) -> NDArray[np.float64]:
        values = functions(w, np.zeros(0))
        x, chord = values[:, :size], values[:, size + 1 :]
        return np.asarray(np.linalg.norm(chord, axis=1) / np.maximum(1.0, np.linalg.norm(x - chord, axis=1)))

    kinds, ends = classify_ends(solver, divided.system, starts, paths.points, row, target, gap, thorough=True)
    kinds[(kinds == SpecialEnd.UNDECIDED) & (paths.status == PathStatus.DIVERGED)] = SpecialEnd.AT_INFINITY
    kinds[(kinds == SpecialEnd.AT_INFINITY) & (paths.t < _LATE)] = SpecialEnd.UNDECIDED  # that was on the way
    return kinds, ends


def _count(
    ends: dict[str, int], regular: NDArray[np.int64], here: NDArray[np.int64], of: NDArray[np.int64],
    kinds: NDArray[np.int8], count: int,
) -> None:  # fmt: skip
    """Add every tie of the random point that does not become a regular one to the ends; its preimages share one end.

    Here every path begins at a tie: an end that is neither settled nor proven is not decided.
    """
    for tie in np.setdiff1d(np.arange(count), regular):
        own = kinds[of == tie]
        kind = SpecialEnd.EXCLUDED if tie in here else next(k for k in _FIRST if np.any(own == k))
        ends[NAMES[kind]] += 1
