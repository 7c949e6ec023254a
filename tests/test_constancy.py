# The proof that a picture is constant between events, and passages through infinity and through singular points.
import numpy as np
import pytest

from critlocus.certify import certify
from critlocus.chambers.constancy import constant_pieces
from critlocus.chambers.discriminant import Discriminant
from critlocus.chambers.infinity import singular_moments
from critlocus.chambers.labels import Label
from critlocus.chambers.weights import WeightsDiscriminant
from critlocus.losses import Data
from critlocus.tape import NONE, Graph
from critlocus.tape.system import PolynomialSystem


def step_labels(jumps):
    """Discs around which nothing happens unless one of some events lies in them."""

    def discs(centres, radii):
        labels = [Label(k := int(np.searchsorted(jumps, c)), (k,), 3, 3, True) for c in centres]
        return labels, np.array([np.all(np.abs(jumps - c) > 1.1 * r) for c, r in zip(centres, radii, strict=True)])

    return discs


def test_pieces_end_next_to_events():
    jumps = np.array([0.1234567, 0.777])
    (pieces,) = constant_pieces(step_labels(jumps), [(0.0, 1.0)], budget=10**6)
    assert [p.label.real for p in pieces] == [0, 1, 2]
    assert all(p.steady for p in pieces)
    assert (pieces[0].low, pieces[-1].high) == (0, 1)
    for before, after, s in zip(pieces[:-1], pieces[1:], jumps, strict=True):
        assert before.high < s < after.low < before.high + 1e-5


def test_what_exceeds_the_budget_is_not_called_steady():
    (pieces,) = constant_pieces(step_labels(np.array([0.3])), [(0.0, 1.0)], budget=20)
    assert not all(p.steady for p in pieces)
    assert sum(p.length for p in pieces) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["equations:x^2/4+y^2-1", "equations:x^2-y", "equations:x^3+y^3+2*x*y-x+3*y^2-1"])
def test_pictures_of_plane_curves_are_proven_to_be_constant(name, seed):
    found = Discriminant(name)
    u = np.random.default_rng(seed).standard_normal((2, 2))
    line = found.line(u[0], u[1], (-3, 3))
    assert line.complete
    assert line.evidence["constant_between_events"] == "proven"
    assert line.evidence["bounded"]


@pytest.mark.parametrize("width", [1e-4, 1e-2, 0.1])
def test_discs_of_parameters_need_round_boxes(width):
    # x^2 = p, y = x^2 + q: next to x = 1 a disc of p moves x much and y little if q is exact.
    graph = Graph()
    x, y = graph.variable(), graph.variable()
    p, q = graph.parameter(), graph.parameter()
    square = graph.product(x, x)
    far = graph.sum([(1.0, square, NONE), (-2.0, x, NONE), (1.0, graph.constant(1), NONE)])
    equations = [
        graph.sum([(1.0, x, NONE), (-1.0, p, NONE)]),
        graph.sum([(1.0, y, NONE), (-1.0, far, NONE), (-1.0, q, NONE)]),
    ]
    system = PolynomialSystem(graph, equations)
    row = np.array([[1.0, 0.0]], np.complex128)
    found = certify(system, row, row, np.zeros(1, np.int64), parameter_radii=np.array([[width, 0.0]]))
    assert found.certified[0]
    assert found.radius[0, 0] >= width
    assert found.radius[0, 1] >= width**2  # y = (x - 1)^2


def test_a_cusp_is_a_singular_passage():
    found = Discriminant("equations:y^2-x^3")
    line = found.line([1.0, -1.0], [-0.5, 1.0])  # through the line x = 0, on which critical points meet the cusp
    singular = [e for e in line.events if e.kind == "singular"]
    assert len(singular) == 1
    assert abs(singular[0].s - 2 / 3) <= singular[0].radius
    assert singular[0].change == 0
    assert not singular[0].certified
    assert not line.complete


def test_an_indefinite_metric_is_not_bounded(tmp_path):
    path = tmp_path / "metric.csv"
    np.savetxt(path, [[1, 0], [0, -2.0]], delimiter=",")
    assert not Discriminant("equations:x^2/4+y^2-1", str(path)).bounded


@pytest.mark.parametrize(("slope", "counts"), [(0.3, [3, 3]), (0.05, [1, 5])])
def test_escape_of_one_unit_in_closed_form(slope, counts):
    # (m f - c)^2 = lambda_1 lambda_2 and f^2 m = f c - ...: real iff (c - k) / m > 0 or (c + k) / m < 0, two each.
    x = np.array([[1.0], [2], [3], [1]])
    found = WeightsDiscriminant("1-1-1", 4)
    line = found.line(Data(x, slope * x), Data(x / 2, 2 * slope * x), np.array([1.3, 0.9]), (-1, 3))
    assert line.complete
    assert [e.kind for e in line.events] == ["infinity"]
    assert abs(line.s[0] - 4 / 3) <= line.events[0].radius  # m = 15 - 11.25 s
    assert [label.real for label in line.labels] == counts


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["2-1-1", "2-2-1"])
def test_escapes_against_labels_at_random_losses(name, seed):
    rng = np.random.default_rng(seed)
    weights = np.array([0.3, 0.61, 0.5, 0.7, 0.45, 0.52] if name == "2-2-1" else [0.3, 0.6, 0.5])
    found = WeightsDiscriminant(name, 8, seed=seed)
    first, second = (Data(rng.standard_normal((8, 2)), rng.standard_normal((8, 1))) for _ in range(2))
    line = found.line(first, second, weights, (-4, 5))
    assert line.complete
    assert [e.kind for e in line.events].count("infinity") == 2
    m0, m1 = found.moments(first), found.moments(second)
    at = rng.uniform(-4, 5, 100)
    rows = np.hstack([m0 + at[:, None] * (m1 - m0), np.tile(weights, (100, 1))])
    labels = found.label(rows, rng)
    assert sum(label.proven for label in labels) > 90
    for s, label in zip(at, labels, strict=True):
        if label.proven:
            assert label.same == line.labels[int(np.searchsorted(line.s, s))].same


def test_networks_that_no_theorem_covers_are_not_called_complete():
    rng = np.random.default_rng(0)
    found = WeightsDiscriminant("2-1-2", 8)
    first, second = (Data(rng.standard_normal((8, 2)), rng.standard_normal((8, 2))) for _ in range(2))
    line = found.line(first, second, np.array([0.3, 0.6, 0.5, 0.7]), (-4, 5))
    assert not line.evidence["bounded"]
    assert not line.complete


def test_zeros_of_determinants_are_isolated_exactly():
    rng = np.random.default_rng(3)
    for _ in range(20):
        first, second = ((a := rng.standard_normal((3, 3))) + a.T for _ in range(2))
        events = singular_moments(first, second, (-3.0, 4.0))
        values = np.linalg.eigvals(np.linalg.solve(second - first, -first))
        real = np.sort(values[np.abs(values.imag) < 1e-9].real)
        assert events is not None
        assert np.allclose([e.s for e in events], real[(real > -3) & (real < 4)], atol=1e-9)
    double = np.diag([1.0, 1.0])
    assert singular_moments(double, -double, (0.0, 1.0)) is None


@pytest.mark.parametrize("window", [[[-0.05, -0.5], [1, 0.5]], [[-1, -0.5], [0.05, 0.5]]])
def test_planes_in_which_critical_points_pass_through_a_singular_point(window):
    # y^2 = x^5: real critical points vanish in the origin, on the line x = 0, where no critical points collide.
    plane = Discriminant("equations:y^2-x^5").plane([0, 0], [1, 0], [0, 1], window)
    assert not plane.complete
    assert not plane.evidence["passages_covered"]
    assert plane.evidence["random_labels_contradicting"] > 0


def test_passages_covered():
    for name, covered in (
        ("equations:x^2/4+y^2-1", True), ("equations:x^3+y^3-3*x*y", True), ("equations:y^2-x^3", False),
        ("param:t,t^2", True), ("param:t^2,t^3", False), ("equations:x^2+2*y^2-z^2-1,x*y-z+0.3*x", True),
        ("equations:x^2+y^2+z^2-4,(x-1)^2+y^2-1", False), ("2-1-1:x^2", True), ("conv:2,2", True),
        ("conv:2,2:x^2", False),
    ):  # fmt: skip
        assert Discriminant(name, "bombieri" if name[0] in "2c" else "frobenius").passages_covered == covered, name
