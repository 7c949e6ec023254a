# Distances to discriminants, which may be nearest at a cusp or on a cuspidal edge, against dense samples.
import numpy as np
import pytest

from critlocus.chambers.discriminant import Discriminant
from critlocus.chambers.sections import scaled_condition
from critlocus.losses import Data
from critlocus.problems.cuspidal_distance import NearestCusp


def focal_lines(q, count=200_001):
    """Directions of the rays of targets at which critical points of 2-1-1:x^2 collide, one for every ray of squares."""
    angle = np.linspace(0, np.pi, count)
    c, s = np.cos(angle), np.sin(angle)
    f = np.stack([c**2, 2 * c * s, s**2], axis=1)
    df = np.stack([-2 * c * s, 2 * (c**2 - s**2), 2 * c * s], axis=1)
    ddf = np.stack([2 * (s**2 - c**2), -8 * c * s, 2 * (c**2 - s**2)], axis=1)
    normal = np.cross(f, df)  # of the cone; b = Q f - t n, and the Hessian along the ray's turn vanishes
    foot = f @ q
    # F = (f.(Q r f - b), r df.(Q r f - b)): at b = Q f - t n the Hessian is [[f.Qf, df.Qf], [df.Qf, df.Qdf + t n.ddf]]
    a, b, d = (np.einsum("ai,ij,aj->a", x, q, y) for x, y in ((f, f), (f, df), (df, df)))
    t = (b * b / a - d) / np.einsum("ai,ai->a", normal, ddf)
    return np.linalg.solve(q, (foot - t[:, None] * normal).T).T


def to_lines(u, lines, q):
    """The smallest distance in the metric q to lines through the origin."""
    along = (lines @ q @ u) ** 2 / np.einsum("ai,ij,aj->a", lines, q, lines)
    return np.sqrt(np.maximum(u @ q @ u - along, 0).min())


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(k, marks=pytest.mark.slow) for k in range(2, 12))])
def test_a_cone_over_a_conic(seed):
    found = Discriminant("2-1-1:x^2", "generic", seed=seed)
    rng = np.random.default_rng(seed)
    for u in rng.standard_normal((3, 3)):
        nearest = found.nearest(u)
        assert nearest.complete
        expected = to_lines(u, focal_lines(found.q), found.q)
        apex = min(
            np.sqrt(f @ found.q @ f) for f in real_critical_points(found, u)
        )  # the dual variety is at the nearest critical point
        assert nearest.distance == pytest.approx(min(expected, apex), rel=1e-6)


def real_critical_points(found, u):
    found.labeller(found.parameters(u)[None, :], np.random.default_rng(0))
    return found.family.points(found.labeller.points[0] + 0j).real


def test_all_cones_of_real_cusps_are_found():
    # Along the rays with cusps the curve of focal rays turns back: count them in the sample.
    for seed in range(2):
        found = Discriminant("2-1-1:x^2", "generic", seed=seed)
        lines = focal_lines(found.q, 20_001)[:-1]
        lines = lines / np.linalg.norm(lines, axis=1, keepdims=True)
        step = np.roll(lines, -1, axis=0) - lines
        step[np.einsum("ai,ai->a", lines, np.roll(lines, -1, axis=0)) < 0] = np.nan
        turns = np.einsum("ai,ai->a", step, np.roll(step, -1, axis=0)) < 0
        nearest = found.nearest(np.random.default_rng(seed).standard_normal(3))
        assert nearest.evidence["cusps"] == 6
        assert nearest.evidence["real_on_edge"] == turns.sum()


def test_an_ellipsoid():
    # Focal points at the two principal radii of curvature; the nearest of a grid, to the grid's accuracy.
    axes = np.array([1.0, 2.0, 3.0])  # x^2 + y^2/2 + z^2/3 = 1
    found = Discriminant("equations:x^2+y^2/2+z^2/3-1", "frobenius")
    longitude, latitude = np.meshgrid(np.linspace(0, 2 * np.pi, 801), np.linspace(-np.pi / 2, np.pi / 2, 801))
    x = np.stack([np.cos(longitude) * np.cos(latitude), np.sin(longitude) * np.cos(latitude), np.sin(latitude)], -1)
    x = x.reshape(-1, 3) * np.sqrt(axes)
    normal = 2 * x / axes
    # x + t normal is focal where (1 + t hess) is singular on the tangent plane: a quadratic equation in t.
    frame = np.linalg.svd(normal[:, None, :])[2][:, 1:]
    shape = np.einsum("aik,k,ajk->aij", frame, 2 / axes, frame)
    t = -1 / np.linalg.eigvalsh(shape)
    focal = (x[:, None, :] + t[:, :, None] * normal[:, None, :]).reshape(-1, 3)
    for seed in range(4):
        u = np.random.default_rng(seed).standard_normal(3)
        nearest = found.nearest(u)
        assert nearest.complete
        sampled = np.linalg.norm(focal - u, axis=1).min()
        assert nearest.distance <= sampled + 1e-9
        assert nearest.distance == pytest.approx(sampled, abs=2e-2)


@pytest.mark.parametrize(("name", "cusps"), [("equations:y-x^2", 1), ("equations:x^2/4+y^2-1", 4), ("param:t,t^2", 1)])
def test_plane_curves_have_all_their_cusps(name, cusps):
    for seed in range(3):
        found = Discriminant(name, "frobenius", seed=seed)
        nearest = found.nearest([0.3, 4.0])
        assert nearest.complete
        assert nearest.evidence["cusps"] == cusps


def test_the_parabola_from_inside_its_evolute():
    # The evolute of y = x^2 is 27 x^2 = 16 (y - 1/2)^3, with its cusp at (0, 1/2).
    found = Discriminant("equations:y-x^2", "frobenius")
    below = found.nearest([0.01, -1.0])
    assert below.complete
    assert below.kind == "cusp"
    np.testing.assert_allclose(below.u, [0, 0.5], atol=1e-9)
    np.testing.assert_allclose(below.point, [0, 0], atol=1e-9)
    t = np.linspace(-3, 3, 400_001)
    evolute = np.stack([-4 * t**3, 3 * t**2 + 0.5], axis=1)
    for u in ([0.5, 2.0], [1.0, 0.6], [-2.0, 5.0]):
        nearest = found.nearest(u)
        assert nearest.complete
        assert nearest.distance == pytest.approx(np.linalg.norm(evolute - u, axis=1).min(), rel=1e-8)


def test_real_data():
    # The iris data: a cone whose chart has a ray with a cusp next to its infinity on most seeds.
    table = np.loadtxt("examples/iris.csv", delimiter=",", skiprows=1)
    data = Data(table[:, :2], table[:, 2:3])
    for seed in range(2):
        found = Discriminant("2-1-1:x^2", "data", data=data, seed=seed)
        nearest = found.nearest(found.fit)
        assert nearest.complete
        assert nearest.kind == "apex"
        assert nearest.distance == pytest.approx(1.8193709270533738, rel=1e-9)
        assert nearest.distance < to_lines(found.fit, focal_lines(found.q), found.q)


def test_start_pairs_solve():
    for name in ("equations:x^2+y^2/2+z^2/3-1", "2-1-1:x^2", "matrices:2x2,rank=1"):
        found = Discriminant(name, "generic")
        question = NearestCusp(found.family, found.distances.edge)
        pairs = question.start_pairs(np.random.default_rng(1))
        assert len(pairs) == len(found.distances.edge) > 0
        for x, p in pairs:
            assert np.abs(question.system(x, p)).max() < 1e-9 * max(1, np.abs(x).max()) * max(1, np.abs(p).max())


def test_scaled_condition():
    rng = np.random.default_rng(0)
    good = rng.standard_normal((3, 4, 4))
    rows, columns = 10.0 ** rng.uniform(-8, 8, (2, 3, 4))
    bad = rows[:, :, None] * good * columns[:, None, :]
    assert np.all(scaled_condition(bad) < 1e4)
    bad[1, :, 2] = bad[1, :, 3]
    bad[2, 0] = 0
    assert np.isinf(scaled_condition(bad)[2])
    assert scaled_condition(bad)[1] > 1e12
