"""Ties of a point y of a variety with the component x = y divided out: ties next to y are as regular as others.

The equations of `critlocus.problems.voronoi.TangentSpheres` for a y on X hold for x = y and every s, so that a tie x
at a small distance from y (next to a vertex of a curve, or a ridge of a surface) is an ill-conditioned solution. Here
``x = y + e v`` with a random linear form of v equal to 1, and powers of e are divided out exactly, by Taylor series.
With g_k the coefficients of e^k in ``g(y + e v)``, G_k those of its gradients, ``h0 + s h = G_0^T l`` and multipliers
``l + e m`` at x this leaves

    g_1 + e g_2 + ... = 0,
    Q v + (G_1 + e G_2 + ...)^T l + (G_0 + e G_1 + ...)^T m = 0,
    <l, g_3 + 2 e g_4 + 3 e^2 g_5 + ...> + <m, g_2 + 2 e g_3 + 3 e^2 g_4 + ...> = 0.

The last equation is that of equal distances, with the multiples of the others subtracted that agree with it at e = 0,
twice. Solutions with e = 0 are focal points where a principal curvature is stationary along its direction: for a
general y there are none. y is an unknown, on a moving affine space, so that ties of one y can be followed to another.
The linear form is complex on paths, where v may not become infinite, and each tie's own real one in proofs: `upright`.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.critical_points import complex_normal
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph, Term
from critlocus.tape.series import horner, taylor
from critlocus.tape.system import PolynomialSystem


class DividedTies:
    """The divided equations of a variety of some kind, see the head of this file.

    The unknowns w begin with the direction v, then e and s. ``place`` of a point y on X and normal forms h0, h there
    gives the parameters and y's own unknowns, which end w.
    """

    width: int
    """Length of v."""
    form: NDArray[np.complex128]
    """The linear form that normalises v: the last parameters of every `place`."""

    @property
    def system(self) -> PolynomialSystem:
        """The divided equations."""
        raise NotImplementedError

    def functions(self, row: NDArray[np.complex128]) -> PolynomialSystem:
        """Return the map w -> (x, s, x - y), over parameters `row`, as a system without parameters."""
        raise NotImplementedError

    def place(
        self, y: NDArray[np.complex128], first: NDArray[np.complex128], direction: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return the parameters, and the last unknowns, for y (as in its unknowns) and the line h0 + s h."""
        raise NotImplementedError

    def divide(
        self, z: NDArray[np.complex128], row: NDArray[np.complex128], own: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Return the unknowns w of ties z = (unknowns of the distance, s), shape ``(count, n)``, at a place."""
        raise NotImplementedError

    def multiply(self, w: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the ties z of unknowns w: the inverse of `divide`."""
        raise NotImplementedError

    def base(self, w: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return y, as it is in its own unknowns, shape ``(count, m)``."""
        raise NotImplementedError

    def own(self, y: NDArray[np.complex128], rng: np.random.Generator) -> NDArray[np.complex128] | None:
        """Return what `place` takes for y: coordinates, or parameters; None if there are no parameters."""
        raise NotImplementedError

    def upright(
        self, w: NDArray[np.complex128], rows: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return ties w over parameters `rows`, shape ``(count, n_params)``, with their own real directions as forms.

        A real tie of a real line is a real solution then.
        """
        v, e = w[:, : self.width], w[:, self.width : self.width + 1]
        # With a complex form v has any phase, and so has e: only their product is real.
        chord = v / np.where(e == 0, 1, np.exp(-1j * np.angle(e)))
        real = chord.real / np.maximum(np.linalg.norm(chord.real, axis=1, keepdims=True), 1e-300)
        factor = (v * real).sum(axis=1, keepdims=True)
        found, moved = w.copy(), rows.copy()
        found[:, : self.width] = v / factor
        found[:, self.width : self.width + 1] = e * factor
        moved[:, -self.width :] = real
        return self.rescaled(found, factor), moved

    def rescaled(self, w: NDArray[np.complex128], factor: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Adapt the unknowns besides v and e to an e that was multiplied by a factor."""
        return w


class ImplicitTies(DividedTies):
    """Unknowns v, e, s, m, y; parameters a, b with ``h0 = G_0^T a``, ``h = G_0^T b``, y's space's constants, the form.

    Parameters
    ----------
    distance : ImplicitDistance
    rng : Generator
        Draws the normalisation of v and the affine space.
    """

    def __init__(self, distance: ImplicitDistance, rng: np.random.Generator) -> None:
        self.distance = distance
        self.width = len(distance.variety.ambient)
        self.form = complex_normal(rng, (self.width,))
        self.across = rng.standard_normal((distance.dimension, self.width))

    def base(self, w: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the last unknowns."""
        return w[:, -self.width :]

    def own(self, y: NDArray[np.complex128], rng: np.random.Generator) -> NDArray[np.complex128] | None:
        """Return y."""
        return y

    @cached_property
    def system(self) -> PolynomialSystem:
        """The divided equations."""
        size, count = self.width, self.distance.codimension
        graph = Graph()
        v = [graph.variable() for _ in range(size)]
        e, s = graph.variable(), graph.variable()
        m = [graph.variable() for _ in range(count)]
        y = [graph.variable() for _ in range(size)]
        a, b = ([graph.parameter() for _ in range(count)] for _ in range(2))
        value, gradient = self._taylor(graph, y, v)
        on_y = [g[0] for g in value]
        on_x = [horner(graph, g[1:], e) for g in value]
        space = self._space(graph, y)
        at_y = [graph.sum([(1.0, p, NONE), (1.0, q, s)]) for p, q in zip(a, b, strict=True)]
        normal = []
        for j, pulled in enumerate(self.distance.form.apply(graph, [], v)):
            terms: list[Term] = [(1.0, pulled, NONE)]
            for i in range(count):
                terms.append((1.0, horner(graph, gradient[i][j][1:], e), at_y[i]))
                terms.append((1.0, horner(graph, gradient[i][j], e), m[i]))
            normal.append(graph.sum(terms))
        height: list[Term] = []
        for i, g in enumerate(value):
            height.append((1.0, horner(graph, g[3:], e, range(1, len(g[3:]) + 1)), at_y[i]))
            height.append((1.0, horner(graph, g[2:], e, range(1, len(g[2:]) + 1)), m[i]))
        equations = [*on_y, *space, *on_x, *normal, graph.sum(height), normalised(graph, v)]
        return PolynomialSystem(graph, equations)

    def _combined(self) -> tuple[Graph, list[int], list[int]]:
        graph = Graph()
        x = [graph.variable() for _ in range(self.width)]
        equations = self.distance.variety.equations(graph, x)
        return graph, x, [
            graph.sum([(1.0, graph.constant(c), g) for c, g in zip(row, equations, strict=True) if c])
            for row in self.distance.combinations.tolist()
        ]  # fmt: skip

    @cached_property
    def sections(self) -> PolynomialSystem:
        """The equations of the variety, and of affine spaces across whose constants are parameters: the points y."""
        graph, y, combined = self._combined()
        return PolynomialSystem(graph, [*combined, *self._space(graph, y)])

    def _space(self, graph: Graph, y: list[int]) -> list[int]:
        rows = [graph.sum((c, x, NONE) for c, x in zip(row, y, strict=True)) for row in self.across.tolist()]
        return [graph.sum([(1.0, node, NONE), (-1.0, graph.parameter(), NONE)]) for node in rows]

    def _taylor(self, graph: Graph, y: list[int], v: list[int]) -> tuple[list[list[int]], list[list[list[int]]]]:
        own, x, combined = self._combined()
        gradients = [pullback(own, [g], [own.constant(1)], x) for g in combined]
        value = taylor(PolynomialSystem(own, combined), graph, y, v)
        return value, [taylor(PolynomialSystem(own, row), graph, y, v) for row in gradients]

    def functions(self, row: NDArray[np.complex128]) -> PolynomialSystem:
        """Return the map w -> (x, s, x - y)."""
        graph = Graph()
        w = [graph.variable() for _ in range(self.system.n)]
        size = self.width
        chord = [graph.product(w[size], p) for p in w[:size]]
        x = [graph.sum([(1.0, p, NONE), (1.0, q, NONE)]) for p, q in zip(w[-size:], chord, strict=True)]
        return PolynomialSystem(graph, [*x, w[size + 1], *chord])

    def place(
        self, y: NDArray[np.complex128], first: NDArray[np.complex128], direction: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Write h0 and h in the basis of gradients."""
        gradients = self.distance.gradients(y).T
        a, b = (np.linalg.lstsq(gradients, h, rcond=None)[0] for h in (first, direction))
        return np.concatenate([a, b, self.across @ y, self.form]), y

    def divide(
        self, z: NDArray[np.complex128], row: NDArray[np.complex128], own: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Divide x - y and the multipliers by e."""
        size, count = self.width, self.distance.codimension
        chord, s = z[:, :size] - own, z[:, -1:]
        e = (chord @ self.form)[:, None]
        m = (z[:, size:-1] - row[:count] - s * row[count : 2 * count]) / e
        return np.hstack([chord / e, e, s, m, np.tile(own, (len(z), 1))])

    def multiply(self, w: NDArray[np.complex128], row: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return x, multipliers and s."""
        size, count = self.width, self.distance.codimension
        e, s = w[:, size : size + 1], w[:, size + 1 : size + 2]
        m = w[:, size + 2 : size + 2 + count]
        return np.hstack([w[:, -size:] + e * w[:, :size], row[:count] + s * row[count : 2 * count] + e * m, s])

    def rescaled(self, w: NDArray[np.complex128], factor: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Divide m: ``e m`` stays."""
        m = slice(self.width + 2, self.width + 2 + self.distance.codimension)
        w[:, m] = w[:, m] / factor
        return w


def normalised(graph: Graph, v: list[int]) -> int:
    """Return the node of ``<form, v> - 1``, with new parameters as the form."""
    terms: list[Term] = [(1.0, graph.parameter(), x) for x in v]
    return graph.sum([*terms, (-1.0, graph.constant(1), NONE)])
