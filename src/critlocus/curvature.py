"""The smallest radius of curvature of a real curve: from all its complex vertices, certified where they are real."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

# By way of the package, so that `critlocus.solve_system` stays the function and does not become its module.
from critlocus import solve_system
from critlocus.certify import REAL, certify
from critlocus.errors import InputError
from critlocus.problems.bottlenecks import points_on_line
from critlocus.problems.curvature import critical_points_of_equation, vertices_of_parametrized, vertices_of_plane_curve
from critlocus.solve_system import EndKind, SystemSolutions
from critlocus.tape.enclose import enclose
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.variety import ParametrizedVariety, Variety

_ON = 1e-8
_NEARLY_REAL = 1e-9
_TRIES = 4


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
        Complex vertices found, and those proven real.
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
    """Solve for the vertices of a plane curve or of a curve with one parameter.

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
    if hasattr(variety, "mu"):
        parametrized = cast(ParametrizedVariety, variety)
        if parametrized.n_weights != 1:
            return Curvature("not solved: the variety is not a curve with one parameter").record()
        system, values = vertices_of_parametrized(parametrized, q)
        singular = False
    else:
        if len(variety.ambient) != 2:
            return Curvature("not solved: the variety is not a plane curve").record()
        system, values = vertices_of_plane_curve(variety, q)
        singular = _has_real_singular_point(variety, seed, threads)
    constant = _constant_radius(variety, values, seed)
    try:
        with np.errstate(all="ignore"):
            found = _decided(system, seed, threads)
    except (InputError, np.linalg.LinAlgError) as error:  # constant equations: a line with a parameter; too many paths
        return Curvature(f"not solved: {error}", radius=constant, singular=singular).record()
    return _smallest(system, found, values, constant, singular=singular).record()


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
    if hasattr(variety, "mu"):
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
