import numpy as np
import pytest

import naive
from critlocus.continuation.strata import restrict
from critlocus.distinct import distinct_orbits, overlapping_boxes
from critlocus.networks import Network, sign_group


def brute_force_pairs(points, radius, groups):
    found = set()
    for i in range(len(points)):
        for j in range(i):
            if groups[i] == groups[j] and np.all(np.abs(points[i] - points[j]) <= radius[i] + radius[j]):
                found.add((j, i))
    return found


def as_set(pairs):
    assert pairs.shape[1] == 2
    assert np.all(pairs[:, 0] != pairs[:, 1])
    found = {(min(p), max(p)) for p in pairs.tolist()}
    assert len(found) == len(pairs)  # each pair once
    return found


@pytest.mark.parametrize("seed", range(12))
def test_overlapping_boxes_against_all_pairs(seed):
    # From no overlaps at all to nearly everything; radii of very different sizes, one coordinate or several.
    rng = np.random.default_rng(seed)
    n, count = 1 + seed % 4, 120
    points = naive.complex_doubles(rng, (count, n))
    radius = 10.0 ** rng.uniform(-4, 0.3, (count, n)) * (0.2 + seed / 6)
    groups = rng.integers(0, 3, count) * 10 - 7
    expected = brute_force_pairs(points, radius, groups)
    assert as_set(overlapping_boxes(points, radius, groups)) == expected
    if n == 1:
        assert expected


def test_nearly_equal_boxes_and_far_away_ones():
    rng = np.random.default_rng(0)
    points = naive.complex_doubles(rng, (200, 3), 1e3)
    points[100:] = points[:100] + 1e-13 * naive.complex_doubles(rng, (100, 3))
    for radius, together in [(1e-11, True), (1e-18, False)]:
        r = np.full((200, 3), radius)
        expected = {(k, k + 100) for k in range(100)} if together else set()
        assert as_set(overlapping_boxes(points, r, np.zeros(200, np.int64))) == expected


def test_boxes_that_touch_are_not_disjoint():
    points = np.array([[0.0], [1.0], [2.5]], complex)
    radius = np.full((3, 1), 0.5)
    assert as_set(overlapping_boxes(points, radius, np.zeros(3, np.int64))) == {(0, 1)}
    equal = np.zeros((2, 1), complex)
    assert as_set(overlapping_boxes(equal, np.zeros((2, 1)), np.zeros(2, np.int64))) == {(0, 1)}


def test_few_or_no_boxes():
    for count in (0, 1):
        pairs = overlapping_boxes(np.ones((count, 2), complex), np.ones((count, 2)), np.zeros(count, np.int64))
        assert pairs.shape == (0, 2)
        assert pairs.dtype == np.int64


def brute_force_distinct(points, radius, support, groups, elements):
    """Write out every orbit, box by box, and compare all boxes of a group with each other."""
    count = len(points)
    found = []
    for i in range(count):
        good = bool(np.all(np.isfinite(radius[i])) and np.all(~support[i] | (np.abs(points[i]) > radius[i])))
        for j in range(count):
            if j != i and groups[i] == groups[j]:
                images = elements * points[i]
                apart = np.any(np.abs(images - points[j]) > radius[i] + radius[j], axis=1)
                good = good and bool(apart.all())
        found.append(good)
    return np.array(found)


@pytest.mark.parametrize("name", ["2-2-2", "2-1-2", "2-2-1:x^2", "1-2-2-1", "1-2-1:x^3+bias"])
@pytest.mark.parametrize("seed", range(4))
def test_distinct_orbits_against_orbits_written_out(name, seed):
    network = Network.parse(name)
    group, rng = sign_group(network), np.random.default_rng(seed)
    elements, n, count = group.elements(), network.n_weights, 60
    points = naive.complex_doubles(rng, (count, n))
    # Images of other points: equal, nearly equal, and equal up to the sign of one weight (another orbit, same squares).
    for k in range(0, 30, 2):
        points[k + 1] = points[k] * elements[rng.integers(len(elements))]
        if k % 4:
            points[k + 1] += 10.0 ** -rng.integers(3, 9) * naive.complex_doubles(rng, n)
        if k % 3 == 0:
            points[k + 1, rng.integers(n)] *= -1
    radius = 10.0 ** rng.uniform(-9, -5, (count, n))
    points[50, 0] = radius[50, 0] / 2  # the box holds 0: its orbit may be shorter than the group
    groups = np.where(np.arange(count) < 44, 0, 1)
    support = np.ones((count, n), bool)
    found = distinct_orbits(points, radius, support, groups, group)
    expected = brute_force_distinct(points, radius, support, groups, elements)
    np.testing.assert_array_equal(found, expected)
    assert 10 < found.sum() < count - 8
    assert not found[50]


def test_weights_that_vanish_identically_do_not_count():
    network = Network.parse("2-2-2")
    group = sign_group(network)
    rng = np.random.default_rng(1)
    # Unit 1 is dead: weights 2, 3 (into it) and 5, 7 (out of it) are 0.
    alive = np.ones(8, bool)
    alive[[2, 3, 5, 7]] = False
    assert len(restrict(group, np.flatnonzero(alive)).flips) == 1
    points = np.where(alive, naive.complex_doubles(rng, (6, 8)), 0)
    radius = np.where(alive, 1e-12, 1e-15) * np.ones((6, 1))
    support, groups = np.tile(alive, (6, 1)), np.zeros(6, np.int64)
    assert distinct_orbits(points, radius, support, groups, group).all()
    assert not distinct_orbits(points, radius, np.ones((6, 8), bool), groups, group).any()


def test_boxes_without_a_radius_are_not_distinct_and_disturb_no_other():
    group, rng = sign_group(Network.parse("2-2-2")), np.random.default_rng(2)
    points, radius = naive.complex_doubles(rng, (5, 8)), np.full((5, 8), 1e-10)
    radius[2, 4] = np.inf
    found = distinct_orbits(points, radius, np.ones((5, 8), bool), np.zeros(5, np.int64), group)
    assert found.tolist() == [True, True, False, True, True]
    empty = distinct_orbits(points[:0], radius[:0], np.ones((0, 8), bool), np.zeros(0, np.int64), group)
    assert empty.shape == (0,)
