"""Degenerate critical points: ``F = 0, H v = 0`` over a line or a plane of data, with H the Hessian.

Their images in data space are the ED discriminant: for a curve its evolute, in general the locus of focal points. On
a line ``p0 + s p1`` they are finitely many, in a plane ``p0 + s p1 + t p2`` a curve, which is smooth in the space of
``(z, v, s, t)`` where its image has cusps and crossings. The conormal of the image at a point is ``(v.F_s, v.F_t)``;
it has a cusp where ``D^3[v, v, v] = 0``.

References: Catanese & Trifogli, *Focal loci of algebraic varieties* (2000); Draisma, Horobet, Ottaviani, Sturmfels &
Thomas, *The Euclidean distance degree of an algebraic variety* (2016), sec. 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError, NoRegularSolutions
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.data_lines import consecutive, minus_one, moved_data
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem

CONDITIONS = ("cusp", "tangent")


class Family(Protocol):
    """A family of critical-point systems whose equations are linear in the parameters that move.

    Attributes
    ----------
    n_unknowns, n_params : int
    n_kernel : int
        The kernel vector v is normalised on this many of its first entries (all but the multipliers).
    moving : int64 array
        The parameters that lines and planes of data move.
    """

    @property
    def n_unknowns(self) -> int: ...  # noqa: D102
    @property
    def n_params(self) -> int: ...  # noqa: D102
    @property
    def n_kernel(self) -> int: ...  # noqa: D102
    @property
    def moving(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def system(self) -> PolynomialSystem: ...  # noqa: D102

    def equations(self, graph: Graph, z: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return the gradient over nodes for unknowns and parameters."""
        ...

    def invariants(self, graph: Graph, z: Sequence[int]) -> list[int]:
        """Return nodes that are equal for unknowns that stand for the same critical point."""
        ...

    def random_parameters(self, rng: np.random.Generator, count: int | None = None) -> NDArray[np.complex128]:
        """Return generic complex parameters."""
        ...

    def degenerate_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], ...]]:
        """Return some triples (z, v, p) with F(z; p) = 0 and H(z; p) v = 0."""
        ...


class DegeneratePoints:
    """The degenerate critical points of a family over a line (``dims=1``) or a plane (``dims=2``) of data.

    Unknowns: z, v, s (and t). Parameters: p0 (all), p1 (those that move), p2 (of a plane), c with ``c.v = 1``, and
    those of the condition: for ``tangent`` (alpha, beta) with ``v.(alpha F_s + beta F_t) = 0``, for ``cusp`` (a0, a1,
    a2) with ``D^3[v, v, v] = a0 + a1 s + a2 t``. Cusps themselves, with a = 0, may be isolated points that no loop in
    the space of planes moves; for generic a the solutions are as connected as the curve is: they are where the curve of
    ``(s, t, D^3)`` meets a plane. For them ``c.df(v) = 1``, with df(v) the direction on the variety: an own length of v
    in every chart has more solutions, near the places where the chart folds (684 for 3-2-1:x^2, instead of 180).

    Parameters
    ----------
    family : Family
    dims : {1, 2}
    condition : {None, "cusp", "tangent"}
        Cuts the curve in a plane down to its cusps, or to where its image is tangent to ``(alpha, beta)``.
    """

    def __init__(self, family: Family, dims: int = 1, condition: str | None = None) -> None:
        if (condition is not None) != (dims == 2) and condition is not None:
            raise ValueError("a condition belongs to a plane")
        self.family, self.dims, self.condition = family, dims, condition
        self.n = family.n_unknowns

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where the parameters lie: p0, p1, p2, c, direction."""
        f = self.family
        sizes = {"p0": f.n_params, "p1": len(f.moving)}
        if self.dims == 2:
            sizes["p2"] = len(f.moving)
        sizes["c"] = self.n_measured
        if self.condition == "tangent":
            sizes["direction"] = 2
        elif self.condition == "cusp":
            sizes["direction"] = 3
        return consecutive(sizes)

    @property
    def n_measured(self) -> int:
        """Length of what c measures: v, or the direction on the variety."""
        return self.family.n_kernel if self.condition != "cusp" else len(self.invariants.equations) - self.dims

    @property
    def n_params(self) -> int:
        """Number of parameters."""
        return int(max(s.stop for s in self.slices.values()))

    @property
    def places(self) -> list[int]:
        """Indices of the unknowns s (and t)."""
        return list(range(2 * self.n, 2 * self.n + self.dims))

    @property
    def parallel(self) -> NDArray[np.int64]:
        """The parameters that move the line or plane in parallel, for cusps the plane that meets the curve."""
        return np.array([self.slices["direction"].start]) if self.condition == "cusp" else self.family.moving

    @cached_property
    def system(self) -> PolynomialSystem:
        """The equations; one fewer than unknowns for the curve in a plane."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        v = [graph.variable() for _ in range(self.n)]
        moves = [graph.variable() for _ in range(self.dims)]
        parameters = [graph.parameter() for _ in range(self.n_params)]
        gradient = self.gradient(graph, z, moves, parameters)
        kernel = pullback(graph, gradient, v, z)  # H v: the Hessian is symmetric
        c, measured = parameters[self.slices["c"]], v[: self.family.n_kernel]
        if self.condition == "cusp":
            c, measured = pullback(graph, self.family.invariants(graph, z), c, z), v
        found = [*gradient, *kernel, minus_one(graph, c, measured)]
        if self.condition == "cusp":
            third = graph.dot(pullback(graph, [graph.dot(v, kernel)], [graph.constant(1)], z), v)
            a0, *slope = parameters[self.slices["direction"]]
            found.append(graph.sum([(1.0, third, NONE), (-1.0, a0, NONE),
                                    *((-1.0, a, m) for a, m in zip(slope, moves, strict=True))]))  # fmt: skip
        elif self.condition == "tangent":
            conormal = pullback(graph, gradient, v, moves)
            found.append(graph.dot(conormal, parameters[self.slices["direction"]]))
        return PolynomialSystem(graph, found)

    def gradient(self, graph: Graph, z: Sequence[int], moves: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return F at the datum ``p0 + s p1 (+ t p2)``."""
        p0, *directions = (parameters[self.slices[f"p{k}"]] for k in range(len(moves) + 1))
        return self.family.equations(graph, z, moved_data(graph, p0, self.family.moving.tolist(), directions, moves))

    @cached_property
    def invariants(self) -> PolynomialSystem:
        """The map to (what tells critical points apart, s, t)."""
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        _ = [graph.variable() for _ in range(self.n)]
        moves = [graph.variable() for _ in range(self.dims)]
        return PolynomialSystem(graph, [*self.family.invariants(graph, z), *moves])

    def at_datum(self, graph: Graph, z: Sequence[int], v: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """Return the nodes of F and of H v at the datum with given parameters, without a normalisation of v."""
        gradient = self.family.equations(graph, z, parameters)
        return [*gradient, *pullback(graph, gradient, v, z)]

    def cubic(self, z: NDArray[np.complex128], v: NDArray[np.complex128], p: NDArray[np.complex128]) -> complex:
        """Return ``D^3[v, v, v]``, which vanishes at cusps."""
        graph, outputs = self._cubic
        return complex(PolynomialSystem(graph, outputs)(np.concatenate([z, v]), p)[0])

    @cached_property
    def _cubic(self) -> tuple[Graph, list[int]]:
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        v = [graph.variable() for _ in range(self.n)]
        p = [graph.parameter() for _ in range(self.family.n_params)]
        kernel = self.at_datum(graph, z, v, p)[self.n :]
        return graph, [graph.dot(pullback(graph, [graph.dot(v, kernel)], [graph.constant(1)], z), v)]

    def row(self, p0: NDArray[np.complex128], directions: Sequence[NDArray[np.complex128]],
            c: NDArray[np.complex128], direction: Sequence[complex] = ()) -> NDArray[np.complex128]:  # fmt: skip
        """Return the parameters of one line or plane."""
        return np.concatenate([p0, *directions, c, np.asarray(direction, np.complex128)]).astype(np.complex128)

    def random_rows(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return parameters of generic lines or planes, shape ``(count, n_params)``, of very different sizes."""
        rows = np.empty((count, self.n_params), np.complex128)
        rows[:, self.slices["p0"]] = self.family.random_parameters(rng, count)
        for k in range(self.dims):
            rows[:, self.slices[f"p{k + 1}"]] = self.family.random_parameters(rng, count)[:, self.family.moving]
        c = self.slices["c"]
        rows[:, c] = complex_normal(rng, (count, c.stop - c.start))
        if self.condition:
            size = self.slices["direction"].stop - self.slices["direction"].start
            rows[:, self.slices["direction"]] = complex_normal(rng, (count, size)) * np.exp(
                rng.standard_normal((count, 1))
            )
        return rows

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return pairs (unknowns, parameters) that solve the system, from the focal points over one random point."""
        return [self._through(z, v, p, rng) for z, v, p in self.family.degenerate_pairs(rng)]

    def _through(
        self, z: NDArray[np.complex128], v: NDArray[np.complex128], p: NDArray[np.complex128], rng: np.random.Generator
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Lay a random line or plane through the datum p."""
        row = self.random_rows(rng, 1)[0]
        moves = complex_normal(rng, (self.dims,))
        base = p.copy()
        for k in range(self.dims):
            base[self.family.moving] -= moves[k] * row[self.slices[f"p{k + 1}"]]
        row[self.slices["p0"]] = base
        v = v / (row[self.slices["c"]] @ self._measured(np.concatenate([z, v, moves])))
        if self.condition == "tangent":
            by_parameter = self.conormal(z, v, p)
            a, b = (by_parameter @ row[self.slices[f"p{k}"]] for k in (1, 2))
            row[self.slices["direction"]] = np.array([-b, a]) * complex_normal(rng, (1,)) / np.hypot(abs(a), abs(b))
        x = np.concatenate([z, v, moves, self._rest(z, row)])
        if self.condition == "cusp":
            row[self.slices["direction"].start] += self.system(x, row)[-1] / self._unit(x)
        return x, row

    def _measured(self, x: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return what c measures at unknowns z, v, s (and t)."""
        v = x[self.n : 2 * self.n]
        if self.condition != "cusp":
            return v[: self.family.n_kernel]
        return np.asarray(self.invariants.jacobian(x, np.zeros(0))[: -self.dims, : self.n] @ v)

    def _unit(self, x: NDArray[np.complex128]) -> complex:
        """Return what the condition ``cusp`` changes by if a0 is one less."""
        return 1.0

    def _rest(self, z: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the unknowns that follow s and t."""
        return np.zeros(0, np.complex128)

    def conormal(
        self, z: NDArray[np.complex128], v: NDArray[np.complex128], p: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Return ``v . dF/dp`` by the parameters that move: the conormal of the discriminant, shape ``(n_moving,)``."""
        graph, outputs = self._conormal
        values = PolynomialSystem(graph, outputs)(np.concatenate([z, v]), p)
        return np.asarray(values)

    @cached_property
    def _conormal(self) -> tuple[Graph, list[int]]:
        graph = Graph()
        z = [graph.variable() for _ in range(self.n)]
        v = [graph.variable() for _ in range(self.n)]
        p = [graph.parameter() for _ in range(self.family.n_params)]
        gradient = self.family.equations(graph, z, p)
        return graph, pullback(graph, gradient, v, [p[i] for i in self.family.moving])


def focal_points(
    base: NDArray[np.complex128], change: NDArray[np.complex128], tangent: NDArray[np.complex128]
) -> list[tuple[complex, NDArray[np.complex128]]]:
    """Return the (t, w) with ``T^T (base + t change) T w = 0``: focal distances along a normal, and their directions.

    Parameters
    ----------
    base, change : complex128 arrays, shape (n, n)
        The Hessian is ``base + t change``.
    tangent : complex128 array, shape (n, k)
        T, a basis of the directions that count.

    Raises
    ------
    InputError
        If there are no directions, or the Hessian is singular for every t.
    NoRegularSolutions
        If it is for none.
    """
    if tangent.shape[1] == 0:
        raise InputError("discriminant: the variety consists of finitely many points, which never collide")
    a, b = tangent.T @ base @ tangent, tangent.T @ change @ tangent
    if np.linalg.cond(a) > 1e12:
        raise InputError("discriminant: every critical point is degenerate: the critical points are not isolated")
    values, vectors = np.linalg.eig(np.linalg.solve(a, b))
    largest = np.abs(values).max(initial=0.0)
    used = np.flatnonzero(np.abs(values) > 1e-9 * max(largest, 1e-9))
    if len(used) == 0:
        raise NoRegularSolutions("discriminant: no critical point is ever degenerate: the discriminant is empty")
    return [(-1 / complex(values[k]), np.asarray(vectors[:, k])) for k in used]
