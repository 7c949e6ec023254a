from pathlib import Path

import numpy as np
import pytest

import naive
from critlocus.networks import Network, zero_patterns
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.solvers.native import NativeSolver, TrackerOptions
from critlocus.solvers.protocol import PathStatus
from critlocus.tape import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from systems import from_roots, not_monic, unit_roots, univariate


def track(system, starts, p, q, **options):
    """All starts along one segment of parameters."""
    starts = np.array(starts, complex).reshape(-1, system.n)
    rows = np.zeros(len(starts), np.int64)
    return NativeSolver(**options).track(system, starts, np.array([p, q], complex), rows, rows + 1)


def names(paths):
    return [PathStatus(v).name for v in paths.status]


def assert_same_set(found, expected, tolerance):
    distance = np.abs(np.asarray(found)[:, None] - np.asarray(expected)[None, :])
    assert sorted(distance.argmin(axis=1)) == list(range(len(expected)))
    assert np.all(distance.min(axis=1) <= tolerance * np.maximum(1, np.abs(expected[distance.argmin(axis=1)])))


@pytest.mark.parametrize("degree", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("seed", range(4))
def test_all_roots_of_random_polynomials(degree, seed):
    rng = np.random.default_rng([seed, degree])
    roots = naive.complex_doubles(rng, degree)
    paths = track(univariate(degree), unit_roots(degree), [-1] + [0] * (degree - 1), from_roots(list(roots)))
    assert names(paths) == ["SUCCESS"] * degree
    assert np.all(paths.t == 1)
    assert np.all(paths.accuracy < 1e-12)
    assert np.all(paths.steps > 0)
    assert_same_set(paths.points[:, 0], roots, 1e-7 if degree > 8 else 1e-9)


def two_quadrics():
    """``x^2 + y^2 = a, x y = b``: solutions ``(u, v)`` with ``u +- v = sqrt(a +- 2 b)``."""
    g = Graph()
    x, y, a, b = g.variable(), g.variable(), g.parameter(), g.parameter()
    return PolynomialSystem(
        g, [g.sum([(1.0, x, x), (1.0, y, y), (-1.0, a, NONE)]), g.sum([(1.0, x, y), (-1.0, b, NONE)])]
    )


def quadric_points(a, b):
    s, d = np.sqrt(a + 2 * b + 0j), np.sqrt(a - 2 * b + 0j)
    return np.array([[(i * s + j * d) / 2, (i * s - j * d) / 2] for i in (1, -1) for j in (1, -1)])


def test_systems_in_two_variables():
    rng = np.random.default_rng(0)
    p, q = complex_normal(rng, (2, 40, 2))
    starts = np.concatenate([quadric_points(*v) for v in p])
    rows = np.repeat(np.arange(40), 4)
    paths = NativeSolver().track(two_quadrics(), starts, np.vstack([p, q]), rows, rows + 40)
    assert paths.success.all()
    for k, v in enumerate(q):
        ends = paths.points[rows == k]
        distance = np.abs(ends[:, None] - quadric_points(*v)[None]).max(axis=2)
        assert sorted(distance.argmin(axis=1)) == [0, 1, 2, 3]
        assert np.all(distance.min(axis=1) < 1e-10)


def test_paths_to_infinity_diverge():
    # x^2 + x - i with the square's coefficient turned down to 0; and a cubic that loses two roots.
    paths = track(not_monic(2), np.roots([1, 1, -1j]), [-1j, 1, 1], [-1j, 1, 0])
    assert sorted(names(paths)) == ["DIVERGED", "SUCCESS"]
    assert paths.points[paths.success, 0] == pytest.approx([1j])
    assert np.abs(paths.points[~paths.success]).min() > 1e5
    paths = track(not_monic(3), np.roots([1j, 1, 0.3, -1]), [-1, 0.3, 1, 1j], [-1, 0.3, 0, 0])
    assert sorted(names(paths)) == ["DIVERGED", "DIVERGED", "SUCCESS"]
    assert paths.points[paths.success, 0] == pytest.approx([10 / 3])


@pytest.mark.parametrize("roots", [[1, 1], [1, 1, 1], [2, 2, 2, 2], [1 + 1j, 1 + 1j, -2, -2], [0, 0]])
def test_multiple_roots_are_singular_ends(roots):
    degree = len(roots)
    q = from_roots([complex(r) for r in roots])
    p = from_roots([np.exp(2j * np.pi * (k + 0.1) / degree) for k in range(degree)])
    starts = [np.exp(2j * np.pi * (k + 0.1) / degree) for k in range(degree)]
    paths = track(univariate(degree), starts, p, q)
    assert names(paths) == ["SINGULAR"] * degree
    assert np.all(paths.t > 0.99)
    assert np.all(np.abs(paths.points[:, :1] - np.array(roots)).min(axis=1) < 0.02)


def test_double_roots_are_never_called_regular():
    # Roots are eighths, so that the coefficients are exact and the root is double to the last bit.
    for seed in range(150):
        rng = np.random.default_rng(seed)
        double, single = (rng.integers(-20, 20, 2) + 1j * rng.integers(-20, 20, 2)) / 8 + 0.0625
        turn = np.exp(2j * np.pi * rng.random())
        paths = track(univariate(3), unit_roots(3) * turn, [-(turn**3), 0, 0], from_roots([double, double, single]))
        assert sorted(names(paths)) == ["SINGULAR", "SINGULAR", "SUCCESS"], seed
        assert paths.points[paths.success, 0] == pytest.approx([single])


def test_a_singularity_on_the_way_stops_the_path():
    paths = track(univariate(2), [1, -1], [-1, 0], [1, 0])  # both roots pass through 0 together
    assert names(paths) == ["STEP_TOO_SMALL"] * 2
    assert paths.t == pytest.approx([0.5, 0.5], abs=1e-3)


def test_wrong_starts():
    starts = [3, 0, np.nan, np.inf, 1e200, 1, -1, 1 + 1e-7]
    paths = track(univariate(2), starts, [-1, 0], [1j, 0])
    assert names(paths) == ["INVALID_START"] * 5 + ["SUCCESS"] * 3
    assert np.all(paths.t[:5] == 0)


def test_parameters_that_are_not_finite():
    for bad in (np.nan, np.inf):
        paths = track(univariate(2), [1, -1], [-1, 0], [bad, 0])
        assert not paths.success.any()
        paths = track(univariate(2), [1, -1], [bad, 0], [-1, 0])
        assert not paths.success.any()


@pytest.mark.parametrize(
    ("p", "q", "start", "end"), [(0.0, 1.0, 0.0, -1.0), (1.0, 0.0, -1.0, 0.0), (-1.0, 1.0, 1.0, -1.0)]
)
def test_regular_solutions_at_the_origin(p, q, start, end):
    # x + p: starts at 0, ends there, or goes right through it; the solution is regular throughout.
    paths = track(univariate(1), [start], [p], [q])
    assert names(paths) == ["SUCCESS"]
    assert paths.points[0, 0] == pytest.approx(end)
    assert np.isfinite(paths.accuracy).all()


def test_step_limit():
    q = [2 + 1j, 1 - 1j, 0.5]
    options = NativeSolver().options.__class__(max_steps=2)
    paths = track(univariate(3), unit_roots(3), [-1, 0, 0], q, options=options)
    assert names(paths) == ["STEP_LIMIT"] * 3
    assert np.all(paths.steps + paths.rejected == 2)
    careful = track(
        univariate(3),
        unit_roots(3),
        [-1, 0, 0],
        q,
        options=TrackerOptions(beta_tau=0.25, beta_omega=5.0, tolerance=1e-9, contraction=0.1),
    )
    quick = track(univariate(3), unit_roots(3), [-1, 0, 0], q)
    assert careful.success.all()
    assert np.all(careful.steps > quick.steps)
    np.testing.assert_allclose(careful.points, quick.points, rtol=1e-12)


def test_the_same_member_at_both_ends():
    paths = track(univariate(2), [1 + 1e-6, -1], [-1, 0], [-1, 0])
    assert paths.success.all()
    assert paths.points[:, 0] == pytest.approx([1, -1], abs=1e-15)


def test_no_paths():
    paths = track(univariate(2), np.zeros((0, 1)), [-1, 0], [1, 0])
    assert paths.points.shape == (0, 1)
    assert paths.success.shape == (0,)


def test_every_status_has_advice():
    assert len({status.advice for status in PathStatus}) == len(PathStatus) == 8


def test_paths_far_out_keep_apart():
    """Five paths of 2-2-1:x^2 on which some weights grow to 1e5 and the others, which tell paths apart, shrink.

    Steps judged by the size of the whole point jumped on each of them.
    """
    network = Network.parse("2-2-1:x^2")
    system = CriticalPoints(network, 100).system(zero_patterns(network)[0].support)
    with np.load(Path(__file__).parent / "files" / "far_out_paths.npz") as file:
        starts, p, q = file["starts"], file["start_parameters"], file["target_parameters"]
    rows = np.arange(len(starts))
    there = NativeSolver().track(system, starts, np.concatenate([p, q]), rows, rows + len(rows), thorough=False)
    back = NativeSolver().track(system, there.points, np.concatenate([p, q]), rows + len(rows), rows, thorough=False)
    assert names(there) == names(back) == ["SUCCESS"] * 5
    assert np.abs(back.points - starts).max() < 1e-9
    careful = TrackerOptions(beta_omega=5, contraction=0.01, beta_tau=0.2)
    slow = NativeSolver(options=careful).track(system, starts, np.concatenate([p, q]), rows, rows + len(rows))
    assert np.abs(slow.points - there.points).max() < 1e-9
