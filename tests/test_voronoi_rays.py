# Rays of Voronoi cells against univariate polynomials and dense samples: ties next to y, several parameters of a point.
import numpy as np
import pytest
from numpy.polynomial import polynomial

from critlocus.continuation.ed import plain_distance
from critlocus.continuation.preimages import preimages
from critlocus.continuation.rays import TIE, TIE_UNPROVEN
from critlocus.problems.critical_points import complex_normal
from critlocus.solvers.native import NativeSolver
from critlocus.varieties import parse_variety
from critlocus.voronoi import voronoi

CUBIC = [[0, 1], [0, 0, 1], [0, 0, 0, 1]]  # (t, t^2, t^3)
T0 = 0.3


def _ties(base, h):
    """Return a polynomial in e whose roots are the ties f(t0 + e) over the normal h, and s as a function of e.

    With D = (f(t0 + e) - f(t0)) / e the tie is at s = |D|^2 / (2 <D, h> / e), and f(t0 + e) - f(t0) - s h normal there.
    """
    rows = [[polynomial.polyval(base, polynomial.polyder(c, k)) / [1, 1, 2, 6][k] for k in (1, 2, 3)] for c in CUBIC]
    chord, speed = np.array(rows), np.array(rows) * [1, 2, 3]

    def dot(a, b):
        return sum(np.convolve(x, y) for x, y in zip(a, b, strict=True))

    height, slope, square = (h @ chord)[1:], (h @ speed)[1:], dot(chord, chord)
    equation = polynomial.polysub(2 * polynomial.polymul(height, dot(chord, speed)), polynomial.polymul(square, slope))
    return equation[1:], lambda e: polynomial.polyval(e, square) / (2 * polynomial.polyval(e, height))


def _normal_with_tie(base, e):
    """Return the unit normal at t0 with a tie at t0 + e, on the side of the tie: the equation is linear in it."""
    tangent = np.array([[polynomial.polyval(base, polynomial.polyder(c)) for c in CUBIC]])
    normals = np.linalg.svd(tangent)[2][1:]
    a, b = (polynomial.polyval(e, _ties(base, n)[0]) for n in normals)
    h = (b * normals[0] - a * normals[1]) / np.hypot(a, b)
    return h * np.sign(_ties(base, h)[1](e)), np.cross(tangent[0] / np.linalg.norm(tangent), h)


@pytest.mark.parametrize("e", [1e-1, 1e-3, -1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("name", ["param:t, t^2, t^3", "equations:y - x^2, z - x^3", "param:t^2, t^4, t^6"])
def test_ties_next_to_y_on_rays(name, e):
    # Next to the centre of the osculating sphere ties are next to y.
    h, other = _normal_with_tie(T0, e)
    equation, s = _ties(T0, h)
    roots = polynomial.polyroots(equation)
    real = roots[np.abs(roots.imag) < 1e-12].real
    y = np.array([T0, T0**2, T0**3])
    cell = voronoi(name, y, plane=np.stack([h - other, h + other]), rays=4, max_rays=4, threads=1)
    ray = np.argmax(cell.directions @ h)
    assert cell.directions[ray] @ h == pytest.approx(1, abs=1e-14)
    assert cell.kind[ray] == TIE
    assert cell.radius[ray] == pytest.approx(min(s(real)[s(real) > 0]), rel=1e-12)
    assert np.allclose(cell.touching[ray], [(T0 + e), (T0 + e) ** 2, (T0 + e) ** 3], rtol=0, atol=1e-13)
    assert not cell.complaints


@pytest.mark.parametrize(("text", "seed"), [
    ("0.696*t, -0.979*t - 1.573*t^2, -2.925*t - 0.353*t^2 + 1.248*t^3", 14),  # a path with s near infinity midway
    ("-0.575*t, 0.092*t - 2.112*t^2, -1.397*t - 0.757*t^2 - 0.222*t^3", 58),  # a tie at s = 6 * 10^6
])  # fmt: skip
def test_ties_that_are_far_or_whose_paths_go_far_are_not_lost(text, seed):
    cell = voronoi("param:" + text, threads=1, seed=seed, rays=8, max_rays=8)
    assert cell.degree == 4
    assert not cell.complaints


@pytest.mark.parametrize("inner", ["t", "t^2", "t*(1-t)", "t^3"])
@pytest.mark.parametrize("seed", range(3))
def test_all_parameters_of_a_point_count_as_one(inner, seed):
    # The same curve by way of another parameter: degrees and rays are the same, and dense samples agree.
    text = "param:{0}, {0}^2 - 2*{0}, {0}^3 + {0}^2".format(f"({inner})")
    value = {"t": 0.4, "t^2": 0.4, "t*(1-t)": 0.2, "t^3": 0.4}[inner]
    y = np.array([value, value**2 - 2 * value, value**3 + value**2])
    cell = voronoi(text, y, threads=1, rays=16, max_rays=32, seed=seed)
    assert not cell.complaints
    assert cell.degree == 4
    assert cell.evidence["preimages"] == {"t": 1, "t^2": 2, "t*(1-t)": 2, "t^3": 3}[inner]
    assert cell.checks["inside"]["confirmed"] == cell.checks["outside"]["confirmed"] == 8
    tau = np.tan((np.arange(400001) + 0.5) / 400001 * np.pi - np.pi / 2)
    chord = np.stack([tau, tau**2 - 2 * tau, tau**3 + tau**2], axis=1) - y
    chord = chord[np.abs(tau - value) > 1e-4]
    square = (chord**2).sum(axis=1)
    for direction, radius in zip(cell.directions, cell.radius, strict=True):
        height = chord @ direction
        nearest = np.min(square[height > 0] / (2 * height[height > 0]))
        assert radius == pytest.approx(nearest, rel=1e-3) or (radius > 1e4 and nearest > 1e4)


def test_real_points_with_parameters_that_are_not_real():
    # The parabola's other half is reached by imaginary t only: its mirror image is a tie, said to be unproven.
    cell = voronoi("param:t^2, t^4", [0.25, 0.0625], threads=1)
    half = voronoi("param:t, t^2", [0.25, 0.0625], threads=1)
    assert np.allclose(cell.radius, half.radius)
    assert (half.kind == TIE).sum() == 1
    assert (cell.kind == TIE_UNPROVEN).sum() == 1
    assert not cell.complaints
    assert any("parameters" in note for note in cell.notes)


@pytest.mark.parametrize(("name", "count"), [
    ("param:t, t^2, t^3", 1), ("param:t^2, t^4 + t^6, t^8", 2), ("param:s + t, s*t, s^2*t^2 + s + t", 2),
    ("matrices:3x3,rank=2", 1), ("2-2-1:x^3", 2),
])  # fmt: skip
def test_preimages(name, count):
    rng = np.random.default_rng(1)
    variety = parse_variety(name)
    distance = plain_distance(variety, np.eye(len(variety.ambient)), rng)
    found = preimages(NativeSolver(threads=1), distance, rng)
    assert (found.count, found.settled) == (count, True)
    t = complex_normal(rng, (7, distance.n_unknowns))
    sheets, of, lost = found.of(t, rng)
    assert lost == 0
    assert np.array_equal(np.bincount(of), np.full(7, count))
    assert np.allclose(distance.points(sheets), distance.points(t)[of], rtol=0, atol=1e-8)
    for k in range(7):
        own = sheets[of == k]
        assert len(np.unique(own.round(6), axis=0)) == count


@pytest.mark.parametrize("seed", range(6))
def test_every_component_has_its_ties(seed):
    # Two circles in a plane of space: the other one is as near as the centre of y's own.
    cell = voronoi("equations:(x^2+y^2-1)*((x-5)^2+y^2-4), z", [1.0, 0, 0], threads=1, seed=seed, rays=16, max_rays=16)
    assert cell.degree == 2
    assert not cell.complaints
    away = np.abs(cell.directions[:, 0])
    assert np.allclose(cell.radius * away, 1, rtol=1e-9)
