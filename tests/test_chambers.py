# Lines, planes and distances against closed forms (evolutes of the ellipse and of the parabola), against counts by
# numpy.roots on grids, and against themselves at random data.
import json
import subprocess
import sys

import numpy as np
import pytest

from critlocus.analysis.chamber_plots import plot_chambers
from critlocus.chambers.arrangement import arrange
from critlocus.chambers.discriminant import Discriminant
from critlocus.chambers.store import load_plane, save_plane
from critlocus.errors import FileError, InputError

ELLIPSE, PARABOLA = "equations:x^2/4+y^2-1", "equations:x^2-y"
CUBIC = "equations:x^3+y^3+2*x*y-x+3*y^2-1"
AXES = ([0, 0], [1, 0], [0, 1])


@pytest.fixture(scope="module")
def ellipse():
    return Discriminant(ELLIPSE)


@pytest.fixture(scope="module")
def ellipse_plane(ellipse):
    return ellipse.plane(*AXES, window=[[-2.5, -3.5], [2.5, 3.5]])


def astroid(points):  # (2 x)^(2/3) + y^(2/3) = 3^(2/3): the evolute of x^2/4 + y^2 = 1
    return np.abs(2 * points[..., 0]) ** (2 / 3) + np.abs(points[..., 1]) ** (2 / 3) - 3 ** (2 / 3)


def real_normals_to_the_ellipse(u):  # critical points by the quartic in Lagrange's multiplier
    a, b = 4 * u[0] ** 2, u[1] ** 2  # x = 4 p / (4 + l), y = q / (1 + l)
    quartic = np.polysub(np.polymul(np.polymul([1, 4], [1, 4]), np.polymul([1, 1], [1, 1])), np.polyadd(
        a * np.polymul([1, 1], [1, 1]), b * np.polymul([1, 4], [1, 4])))  # fmt: skip
    return int(np.count_nonzero(np.abs(np.roots(quartic).imag) < 1e-9))


def test_line_through_the_ellipse(ellipse):
    line = ellipse.line([-3, 0.2], [3, 0.2])
    crossing = (3 ** (2 / 3) - 0.2 ** (2 / 3)) ** 1.5 / 2
    assert np.allclose(line.s, [(3 - crossing) / 6, (3 + crossing) / 6], rtol=1e-14)
    assert [(e.kind, e.change, e.index, e.certified) for e in line.events] == [
        ("fold", 2, 0, True),
        ("fold", -2, 0, True),
    ]
    assert [label.same for label in line.labels] == [(2, (1, 1)), (4, (2, 2)), (2, (1, 1))]
    assert line.complete
    assert all(e.radius < 1e-14 for e in line.events)
    assert ellipse.line([-3, 0.2], [3, 0.2], (0.4, 0.6)).events == []


@pytest.mark.parametrize(
    ("name", "metric"), [("matrices:2x2,rank=1", "generic"), ("2-1-1:x^2", "generic"), (CUBIC, "frobenius")]
)
def test_labels_between_events_are_constant(name, metric):
    found = Discriminant(name, metric, seed=2)
    rng = np.random.default_rng(4)
    for _ in range(3):
        u = rng.standard_normal((2, found.ambient_dim))
        line = found.line(u[0], u[1], (-3, 3))
        assert line.complete
        at = rng.uniform(-3, 3, 40)
        labels = found.label((1 - at)[:, None] * u[0] + at[:, None] * u[1])
        for s, label in zip(at, labels, strict=True):
            assert label.same == line.labels[int(np.searchsorted(line.s, s))].same


def test_an_index_changes_at_the_apex():
    found = Discriminant("2-1-1:x^2", "generic", seed=0)
    u = np.random.default_rng(0).standard_normal((2, 3))
    line = found.line(u[0], u[1], (-5, 5))
    assert [e.kind for e in line.events] == ["apex", "fold", "fold", "apex"]
    assert [label.same for label in line.labels] == [(2, (2,)), (2, (1, 1)), (4, (2, 2)), (2, (1, 1)), (2, (2,))]
    # There b is in the dual variety: b0 w0^2 + 2 b1 w0 w1 + b2 w1^2 has a double root.
    for s in line.s[[0, 3]]:
        b = found.parameters(u[0] + s * (u[1] - u[0]))
        assert abs(b[1] ** 2 - b[0] * b[2]) < 1e-12 * np.abs(b).max() ** 2


def test_plane_of_the_ellipse(ellipse_plane):
    assert ellipse_plane.complete
    assert ellipse_plane.n_points > 150
    points = np.concatenate([arc.points for arc in ellipse_plane.arcs])
    assert np.abs(astroid(points)).max() < 1e-9
    tips = sorted(np.round(ellipse_plane.cusps, 9).tolist())
    assert tips == [[-1.5, 0], [0, -3], [0, 3], [1.5, 0]]
    assert sorted(c.label.same for c in ellipse_plane.chambers) == [(2, (1, 1)), (4, (2, 2))]


def test_plane_of_the_ellipse_against_a_grid(ellipse_plane):
    x, y = np.meshgrid(np.linspace(-2.4, 2.4, 41), np.linspace(-3.4, 3.4, 43))
    points = np.stack([x.ravel() + 0.0123, y.ravel() + 0.0217], axis=1)  # on the axes the quartic has double roots
    points = points[np.abs(astroid(points)) > 0.01]
    assert len(points) > 1600
    for point, k in zip(points, ellipse_plane.locate(points), strict=True):
        assert ellipse_plane.chambers[k].label.real == real_normals_to_the_ellipse(point), point


def test_plane_close_to_a_cusp(ellipse):
    plane = ellipse.plane(*AXES, window=[[1.49, -0.003], [1.502, 0.003]])
    assert plane.complete
    assert np.allclose(plane.cusps, [[1.5, 0]], atol=1e-12)
    assert sorted(c.label.real for c in plane.chambers) == [2, 4]


def test_plane_of_the_parabola():
    plane = Discriminant(PARABOLA).plane(*AXES, window=[[-2, -2], [2, 2]])
    points = np.concatenate([arc.points for arc in plane.arcs])
    assert np.abs(27 * points[:, 0] ** 2 - 16 * (points[:, 1] - 0.5) ** 3).max() < 1e-9
    assert np.allclose(plane.cusps, [[0, 0.5]], atol=1e-9)
    assert plane.complete
    assert [plane.chambers[k].label.same for k in plane.locate([[0, 1.5], [0, -1.5]])] == [(3, (2, 1)), (1, (1,))]
    for u in np.random.default_rng(0).uniform(-2, 2, (300, 2)):  # x - p + 2 x (x^2 - q) = 0
        roots = np.roots([2, 0, 1 - 2 * u[1], -u[0]])
        if abs(27 * u[0] ** 2 - 16 * (u[1] - 0.5) ** 3) > 0.02:
            assert plane.chambers[plane.locate(u[None])[0]].label.real == np.count_nonzero(np.abs(roots.imag) < 1e-9)


def test_plane_of_the_cubic_against_labels_at_random_data():
    found = Discriminant(CUBIC)
    plane = found.plane(*AXES, window=[[-6, -6], [6, 6]])
    assert plane.complete
    assert (len(plane.cusps), len(plane.chambers)) == (9, 13)
    points = np.random.default_rng(1).uniform(-6, 6, (400, 2))
    line = np.concatenate([arc.points for arc in plane.arcs])
    far = np.array([np.linalg.norm(line - p, axis=1).min() > 0.05 for p in points])
    labels = found.label(points[far])
    assert all(label.proven for label in labels)
    for point, label in zip(points[far], labels, strict=True):
        assert plane.chambers[plane.locate(point[None])[0]].label.same == label.same, point


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "seed"), [("matrices:2x2,rank=1", s) for s in range(3)] + [("2-1-1:x^2", s) for s in range(3)]
)
def test_generic_planes_of_networks(name, seed):
    found = Discriminant(name, "generic", seed=seed)
    u = np.random.default_rng(seed).standard_normal((3, found.ambient_dim))
    plane = found.plane(*u, window=[[-3, -3], [3, 3]])
    assert plane.complete
    at = np.random.default_rng(1).uniform(-3, 3, (600, 2))
    labels = found.label(u[0] + at @ (u[1:] - u[0]))
    line = np.concatenate([arc.points for arc in plane.arcs])
    for point, label in zip(at, labels, strict=True):
        if label.proven and np.linalg.norm(line - point, axis=1).min() > 0.05:
            assert plane.chambers[plane.locate(point[None])[0]].label.same == label.same


@pytest.mark.parametrize("u", [[0.3, 0.2], [3, 0.2], [1.2, 1.3], [0.1, 3.2]])
def test_distance_to_the_evolute_of_the_ellipse(ellipse, u):
    angle = np.linspace(0, 2 * np.pi, 200_001)
    evolute = np.stack([1.5 * np.cos(angle) ** 3, -3 * np.sin(angle) ** 3])
    expected = np.linalg.norm(evolute - np.array(u)[:, None], axis=0).min()
    found = ellipse.nearest(u)
    assert found.distance == pytest.approx(expected, rel=1e-7)
    assert np.linalg.norm(found.u - u) == pytest.approx(found.distance, rel=1e-12)
    assert abs(astroid(found.u)) < 1e-7
    assert found.complete
    assert found.kind == ("cusp" if max(u) >= 3 else "fold")


def test_distance_for_a_network_in_a_generic_metric():
    found = Discriminant("2-1-1:x^2", "generic", seed=0)
    u = np.random.default_rng(0).standard_normal(3)
    nearest = found.nearest(u)
    assert nearest.complete
    gap = nearest.u - u
    assert np.sqrt(gap @ found.q @ gap) == pytest.approx(nearest.distance, rel=1e-9)
    inside = found.label(u + np.linspace(-0.98, 0.98, 9)[:, None] * gap)  # the ball around u has one label
    assert len({label.same for label in inside}) == 1
    beyond = found.label(u[None] + 1.02 * gap[None])[0]
    assert beyond.same != inside[0].same


def test_files_and_pictures(ellipse_plane, tmp_path):
    save_plane(ellipse_plane, tmp_path / "a.h5", variety=ELLIPSE)
    again = load_plane(tmp_path / "a.h5")
    assert again.summary() == ellipse_plane.summary()
    assert np.array_equal(again.arcs[1].points, ellipse_plane.arcs[1].points)
    for name, start in (("a.png", b"\x89PNG"), ("a.svg", b"<?xml")):
        plot_chambers(again, tmp_path / name, title="evolute", marks=[((0.3, 0.2), "data")])
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(InputError, match="picture"):
        plot_chambers(again, tmp_path / "a.gif")
    with pytest.raises(FileError):
        load_plane(tmp_path / "a.png")


def test_arrangement_of_two_crossing_lines_and_an_island():
    window = np.array([[-1.0, -1.0], [1.0, 1.0]])
    island = np.array([[0.5, 0.4], [0.6, 0.4], [0.6, 0.5], [0.5, 0.5], [0.5, 0.4]])
    lines = [np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([[0.0, -1.0], [0.0, 1.0]]), island]
    found = arrange(lines, window, np.random.default_rng(0))
    assert sorted(round(f.area, 9) for f in found.faces) == [0.01, 1, 1, 1, 1]
    assert np.allclose(found.crossings, [[0, 0]])
    around = {tuple(sorted(row[1:])) for row in found.sides.tolist() if row[0] == 2}
    small = next(k for k, f in enumerate(found.faces) if f.area < 0.1)
    assert len(around) == 1
    assert small in next(iter(around))
    assert -1 not in next(iter(around))


def run(*arguments, cwd):
    command = [sys.executable, "-m", "critlocus", "discriminant", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def test_command_line(tmp_path):
    degree = run(ELLIPSE, "--json", cwd=tmp_path)
    assert (degree.returncode, json.loads(degree.stdout)["degree"]) == (0, 6)
    np.savetxt(tmp_path / "u0.csv", [[-3, 0.2]], delimiter=",")
    line = run(ELLIPSE, "--line", "u0.csv,3 0.2", cwd=tmp_path)
    assert line.returncode == 0
    assert line.stdout.count("certified") == 2
    options = ["--window=-2.5,2.5,-3.5,3.5", "--out", "p.h5", "--picture", "p.png", "--quiet"]
    plane = run(ELLIPSE, "--plane", "0 0,1 0,0 1", *options, cwd=tmp_path)
    assert (plane.returncode, plane.stdout, plane.stderr) == (0, "", "")
    assert len(load_plane(tmp_path / "p.h5").chambers) == 2
    nearest = run(ELLIPSE, "--distance", "--u", "0 5", "--json", cwd=tmp_path)
    assert json.loads(nearest.stdout)["distance"] == pytest.approx(2, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--line", "0 0"], "2 are needed"), (["--line", "0 0,a b"], "neither a file"), (["--out", "x.h5"], "--plane"),
        (["--line", "0 0,0 0"], "two different"), (["--line", "0 0,1 0", "--interval", "1,0"], "interval"),
        (["--plane", "0 0,1 1,2 2"], "on a line"), (["--plane", "generic", "--window", "1,0,0,1"], "window"),
        (["--plane", "generic", "--picture", "a.gif"], "picture"), (["--line", "generic", "--distance"], "one of"),
        (["--metric", "data"], "no inputs"), (["--line", "0,1 0"], "dimension 2"),
    ],
)  # fmt: skip
def test_bad_input(arguments, message, tmp_path):
    outcome = run(ELLIPSE, *arguments, cwd=tmp_path)
    assert outcome.returncode == 2, outcome.stderr
    assert outcome.stdout == ""
    assert len(outcome.stderr.strip().splitlines()) == 1
    assert message in outcome.stderr
