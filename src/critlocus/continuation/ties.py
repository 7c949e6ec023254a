"""All ties of a point y of a variety over a line of its normal space.

First at a random complex point of the variety, where ties are far from it, and every path that reaches none is settled
by an endgame: one path ends at x = y with winding number 1, and three at each focal point. Then y moves to where it is
wanted, with the component x = y divided out, so that ties that come close to y are still followed, and certified.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import Gathered, SpecialEnd, classify_ends
from critlocus.continuation.transport import Transporter
from critlocus.distinct import overlapping_boxes
from critlocus.errors import InputError, Interrupted
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import ImplicitDistance
from critlocus.problems.divided_ties import DividedTies, ImplicitTies
from critlocus.problems.normals import normal_covectors
from critlocus.problems.parametrized_ties import ParametrizedTies
from critlocus.problems.voronoi import TangentSpheres
from critlocus.solvers.protocol import Paths, PathStatus, Solver
from critlocus.tape.enclose import Disc, enclose

SAME = 1e-5
"""Solutions x this close to y, relatively, are y: the double-precision y is not exactly on X."""
_TRIES = 6
_STARTS = 60
_ROUNDING = 1e-12
_NAMES = {
    SpecialEnd.EXCLUDED: "at y", SpecialEnd.AT_INFINITY: "at infinity", SpecialEnd.SINGULAR: "singular",
    SpecialEnd.UNDECIDED: "undecided",
}  # fmt: skip


@dataclass(eq=False)
class Ties:
    """The ties over a line.

    Attributes
    ----------
    z : complex128 array, shape (T, n)
        In the unknowns of `TangentSpheres`.
    x : complex128 array, shape (T, N)
    s : complex128 array, shape (T,)
    ends : dict
        Number of paths by where they end; they are as many as the generic member has solutions.
    general : int
        Number of ties of a random complex point of the variety.
    stuck : int
        Paths that failed midway.
    """

    z: NDArray[np.complex128]
    x: NDArray[np.complex128]
    s: NDArray[np.complex128]
    ends: dict[str, int]
    general: int
    stuck: int

    @property
    def doubtful(self) -> int:
        """Paths of which the end is not known."""
        return self.ends["undecided"] + self.stuck


def ties_over(
    solver: Solver, family: TangentSpheres, gathered: Gathered, line: NDArray[np.complex128], rng: np.random.Generator,
    threads: int = 1,
) -> Ties:  # fmt: skip
    """Find the ties of y over a line, by way of other random points while there are paths that are not decided.

    Parameters
    ----------
    line : complex128 array, shape (3 N,)
        y, h0 and h: a member of the family with y on the variety, and h0 and h normal there.
    """
    best = None
    for _ in range(_TRIES):
        found = _attempt(solver, family, gathered, line, rng, threads)
        if best is None or (found.doubtful, -len(found.z)) < (best.doubtful, -len(best.z)):
            best = found
        if best.doubtful == 0:
            break
    assert best is not None
    return best


def _attempt(
    solver: Solver, family: TangentSpheres, gathered: Gathered, line: NDArray[np.complex128],
    rng: np.random.Generator, threads: int,
) -> Ties:  # fmt: skip
    """Solve at a random point, and carry the ties from there to y."""
    size, distance = family.size, family.distance
    kind = ImplicitTies if isinstance(distance, ImplicitDistance) else ParametrizedTies
    divided: DividedTies = kind(distance, rng)  # type: ignore[arg-type]
    own = divided.own(line[:size], rng)
    if own is None:
        raise InputError(f"voronoi: the point is not in a general chart of {distance.variety.name}")
    target, _ = divided.place(own, line[size : 2 * size], line[2 * size :])
    there = _elsewhere(solver, divided, own, rng)
    member = _random_line(family, there, rng)
    row, unknowns = divided.place(there, member[size : 2 * size], member[2 * size :])
    starts, ends, stuck = _at_general_point(solver, family, gathered, member, rng, threads)
    begin = divided.divide(starts, row, unknowns)
    zero = np.zeros(len(begin), np.int64)
    paths = solver.track(divided.system, begin, np.stack([row, target]), zero, zero + 1)
    if paths.interrupted:
        raise Interrupted("stopped")
    good = paths.success
    kinds = _settle(solver, divided, begin[~good], paths.take(np.flatnonzero(~good)), row, target)
    sure, values, here = _proven(divided, paths.points[good], target, threads)
    ends["regular"] = len(sure)
    ends["at y"] += int(here.sum())
    _add(ends, kinds)
    # At the random point ends that only look regular lie next to families of ties; here every path begins at a tie.
    ends["undecided"] += len(here) - len(sure) - int(here.sum())
    return Ties(divided.multiply(sure, target), values[:, :size], values[:, size], ends, len(starts), stuck)


def _elsewhere(
    solver: Solver, divided: DividedTies, own: NDArray[np.complex128], rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Return the own unknowns of a random point of the same component of the variety."""
    size = max(1.0, float(np.linalg.norm(own))) / np.sqrt(len(own))
    if not isinstance(divided, ImplicitTies):
        return np.asarray(own + size * complex_normal(rng, own.shape))
    here = divided.across @ own
    zero = np.zeros(1, np.int64)
    for _ in range(_STARTS):
        rows = np.stack([here, here + size * complex_normal(rng, here.shape)])
        path = solver.track(divided.sections, own[None, :], rows, zero, zero + 1)
        if path.success[0] and divided.distance.on_variety(path.points)[0]:
            return np.asarray(path.points[0])
    raise InputError(f"voronoi: no path leads away from the point on {divided.distance.variety.name}")


def _random_line(
    family: TangentSpheres, own: NDArray[np.complex128], rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Return y, h0 and h of a random complex line of the normal space (the normal line itself if that is all)."""
    z = np.concatenate([own, np.zeros(family.distance.n_unknowns - len(own))])
    y, normals = normal_covectors(family.distance, z)
    first, direction = complex_normal(rng, (2, len(normals))) @ normals
    return np.concatenate([y, first if len(normals) > 1 else 0 * y, direction])


def _at_general_point(
    solver: Solver, family: TangentSpheres, gathered: Gathered, member: NDArray[np.complex128],
    rng: np.random.Generator, threads: int,
) -> tuple[NDArray[np.complex128], dict[str, int], int]:  # fmt: skip
    """Carry all solutions to a line at a random point: the proven ties, what became of the others, and lost paths."""
    starts, parameters, y = gathered.run.points, gathered.parameters, member[: family.size]
    carrier = Transporter(solver, family.system, starts, parameters, family.random_parameters, Fibres(family.functions))
    moved = carrier(member[None, :], rng)
    if moved.paths.interrupted:
        raise Interrupted("stopped")

    def gap(z: NDArray[np.complex128]) -> NDArray[np.float64]:
        return np.asarray(np.linalg.norm(family.points(z) - y, axis=1) / max(1.0, float(np.linalg.norm(y))))

    good = moved.paths.success.copy()
    same = np.zeros(len(good), bool)
    same[good] = gap(moved.paths.points[good]) <= SAME
    kinds, _ = classify_ends(
        solver, family.system, starts[~good], moved.paths.points[~good], parameters, member, gap, thorough=True
    )
    points = moved.paths.points[good & ~same]
    on = np.ones(len(points), bool)
    if isinstance(family.distance, ImplicitDistance):
        on = family.distance.on_variety(family.points(points))
    proof = certify(family.system, points[on], member[None, :], np.zeros(int(on.sum()), np.int64), threads=threads)
    sure = np.flatnonzero(proof.certified)
    values = enclose(family.functions.graph, family.functions.equations, proof.points[sure], proof.radius[sure])
    sure = np.delete(sure, _meeting(values))
    ends = {"regular": 0, "off the variety": int((~on).sum()), "at y": int(same.sum())}
    ends["not certified"] = int(on.sum()) - len(sure)
    _add(ends, kinds)
    return proof.points[sure], ends, len(moved.stuck)


def _settle(
    solver: Solver, divided: DividedTies, starts: NDArray[np.complex128], paths: Paths,
    row: NDArray[np.complex128], target: NDArray[np.complex128],
) -> NDArray[np.int8]:  # fmt: skip
    """Tell where paths of ties end that reach no regular one: values of `SpecialEnd`."""
    functions = divided.functions(target)
    size = (len(functions.equations) - 1) // 2

    def gap(w: NDArray[np.complex128]) -> NDArray[np.float64]:
        values = functions(w, np.zeros(0))
        x, chord = values[:, :size], values[:, size + 1 :]
        return np.asarray(np.linalg.norm(chord, axis=1) / np.maximum(1.0, np.linalg.norm(x - chord, axis=1)))

    kinds, _ = classify_ends(solver, divided.system, starts, paths.points, row, target, gap, thorough=True)
    kinds[(kinds == SpecialEnd.UNDECIDED) & (paths.status == PathStatus.DIVERGED)] = SpecialEnd.AT_INFINITY
    return kinds


def _proven(
    divided: DividedTies, w: NDArray[np.complex128], target: NDArray[np.complex128], threads: int
) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.bool_]]:
    """Return the ties that are proven to be solutions, distinct, and unlike y: their w, and their x and s.

    Also which of all are y itself, numerically.
    """
    proof = certify(divided.system, w, target[None, :], np.zeros(len(w), np.int64), threads=threads)
    functions = divided.functions(target)
    half = (len(functions.equations) + 1) // 2
    rough = functions(w, np.zeros(0))
    small = SAME * np.maximum(1.0, np.linalg.norm(rough[:, : half - 1] - rough[:, half:], axis=1))
    here = np.linalg.norm(rough[:, half:], axis=1) <= small
    sure = np.flatnonzero(proof.certified)
    values = enclose(functions.graph, functions.equations, proof.points[sure], proof.radius[sure])
    apart = np.any(np.abs(values.centre[:, half:]) > values.radius[:, half:] * (1 + _ROUNDING), axis=1)
    apart[_meeting(Disc(values.centre[:, :half], values.radius[:, :half]))] = False
    here[sure[apart]] = False
    return proof.points[sure[apart]], values.centre[apart, :half], here


def _meeting(values: Disc) -> NDArray[np.int64]:
    """Return the rows whose boxes meet others."""
    return np.unique(overlapping_boxes(values.centre, values.radius, np.zeros(len(values.centre), np.int64)))


def _add(ends: dict[str, int], kinds: NDArray[np.int8]) -> None:
    for kind, name in _NAMES.items():
        ends[name] = ends.get(name, 0) + int(np.count_nonzero(kinds == kind))
