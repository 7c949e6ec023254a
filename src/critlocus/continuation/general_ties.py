"""The ties of a random complex point of a variety over a line of its normal space, where they are far from the point.

Paths that reach none are settled by an endgame: one ends at x = y with winding number 1, three at each focal point.
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
from critlocus.problems.divided_ties import DividedTies, ImplicitTies
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.normals import normal_covectors, normal_line
from critlocus.problems.voronoi import TangentSpheres
from critlocus.solvers.protocol import Solver
from critlocus.tape.enclose import Disc, enclose
from critlocus.varieties.clearance import CLEAR, clearance

SAME = 1e-5
"""Solutions x this close to y, relatively, are y unless they are proven not to be."""
NAMES = {
    SpecialEnd.EXCLUDED: "at y", SpecialEnd.AT_INFINITY: "at infinity", SpecialEnd.SINGULAR: "singular",
    SpecialEnd.UNDECIDED: "undecided",
}  # fmt: skip
_STARTS = 60
_VAGUE = 0.01
_REGULAR = 1e9


@dataclass(eq=False)
class GeneralTies:
    """Proven ties z, shape ``(T, n)``, of `TangentSpheres`; numbers of paths by where they end, and of stuck ones."""

    z: NDArray[np.complex128]
    ends: dict[str, int]
    stuck: int


def elsewhere(
    solver: Solver, divided: DividedTies, own: NDArray[np.complex128], rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Return the own unknowns of a random point of the same component, away from singular points if one is found."""
    size = max(1.0, float(np.linalg.norm(own))) / np.sqrt(len(own))
    if not isinstance(divided, ImplicitTies):
        return np.asarray(own + size * complex_normal(rng, own.shape))
    here = divided.across @ own
    zero = np.zeros(1, np.int64)
    best, far = own, 0.0
    for _ in range(_STARTS):
        rows = np.stack([here, here + size * complex_normal(rng, here.shape)])
        path = solver.track(divided.sections, own[None, :], rows, zero, zero + 1)
        if not (path.success[0] and divided.distance.on_variety(path.points)[0]):
            continue
        clear = clearance(divided.distance, path.points[0])
        if clear > far:
            best, far = path.points[0], clear
        if far > CLEAR:
            break
    if far == 0:
        raise InputError(f"voronoi: no path leads away from the point on {divided.distance.variety.name}")
    return best


def random_line(
    family: TangentSpheres, own: NDArray[np.complex128], rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Return y, h0 and h of a generic complex line of the normal space at own unknowns of the variety."""
    z = np.concatenate([own, np.zeros(family.distance.n_unknowns - len(own))])
    return normal_line(*normal_covectors(family.distance, z), rng)


def general_ties(
    solver: Solver, family: TangentSpheres, gathered: Gathered, member: NDArray[np.complex128],
    rng: np.random.Generator, threads: int,
) -> GeneralTies:  # fmt: skip
    """Carry all solutions to a line at a random point."""
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

    def rough_gap(z: NDArray[np.complex128]) -> NDArray[np.float64]:  # an endgame is as exact as z is long
        chord, size = np.linalg.norm(family.points(z) - y, axis=1), np.linalg.norm(z, axis=1)
        return np.asarray(chord / np.maximum(1.0, size))

    kinds, last = classify_ends(
        solver, family.system, starts[~good], moved.paths.points[~good], parameters, member, rough_gap, thorough=True
    )
    # Next to a singular point of the variety multipliers are so long that an end may be known better than that.
    vague = (kinds == SpecialEnd.EXCLUDED) & ~(gap(last) <= _VAGUE)
    # Regular solutions that are too far out for the tracker end here as singular ones.
    several = vague | (kinds == SpecialEnd.SINGULAR)
    points = np.vstack([moved.paths.points[good & ~same], last[several]])
    kinds = kinds[~several]
    on = np.ones(len(points), bool)
    if isinstance(family.distance, ImplicitDistance):
        on = family.distance.on_variety(family.points(points))
    proof = certify(family.system, points[on], member[None, :], np.zeros(int(on.sum()), np.int64), threads=threads)
    sure = np.flatnonzero(proof.certified)
    values = enclose(family.functions.graph, family.functions.equations, proof.points[sure], proof.radius[sure])
    sure = np.delete(sure, meeting(values))
    # An end next to a family of ties only looks regular: its Jacobian is singular.
    tracked = np.zeros(len(points) - int(several.sum()), bool)
    rough, open_ = np.append(tracked, ~vague[several]), np.append(tracked, vague[several])
    singular = ~proof.certified & ~open_[on] & (rough[on] | ~(proof.condition <= _REGULAR))
    ends = {"regular": 0, "off the variety": int((~on).sum()), "at y": int(same.sum()), "singular": int(singular.sum())}
    ends["not certified"] = int(on.sum()) - len(sure) - int(singular.sum())
    for kind, name in NAMES.items():
        ends[name] = ends.get(name, 0) + int(np.count_nonzero(kinds == kind))
    return GeneralTies(proof.points[sure], ends, len(moved.stuck))


def meeting(values: Disc) -> NDArray[np.int64]:
    """Return the rows whose boxes meet others."""
    return np.unique(overlapping_boxes(values.centre, values.radius, np.zeros(len(values.centre), np.int64)))
