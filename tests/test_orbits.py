import numpy as np
import pytest

import naive
from critlocus.continuation.orbits import DUPLICATE, match_orbits
from critlocus.networks import Network, sign_group

NAMES = ["2-2-2", "2-1-2", "1-3-1", "2-2-1:x^2", "1-2-2-1", "2-2-2+bias"]


def brute_force(points, group, groups=None):
    """Compare all pairs with all images; the smallest index of the orbit."""
    count = len(points)
    groups = np.zeros(count) if groups is None else groups
    first = np.arange(count)
    for i in range(count):
        images = group.elements() * points[i]
        for j in range(i):
            if groups[i] == groups[j]:
                distance = np.linalg.norm(images - points[j], axis=1) / np.linalg.norm(points[j])
                if distance.min() < DUPLICATE:
                    first[i] = first[j]
                    break
    return first


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(5))
def test_against_all_pairs(name, seed):
    group = sign_group(Network.parse(name))
    rng = np.random.default_rng(seed)
    elements = group.elements()
    n, distinct = elements.shape[1], 40
    base = naive.complex_doubles(rng, (distinct, n)) * 10.0 ** rng.uniform(-3, 3, (distinct, 1))
    # Other orbits that look alike: one weight negated (equal squares), and points a little apart (1e-7).
    base[1], base[3] = base[0], base[2] * (1 + 1e-7 * rng.standard_normal(n))
    base[1, -1] *= -1
    copies = rng.integers(distinct, size=100)
    points = base[copies] * elements[rng.integers(len(elements), size=100)]
    points *= 1 + 1e-12 * naive.complex_doubles(rng, points.shape)
    expected = brute_force(points, group)
    np.testing.assert_array_equal(match_orbits(points, group), expected)
    groups = rng.integers(0, 3, 100)
    np.testing.assert_array_equal(match_orbits(points, group, groups), brute_force(points, group, groups))
    assert len(set(expected)) > 20


def test_first_of_every_orbit_is_its_own_index_in_any_order():
    group = sign_group(Network.parse("2-2-2"))
    rng = np.random.default_rng(0)
    base = naive.complex_doubles(rng, (50, 8))
    which = rng.permutation(np.repeat(np.arange(50), 4))
    points = base[which] * group.elements()[rng.integers(4, size=200)]
    found = match_orbits(points, group)
    for k in range(50):
        members = np.flatnonzero(which == k)
        assert np.all(found[members] == members[0])


def test_thousands_of_points():
    group = sign_group(Network.parse("2-3-2"))
    rng = np.random.default_rng(1)
    base = naive.complex_doubles(rng, (4000, 12))
    images = base * group.elements()[rng.integers(group.order, size=4000)]
    found = match_orbits(np.concatenate([base, images]), group)
    np.testing.assert_array_equal(found, np.tile(np.arange(4000), 2))


def test_real_points_and_points_with_equal_squares():
    # The sort key is the same for all 2^n sign patterns of a point; only those of the group are one orbit.
    group = sign_group(Network.parse("2-1-2"))
    point = np.array([1.0, 2.0, 3.0, 4.0], complex)
    signs = 1 - 2 * ((np.arange(16)[:, None] >> np.arange(4)) & 1)
    points = signs * point
    np.testing.assert_array_equal(match_orbits(points, group), brute_force(points, group))
    assert len(set(match_orbits(points, group).tolist())) == 8


def test_different_groups_never_match():
    group = sign_group(Network.parse("2-1-2"))
    points = np.ones((6, 4), complex)
    np.testing.assert_array_equal(match_orbits(points, group, np.arange(6)), np.arange(6))
    np.testing.assert_array_equal(match_orbits(points, group, np.array([5, 3, 5, 3, 5, 1])), [0, 1, 0, 1, 0, 5])


def test_few_points_and_no_coordinates():
    group = sign_group(Network.parse("2-1-2"))
    assert match_orbits(np.zeros((0, 4), complex), group).tolist() == []
    assert match_orbits(np.ones((1, 4), complex), group).tolist() == [0]
    assert match_orbits(np.zeros((3, 0), complex), group).tolist() == [
        0,
        0,
        0,
    ]  # the one point of a 0-dimensional space
