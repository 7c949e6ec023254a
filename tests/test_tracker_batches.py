"""The tracker on whole batches: threads, order, round trips, arguments, progress."""

from dataclasses import fields

import numpy as np
import pytest

from critlocus.errors import InputError
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.solvers import make_solver
from critlocus.solvers.native import NativeSolver
from critlocus.solvers.protocol import Paths
from members import start_pairs
from systems import unit_roots, univariate

COLUMNS = [field.name for field in fields(Paths) if field.name != "interrupted"]


def mixed_batch(count=203):
    """Start pairs of 2-2-2 with good ends, bad starts, and targets without regulariser (positive-dimensional)."""
    family = CriticalPoints(Network.parse("2-2-2"), 10)
    rng = np.random.default_rng(1)
    system, theta, p = start_pairs(family, rng, count)
    q = complex_normal(rng, p.shape)
    theta[5::40] *= 1.5
    q[7::40, family.n_data :] = 0
    rows = np.arange(count)
    return system, theta, np.vstack([p, q]), rows, rows + count


def test_results_do_not_depend_on_threads_or_on_the_order_of_the_batch():
    system, theta, table, from_, to = mixed_batch()
    one = NativeSolver(threads=1).track(system, theta, table, from_, to)
    assert len(set(one.status.tolist())) > 2
    for threads in (2, 4):
        other = NativeSolver(threads=threads).track(system, theta, table, from_, to)
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(other, name), getattr(one, name), name)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(theta))[: 203 - 50 * seed]
        other = NativeSolver(threads=1 + seed).track(system, theta[order], table, from_[order], to[order])
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[order], name)


@pytest.mark.parametrize(("name", "count"), [("2-2-2", 10), ("2-2-2", 1), ("2-2-2+bias", 12), ("2-2-1:x^2", 6)])
def test_round_trips_end_where_they_began(name, count):
    family = CriticalPoints(Network.parse(name), count)
    rng, number = np.random.default_rng(2), 3000
    system, theta, p = start_pairs(family, rng, number)
    q = complex_normal(rng, p.shape)
    table, rows = np.vstack([p, q]), np.arange(number)
    there = NativeSolver().track(system, theta, table, rows, rows + number)
    good = np.flatnonzero(there.success)
    assert len(good) >= 0.995 * number  # a few run off too far, but they say so
    assert np.abs(system(there.points[good], q[good])).max() < 1e-6
    back = NativeSolver().track(system, there.points[good], table, good + number, good)
    home = back.success
    assert home.mean() > 0.998
    distance = np.linalg.norm(back.points - theta[good], axis=1) / np.linalg.norm(theta[good], axis=1)
    assert distance[home].max() < 1e-9


def generic_paths(name, number):
    """Paths of a network between generic members."""
    family = CriticalPoints(Network.parse(name), 100)
    rng = np.random.default_rng(5)
    system, theta, p = start_pairs(family, rng, number)
    rows = np.arange(number)
    return system, theta, np.vstack([p, complex_normal(rng, p.shape)]), rows, rows + number


def test_double_precision_suffices_for_nearly_all_generic_paths():
    for name in ("2-2-1:x^2", "2-2-2-2"):
        paths = NativeSolver(threads=2).track(*generic_paths(name, 3000), thorough=False)
        assert paths.success.mean() > 0.995
        arrived = paths.t == 1
        assert not np.any(arrived & ~paths.success & (paths.condition < 1e6))  # a short last step is no singularity


def test_paths_that_pass_close_to_infinity_arrive():
    system, theta, table, from_, to = generic_paths("3-3-3-3", 400)
    paths = NativeSolver(threads=2).track(system, theta, table, from_, to)
    assert paths.success.mean() > 0.99
    hard = np.flatnonzero(paths.extended > 0)
    assert len(hard) > 5
    assert paths.extended[hard].mean() < 300
    good = hard[paths.success[hard]]
    back = NativeSolver(threads=2).track(system, paths.points[good], table, to[good], from_[good])
    distance = np.linalg.norm(back.points - theta[good], axis=1) / np.linalg.norm(theta[good], axis=1)
    assert back.success.mean() > 0.8
    assert distance[back.success].max() < 1e-9
    other = NativeSolver().track(system, theta[hard], table, from_[hard], to[hard])
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(other, column), getattr(paths, column)[hard], column)


def test_wrong_shapes_and_rows_are_refused():
    system, solver = univariate(2), NativeSolver()
    starts, table, rows = unit_roots(2), np.array([[-1, 0], [1j, 0]], complex), np.zeros(2, np.int64)
    assert solver.track(system, starts, table, rows, rows + 1).success.all()
    for bad in (
        (starts.ravel(), table, rows, rows + 1),
        (np.hstack([starts, starts]), table, rows, rows + 1),
        (starts, table[:, :1], rows, rows + 1),
        (starts, table[0], rows, rows + 1),
        (starts, table, rows[:1], rows + 1),
        (starts, table, rows, np.zeros((2, 1), np.int64)),
        (starts, table, rows, rows + 2),
        (starts, table, rows - 1, rows),
    ):
        with pytest.raises(InputError):
            solver.track(system, *bad)
    with pytest.raises(InputError, match="threads"):
        NativeSolver(threads=0)
    with pytest.raises(InputError, match="unknown solver 'none'"):
        make_solver("none", threads=1)


def test_progress_is_called_and_its_errors_come_through():
    system, theta, table, from_, to = mixed_batch()
    many = np.tile(np.arange(203), 60)
    seen = []
    NativeSolver().track(system, theta[many], table, from_[many], to[many], progress=seen.append)
    assert all(0 <= k <= len(many) for k in seen)
    assert seen == sorted(seen)

    def fail(_):
        raise RuntimeError("stop here")

    if seen:  # the batch took longer than one poll
        with pytest.raises(RuntimeError, match="stop here"):
            NativeSolver().track(system, theta[many], table, from_[many], to[many], progress=fail)


def test_paths_can_be_taken_and_replaced_row_by_row():
    system, theta, table, from_, to = mixed_batch(20)
    paths = NativeSolver().track(system, theta, table, from_, to)
    part = paths.take(np.array([3, 1]))
    np.testing.assert_array_equal(part.points, paths.points[[3, 1]])
    paths.replace(np.array([0, 2]), part)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(paths, name)[[0, 2]], getattr(part, name), name)
