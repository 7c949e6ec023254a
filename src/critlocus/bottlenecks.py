"""All bottlenecks of a variety, certified; the narrowest real one, and the reach.

The reach is the largest r such that every point at distance below r has a unique nearest point. It is the smaller one
of half the narrowest bottleneck and the smallest radius of curvature. Reference: Aamari, Kim, Chazal, Michel, Rinaldo
& Wasserman, *Estimating the reach of a manifold* (2019).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.lines import evidence_line, lines
from critlocus.arrays_file import load_record, save_record
from critlocus.certify import REAL, certify
from critlocus.continuation.ed import ed_degree, plain_distance
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import SpecialEnd, classify_ends, gather
from critlocus.continuation.transport import Transporter
from critlocus.curvature import Curvature, smallest_radius
from critlocus.distinct import overlapping_boxes
from critlocus.errors import InputError, Interrupted
from critlocus.metrics import metric_matrix
from critlocus.problems.bottlenecks import bottleneck_parameters, pair_family, squared_width, start_pairs
from critlocus.problems.distance import Distance, ImplicitDistance
from critlocus.problems.normals import normal_covectors
from critlocus.progress import Reporter, silent
from critlocus.solvers.native import NativeSolver
from critlocus.tape.enclose import enclose
from critlocus.tape.graph import Graph
from critlocus.varieties import parse_variety
from critlocus.varieties.variety import Variety
from critlocus.varieties.vertex import Vertices, enough, vertices

KIND = "critlocus bottlenecks"
_WIDTHS = 1e-6
_CROSSING = 1e-8


@dataclass(eq=False)
class Bottlenecks:
    """Ordered pairs x != y of smooth points whose line is normal to the variety at both.

    Attributes
    ----------
    variety, metric : str
    q : float64 array, shape (N, N)
        The metric.
    seed : int
    x, y : complex128 arrays, shape (B, N)
    certified : bool array, shape (B,)
        Proven to exist, and to have x != y.
    distinct : bool array, shape (B,)
        Proven to be unlike all others.
    real : int8 array, shape (B,)
        1 proven real, 0 proven not real, -1 undecided.
    width : float64 array, shape (B,)
        ``|x - y|_Q`` of the pairs proven real, nan for others.
    width_error : float64 array, shape (B,)
        Proven bound of the error of the width.
    singular_widths : complex128 array, shape (S,)
        Distinct values of ``|x - y|_Q^2`` at ends of paths that are singular: pairs that are not isolated, or multiple,
        or have a singular point of the variety. Numerical.
    ends : dict
        Number of paths by where they ended.
    evidence : dict
    curvature : dict
        The smallest radius of curvature, see `critlocus.curvature`.
    notes : list of str
    """

    variety: str
    metric: str
    q: NDArray[np.float64]
    seed: int
    x: NDArray[np.complex128]
    y: NDArray[np.complex128]
    certified: NDArray[np.bool_]
    distinct: NDArray[np.bool_]
    real: NDArray[np.int8]
    width: NDArray[np.float64]
    width_error: NDArray[np.float64]
    singular_widths: NDArray[np.complex128]
    ends: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    curvature: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Ordered pairs found."""
        return len(self.x)

    @property
    def narrowest(self) -> int | None:
        """Row of the narrowest pair that is proven real."""
        return int(np.nanargmin(self.width)) if np.isfinite(self.width).any() else None

    @property
    def reach(self) -> dict[str, Any]:
        """The reach, its two halves, and what is known of them."""
        if self.curvature.get("status") == "flat":
            return _reach(None, None, None, "infinite: a linear space")
        if self.curvature.get("singular"):
            return _reach(0.0, None, None, "0: there is a real singular point (numerical)")
        row = self.narrowest
        half = None if row is None else float(self.width[row]) / 2
        radius = self.curvature.get("radius")
        floor = float(np.sqrt(self._positive_singular.min())) / 2 if len(self._positive_singular) else None
        known = [value for value in (half, radius, floor) if value is not None]
        value = min(known) if known else None
        if radius is None and self.curvature.get("status") != "solved":
            status = "an upper bound: only the bottleneck half is known" if known else "unknown"
            return _reach(value, half, radius, status)
        if floor is not None and value == floor:
            status = "bottlenecks that are not isolated have this width; whether real ones do is not proven"
        elif self.curvature["status"] != "solved" or self.curvature.get("undecided_paths"):
            status = "as complete as bottlenecks and curvature are; see the status of the curvature"
        else:
            status = "complete if no bottleneck and no vertex is missing, and no branches meet at infinity"
        return _reach(value, half, radius, status)

    @property
    def _positive_singular(self) -> NDArray[np.float64]:
        """Squared widths at singular ends that could belong to real pairs."""
        values = self.singular_widths
        near = np.abs(values.imag) <= 1e-6 * np.abs(values)
        return values.real[near & (values.real > 1e-9)]

    @property
    def complaints(self) -> list[str]:
        """What in the evidence says that bottlenecks may be missing."""
        found: list[str] = []
        if not self.evidence:  # a cone, a cylinder or a linear space
            return found
        if self.evidence["members"] < 2 or self.evidence["stop_reason"] != "quiet":
            found.append("no two members of the family agree on the count")
        if self.evidence["lost_paths"]:
            found.append("paths were lost on the way: bottlenecks may be missing")
        if not self.evidence["pairs_come_twice"]:
            found.append("an odd number of ordered pairs cannot be all of them")
        return found

    def text(self) -> str:
        """Return the summary as lines of text."""
        found = self.summary()
        narrowest, reach = found["narrowest"], found["reach"]
        rows = {
            "bottlenecks": f"{found['ordered']} ordered ({found['unordered']} unordered)",
            "certified": f"{found['certified']}, distinct {found['distinct']}, real {found['real']}",
        }
        if narrowest is not None:
            rows["narrowest"] = f"width {narrowest['width']:.12g}, error at most {narrowest['error']:.1e}"
        if self.curvature.get("radius") is not None:
            detail = self.curvature["status"]
            if self.curvature["real_vertices"]:
                detail += f": {self.curvature['vertices']} critical curvatures, {self.curvature['real_vertices']} real"
            if self.curvature["undecided_paths"]:
                detail += f"; {self.curvature['undecided_paths']} ends of paths undecided"
            rows["curvature"] = f"smallest radius {self.curvature['radius']:.12g} ({detail})"
        elif not self.curvature.get("singular"):
            rows["curvature"] = str(self.curvature["status"])
        value = "unknown" if reach["value"] is None else f"{reach['value']:.12g}"
        rows["reach"] = reach["status"] if reach["value"] is None else f"{value} ({reach['status']})"
        if len(self.singular_widths):
            values = ", ".join(f"{v:.6g}" for v in self.singular_widths.tolist())
            rows["not isolated"] = f"ends of paths with squared widths {values}"
        if self.evidence:
            square = f"ED degree {self.evidence['ed_degree']}, whose square the generic count is"
            if not self.evidence["generic_count_is_its_square"]:
                square += " not (isotropic points at infinity)"
            rows["evidence"] = f"{evidence_line(self.evidence)}; {square}"
        return lines(f"Bottlenecks of {self.variety}, metric {self.metric}, seed {self.seed}", rows, self.notes)

    def summary(self) -> dict[str, Any]:
        """Return counts and values as plain objects."""
        row = self.narrowest
        return {
            "variety": self.variety,
            "metric": self.metric,
            "seed": self.seed,
            "ordered": self.count,
            "unordered": self.count // 2,
            "certified": int(np.count_nonzero(self.certified)),
            "distinct": int(np.count_nonzero(self.distinct)),
            "real": int(np.count_nonzero(self.real == REAL)),
            "narrowest": None if row is None else {
                "width": float(self.width[row]), "error": float(self.width_error[row]),
                "x": self.x[row].real.tolist(), "y": self.y[row].real.tolist(),
            },
            "reach": self.reach,
            "curvature": {k: v for k, v in self.curvature.items() if not isinstance(v, np.ndarray)},
            "ends": self.ends,
            "singular_widths": [[v.real, v.imag] for v in self.singular_widths.tolist()],
            "evidence": self.evidence,
            "notes": self.notes,
        }  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all fields to an HDF5 file: arrays as datasets, the rest as attributes."""
        save_record(self, path, KIND)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Bottlenecks:
        """Read a file written by `save`."""
        return load_record(cls, path, KIND)


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
        If the variety or the metric cannot be used.
    Interrupted
        On Ctrl-C.
    """
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
    gathered = gather(
        solver, family.system, start_pairs(family, rng), family.random_parameters, functions, rng,
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
    good = moved.paths.success
    kinds, special = classify_ends(
        solver, family.system, gathered.run.points[~good], moved.paths.points[~good], gathered.parameters, target,
        lambda z: _gap(family, z),
    )  # fmt: skip
    points = moved.paths.points[good]
    on = np.ones(len(points), bool)
    if isinstance(family, ImplicitDistance):
        on = family.on_variety(family.points(points))
    crossing = on & _crossings(family, points)
    on &= ~crossing
    report("certify", 0, len(points))
    found = _proven(family, points[on], target, solver.threads)
    ends = {"regular": int(on.sum()), "at crossings": int(crossing.sum())}
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
    degree = ed_degree(solver, variety, q, rng)
    found.evidence = {
        **gathered.evidence, "lost_paths": len(moved.stuck), "ed_degree": degree,
        "generic_count_is_its_square": degree**2 == len(gathered.run.points), "pairs_come_twice": found.count % 2 == 0,
    }  # fmt: skip
    if curvature:
        report("curvature", 0, None)
        found.curvature = smallest_radius(variety, q, seed=seed, threads=solver.threads)
        if np.any(np.abs(points[crossing].imag).max(axis=1, initial=0.0) <= _CROSSING):
            found.curvature["singular"] = True
    else:
        found.curvature = Curvature(status="not asked for").record()
    return found


def _reach(value: float | None, half: float | None, radius: float | None, status: str) -> dict[str, Any]:
    return {"value": value, "half_width": half, "radius": radius, "status": status}


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
) -> Bottlenecks:
    """Certify pairs; enclose their points and widths."""
    count = len(points)
    proof = certify(family.system, points, target[None, :], np.zeros(count, np.int64), threads=threads)
    graph = Graph()
    z = [graph.variable() for _ in range(family.n_unknowns)]
    f = family.coordinates(graph, z)
    half = len(f) // 2
    sure = np.flatnonzero(proof.certified)
    values = enclose(graph, [*f, squared_width(family, graph, z)], proof.points[sure], proof.radius[sure])
    centre, radius = values.centre[:, :-1], values.radius[:, :-1]
    apart = np.abs(centre[:, :half] - centre[:, half:]) > (radius[:, :half] + radius[:, half:]) * (1 + 1e-12)
    certified = np.zeros(count, bool)
    certified[sure] = apart.any(axis=1)
    distinct = certified.copy()
    meeting = overlapping_boxes(centre, radius, np.zeros(len(sure), np.int64))
    distinct[sure[np.unique(meeting)]] = False
    both = family.points(proof.points)
    real = np.where(certified, proof.real, np.int8(-1)).astype(np.int8)
    width, error = np.full(count, np.nan), np.full(count, np.nan)
    rows = np.flatnonzero(real[sure] == REAL)
    square, spread = values.centre[rows, -1].real, values.radius[rows, -1]
    width[sure[rows]] = np.sqrt(square)
    error[sure[rows]] = np.where(square > spread, spread / np.sqrt(np.maximum(square - spread, 1e-300)), np.inf)
    order = np.lexsort((both[:, 0].real, np.where(np.isnan(width), np.inf, width)))
    x, y = both[order, :half], both[order, half:]
    nothing = np.zeros(0, np.complex128)
    return Bottlenecks(
        "", "", np.zeros((0, 0)), 0, x, y, certified[order], distinct[order], real[order], width[order], error[order],
        nothing,
    )  # fmt: skip


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
