"""Voronoi cells of a variety: the degree of their boundary, and the cell in a 2-plane of the normal space.

The cell of a smooth real point y is the set of points u of its normal space that have no real point of X nearer than y;
it is convex. Along a ray from y it ends at the first real tie (another critical point x as far from u as y), or at the
first focal point of y, where y stops being a local minimum. Reference: Cifuentes, Ranestad, Sturmfels & Weinstein,
*Voronoi cells of varieties* (2022).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.analysis.lines import evidence_line, lines
from critlocus.arrays_file import load_record, save_record
from critlocus.bottlenecks import definite_metric
from critlocus.certify import certify
from critlocus.continuation.ed import critical_points, plain_distance
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import SpecialEnd, classify_ends, gather
from critlocus.continuation.rays import FOCAL, KINDS, Rays
from critlocus.continuation.transport import Transporter
from critlocus.distinct import overlapping_boxes
from critlocus.errors import InputError, Interrupted
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import ImplicitDistance
from critlocus.problems.normals import NormalSpace, normal_space
from critlocus.problems.voronoi import TangentSpheres
from critlocus.progress import Reporter, silent
from critlocus.solvers.native import NativeSolver
from critlocus.tape.enclose import enclose
from critlocus.varieties import parse_variety
from critlocus.varieties.variety import Variety

KIND = "critlocus voronoi cell"
SAME = 1e-5
"""Solutions x this close to y, relatively, are y: the double-precision y is not exactly on X."""
_CHECKS = 8


@dataclass(eq=False)
class VoronoiCell:
    """A Voronoi cell, cut by a line or a plane of the normal space.

    Attributes
    ----------
    variety, metric : str
    q : float64 array, shape (N, N)
        The metric.
    seed : int
    y : float64 array, shape (N,)
    plane : float64 array, shape (k, N)
        Orthonormal directions (for Q) of the line or plane through y, k is 1 or 2.
    ties : complex128 array, shape (T, N)
        Over a generic complex line of the normal space: the certified points x != y of the ties. Their number is the
        degree of the hypersurface of ties, which contains the cell's boundary for a general y.
    tie_parameters : complex128 array, shape (T,)
        Where they are on the line.
    focal_degree : int
        Number of focal points of y on the same line: the degree of the focal hypersurface of y.
    angles : float64 array, shape (R,)
        Angles of the rays in the plane, ascending; 0 and pi for a line.
    radius : float64 array, shape (R,)
        Length of the cell along each ray, infinity where it is unbounded (or some 10^5 times longer than usual).
    kind : int8 array, shape (R,)
        How each ray ends: a value of `critlocus.continuation.rays.KINDS`.
    touching : float64 array, shape (R, N)
        The other nearest point, where the ray ends at a tie.
    evidence, checks : dict
    notes : list of str
    """

    variety: str
    metric: str
    q: NDArray[np.float64]
    seed: int
    y: NDArray[np.float64]
    plane: NDArray[np.float64]
    ties: NDArray[np.complex128]
    tie_parameters: NDArray[np.complex128]
    focal_degree: int
    angles: NDArray[np.float64]
    radius: NDArray[np.float64]
    kind: NDArray[np.int8]
    touching: NDArray[np.float64]
    evidence: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def degree(self) -> int:
        """Degree of the hypersurface of ties."""
        return len(self.ties)

    @property
    def directions(self) -> NDArray[np.float64]:
        """Unit vectors of the rays, shape ``(R, N)``."""
        return self._unit @ self.plane

    @property
    def boundary(self) -> NDArray[np.float64]:
        """Ends of the rays in the coordinates of the plane, shape ``(R, k)``; infinite where the cell is."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(self.radius)[:, None], self.radius[:, None] * self._unit, np.inf)

    @property
    def _unit(self) -> NDArray[np.float64]:
        return np.stack([np.cos(self.angles), np.sin(self.angles)], axis=1)[:, : len(self.plane)].round(15)

    @property
    def all_finite(self) -> bool:
        """No ray is infinite; between them, the cell may still be unbounded."""
        return bool(np.isfinite(self.radius).all())

    @property
    def complaints(self) -> list[str]:
        """What in the evidence says that the result is not what it should be."""
        found = []
        if self.evidence["members"] < 2 or self.evidence["stop_reason"] != "quiet":
            found.append("no two members of the family agree on the count")
        if self.evidence["lost_paths"] or self.checks["lost_on_rays"]:
            found.append("paths were lost on the way: ties may be missing")
        if self.checks["convex"] is False:
            found.append("the cell that was found is not convex")
        for side in ("inside", "outside"):
            if self.checks[side]["refuted"]:
                found.append(f"{self.checks[side]['refuted']} rays are refuted by the critical points just {side}")
        return found

    def text(self) -> str:
        """Return the summary as lines of text."""
        cell = self.summary()["cell"]
        ends = ", ".join(f"{count} {name}" for name, count in cell["ends"].items() if count)
        size = f"all rays finite, {_number(cell['inner_radius'])} to {_number(cell['outer_radius'])} long"
        if not cell["all_rays_finite"]:
            size = f"unbounded, shortest ray {_number(cell['inner_radius'])}"
        checks = [
            f"{side}: "
            + (", ".join(f"{count} {name}" for name, count in self.checks[side].items() if count) or "no finite ray")
            for side in ("inside", "outside")
        ]
        rows = {
            "point": ", ".join(f"{v:.6g}" for v in self.y),
            "ties": f"degree {self.degree} (certified; the boundary of the cell at a general point)",
            "focal points": f"degree {self.focal_degree}",
            "cell": f"{cell['dimension']}-dimensional cut, {size}",
            "rays": f"{cell['rays']}: {ends}",
            "checks": "; ".join(checks),
            "evidence": evidence_line(self.evidence),
        }
        return lines(f"Voronoi cell of {self.variety}, metric {self.metric}, seed {self.seed}", rows, self.notes)

    def summary(self) -> dict[str, Any]:
        """Return counts and values as plain objects."""
        finite = self.radius[np.isfinite(self.radius)]
        return {
            "variety": self.variety,
            "metric": self.metric,
            "seed": self.seed,
            "point": self.y.tolist(),
            "degree": self.degree,
            "focal_degree": self.focal_degree,
            "cell": {
                "dimension": len(self.plane),
                "all_rays_finite": self.all_finite,
                "inner_radius": float(finite.min()) if len(finite) else None,
                "outer_radius": float(finite.max()) if self.all_finite else None,
                "rays": len(self.angles),
                "ends": {name: int(np.count_nonzero(self.kind == k)) for k, name in KINDS.items()},
            },
            "evidence": self.evidence,
            "checks": self.checks,
            "notes": self.notes,
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all fields to an HDF5 file: arrays as datasets, the rest as attributes."""
        save_record(self, path, KIND)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> VoronoiCell:
        """Read a file written by `save`."""
        return load_record(cls, path, KIND)


def voronoi(
    variety: Variety | str,
    at: ArrayLike | None = None,
    *,
    metric: str = "frobenius",
    plane: ArrayLike | None = None,
    rays: int = 48,
    max_rays: int = 240,
    seed: int = 0,
    threads: int | None = None,
    report: Reporter = silent,
) -> VoronoiCell:
    """Compute the degree of the boundary of a Voronoi cell, and the cell in a plane of the normal space.

    Parameters
    ----------
    variety : Variety or str
    at : array_like, shape (N,), optional
        A smooth real point of the variety, to three digits or more; default: a random one.
    metric : str
        See `critlocus.metrics`; ``data`` is not possible.
    plane : array_like, shape (2, N), optional
        Two directions, which are projected to the normal space; default: random.
    rays : int
        Number of rays to begin with; more are added where the boundary bends, up to `max_rays`.
    seed : int
        Decides everything random.
    threads : int, optional
        Default: all processors.

    Raises
    ------
    InputError
        If the variety, the metric, the point or the plane cannot be used.
    Interrupted
        On Ctrl-C.
    """
    if rays < 4 or max_rays < rays:
        raise InputError(f"voronoi: {rays} rays, at most {max_rays}; at least 4 are needed")
    variety = parse_variety(variety) if isinstance(variety, str) else variety
    rng = np.random.default_rng(seed)
    q = definite_metric(variety, metric, rng)
    distance = plain_distance(variety, q, rng)
    if distance.dimension == len(variety.ambient):
        raise InputError(f"voronoi: {variety.name} fills its space: normal spaces are points")
    space = normal_space(distance, None if at is None else np.asarray(at, np.float64), q, rng)
    cut = _plane(space, q, plane, rng)
    solver = NativeSolver(threads=threads or os.cpu_count() or 1)

    family = TangentSpheres(distance)
    gathered = gather(
        solver, family.system, family.start_pairs(rng), family.random_parameters, Fibres(family.functions), rng,
        report=lambda run: report("monodromy", len(run.points), None, f"{run.quiet_loops} quiet loops"),
    )  # fmt: skip
    line = _generic_line(space, rng)
    points, ends, stuck = _special_member(solver, family, gathered.run.points, gathered.parameters, line, rng)
    points = _proven_ties(family, points, line, solver.threads)
    ends["not certified"] = ends["regular"] - len(points)
    ends["regular"] = len(points)
    cell = Rays(solver, family, space, cut, rng)
    codimension = len(space.forms)
    begin = points if codimension == 1 else cell.through_y(points, line)
    traced = cell.trace(begin, line if codimension == 1 else cell.member, rays, max_rays, report)
    found = VoronoiCell(
        variety.name, metric, q, seed, space.y, cut @ space.vectors, family.points(points), points[:, -1],
        _focal_degree(space, line, q), traced.angles, traced.radius, traced.kind, traced.touching,
    )  # fmt: skip
    found.evidence = {**gathered.evidence, "lost_paths": stuck, "ends": ends}
    report("checks", 0, None)
    found.checks = {
        "convex": _convex(found),
        "lost_on_rays": traced.lost,
        **cell.confirm(traced, _CHECKS, lambda b: critical_points(solver, variety, q, b, rng)),
    }
    if found.degree == 0 and np.any(found.kind == FOCAL):
        found.notes.append("there are no isolated ties: where the cell ends, y is a focal point")
    if isinstance(distance, ImplicitDistance) and not distance.complete:
        found.notes.append(
            "certificates are about random combinations of the equations; that the others vanish, too, is numerical"
        )
    if ends["at y"]:
        found.notes.append("ends of paths next to y count as y: a tie less than 3 percent of its size away is not seen")
    found.notes.append("singular points of the variety can be nearer than its smooth points; they are not looked at")
    return found


def _plane(
    space: NormalSpace, q: NDArray[np.float64], plane: ArrayLike | None, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return orthonormal coordinates of the line or plane in the normal space, shape ``(k, c)``."""
    count = len(space.forms)
    if count == 1:
        return np.ones((1, 1))
    if plane is None:
        wanted = rng.standard_normal((2, count))
    else:
        given = np.asarray(plane, np.float64)
        if given.shape != (2, len(space.y)):
            raise InputError(f"voronoi: the plane has shape {given.shape}, expected (2, {len(space.y)})")
        wanted = given @ q @ space.vectors.T
    basis, triangle = np.linalg.qr(wanted.T)
    if abs(triangle[1, 1]) < 1e-9 * abs(triangle[0, 0]) or abs(triangle[0, 0]) < 1e-12:
        raise InputError("voronoi: the two directions of the plane do not span a plane of the normal space")
    return np.asarray((basis * np.sign(np.diag(triangle))).T)


def _generic_line(space: NormalSpace, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Return y, h0, h of a generic complex line in the normal space (the normal line itself if that is all)."""
    count = len(space.forms)
    if count == 1:
        return np.concatenate([space.y, 0 * space.y, space.forms[0]]).astype(np.complex128)
    first, direction = complex_normal(rng, (2, count)) @ space.forms
    return np.concatenate([space.y, first, direction])


def _special_member(
    solver: NativeSolver,
    family: TangentSpheres,
    starts: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    line: NDArray[np.complex128],
    rng: np.random.Generator,
) -> tuple[NDArray[np.complex128], dict[str, int], int]:
    """Carry all solutions to the line in the normal space: regular ends with x != y, and what became of the others."""
    carrier = Transporter(solver, family.system, starts, parameters, family.random_parameters, Fibres(family.functions))
    moved = carrier(line[None, :], rng)
    if moved.paths.interrupted:
        raise Interrupted("stopped")
    y = line[: family.size]

    def gap(z: NDArray[np.complex128]) -> NDArray[np.float64]:
        return np.asarray(np.linalg.norm(family.points(z) - y, axis=1) / max(1.0, float(np.linalg.norm(y))))

    good = moved.paths.success.copy()
    same = np.zeros(len(good), bool)
    same[good] = gap(moved.paths.points[good]) <= SAME
    rest = ~good
    kinds, _ = classify_ends(solver, family.system, starts[rest], moved.paths.points[rest], parameters, line, gap)
    points = moved.paths.points[good & ~same]
    on = np.ones(len(points), bool)
    if isinstance(family.distance, ImplicitDistance):
        on = family.distance.on_variety(family.points(points))
    ends = {"regular": int(on.sum()), "off the variety": int((~on).sum())}
    ends["at y"] = int(same.sum()) + int(np.count_nonzero(kinds == SpecialEnd.EXCLUDED))
    for kind in (SpecialEnd.AT_INFINITY, SpecialEnd.SINGULAR, SpecialEnd.UNDECIDED):
        ends[kind.name.lower().replace("_", " ")] = int(np.count_nonzero(kinds == kind))
    return points[on], ends, len(moved.stuck)


def _proven_ties(
    family: TangentSpheres, points: NDArray[np.complex128], line: NDArray[np.complex128], threads: int
) -> NDArray[np.complex128]:
    """Return the ties that are proven: certified, distinct, and with x unlike y.

    Ends that only look regular lie next to families of ties (of rank matrices in the Frobenius metric, for instance).
    """
    proof = certify(family.system, points, line[None, :], np.zeros(len(points), np.int64), threads=threads)
    sure = np.flatnonzero(proof.certified)
    values = enclose(
        family.functions.graph, family.functions.equations, proof.points[sure], proof.radius[sure]
    )  # fmt: skip
    away = np.any(np.abs(values.centre[:, :-1] - line[: family.size]) > values.radius[:, :-1] * (1 + 1e-12), axis=1)
    meeting = overlapping_boxes(values.centre, values.radius, np.zeros(len(sure), np.int64))
    away[np.unique(meeting)] = False
    return proof.points[sure[away]]


def _focal_degree(space: NormalSpace, line: NDArray[np.complex128], q: NDArray[np.float64]) -> int:
    """Return the number of focal points on the line: roots of ``det(1 - S(h0) - s S(h))``."""
    size = len(space.y)
    inverse = np.linalg.inv(q)
    first, direction = ((space.forms @ inverse) @ line[k * size : (k + 1) * size] for k in (1, 2))
    a = np.eye(space.shape.shape[1]) - np.einsum("i,ijk->jk", first, space.shape)
    values = np.linalg.eigvals(np.linalg.solve(a, np.einsum("i,ijk->jk", direction, space.shape)))
    return int(np.count_nonzero(np.abs(values) > 1e-9 * max(1e-300, float(np.abs(values).max(initial=0.0)))))


def _convex(cell: VoronoiCell) -> bool | None:
    """Tell whether the ends of the rays are in convex position, to six digits; None if the cell is a segment."""
    if len(cell.plane) == 1:
        return None
    with np.errstate(divide="ignore"):
        gauge = 1 / cell.radius  # a convex function, homogeneous of degree 1
    a, b, c = (np.roll(cell.angles, k) for k in (1, 0, -1))
    before, after = (b - a) % (2 * np.pi), (c - b) % (2 * np.pi)
    left, right = np.roll(gauge, 1), np.roll(gauge, -1)
    chord = (left * np.sin(after) + right * np.sin(before)) / np.sin(before + after)
    return bool(np.all(gauge <= chord + 1e-6 * max(1e-300, float(gauge.max()))))


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"
