"""Data for which a critical point passes through the apex of a cone: the dual variety, over a line or a plane of data.

For a homogeneous variety X and a ray f of it, the critical points ``tau f`` with tau -> 0 belong to covectors b that
vanish on the tangent space of X along the ray, ``J(f)^T b = 0``: b is in the dual variety. There no critical points
collide, but the curvature of X along the ray goes through infinity and the index i becomes dim X - 1 - i.
Reference: Draisma, Horobet, Ottaviani, Sturmfels & Thomas (2016), sec. 5.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.data_lines import consecutive, minus_one, moved_data
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.local_chart import LocalDistance
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem


class ApexPoints:
    """The rays on which a critical point reaches the apex, over a line (``dims=1``) or a plane (``dims=2``).

    Unknowns: z (a point of the ray, in the chart), s (and t). Parameters: b0, b1 (b2), the weights of ``c.f = 1``,
    which picks a point of the ray, and for the condition ``tangent`` (alpha, beta) with ``f.(alpha b1 + beta b2) = 0``.

    Parameters
    ----------
    family : ParametrizedDistance
        Of a variety that is a cone.
    dims : {1, 2}
    condition : {None, "tangent"}
    """

    def __init__(self, family: ParametrizedDistance, dims: int = 1, condition: str | None = None) -> None:
        self.family, self.dims, self.condition = family, dims, condition
        self.n = family.n_unknowns

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where the parameters lie: p0, p1, p2, c, direction."""
        count = len(self.family.variety.ambient)
        sizes = dict.fromkeys(["p0", "p1", *(["p2"] if self.dims == 2 else []), "c"], count)
        if self.condition:
            sizes["direction"] = 2
        if isinstance(self.family, LocalDistance):
            sizes["chart"] = self.family.n_chart
        return consecutive(sizes)

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return int(max(s.stop for s in self.slices.values()))

    @property
    def places(self) -> list[int]:
        """Indices of the unknowns s (and t)."""
        return list(range(self.n, self.n + self.dims))

    @property
    def parallel(self) -> NDArray[np.int64]:
        """The parameters that move the line or plane in parallel."""
        return np.arange(self.slices["p0"].stop)

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations; one fewer than unknowns for the curve in a plane."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        moves = [graph.variable() for _ in range(self.dims)]
        parameters = [graph.parameter() for _ in range(self.n_params)]
        part = {name: parameters[where] for name, where in self.slices.items()}
        directions = [part[f"p{k + 1}"] for k in range(self.dims)]
        covector = moved_data(graph, part["p0"], range(len(part["p0"])), directions, moves)
        if isinstance(self.family, LocalDistance):
            self.family.use(part["chart"])
        f = self.family.coordinates(graph, z)
        found = [*pullback(graph, f, covector, z), minus_one(graph, part["c"], f)]
        if self.condition:
            conormal = [graph.dot(part[name], f) for name in ("p1", "p2")]
            found.append(graph.dot(conormal, part["direction"]))
        return PolynomialSystem(graph, found)

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (f, s, t)."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        moves = [graph.variable() for _ in range(self.dims)]
        return PolynomialSystem(graph, [*self.family.coordinates(graph, z), *moves])

    def row(
        self, p0: NDArray[np.complex128], directions: list[NDArray[np.complex128]], c: NDArray[np.complex128],
        direction: NDArray[np.complex128] | None = None,
    ) -> NDArray[np.complex128]:  # fmt: skip
        """Return the parameters of one line or plane."""
        parts = [p0, *directions, c, *([direction] if direction is not None else [])]
        return np.concatenate(parts).astype(np.complex128)

    def random_rows(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return parameters of generic lines or planes, of very different sizes."""
        rows = complex_normal(rng, (count, self.n_params))
        rows *= np.exp(1.5 * rng.standard_normal((count, 1)) + rng.standard_normal(rows.shape))
        return np.asarray(rows)

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return one pair: a random point, and a random covector that vanishes on its tangent space."""
        z, row = complex_normal(rng, (self.n,)), self.random_rows(rng, 1)[0]
        f = self.family.points(z)
        tangent = self.family.functions.jacobian(z, np.zeros(0))
        basis = np.linalg.svd(tangent.T)[2][self.n :].conj().T
        if basis.shape[1] == 0:
            return []
        covector = basis @ complex_normal(rng, (basis.shape[1],))
        moves = complex_normal(rng, (self.dims,))
        for k in range(self.dims):
            covector = covector - moves[k] * row[self.slices[f"p{k + 1}"]]
        row[self.slices["p0"]] = covector
        row[self.slices["c"]] /= row[self.slices["c"]] @ f
        if self.condition:
            a, b = (f @ row[self.slices[f"p{k}"]] for k in (1, 2))
            row[self.slices["direction"]] = np.array([-b, a]) / np.hypot(abs(a), abs(b))
        return [(np.concatenate([z, moves]), row)]


def is_cone(family: ParametrizedDistance, rng: np.random.Generator) -> bool:
    """Tell whether a variety contains the rays through its points: f is a tangent vector at a generic point."""
    z = complex_normal(rng, (family.n_unknowns,))
    tangent, f = family.functions.jacobian(z, np.zeros(0)), family.points(z)
    rest = f - tangent @ np.linalg.lstsq(tangent, f, rcond=None)[0]
    return bool(np.linalg.norm(rest) <= 1e-9 * np.linalg.norm(f))
