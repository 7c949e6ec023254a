# Networks that fill their space: critical points over the weights against roots of polynomials in one variable, the
# branch locus against discriminants of binary forms, folds against those of the cone of squares in the same metric.
import json
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from numpy.polynomial import polynomial as poly

import critlocus
from critlocus.chambers.discriminant import Discriminant
from critlocus.chambers.family import distance_family
from critlocus.chambers.line_store import save_line
from critlocus.chambers.output import draw_chambers
from critlocus.chambers.store import save_plane
from critlocus.errors import InputError
from critlocus.problems.branch_locus import BranchPoints
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.filled_space import FilledSpace, filled_space

LOW, HIGH = [-4, -4], [4, 4]


def index_over_weights(q, u, a, c):
    """Index of 1/2 |a * c - u|_Q^2 at a critical point, with a on the sphere."""
    a, c = a / np.linalg.norm(a), c * np.linalg.norm(a)
    around = np.linalg.svd(a[None])[2][1:]
    columns = [np.convolve(d, c) for d in around] + [np.convolve(a, e) for e in np.eye(len(c))]
    jacobian, force = np.array(columns).T, q @ (np.convolve(a, c) - u)
    hessian = jacobian.T @ q @ jacobian
    for i, d in enumerate(around):
        for k, e in enumerate(np.eye(len(c)), start=len(around)):
            hessian[i, k] += force @ np.convolve(d, e)
            hessian[k, i] = hessian[i, k]
    assert np.abs(jacobian.T @ force).max() < 1e-4 * (1 + np.abs(force).max() * np.abs(jacobian).max())
    return int(np.count_nonzero(np.linalg.eigvalsh(hessian) < 0))


def naive_label(q, u, sizes):
    """Real critical points of conv:2,k or conv:k,2, by index: linear factors of u, and common roots of both filters.

    Where the filters share the root x, the residual vanishes on all multiples of it: it is k Q^-1 (1, x, x^2, ...).
    """
    n, inverse = len(u), np.linalg.inv(q)
    counts = np.zeros(2 * n, int)
    roots = poly.polyroots(u)
    counts[0] = np.count_nonzero(np.abs(roots.imag) < 1e-9 * (1 + np.abs(roots)))
    powers = list(np.eye(n))
    slopes = [poly.polyder(p) for p in powers]

    def paired(first):
        terms = (inverse[i, k] * poly.polymul(first[i], powers[k]) for i in range(n) for k in range(n))
        total = np.zeros(1)
        for term in terms:
            total = poly.polyadd(total, term)
        return total

    double = poly.polysub(poly.polymul(u, paired(slopes)), poly.polymul(poly.polyder(u), paired(powers)))
    double = np.trim_zeros(np.where(np.abs(double) < 1e-10 * np.abs(double).max(), 0, double), "b")
    roots = poly.polyroots(double)
    for _ in range(3):
        roots = roots - poly.polyval(roots, double) / poly.polyval(roots, poly.polyder(double))
    for x in roots[np.abs(roots.imag) < 1e-8 * (1 + np.abs(roots))].real:
        at = x ** np.arange(n)
        f = u - poly.polyval(x, u) / (at @ inverse @ at) * (inverse @ at)
        factors = [np.array([-x, 1.0]), poly.polydiv(f, [-x, 1.0])[0]]
        counts[index_over_weights(q, u, *(factors if sizes[0] == 2 else factors[::-1]))] += 1
    histogram = tuple(np.trim_zeros(counts, "b").tolist())
    return sum(histogram), histogram


def sizes_of(name):
    return tuple(int(k) for k in name.removeprefix("conv:").split(","))


def family_of(name, seed=0):
    return filled_space(distance_family(name, "generic", seed), np.random.default_rng(seed))


@pytest.mark.parametrize("name", ["conv:2,2", "conv:3,2"])
@pytest.mark.parametrize("condition", [None, "tangent", "cusp"])
def test_start_pairs_solve(name, condition):
    rng, family = np.random.default_rng(3), family_of(name)
    for kind in (DegeneratePoints, BranchPoints):
        question = kind(family, 2 if condition else 1, condition)
        pairs = question.start_pairs(rng)
        assert len(pairs) >= len(sizes_of(name))
        for x, row in pairs:
            assert np.abs(question.system(x, row)).max() < 1e-8 * (1 + np.abs(x).max() ** 4)
            assert np.linalg.matrix_rank(question.system.jacobian(x, row), 1e-10) == len(x)


def test_which_networks_have_one():
    rng = np.random.default_rng(0)
    assert isinstance(family_of("conv:2,2"), FilledSpace)
    assert family_of("conv:2,2").is_proper
    for name in ("conv:2,2:x^2", "2-1-1:x^2", "2-2-1:x^2", "conv:2/2,2"):
        assert filled_space(distance_family(name, "generic", 0), rng) is None


@pytest.mark.parametrize("seed", range(3))
def test_degree_of_conv_2_2(seed):
    found = Discriminant("conv:2,2", "generic", seed=seed)
    assert (found.over_weights.pure, found.over_weights.spurious) == (2, 4)
    assert found.degree.complete
    assert (found.degree.degree, found.degree.components) == (8, [6, 2])
    ends = found.degree.ends
    assert (ends.total, ends.folds, ends.branch, ends.infinite) == (12, 6, 6, 0)


@pytest.mark.parametrize(("name", "counts", "parts"), [
    ("conv:2,3", (3, 7), [12, 4]), ("conv:3,2", (3, 7), [12, 4]), ("conv:2,4", (4, 10), [18, 6]),
])  # fmt: skip
def test_degrees_of_two_filters(name, counts, parts):
    """The branch locus is the discriminant of binary forms of degree d, of degree 2 (d - 1)."""
    found = Discriminant(name, "generic", seed=1)
    assert (found.over_weights.pure, found.over_weights.spurious) == counts
    assert found.degree.components == parts
    assert found.degree.complete


def test_metric_of_bombieri_for_quadratic_forms(tmp_path):
    """There the squares have 2 critical points, which collide at infinity only."""
    np.savetxt(tmp_path / "q.csv", np.diag([1, 0.5, 1]), delimiter=",")
    found = Discriminant("conv:2,2", str(tmp_path / "q.csv"))
    assert (found.over_weights.pure, found.over_weights.spurious) == (2, 2)
    assert found.degree.complete
    assert (found.degree.degree, found.degree.components, len(found.degree.infinity.s)) == (4, [2], 2)
    line = found.line([1, 3, 1], [1, 0, 1])
    assert line.complete
    assert [(e.kind, e.change) for e in line.events] == [("branch", -2)]
    assert line.s[0] == pytest.approx(1 / 3)
    assert [label.histogram for label in line.labels] == [(2, 2), (1, 1)]
    assert found.nearest([1, 3, 1]).kind == "branch"


@pytest.mark.parametrize(("name", "count"), [("conv:2,2,2", "7 of 34"), ("conv:3,3", "13 of 39")])
def test_points_of_smaller_rank_are_noticed(name, count):
    for question in (lambda found: found.degree, lambda found: found.label(np.ones(found.ambient_dim))):
        with pytest.raises(InputError, match=count):
            question(Discriminant(name, "generic"))


@pytest.mark.parametrize("name", ["conv:2,2", "conv:2,3", "conv:3,2"])
def test_labels_against_roots(name):
    for seed, metric in enumerate(["frobenius", "generic"]):
        found = Discriminant(name, metric, seed=seed)
        rng = np.random.default_rng(seed)
        u = rng.standard_normal((30, found.ambient_dim)) * np.exp(rng.standard_normal((30, 1)))
        for datum, label in zip(u, found.label(u), strict=True):
            assert label.proven
            assert label.same == naive_label(found.q, datum, sizes_of(name))


@pytest.mark.parametrize(("name", "seed"), [("conv:2,2", 0), ("conv:2,3", 3), ("conv:3,2", 1)])
def test_lines_against_roots(name, seed):
    found = Discriminant(name, "generic", seed=seed)
    u0, u1 = np.random.default_rng(1000 + seed).standard_normal((2, found.ambient_dim))
    line = found.line(u0, u1, (-5, 5))
    assert line.complete
    assert {"fold", "branch"} == {event.kind for event in line.events}
    for event in line.events:
        if event.kind == "branch":
            assert event.index == 0
            roots = poly.polyroots((1 - event.s) * u0 + event.s * u1)
            assert min(abs(a - b) for i, a in enumerate(roots) for b in roots[:i]) < 1e-5
    for a, b, label in zip([-5, *line.s], [*line.s, 5], line.labels, strict=True):
        for s in np.linspace(a, b, 12)[1:-1]:
            assert label.same == naive_label(found.q, (1 - s) * u0 + s * u1, sizes_of(name))


@pytest.fixture(scope="module")
def metric(tmp_path_factory):
    """A generic metric, as a file."""
    path = tmp_path_factory.mktemp("metric") / "q.csv"
    np.savetxt(path, Discriminant("conv:2,2", "generic", seed=1).q, delimiter=",")
    return str(path)


@pytest.fixture(scope="module")
def both(metric):
    return Discriminant("conv:2,2", metric), Discriminant("2-1-1:x^2", metric)


def test_folds_are_those_of_the_cone_of_squares(both):
    over_weights, squares = both
    for seed in (1, 5):
        u0, u1 = np.random.default_rng(seed).standard_normal((2, 3))
        mine, others = ([e for e in found.line(u0, u1, (-20, 20)).events if e.kind == "fold"] for found in both)
        assert [e.s for e in mine] == pytest.approx([e.s for e in others], abs=1e-9)
        assert [e.change for e in mine] == [e.change for e in others]
    assert over_weights.degree.components[0] == squares.degree.degree


def test_distance(both):
    """To the branch locus it is that to the cone of squares; folds are nearer to some data inside of the cone."""
    over_weights, squares = both
    q = over_weights.q
    angles = np.linspace(0, np.pi, 20001)
    rays = np.stack([np.cos(angles) ** 2, np.sin(2 * angles), np.sin(angles) ** 2], axis=1)
    for u, kind in (([0.35, 0.49, 0.33], "branch"), ([-0.65, -0.1, -1.66], "fold")):
        found = over_weights.nearest(u)
        assert found.complete
        along = rays @ q @ u / np.einsum("ai,ij,aj->a", rays, q, rays)
        gaps = along[:, None] * rays - u
        to_cone = np.sqrt(np.einsum("ai,ij,aj->a", gaps, q, gaps).min())
        assert found.kind == kind
        if kind == "branch":
            assert found.distance == pytest.approx(to_cone, abs=1e-6)
        else:
            assert found.distance == pytest.approx(squares.nearest(u).all_distances[0], abs=1e-9)
            assert found.distance < to_cone


def to_curve(plane, place):
    """Distance of a point from the traced curve."""
    best = np.inf
    for arc in plane.arcs:
        a, d = arc.points[:-1], np.diff(arc.points, axis=0)
        t = np.clip(np.einsum("ki,ki->k", place - a, d) / np.maximum(np.einsum("ki,ki->k", d, d), 1e-300), 0, 1)
        best = min(best, np.linalg.norm(a + t[:, None] * d - place, axis=1).min())
    return best


@cache
def plane_of(name, seed):
    found = Discriminant(name, "generic", seed=seed)
    corners = np.random.default_rng(seed).standard_normal((3, found.ambient_dim))
    return found, corners, found.plane(*corners, window=[LOW, HIGH])


PLANES = [("conv:2,2", 2), ("conv:2,3", 1)]


@pytest.mark.parametrize(("name", "seed"), PLANES)
def test_planes_against_roots(name, seed):
    found, (u0, u1, u2), chambers = plane_of(name, seed)
    assert chambers.complete
    assert {arc.kind for arc in chambers.arcs} == {"fold", "branch"}
    places = np.random.default_rng(0).uniform(LOW, HIGH, (150, 2))
    for (s, t), k in zip(places, chambers.locate(places), strict=True):
        if to_curve(chambers, [s, t]) > 5e-3:
            u = u0 + s * (u1 - u0) + t * (u2 - u0)
            assert chambers.chambers[k].label.same == naive_label(found.q, u, sizes_of(name))


@pytest.mark.parametrize(("name", "seed"), PLANES)
def test_branch_locus_in_a_plane(name, seed):
    """It is where u has a double root, with cusps where it has a triple root."""
    _, (u0, u1, u2), chambers = plane_of(name, seed)
    for arc in chambers.arcs:
        if arc.kind != "branch":
            continue
        for k, (s, t) in enumerate(arc.points):
            roots = poly.polyroots(u0 + s * (u1 - u0) + t * (u2 - u0))
            gaps = np.sort([abs(a - b) / (1 + abs(a)) for i, a in enumerate(roots) for b in roots[:i]])
            assert gaps[0] < 2e-3
            if k in arc.cusps:
                assert gaps[-1] < 1e-2


def test_files_and_pictures(tmp_path):
    found, (u0, u1, _), chambers = plane_of(*PLANES[0])
    line = found.line(u0, u1, (-5, 5))
    assert "branch" in {event.kind for event in line.events}
    for save, some in ((save_plane, chambers), (save_line, line)):
        path, picture = tmp_path / f"{some.question}.h5", tmp_path / f"{some.question}.svg"
        save(some, path, variety="conv:2,2", metric="generic", seed=0)
        loaded = critlocus.load(path)
        assert (loaded.summary(), loaded.complete) == (some.summary(), some.complete)
        draw_chambers(loaded, str(picture), title=loaded.title)
        assert "two pure points meet a spurious one" in picture.read_text()


def run(*arguments):
    command = [sys.executable, "-m", "critlocus", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_command_line(tmp_path):
    path = tmp_path / "line.h5"
    done = run("discriminant", "conv:2,2", "--line", "1 3 2,2 1 3", "--out", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "over the weights 2 pure and 4 spurious critical points" in done.stdout
    assert "branch at s = 0.041666666666" in done.stdout
    assert run("show", str(path)).stdout == done.stdout
    summary = json.loads(run("discriminant", "conv:2,2", "--metric", "generic", "--json").stdout)
    assert (summary["degree"], summary["branch"]["degree"], summary["pure"], summary["spurious"]) == (8, 2, 2, 4)
    text = run("discriminant", "conv:2,2", "--metric", "generic").stdout
    assert "of these 2 on the branch locus" in text
    assert "of 12 degenerate points 6 end in folds, 6 on the branch locus, 0 at infinity" in text
    done = run("discriminant", "conv:2,2,2")
    assert done.returncode == 2
    assert "7 of 34" in done.stderr
