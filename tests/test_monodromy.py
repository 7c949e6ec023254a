import flint
import numpy as np
import pytest

import naive
from critlocus.solvers.native import NativeSolver
from critlocus.solvers.protocol import PathStatus
from members import Setup

# Orbits of the sign group. 2-2-2: 192 points; a dead unit leaves 2-1-2 with 16.
COUNTS = [
    ("1-1-1", 10, 2),
    ("1-1-2", 10, 4),
    ("2-1-2", 10, 8),
    ("2-1-2", 1, 4),
    ("2-2-2", 10, 48),
    ("2-2-1:x^2", 6, 104),
]


@pytest.mark.parametrize(("name", "n_points", "orbits"), COUNTS)
@pytest.mark.parametrize("seed", range(3))
def test_counts(name, n_points, orbits, seed):
    setup = Setup(name, n_points, seed)
    run = setup.run()
    assert len(run.points) == orbits
    assert run.stop_reason == "quiet"
    assert run.log10_doubt <= -12
    assert run.quiet_loops >= 4
    assert run.collisions == run.strays == 0
    setup.assert_all_distinct_solutions(run.points)


@pytest.mark.parametrize("seed", range(5))
def test_all_solutions_of_1_1_2_by_hand(seed):
    # f = b a x: b_i = a c_i / (a^2 s + l_i), and t = a^2 solves  sum_i l_i c_i^2 / (t s + l_i)^2 = l_a.
    setup = Setup("1-1-2", 10, seed)
    names = setup.family.parameter_names
    value = dict(zip(names, setup.parameters.tolist(), strict=True))
    s, (c0, c1) = value["sum x^(2,)"], (value["sum y0 x^(1,)"], value["sum y1 x^(1,)"])
    la, l0, l1 = (value[f"lambda {name}"] for name in ("W1[0,0]", "W2[0,0]", "W2[1,0]"))
    q0, q1 = (flint.acb_poly([naive.acb(l), naive.acb(s)]) for l in (l0, l1))
    equation = q1 * q1 * naive.acb(l0 * c0**2) + q0 * q0 * naive.acb(l1 * c1**2) - q0 * q0 * q1 * q1 * naive.acb(la)
    t = np.array([complex(r) for r in equation.roots()])
    expected = np.stack([t, t * (c0 / (t * s + l0)) ** 2, t * (c1 / (t * s + l1)) ** 2], axis=1)
    found = setup.run().points ** 2
    assert len(expected) == len(found) == 4
    distance = np.linalg.norm(found[:, None] - expected[None], axis=2) / np.linalg.norm(expected, axis=1)
    assert sorted(distance.argmin(axis=1)) == [0, 1, 2, 3]
    assert distance.min(axis=1).max() < 1e-6


def test_one_seed_gives_one_result_whatever_the_threads():
    runs = [Setup("2-2-2", 10, 3).run(NativeSolver(threads=threads)) for threads in (1, 2, 4)]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.points, runs[0].points)
        assert run.loops == runs[0].loops
    other = Setup("2-2-2", 10, 4).run()
    assert not np.allclose(other.points, runs[0].points)


def test_several_starts_and_starts_that_are_everything():
    setup = Setup("2-1-2", 10, 0)
    points = setup.run().points
    again = setup.run(start=points)
    np.testing.assert_array_equal(again.points, points)
    half = setup.run(start=points[:3])
    np.testing.assert_array_equal(half.points[:3], points[:3])
    assert len(half.points) == 8


class Meddling(NativeSolver):
    """Spoils some ends of the tracks that come back to the base point: every third track."""

    def __init__(self, spoil):
        super().__init__()
        self.spoil, self.calls = spoil, 0

    def track(self, *arguments, **options):
        paths = super().track(*arguments, **options)
        self.calls += 1
        if self.calls % 3 == 0:
            self.spoil(paths, self.calls // 3)
        return paths


def test_strays_are_thrown_away():
    def spoil(paths, batch):
        if batch % 3 == 1:
            paths.points[0, 2] = 0.0  # a jump to another zero pattern
        if batch % 3 == 2:
            paths.points[-1, 0] *= 1e-14

    setup = Setup("2-1-2", 10, 1)
    run = setup.run(Meddling(spoil))
    assert run.strays > 0
    assert len(run.points) == 8
    assert np.abs(run.points).min() > 1e-6
    setup.assert_all_distinct_solutions(run.points)


def test_loops_whose_paths_meet_are_not_used():
    def spoil(paths, batch):
        # Two ends of the batch's first loop become one, up to a sign, and a third is no solution at all.
        if batch % 2 == 0 and len(paths.points) >= 3 * 8:
            paths.points[1] = -paths.points[0] * np.array([1, 1, 1, 1])
            paths.points[2] *= 1.5

    setup = Setup("2-1-2", 10, 2)
    run = setup.run(Meddling(spoil))
    assert run.collisions > 0
    assert len(run.points) == 8
    setup.assert_all_distinct_solutions(run.points)


def test_loops_that_lose_all_paths_prove_nothing():
    def spoil(paths, batch):
        paths.status[:] = PathStatus.STEP_LIMIT

    run = Setup("2-1-2", 10, 3).run(Meddling(spoil), max_loops=100)
    assert run.failed_paths > 0
    assert run.quiet_loops == 0
    assert run.log10_doubt == 0
    assert run.stop_reason == "max loops"


def test_only_loops_after_the_last_discovery_are_quiet():
    setup, seen = Setup("2-1-2", 10, 6), []

    def spoil(paths, batch):
        if batch <= 3:
            paths.points[:] = setup.start  # three loops that seem to be the identity, before anything is found

    run = setup.run(
        Meddling(spoil), report=lambda found: seen.append((len(found.points), found.quiet_loops, found.log10_doubt)),
        batch=1,
    )  # fmt: skip
    assert [quiet for _, quiet, _ in seen[:3]] == [0, 1, 2]  # the first was quick, and does not count
    assert len(run.points) == 8
    counts = [1, *(count for count, _, _ in seen)]
    found_new = [k for k, (count, _, _) in enumerate(seen) if count > counts[k]]
    assert found_new[0] >= 3
    for k in found_new:
        assert seen[k][1:] == (0, 0)
    assert run.quiet_loops == len(seen) - 2 - found_new[-1]
    assert run.log10_doubt == pytest.approx(-run.quiet_loops * np.log10(9))


def test_limits():
    run = Setup("2-2-2", 10, 0).run(max_loops=1)
    assert run.stop_reason == "max loops"
    assert run.quiet_loops == 0
    run = Setup("2-2-2", 10, 0).run(max_points=10)
    assert run.stop_reason == "max points"
    assert len(run.points) > 10


def test_an_interrupted_run_keeps_what_it_has():
    class Interrupted(NativeSolver):
        calls = 0

        def track(self, *arguments, **options):
            paths = super().track(*arguments, **options)
            self.calls += 1
            paths.interrupted = self.calls > 4
            return paths

    reports = []
    setup = Setup("2-2-2", 10, 0)
    run = setup.run(Interrupted(), report=lambda found: reports.append(len(found.points)), batch=1)
    assert run.stop_reason == "interrupted"
    assert len(run.points) == reports[-1]
    setup.assert_all_distinct_solutions(run.points)


def test_more_quiet_loops_for_less_doubt():
    quiet = [Setup("1-1-2", 10, 0).run(doubt=doubt).quiet_loops for doubt in (1e-3, 1e-6, 1e-12)]
    assert quiet == sorted(quiet)
    assert quiet[0] < quiet[2]
    for doubt, loops in zip((1e-3, 1e-6, 1e-12), quiet, strict=True):
        assert 5.0**-loops <= doubt  # 4 orbits: one loop in 5 would miss a fifth
