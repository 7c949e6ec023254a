"""Vertices of curves: points where the curvature is critical, as a square polynomial system.

For a metric Q and a parametrised curve m(t), with ``B = <m', m'>`` and ``A = <m', m'><m'', m''> - <m', m''>^2``, the
squared curvature is A / B^3. For a plane curve g = 0 with the tangent vector v = (g_y, -g_x), ``a = v^T H v`` and
``B = <v, v>`` it is ``det(Q) a^2 / B^3``. Its derivative along the curve vanishes where a polynomial does.

Reference: Salmon, *A treatise on the higher plane curves* (1879): a general plane curve of degree d
has 6 d^2 - 10 d complex vertices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.quadratic_form import FixedForm
from critlocus.tape.derivatives import pullback
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.variety import ImplicitVariety, ParametrizedVariety


def vertices_of_parametrized(
    variety: ParametrizedVariety, q: NDArray[np.float64]
) -> tuple[PolynomialSystem, PolynomialSystem]:
    """Return the equation of the vertices in t, and the map t -> (x, A, B), for a curve with one parameter."""
    graph = Graph()
    t = graph.variable()
    form, one = FixedForm(q), graph.constant(1)
    x = variety.mu(graph, [t])
    velocity = [_derivative(graph, node, [t], [one]) for node in x]
    acceleration = [_derivative(graph, node, [t], [one]) for node in velocity]
    pulled = form.apply(graph, [], velocity)
    b, mixed = graph.dot(velocity, pulled), graph.dot(acceleration, pulled)
    square = graph.dot(acceleration, form.apply(graph, [], acceleration))
    a = graph.sum([(1.0, b, square), (-1.0, mixed, mixed)])
    da, db = (_derivative(graph, node, [t], [one]) for node in (a, b))
    equation = graph.sum([(1.0, da, b), (-3.0, a, db)])
    return PolynomialSystem(graph, [equation]), PolynomialSystem(graph, [*x, a, b])


def vertices_of_plane_curve(
    variety: ImplicitVariety, q: NDArray[np.float64]
) -> tuple[PolynomialSystem, PolynomialSystem]:
    """Return the equations of the vertices in (x, y), and the map (x, y) -> (x, y, A, B) with ``A = det(Q) a^2``."""
    graph = Graph()
    x = [graph.variable(), graph.variable()]
    g = variety.equations(graph, x)[0]
    one = graph.constant(1)
    gradient = pullback(graph, [g], [one], x)
    v = [gradient[1], graph.sum([(-1.0, gradient[0], NONE)])]
    # Along v, the derivative of <grad g, v> with v held fixed is v^T H v.
    hessian_v = [_derivative(graph, node, x, v) for node in gradient]
    a = graph.dot(v, hessian_v)
    b = graph.dot(v, FixedForm(q).apply(graph, [], v))
    da, db = (_derivative(graph, node, x, v) for node in (a, b))
    equation = graph.sum([(2.0, da, b), (-3.0, a, db)])
    squared = graph.sum([(float(np.linalg.det(q)), a, a)])
    return PolynomialSystem(graph, [g, equation]), PolynomialSystem(graph, [*x, squared, b])


def critical_points_of_equation(variety: ImplicitVariety) -> tuple[PolynomialSystem, PolynomialSystem]:
    """Return the system ``grad g = 0`` of a hypersurface, and the map x -> g: singular points are its zeros."""
    graph = Graph()
    x = [graph.variable() for _ in variety.ambient.names]
    g = variety.equations(graph, x)[0]
    return PolynomialSystem(graph, pullback(graph, [g], [graph.constant(1)], x)), PolynomialSystem(graph, [g])


def _derivative(graph: Graph, node: int, x: list[int], direction: list[int]) -> int:
    return graph.dot(pullback(graph, [node], [graph.constant(1)], x), direction)
