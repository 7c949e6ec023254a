"""Voronoi cells of a variety: the degree of their boundary, and the cell in a 2-plane of the normal space.

The cell of a smooth real point y is the set of points u of its normal space that have no real point of X nearer than y;
it is convex. Along a ray from y it ends at the first real tie (another critical point x as far from u as y), or at the
first focal point of y, where y stops being a local minimum. Reference: Cifuentes, Ranestad, Sturmfels & Weinstein,
*Voronoi cells of varieties* (2022).
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.continuation.component_points import component_points
from critlocus.continuation.ed import critical_points, plain_distance
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import gather
from critlocus.continuation.ray_checks import confirm_rays
from critlocus.continuation.rays import FOCAL, TIE_UNPROVEN, Rays
from critlocus.continuation.ties import ties_over
from critlocus.errors import InputError
from critlocus.metrics import definite_metric
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.normals import NormalSpace, normal_line, normal_space
from critlocus.problems.voronoi import TangentSpheres
from critlocus.progress import Reporter, silent
from critlocus.solvers.native import NativeSolver
from critlocus.varieties import parse_variety
from critlocus.varieties.singular_points import real_singular_points
from critlocus.varieties.variety import Variety
from critlocus.voronoi.cell import KIND, VoronoiCell

__all__ = ["KIND", "VoronoiCell", "voronoi"]

_CHECKS = 8


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
        A smooth real point of the variety, to three digits or more; default: a random one, away from singular points.
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
        If the variety, the metric, the point, the plane or the seed cannot be used.
    Interrupted
        On Ctrl-C.
    """
    if rays < 4 or max_rays < rays:
        raise InputError(f"voronoi: {rays} rays, at most {max_rays}; at least 4 are needed")
    if seed < 0:
        raise InputError(f"seed: {seed} is negative")
    variety = parse_variety(variety) if isinstance(variety, str) else variety
    rng = np.random.default_rng(seed)
    q = definite_metric(variety, metric, rng)
    distance = plain_distance(variety, q, rng)
    if distance.dimension == len(variety.ambient):
        raise InputError(f"voronoi: {variety.name} fills its space: normal spaces are points")
    if distance.dimension == 0:
        raise InputError(f"voronoi: {variety.name} consists of finitely many points")
    space = normal_space(distance, None if at is None else np.asarray(at, np.float64), q, rng)
    cut = _plane(space, q, plane, rng)
    solver = NativeSolver(threads=threads or os.cpu_count() or 1)

    family = TangentSpheres(distance)
    parts = component_points(solver, variety, rng)
    starts = family.start_pairs(parts.points, rng)
    gathered = gather(
        solver, family.system, starts, family.random_parameters, Fibres(family.functions), rng,
        report=lambda run: report("monodromy", len(run.points), None, f"{run.quiet_loops} quiet loops"),
    )  # fmt: skip
    line = normal_line(space.y, space.forms, rng)
    ties, sheets = ties_over(solver, family, gathered, line, rng, solver.threads)
    codimension = distance.codimension if isinstance(distance, ImplicitDistance) else None
    singular = real_singular_points(variety, codimension, seed=seed, threads=solver.threads)
    others = np.zeros((0, len(variety.ambient))) if singular is None else singular
    cell = Rays(solver, family, space, cut, ties, others, rng, solver.threads)
    traced = cell.trace(rays, max_rays, report)
    found = VoronoiCell(
        variety.name, metric, q, seed, space.y, cut @ space.vectors, ties.x, ties.s,
        _focal_degree(space, line, q), traced.angles, traced.radius, traced.kind, traced.touching,
    )  # fmt: skip
    found.evidence = {
        **gathered.evidence, **parts.evidence, "lost_paths": ties.stuck, "ends": ties.ends,
        "degree_at_a_random_point": ties.general, "random_points_agree": ties.agreed,
    }  # fmt: skip
    found.notes += parts.notes
    if sheets is not None:
        found.evidence |= {"preimages": sheets.count, "preimages_settled": sheets.settled}
    report("checks", 0, None)
    found.checks = {
        "convex": _convex(found),
        **confirm_rays(
            traced,
            space,
            cut,
            others,
            _CHECKS,
            lambda u: critical_points(solver, variety, q, (u @ q).astype(np.complex128), parts.points, rng),
        ),
    }
    if found.degree == 0 and np.any(found.kind == FOCAL):
        found.notes.append("there are no isolated ties: where the cell ends, y is a focal point")
    if found.degree < ties.general:
        why = "is special" if ties.doubtful == 0 else "may be special, or ties are lost"
        found.notes.append(
            f"the point {why}: a random one has {ties.general} ties (at a vertex or on a ridge some are y itself)"
        )
    if isinstance(distance, ImplicitDistance) and not distance.complete:
        found.notes.append(
            "certificates are about random combinations of the equations; that the others vanish, too, is numerical"
        )
    if unproven := int(np.count_nonzero(found.kind == TIE_UNPROVEN)):
        found.notes.append(
            f"{unproven} rays end at ties that are real only numerically: parameters not real, or no regular tie"
        )
    if singular is None:
        found.notes.append(
            "singular points of the variety can be nearer than its smooth points; they are not looked at"
        )
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
