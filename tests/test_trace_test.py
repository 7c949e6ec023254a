import importlib

import numpy as np
import pytest

from critlocus.continuation.monodromy import Monodromy
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.trace_test import LINEAR, stratum_pencils, trace_test
from critlocus.networks import sign_group
from critlocus.solvers.native import NativeSolver
from critlocus.solvers.protocol import PathStatus
from members import Setup


def run_test(setup, points, seed, solver=None, **options):
    return trace_test(
        solver or NativeSolver(), stratum_pencils(setup.family, setup.support, setup.group), points, setup.parameters,
        setup.family.random_parameters, np.random.default_rng(seed), **options,
    )  # fmt: skip


def first_matches(points, others, group):
    return match_orbits(np.concatenate([others, points]), group).tolist() == [0, 0]


CASES = [("1-1-1", 10), ("1-1-2", 10), ("2-1-2", 10), ("1-1-1:x^2", 5), ("1-1-1+bias", 10), ("1-1-1-1", 5)]


@pytest.mark.parametrize(("name", "n_points"), [*CASES, ("2-2-2", 10)])
@pytest.mark.parametrize("seed", range(2))
def test_complete_sets_pass(name, n_points, seed):
    setup = Setup(name, n_points, seed)
    points = setup.run().points
    test = run_test(setup, points, seed)
    assert test.status == "passed", test.reason
    assert test.residual <= LINEAR
    assert test.bidegree[0] == len(points)
    assert test.degree == sum(test.bidegree)
    assert len(test.new) == 0
    assert test.paths_tracked > 0


@pytest.mark.parametrize(("name", "n_points"), [*CASES, ("2-1-2", 1), ("1-2-1:x^2", 5)])
def test_no_set_passes_that_lacks_one_solution(name, n_points):
    setup = Setup(name, n_points, 0)
    points = setup.run().points
    for k in range(len(points)):
        for seed in range(2):
            test = run_test(setup, np.delete(points, k, axis=0), [seed, k])
            assert test.passed is not True
            assert test.status in ("failed", "undecided")
            assert test.reason
            if test.status == "failed":  # and then it knows what is missing
                assert test.new.shape == (1, len(setup.support))
                assert first_matches(test.new, points[k : k + 1], setup.group)


@pytest.mark.parametrize(("name", "bidegree"), [("2-2-2", (4, 72)), ("1-2-2", (4, 8)), ("2-1-2", (4, 20))])
@pytest.mark.parametrize("seed", range(4))
def test_single_data_points_are_decided(name, bidegree, seed):
    setup = Setup(name, 1, seed)
    test = run_test(setup, setup.run().points, seed)
    assert test.status == "passed", test.reason
    # The bidegree is a number of the family, for each choice of coordinates.
    assert test.bidegree == bidegree or test.coordinates == "squares"


@pytest.mark.parametrize("k", [0, 20, 47])
def test_one_of_48_is_missed(k):
    setup = Setup("2-2-2", 10, 0)
    points = setup.run().points
    test = run_test(setup, np.delete(points, k, axis=0), k)
    assert test.passed is not True
    if test.status == "failed":
        assert "1 solutions were missing" in test.reason


def test_half_a_set_does_not_pass():
    setup = Setup("2-1-2", 10, 1)
    points = setup.run().points
    for size in (1, 2, 4):
        assert run_test(setup, points[:size], size).passed is not True


class Losing(NativeSolver):
    """Loses the paths that would come back to one given solution."""

    lost = None
    count = 0

    def track(self, system, starts, parameters, from_, to, *rest, **options):
        paths = super().track(system, starts, parameters, from_, to, *rest, **options)
        n = len(self.lost)
        if len(to) and system.n == n + 1:
            there = np.abs(paths.points[:, :n] ** 2 - self.lost**2).max(axis=1) < 1e-8 * np.abs(self.lost**2).max()
            there &= np.abs(paths.points[:, n]) < 1e-8
            self.count += int(there.sum())
            paths.status[there], paths.t[there] = PathStatus.STEP_LIMIT, 0.5
        return paths


@pytest.mark.parametrize("name", ["1-1-2", "2-1-2"])
def test_a_path_that_fails_on_the_way_home_may_hide_a_solution(name):
    setup = Setup(name, 10, 0)
    points = setup.run().points
    solver = Losing()
    solver.lost = points[0]
    test = run_test(setup, points[1:], 0, solver)
    assert solver.count > 0
    assert test.passed is None
    assert "lost on the way back" in test.reason


def test_a_trace_that_is_not_linear_is_undecided(monkeypatch):
    # The curve is known at the images of the given points alone, so that nothing new can come home.
    module = importlib.import_module("critlocus.continuation.curve_sections")
    monkeypatch.setattr(module, "monodromy", lambda *arguments, **options: Monodromy(arguments[2], stop_reason="quiet"))
    setup = Setup("2-1-2", 10, 0)
    points = setup.run().points
    for known in (points, points[1:], points[:1]):
        test = run_test(setup, known, 0)
        assert test.residual > 1e-6
        assert test.status == "undecided"
        assert "not linear" in test.reason


def test_wrong_points_are_not_moved_and_nothing_is_concluded():
    setup = Setup("2-1-2", 10, 0)
    wrong = np.random.default_rng(0).standard_normal((3, 4)) + 1j
    test = run_test(setup, wrong, 0)
    assert test.status == "undecided"
    assert "no point could be moved" in test.reason
    assert run_test(setup, wrong[:0], 0).status == "undecided"


def test_a_curve_of_too_high_degree_is_undecided():
    setup = Setup("2-1-2", 10, 0)
    test = run_test(setup, setup.run().points, 0, max_degree=10)
    assert test.status == "undecided"
    assert "max points" in test.reason


def test_smaller_zero_patterns():
    # One living unit of 2-2-2: the same count as for 2-1-2.
    setup = Setup("2-2-2", 10, 5)
    setup.support = np.array([0, 1, 4, 6])
    setup.start, setup.parameters = setup.family.start_pair(setup.rng, setup.support)
    setup.system, setup.group = setup.family.system(setup.support), sign_group(Setup("2-1-2", 10, 0).network)
    points = setup.run().points
    assert len(points) == 8
    assert run_test(setup, points, 0).status == "passed"
    assert run_test(setup, points[1:], 0).passed is not True
