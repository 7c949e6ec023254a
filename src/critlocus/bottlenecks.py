"""All bottlenecks of a variety, certified; the narrowest real one, and the reach.

The reach is the largest r such that every point at distance below r has a unique nearest point. It is the smaller one
of half the narrowest bottleneck and the smallest radius of curvature. Reference: Aamari, Kim, Chazal, Michel, Rinaldo
& Wasserman, *Estimating the reach of a manifold* (2019).
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from critlocus.bottleneck_pairs import KIND, Bottlenecks
from critlocus.certify import REAL, certify
from critlocus.continuation.component_points import component_points
from critlocus.continuation.ed import ed_points, plain_distance
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import SpecialEnd, classify_ends, gather
from critlocus.continuation.transport import Transporter
from critlocus.curvature import Curvature, smallest_radius
from critlocus.distinct import overlapping_boxes
from critlocus.errors import InputError, Interrupted
from critlocus.metrics import metric_matrix
from critlocus.problems.bottlenecks import bottleneck_parameters, pair_family, split_pairs, squared_width, start_pairs
from critlocus.problems.distance import Distance, ImplicitDistance
from critlocus.problems.normals import normal_covectors
from critlocus.progress import Reporter, silent
from critlocus.solvers.native import NativeSolver
from critlocus.tape.enclose import enclose
from critlocus.tape.graph import Graph
from critlocus.varieties import parse_variety
from critlocus.varieties.variety import Variety
from critlocus.varieties.vertex import Vertices, enough, vertices

__all__ = ["KIND", "Bottlenecks", "bottlenecks", "definite_metric"]

_WIDTHS = 1e-6
_CROSSING = 1e-8


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
    size = len(variety.ambient)
    plain = plain_distance(variety, q, rng)
    if plain.dimension == 0:
        raise InputError(f"bottlenecks: {variety.name} consists of finitely many points")
    kept = vertices(normal_covectors(plain, plain.start_pair(rng)[0]) for _ in range(enough(size)))
    if kept.apex is not None or len(kept.directions):
        return _degenerate(variety, metric, q, seed, kept, plain.dimension)

    family = pair_family(variety, q, rng)
    functions = Fibres(family.functions)
    parts = component_points(solver, variety, rng)
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
    found, sure = _proven(family, points[on], target, solver.threads)
    # What is not proven may be a point of a curve of pairs, or next to the diagonal: the endgame tells.
    rest = ~moved.paths.success
    rest[rows[on][~sure]] = True
    kinds, special = classify_ends(
        solver, family.system, gathered.run.points[rest], moved.paths.points[rest], gathered.parameters, target,
        lambda z: _gap(family, z),
    )  # fmt: skip
    ends = {"regular": found.count, "at crossings": int(crossing.sum())}
    ends["off the variety"] = int((~on & ~crossing).sum())
    ends |= {name.name.lower().replace("_", " "): int(np.count_nonzero(kinds == name)) for name in SpecialEnd}
    ends["on the diagonal"] = ends.pop("excluded")
    found.variety, found.metric, found.q, found.seed = variety.name, metric, q, seed
    found.ends = ends
    if isinstance(family, ImplicitDistance) and not family.complete:
        found.notes.append(
            "certificates are about random combinations of the equations; that the others vanish, too, is numerical"
        )
    found.singular_widths = _values(family, special[kinds == SpecialEnd.SINGULAR])
    square = len(x) ** 2
    found.evidence = {
        **gathered.evidence, **parts.evidence, "lost_paths": ends["undecided"], "ed_degree": len(x),
        "generic_count_is_its_square": square == len(gathered.run.points),
        "generic_count_is_too_small": square > len(gathered.run.points), "pairs_come_twice": found.count % 2 == 0,
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


def definite_metric(variety: Variety, metric: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a positive definite metric, shape ``(N, N)``.

    Raises
    ------
    InputError
        If it is not positive definite, or is none of the variety's own.
    """
    if metric == "data":
        raise InputError(
            "metric data: it belongs to a loss on data; use gaussian, bombieri, frobenius, generic or a file"
        )
    q = metric_matrix(variety.ambient, metric, rng)
    if np.linalg.eigvalsh(q).min() <= 0:
        raise InputError(f"metric {metric}: it is not positive definite, so that there are no distances")
    return q


def _crossings(family: Distance, z: NDArray[np.complex128]) -> NDArray[np.bool_]:
    """Tell which solutions are two branches of a parametrised variety through one point: x = y, yet regular."""
    if isinstance(family, ImplicitDistance):
        return np.zeros(len(z), bool)
    f = family.points(z)
    x, y = np.split(f, 2, axis=1)
    size = np.maximum(np.linalg.norm(f, axis=1), np.linalg.norm(z, axis=1))
    return np.asarray(np.linalg.norm(x - y, axis=1) <= _CROSSING * size)


def _gap(family: Distance, z: NDArray[np.complex128]) -> NDArray[np.float64]:
    f = family.points(z)
    x, y = np.split(f, 2, axis=1)
    return np.asarray(np.linalg.norm(x - y, axis=1) / np.maximum(np.linalg.norm(f, axis=1), 1e-300))


def _values(family: Distance, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return the distinct squared widths."""
    x, y = np.split(family.points(z), 2, axis=1)
    q = family.form.matrix(np.ones(3, np.complex128))[: x.shape[1], : x.shape[1]]
    values = np.sort_complex(np.einsum("ij,jk,ik->i", x - y, q, x - y))
    distinct: list[complex] = []
    for value in values.tolist():
        if all(abs(value - other) > _WIDTHS * max(1.0, abs(value)) for other in distinct):
            distinct.append(value)
    return np.array(distinct, np.complex128)


def _proven(
    family: Distance, points: NDArray[np.complex128], target: NDArray[np.complex128], threads: int
) -> tuple[Bottlenecks, NDArray[np.bool_]]:
    """Certify pairs; return those that are proven to exist and to have x != y, and which these are."""
    proof = certify(family.system, points, target[None, :], np.zeros(len(points), np.int64), threads=threads)
    graph = Graph()
    z = [graph.variable() for _ in range(family.n_unknowns)]
    f = family.coordinates(graph, z)
    half = len(f) // 2
    sure = np.flatnonzero(proof.certified)
    values = enclose(graph, [*f, squared_width(family, graph, z)], proof.points[sure], proof.radius[sure])
    centre, radius = values.centre[:, :-1], values.radius[:, :-1]
    apart = np.abs(centre[:, :half] - centre[:, half:]) > (radius[:, :half] + radius[:, half:]) * (1 + 1e-12)
    kept = apart.any(axis=1)
    sure, centre, radius = sure[kept], centre[kept], radius[kept]
    square, spread = values.centre[kept, -1].real, values.radius[kept, -1]
    distinct = np.ones(len(sure), bool)
    distinct[np.unique(overlapping_boxes(centre, radius, np.zeros(len(sure), np.int64)))] = False
    both, real = family.points(proof.points[sure]), proof.real[sure]
    width, error = np.full(len(sure), np.nan), np.full(len(sure), np.nan)
    rows = real == REAL
    width[rows] = np.sqrt(square[rows])
    bound = spread[rows] / np.sqrt(np.maximum(square[rows] - spread[rows], 1e-300))
    error[rows] = np.where(square[rows] > spread[rows], bound, np.inf)
    order = np.lexsort((both[:, 0].real, np.where(np.isnan(width), np.inf, width)))
    x, y = both[order, :half], both[order, half:]
    mask = np.zeros(len(points), bool)
    mask[sure] = True
    return Bottlenecks(
        "", "", np.zeros((0, 0)), 0, x, y, np.ones(len(order), bool), distinct[order], real[order], width[order],
        error[order], np.zeros(0, np.complex128),
    ), mask  # fmt: skip


def _degenerate(
    variety: Variety, metric: str, q: NDArray[np.float64], seed: int, kept: Vertices, dimension: int
) -> Bottlenecks:
    """Return the answer for cones, cylinders and linear spaces, whose bottlenecks are never isolated."""
    size = len(variety.ambient)
    nothing = np.zeros((0, size), np.complex128)
    none = np.zeros(0)
    found = Bottlenecks(
        variety.name, metric, q, seed, nothing, nothing.copy(), none.astype(bool), none.astype(bool),
        none.astype(np.int8), none, none.copy(), none.astype(np.complex128),
    )  # fmt: skip
    if len(kept.directions) == dimension:
        found.notes.append("the variety is a linear space: it has no bottlenecks, and its reach is infinite")
        found.curvature = Curvature(status="flat").record()
    elif kept.apex is not None:
        found.notes.append(
            "the variety is a cone: x and y minus its apex are tangent, so a bottleneck has <x - y, x - y> = 0. For a "
            "definite metric there is no real one; complex ones come in families, by scaling, and are not counted"
        )
        found.curvature = Curvature(status="solved", singular=True).record()
    else:
        found.notes.append(
            f"the variety is a cylinder along {len(kept.directions)} directions: bottlenecks come in families, by "
            "moving along them, and are not counted; cut it with a linear space across"
        )
        found.curvature = Curvature(status="cylinder").record()
    return found
