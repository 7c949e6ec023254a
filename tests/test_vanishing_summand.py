# Passages through functions of fewer units, or matrices of smaller rank, against labels at random data.
import numpy as np
import pytest

from critlocus.chambers.discriminant import Discriminant
from critlocus.chambers.label_changes import summand_explains
from critlocus.chambers.labels import Label
from critlocus.chambers.plane_starts import Boundary, curve_starts
from critlocus.chambers.trace import trace
from critlocus.chambers.traced_section import traced_section
from critlocus.problems.summands import SummandCharts, summands
from critlocus.problems.vanishing_summand import VanishingSummand
from critlocus.varieties import parse_variety


def test_summands():
    fewer, one = summands(parse_variety("3-3-2:x^2"))
    assert (fewer.network.widths, one.network.widths) == ((3, 2, 2), (3, 1, 2))
    fewer, one = summands(parse_variety("matrices:3x4,rank=3"))
    assert (fewer.rank, one.rank) == (2, 1)
    for name in ("2-1-1:x^2", "matrices:2x2,rank=1", "2-2-2-1", "2-2-1:x^2+bias", "conv:2,2"):
        assert summands(parse_variety(name)) is None


def check(name, metric, seed, count, interval=(-4.0, 4.0)):
    found = Discriminant(name, metric, seed=seed)
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((2, found.ambient_dim))
    line = found.line(u[0], u[1], interval)
    assert line.complete
    at = rng.uniform(*interval, count)
    labels = found.label((1 - at)[:, None] * u[0] + at[:, None] * u[1])
    assert sum(label.proven for label in labels) > 0.9 * count
    for s, label in zip(at, labels, strict=True):
        if label.proven:
            assert label.same == line.labels[int(np.searchsorted(line.s, s))].same, s
    return found, line


@pytest.mark.parametrize(
    "seed",
    [
        0,
        3,
        pytest.param(1, marks=pytest.mark.slow),
        *(pytest.param(s, marks=pytest.mark.slow) for s in (2, *range(4, 10))),
    ],
)
def test_quadratic_networks_with_two_units(seed):
    found, line = check("3-2-1:x^2", "generic", seed, 60)
    passages = [e for e in line.events if e.kind == "singular"]
    assert all(e.certified and e.change == 0 for e in passages)
    assert line.evidence["degenerate_points"]["singular"]["complex"] == 16
    for event in passages:  # there a critical point is a square: its matrix has rank 1
        before = found.parameters(line_at(found, seed, event.s))
        found.labeller(before[None, :], np.random.default_rng(0))
        ranks = [np.sort(np.abs(np.linalg.eigvalsh(matrix(found.family.points(z + 0j).real))))
                 for z in found.labeller.points[0]]  # fmt: skip
        assert min(r[1] / r[2] for r in ranks) < 1e-3


def line_at(found, seed, s):
    u = np.random.default_rng(seed).standard_normal((2, found.ambient_dim))
    return (1 - s - 1e-6) * u[0] + (s + 1e-6) * u[1]


def matrix(f):
    """The symmetric matrix of a quadratic form with coefficients at x0^2, x0 x1, x0 x2, x1^2, x1 x2, x2^2."""
    rows = np.zeros((3, 3))
    rows[np.triu_indices(3)] = f
    return (rows + rows.T) / 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "metric"), [("matrices:3x3,rank=2", "generic"), ("symmetric:3,rank=2", "generic")])
def test_matrices_of_rank_two(name, metric, seed):
    check(name, metric, seed, 40)


@pytest.mark.parametrize("seed", range(3))
def test_matrices_of_rank_two_in_the_frobenius_metric(seed):
    # Critical points are sums of two of three singular triples: where a singular value is zero two of them pass through
    # rank 1, at the same s, so that neither is isolated.
    found = Discriminant("matrices:3x3,rank=2")
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((2, 3, 3))
    line = found.line(u[0].ravel(), u[1].ravel(), (-4, 4))
    values = np.linalg.eigvals(np.linalg.solve(u[1] - u[0], -u[0]))
    zeros = np.sort(values[np.abs(values.imag) < 1e-9].real)
    zeros = zeros[np.abs(zeros) < 4]
    passages = [e.s for e in line.events if e.kind == "singular"]
    assert np.allclose(passages, np.repeat(zeros, 2), atol=1e-10)
    assert not line.complete


@pytest.mark.parametrize(
    ("name", "count"), [("3-2-1:x^2", 16), ("matrices:3x3,rank=2", 42), ("symmetric:3,rank=2", 16)]
)
def test_points_over_planes_have_a_linear_trace(name, count):
    found = Discriminant(name, "generic", seed=0)
    rng = np.random.default_rng(0)
    charts = SummandCharts.draw(found.family, rng)
    sections = [traced_section(found.solver, VanishingSummand(charts, *which), rng) for which in [(1,), (2, "tangent")]]
    assert all(section.complete for section in sections)
    assert all(section.trace_residual < 1e-9 for section in sections)
    assert len(sections[0].points) == count


@pytest.mark.parametrize("name", ["3-2-1:x^2", "matrices:3x3,rank=2"])
def test_the_conormal_is_normal_to_the_image(name):
    # A path on the hypersurface of data: the direction of tangent points is that of a neighbour on the curve.
    found = Discriminant(name, "generic", seed=1)
    rng = np.random.default_rng(1)
    charts = SummandCharts.draw(found.family, rng)
    question = VanishingSummand(charts, 2, "tangent")
    x, row = question.start_pairs(rng)[0]
    curve = VanishingSummand(charts, 2)
    start = np.concatenate([x[: question.n], x[-2:]])
    matrix = curve.system.jacobian(start, row[: curve.n_params])
    along = np.linalg.svd(matrix)[2][-1].conj()
    alpha, beta = row[question.slices["direction"]]
    assert abs(beta * along[-2] - alpha * along[-1]) < 1e-8 * np.abs(along[-2:]).max()


def label(*histogram):
    return Label(sum(histogram), histogram, 9, 9, True)


def test_which_indices_a_vanishing_summand_may_change():
    # Quadratic forms of rank 2 in 3 variables, X of dimension 5 and X' of dimension 3: one second derivative is turned.
    assert summand_explains(label(2, 1), label(1, 2), 5, 3)
    assert summand_explains(label(0, 2, 1), label(0, 1, 2), 5, 3)
    assert not summand_explains(label(2, 1), label(2, 1), 5, 3)
    assert not summand_explains(label(2, 1), label(1, 1, 1), 5, 3)
    assert not summand_explains(label(2, 1), label(2, 2), 5, 3)
    # 3 x 3 matrices of rank 2: two are turned, and i0 + j becomes i0 + 2 - j.
    assert summand_explains(label(2, 1), label(2, 1), 8, 5)
    assert summand_explains(label(2, 1), label(1, 1, 1), 8, 5)
    assert not summand_explains(label(2, 1), label(1, 2), 8, 5)


def check_plane(name, seed, count, window=3.0):
    found = Discriminant(name, "generic", seed=seed)
    u = np.random.default_rng(seed).standard_normal((3, found.ambient_dim))
    plane = found.plane(*u, window=[[-window, -window], [window, window]])
    at = np.random.default_rng(seed + 1).uniform(-window, window, (count, 2))
    labels = found.label(u[0] + at @ (u[1:] - u[0]))
    assert sum(label.proven for label in labels) > 0.99 * count
    line = np.concatenate([arc.points for arc in plane.arcs])
    for place, label, k in zip(at, labels, plane.locate(at), strict=True):
        if label.proven and plane.chambers[k].label is not None:
            near = np.linalg.norm(line - place, axis=1).min() < 2e-3 * window
            assert near or plane.chambers[k].label.same == label.same, place
    return plane


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["3-2-1:x^2", "symmetric:3,rank=2"])
def test_planes_of_sums_of_cones(name, seed):
    plane = check_plane(name, seed, 1000)
    assert plane.complete, plane.evidence
    assert {arc.kind for arc in plane.arcs} >= {"singular"}


@pytest.mark.slow
def test_planes_of_matrices_of_rank_two():
    check_plane("matrices:3x3,rank=2", 0, 400)  # labels only: a cusp remains undecided in one chart at least


def test_curves_of_vanishing_summands_in_a_plane():
    # Without the folds, whose cusps take their time: on the curves y has rank 1, and f' as well.
    found = Discriminant("symmetric:3,rank=2", "generic", seed=0)
    rng = np.random.default_rng(0)
    u = found.parameters(rng.standard_normal((3, 6)))
    p0, p1, p2 = u[0], u[1] - u[0], u[2] - u[0]
    charts = SummandCharts.draw(found.family, rng)
    sections = [traced_section(found.solver, VanishingSummand(charts, *which), rng) for which in [(1,), (2, "tangent")]]
    boundary = Boundary("singular", sections[0], sections[1:])
    window = np.array([[-3.0, -3.0], [3.0, 3.0]])
    curve = boundary.curve(p0, p1, p2)
    starts, on_edge, _, record = curve_starts(found.solver, curve, boundary, p0, p1, p2, window, rng)
    assert record["undecided"] == record["missing"] == 0
    arcs = trace(curve, starts, window, on_edge, 0.05)
    assert all(arc.ends[1] >= 0 for arc in arcs)
    ends = np.bincount([e for arc in arcs for e in arc.ends], minlength=len(starts.x))
    assert np.array_equal(ends, np.where(on_edge, 1, 2))
    # Just beside the curves a critical point is nearly of rank 1.
    places = np.array([arc.points[len(arc.points) // 2] for arc in arcs]) + 1e-6
    rows = p0 + places @ np.stack([p1, p2])
    found.labeller(rows, rng)
    for points in found.labeller.points:
        values = [np.sort(np.abs(np.linalg.eigvalsh(symmetric(found.family.points(z + 0j).real)))) for z in points]
        assert min(v[1] / v[2] for v in values) < 1e-3


def symmetric(f):
    """The matrix with given entries on and above the diagonal."""
    rows = np.zeros((3, 3))
    rows[np.triu_indices(3)] = f
    return rows + np.triu(rows, 1).T
