"""All bottlenecks of a variety, certified; the narrowest real one, and the reach.

The reach is the largest r such that every point at distance below r has a unique nearest point. It is the smaller one
of half the narrowest bottleneck and the smallest radius of curvature. Reference: Aamari, Kim, Chazal, Michel, Rinaldo
& Wasserman, *Estimating the reach of a manifold* (2019).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from critlocus.bottlenecks.cones import without_isolated_pairs
from critlocus.bottlenecks.curvature import Curvature, smallest_radius
from critlocus.bottlenecks.pairs import KIND, Bottlenecks
from critlocus.bottlenecks.proven_pairs import proven_pairs
from critlocus.bottlenecks.singular_pairs import singular_pairs
from critlocus.continuation.component_points import component_points
from critlocus.continuation.component_samples import component_samples
from critlocus.continuation.ed import ed_points, plain_distance
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import SpecialEnd, classify_ends, gather
from critlocus.continuation.transport import Transporter
from critlocus.errors import InputError, Interrupted
from critlocus.metrics import definite_metric
from critlocus.problems.bottlenecks import bottleneck_parameters, pair_family, split_pairs, start_pairs
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.normals import normal_covectors
from critlocus.progress import Reporter, silent
from critlocus.solvers.native import NativeSolver
from critlocus.varieties import parse_variety
from critlocus.varieties.variety import Variety
from critlocus.varieties.vertex import enough, vertices

__all__ = ["KIND", "Bottlenecks", "bottlenecks"]

_CROSSING, _ROUNDING = 1e-8, 1e-6


def bottlenecks(
    variety: Variety | str,
    *,
    metric: str = "frobenius",
    seed: int = 0,
    threads: int | None = None,
    curvature: bool = True,
    report: Reporter = silent,
) -> Bottlenecks:
    """Find all bottlenecks of a variety.

    Parameters
    ----------
    variety : Variety or str
        Or the text that `critlocus.varieties.parse_variety` reads, such as ``equations:x^2+4*y^2-4``.
    metric : str
        See `critlocus.metrics`; ``data`` is not possible.
    seed : int
        Decides everything random.
    threads : int, optional
        Default: all processors.
    curvature : bool
        Look for the smallest radius of curvature, too.

    Raises
    ------
    InputError
        If the variety, the metric or the seed cannot be used.
    Interrupted
        On Ctrl-C.
    """
    if seed < 0:
        raise InputError(f"seed: {seed} is negative")
    variety = parse_variety(variety) if isinstance(variety, str) else variety
    rng = np.random.default_rng(seed)
    q = definite_metric(variety, metric, rng)
    solver = NativeSolver(threads=threads or os.cpu_count() or 1)
    plain = plain_distance(variety, q, rng)
    if plain.dimension == 0:
        raise InputError(f"bottlenecks: {variety.name} consists of finitely many points")
    parts = component_points(solver, variety, rng)
    kept = vertices(_normals(solver, plain, parts.points, rng))
    if kept.apex is not None or len(kept.directions):
        return without_isolated_pairs(variety, metric, q, seed, kept, plain.dimension)

    family = pair_family(variety, q, rng)
    functions = Fibres(family.functions)
    x, bx = ed_points(solver, variety, q, parts.points, rng)
    if isinstance(family, ImplicitDistance):  # a pair on every pair of components, and there on every sheet
        y, by = ed_points(solver, variety, q, parts.points, rng)
        starts = [family.start_pair(rng), split_pairs(family, x, bx, y, by)]
    else:
        starts = start_pairs(family, [], rng)
    gathered = gather(
        solver, family.system, starts, family.random_parameters, functions, rng,
        report=lambda run: report("monodromy", len(run.points), None, f"{run.quiet_loops} quiet loops"),
    )  # fmt: skip
    target = bottleneck_parameters(family)
    carrier = Transporter(
        solver, family.system, gathered.run.points, gathered.parameters,
        family.random_parameters, functions,
    )  # fmt: skip
    moved = carrier(target[None, :], rng)
    if moved.paths.interrupted:
        raise Interrupted("stopped")
    rows = np.flatnonzero(moved.paths.success)
    points = moved.paths.points[rows]
    on = np.ones(len(points), bool)
    if isinstance(family, ImplicitDistance):
        on = family.on_variety(family.points(points))
    crossing = on & _crossings(family, points)
    on &= ~crossing
    report("certify", 0, len(points))
    found, sure = proven_pairs(family, points[on], target, solver.threads)
    # What is not proven may be multiple, a point of a curve of pairs, or next to the diagonal: the endgame tells.
    rest = ~moved.paths.success
    rest[rows[on][~sure]] = True
    kinds, special = classify_ends(
        solver, family.system, gathered.run.points[rest], moved.paths.points[rest], gathered.parameters, target,
        lambda z: _gap(family, z),
    )  # fmt: skip
    several = singular_pairs(family, special[kinds == SpecialEnd.SINGULAR], target, rng)
    ends = {"regular": found.count, "at crossings": int(crossing.sum()), **several.ends}
    ends["off the variety"] += int((~on & ~crossing).sum())
    ends["undecided"] += int(np.count_nonzero(kinds == SpecialEnd.UNDECIDED))
    ends["at infinity"] = int(np.count_nonzero(kinds == SpecialEnd.AT_INFINITY))
    ends["on the diagonal"] = int(np.count_nonzero(kinds == SpecialEnd.EXCLUDED))
    found.variety, found.metric, found.q, found.seed = variety.name, metric, q, seed
    found.ends = ends
    found.multiple, found.multiplicity, found.multiple_width = several.multiple, several.multiplicity, several.width
    found.singular_widths, found.singular_point_widths = several.in_families, several.at_singular_points
    if isinstance(family, ImplicitDistance) and not family.complete:
        found.notes.append(
            "certificates are about random combinations of the equations; that the others vanish, too, is numerical"
        )
    square = len(x) ** 2
    found.evidence = {
        **gathered.evidence, **parts.evidence, "lost_paths": ends["undecided"], "ed_degree": len(x),
        "generic_count_is_its_square": square == len(gathered.run.points),
        "generic_count_is_too_small": square > len(gathered.run.points),
        "pairs_come_twice": found.count % 2 == 0 and len(found.multiple) % 2 == 0,
    }  # fmt: skip
    found.notes += parts.notes
    if curvature:
        report("curvature", 0, None)
        found.curvature = smallest_radius(variety, q, seed=seed, threads=solver.threads)
        if np.any(np.abs(points[crossing].imag).max(axis=1, initial=0.0) <= _CROSSING):
            found.curvature["singular"] = True
    else:
        found.curvature = Curvature(status="not asked for").record()
    return found


def _normals(
    solver: NativeSolver, plain: Distance, points: list[NDArray[np.complex128]], rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
    """Return enough random points of every component, each with its normal forms."""
    count = enough(len(plain.variety.ambient))
    if isinstance(plain, ImplicitDistance):
        samples = component_samples(solver, plain.variety, points, count, rng)
        samples = np.pad(samples, ((0, 0), (0, plain.codimension)))  # no multipliers
    else:
        samples = complex_normal(rng, (count, plain.n_unknowns))
    return (normal_covectors(plain, z) for z in samples)


def _crossings(family: Distance, z: NDArray[np.complex128]) -> NDArray[np.bool_]:
    """Tell which solutions are two branches of a parametrised variety through one point: x = y, yet regular."""
    if isinstance(family, ImplicitDistance):
        return np.zeros(len(z), bool)
    f = family.points(z)
    x, y = np.split(f, 2, axis=1)
    size = np.maximum(np.linalg.norm(f, axis=1), np.linalg.norm(z, axis=1))
    return np.asarray(np.linalg.norm(x - y, axis=1) <= _CROSSING * size)


def _gap(family: Distance, z: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return |x - y| relative to x and y; where both are next to 0, relative to what rounding leaves of z."""
    f = family.points(z)
    x, y = np.split(f, 2, axis=1)
    size = np.maximum(np.linalg.norm(f, axis=1), _ROUNDING * np.linalg.norm(z, axis=1))
    return np.asarray(np.linalg.norm(x - y, axis=1) / np.maximum(size, 1e-300))
