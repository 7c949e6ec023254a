"""The smallest radius of curvature: from all complex critical curvatures, certified where they are real."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

# By way of the package, so that `critlocus.solve_system` stays the function and does not become its module.
from critlocus import solve_system
from critlocus.certify import REAL, certify
from critlocus.continuation.component_points import component_points
from critlocus.continuation.ends import EndKind
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import Gathered, SpecialEnd, classify_ends, gather
from critlocus.continuation.monodromy import MonodromyOptions
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.transport import Transport, Transporter
from critlocus.errors import InputError, Interrupted
from critlocus.problems.curvature import critical_points_of_equation, vertices_of_parametrized, vertices_of_plane_curve
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.linear_section import points_on_line
from critlocus.problems.normal_curvature import NormalCurvature, UnitFrames
from critlocus.problems.quadratic_form import FixedForm
from critlocus.solve_system import SystemSolutions
from critlocus.solvers.native import NativeSolver
from critlocus.tape.derivatives import pullback
from critlocus.tape.enclose import enclose
from critlocus.tape.expand import expand
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.variety import ImplicitVariety, ParametrizedVariety, Variety, is_parametrized

_ON = 1e-8
_AT_END = 1e-9
_NEARLY_REAL = 1e-9
_TRIES = 4
_MAX_IDLE = 8
MAX_CURVATURES = 20_000


@dataclass(eq=False)
class Curvature:
    """What is known of the smallest radius of curvature.

    Attributes
    ----------
    status : str
        ``solved``, or why not.
    radius, error : float or None
        The smallest radius at a vertex that is proven real, and a proven bound of its error.
    point : list of float
        Where it is attained.
    vertices, real_vertices : int or None
        Complex vertices found, and those proven real. In higher dimension: critical curvatures with their tangent and
        normal directions, up to signs.
    undecided_paths : int
        Paths of the total-degree homotopy of which it is not known where they end.
    singular : bool
        The variety has a real singular point (numerically): the radius is 0.
    """

    status: str
    radius: float | None = None
    error: float | None = None
    point: list[float] = field(default_factory=list)
    vertices: int | None = None
    real_vertices: int | None = None
    undecided_paths: int = 0
    singular: bool = False

    def record(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return asdict(self)


def smallest_radius(variety: Variety, q: NDArray[np.float64], *, seed: int = 0, threads: int = 1) -> dict[str, Any]:
    """Solve for the vertices of a curve, or for the critical normal curvatures of a variety given by equations.

    Parameters
    ----------
    variety : Variety
    q : float64 array, shape (N, N)
        The metric.

    Returns
    -------
    dict
        The fields of `Curvature`. Other varieties have the status ``not solved: ...``.
    """
    if is_parametrized(variety):
        if variety.n_weights != 1:
            return Curvature("not solved: the variety is not a curve with one parameter").record()
        system, values = vertices_of_parametrized(variety, q)
        singular = _stops(variety)
    else:
        if len(variety.ambient) != 2:
            return curvature_of_frames(variety, q, seed=seed, threads=threads).record()
        system, values = vertices_of_plane_curve(variety, q)
        singular = _has_real_singular_point(variety, seed, threads)
    constant = _constant_radius(variety, values, seed)
    try:
        with np.errstate(all="ignore"):
            found = _decided(system, seed, threads)
    except (InputError, np.linalg.LinAlgError) as error:  # constant equations: a line with a parameter; too many paths
        return Curvature(f"not solved: {error}", radius=constant, singular=singular).record()
    return _smallest(system, found, values, constant, singular=singular).record()


def _stops(variety: ParametrizedVariety) -> bool:
    """Tell, numerically, whether the velocity of a curve with one parameter vanishes somewhere: at a real cusp."""
    graph = Graph()
    t = graph.variable()
    velocity = [pullback(graph, [node], [graph.constant(1)], [t])[0] for node in variety.mu(graph, [t])]
    polynomials = [p for p in expand(graph, velocity, []) if p]
    if not polynomials:
        return False
    rows = [[p.get((k,), 0) for k in range(max(e[0] for e in p), -1, -1)] for p in polynomials]
    roots = np.roots(min(rows, key=len))
    roots = roots[np.abs(roots.imag) <= 1e-6 * np.maximum(1, np.abs(roots))].real
    sizes = [np.polyval(np.abs(row), np.maximum(1, np.abs(roots))) for row in rows]
    small = [np.abs(np.polyval(row, roots)) <= 1e-6 * size for row, size in zip(rows, sizes, strict=True)]
    return bool(np.all(small, axis=0).any())


def _decided(system: PolynomialSystem, seed: int, threads: int) -> SystemSolutions:
    """Solve again, with other random constants, while there are paths of which the end is not known."""
    best = None
    for k in range(_TRIES):
        found = solve_system(system, seed=seed + k, threads=threads)
        undecided = np.count_nonzero(found.kinds == EndKind.UNDECIDED)
        if best is None or undecided < np.count_nonzero(best.kinds == EndKind.UNDECIDED):
            best = found
        if undecided == 0:
            break
    return cast(SystemSolutions, best)


def _constant_radius(variety: Variety, values: PolynomialSystem, seed: int) -> float | None:
    """Return the smallest radius of curvature that is constant along a component of a plane curve: of a circle.

    Each component meets two random lines; curvatures that are the same on both are constant (numerically).
    """
    if is_parametrized(variety):
        return None
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(2):
        points = np.array(points_on_line(variety, rng)).reshape(-1, 2)
        found = values(points, np.zeros(0))
        with np.errstate(all="ignore"):
            lines.append(found[:, -2] / found[:, -1] ** 3)
    same = [a.real for a in lines[0] if np.any(np.abs(lines[1] - a) <= 1e-8 * np.abs(a)) and a.real > 1e-12]
    return float(1 / np.sqrt(max(same))) if same else None


def _smallest(
    system: PolynomialSystem,
    found: SystemSolutions,
    values: PolynomialSystem,
    constant: float | None,
    *,
    singular: bool,
) -> Curvature:
    # Points with a tiny imaginary part are tried once more on the real axes: next to 0 no part is relatively small.
    points = found.certificates.points
    size = np.maximum(1.0, np.abs(points).max(axis=1, initial=0.0))
    close = np.abs(points.imag).max(axis=1, initial=0.0) <= _NEARLY_REAL * size
    points = np.where(close[:, None], points.real, points)
    proof = certify(system, points, np.zeros((1, 0), np.complex128), np.zeros(len(points), np.int64))
    rows = np.flatnonzero((proof.real == REAL) & proof.certified)
    discs = enclose(values.graph, values.equations, proof.points[rows], proof.radius[rows])
    a, b = discs.centre[:, -2].real, discs.centre[:, -1].real
    ra, rb = discs.radius[:, -2], discs.radius[:, -1]
    undecided = int(np.count_nonzero(found.kinds == EndKind.UNDECIDED))
    result = Curvature("solved", vertices=len(found.points), real_vertices=len(rows), undecided_paths=undecided)
    result.singular = singular
    if constant is not None:
        result.status, result.radius = "constant along a component: numerical, and not proven real", constant
    elif np.any(found.kinds == EndKind.ON_COMPONENT):
        result.status = "not solved: vertices that are not isolated"
    curved = np.flatnonzero((a > ra) & (b > rb))  # not an inflection, nor a point where the tangent vector vanishes
    if len(curved):
        low = np.sqrt((b[curved] - rb[curved]) ** 3 / (a[curved] + ra[curved]))
        high = np.sqrt((b[curved] + rb[curved]) ** 3 / (a[curved] - ra[curved]))
        best = int(np.argmin(low))
        if constant is not None and constant < low[best]:
            return result
        result.radius = float((low[best] + high[best]) / 2)
        result.error = float((high[best] - low[best]) / 2 * (1 + 1e-10) + 1e-15 * high[best])
        result.point = discs.centre[curved[best], :-2].real.tolist()
    return result


def curvature_of_frames(
    variety: ImplicitVariety, q: NDArray[np.float64], *, seed: int = 0, threads: int = 1
) -> Curvature:
    """Solve for all critical normal curvatures of a variety given by as many equations as its codimension."""
    rng = np.random.default_rng(seed)
    codimension = ImplicitDistance(variety, FixedForm(q), rng)
    if not codimension.complete:
        return Curvature("not solved: there are more equations than the codimension")
    singular = codimension.codimension == 1 and _has_real_singular_point(variety, seed, threads)
    family = NormalCurvature(UnitFrames(variety, q, codimension.codimension))
    functions = Fibres(family.functions)
    solver = NativeSolver(threads=threads)
    starts = family.start_pairs(component_points(solver, variety, rng).points, rng)
    options = MonodromyOptions(max_points=MAX_CURVATURES, max_idle=_MAX_IDLE)
    gathered = gather(solver, family.system, starts, family.random_parameters, functions, rng, options)
    zero = np.zeros((1, family.width), np.complex128)
    carrier = Transporter(
        solver, family.system, gathered.run.points, gathered.parameters, family.random_parameters, functions
    )
    moved = carrier(zero, rng)
    if moved.paths.interrupted:
        raise Interrupted("stopped")
    points = family.images(moved.paths.points[moved.paths.success])
    points = points[match_orbits(points, functions) == np.arange(len(points))]
    proof = certify(family.system, points, zero, np.zeros(len(points), np.int64), threads=threads)
    rows = np.flatnonzero(proof.certified & (proof.real == REAL))
    values = enclose(family.functions.graph, family.functions.equations, proof.points[rows], proof.radius[rows])
    size, spread = np.abs(values.centre[:, -1].real), values.radius[:, -1]
    certified = int(np.count_nonzero(proof.certified))
    result = Curvature("solved", vertices=certified // 4, real_vertices=len(rows) // 4, singular=singular)
    largest = float((size - spread).max(initial=0.0))
    beyond, open_ = _not_isolated(solver, family, gathered, moved, largest)
    result.undecided_paths = len(moved.stuck)
    if gathered.run.members < 2:
        result.status = "not complete: no two members of the family agree on the count"
    if beyond is not None:
        result.undecided_paths += open_
        result.status, result.radius = "not isolated: numerical, and not proven real", 1 / beyond
        if gathered.run.members < 2:
            result.status += "; no two members of the family agree on the count"
        return result
    if len(rows) == 0:
        result.status = "not solved: there is no isolated real critical curvature"
        return result
    best = int(np.argmax(size - spread))
    low, high = 1 / (size[best] + spread[best]), 1 / (size[best] - spread[best])
    result.radius, result.error = float((low + high) / 2), float((high - low) / 2 * (1 + 1e-10) + 1e-15 * high)
    result.point = values.centre[best, : len(variety.ambient)].real.tolist()
    return result


def _not_isolated(
    solver: NativeSolver, family: NormalCurvature, gathered: Gathered, moved: Transport, largest: float
) -> tuple[float | None, int]:
    """Return the largest curvature above the given one at singular ends of paths that may be real (as on a sphere).

    Also the number of paths whose ends the endgame did not settle, and that may have such a curvature.
    """
    bad = np.flatnonzero(~moved.paths.success)
    last = moved.paths.points[bad]
    with np.errstate(all="ignore"):
        rough = family.functions(last, np.zeros(0))[:, -1]
    bad = bad[np.isfinite(last).all(axis=1) & (np.abs(rough) > 0.99 * largest)]
    starts, zero = gathered.run.points[bad], np.zeros(family.width, np.complex128)
    kinds, ends = classify_ends(
        solver, family.system, starts, moved.paths.points[bad], gathered.parameters, zero,
        lambda z: np.full(len(z), np.inf),
    )  # fmt: skip
    # Next to a curve of solutions loops need not close. If none did, then the last points, as near to t = 1 as steps
    # can be, give a rough value.
    open_ = kinds == SpecialEnd.UNDECIDED
    near = open_ & (moved.paths.t[bad] > 1 - _AT_END)
    for points in (ends[kinds == SpecialEnd.SINGULAR], moved.paths.points[bad][near]):
        values = family.functions(points, np.zeros(0))[:, -1]
        real = np.abs(values[np.abs(values.imag) <= 1e-5 * np.abs(values)])
        beyond = real[real > max(largest * (1 + 1e-5), 1e-9)]
        if len(beyond):
            return float(beyond.max()), int(np.count_nonzero(open_))
    return None, int(np.count_nonzero(open_))


def _has_real_singular_point(variety: Any, seed: int, threads: int) -> bool:
    """Tell, numerically, whether a hypersurface has a real singular point."""
    system, value = critical_points_of_equation(variety)
    try:
        with np.errstate(all="ignore"):
            found = solve_system(system, seed=seed, threads=threads)
    except (InputError, np.linalg.LinAlgError):  # a linear or constant gradient: a quadric or less
        return False
    points = np.concatenate([found.points, found.singular])
    scale = np.maximum(1.0, np.abs(points).max(axis=1, initial=0.0))
    real = np.abs(points.imag).max(axis=1, initial=0.0) <= 1e-6 * scale
    size = np.array([np.abs(value.jacobian(p, np.zeros(0))).max() for p in points + 1.0]) if len(points) else scale
    zero = np.abs(value(points, np.zeros(0))[:, 0]) <= _ON * np.maximum(size, 1e-300)
    return bool(np.any(real & zero))
