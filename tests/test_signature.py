"""Proven signatures against exact ones; a wrong one must never be proven, whatever the matrix."""

from itertools import pairwise

import flint
import numpy as np
import pytest

import naive
from critlocus.signature import UNPROVEN, certified_signature


def exact_signature(matrix):
    """Inertia of a real symmetric matrix of doubles (or fractions): the sign changes of its characteristic polynomial.

    All roots are real, so Descartes' rule is exact.
    """
    n = len(matrix)
    rows = flint.fmpq_mat([[v if isinstance(v, flint.fmpq) else naive.fmpq(v) for v in row] for row in matrix])
    poly = rows.charpoly()
    c = [poly[k] for k in range(n + 1)]
    positive = changes(c)
    negative = changes([v if k % 2 == 0 else -v for k, v in enumerate(c)])
    return negative, n - negative - positive, positive


def changes(coefficients):
    signs = [v > 0 for v in coefficients if v != 0]
    return sum(a != b for a, b in pairwise(signs))


def symmetric(rng, count, n):
    a = rng.standard_normal((count, n, n))
    return a + np.swapaxes(a, 1, 2)


def with_eigenvalues(rng, eigenvalues):
    """V D V^T with random orthogonal V, up to rounding; eigenvalues of shape (count, n)."""
    count, n = eigenvalues.shape
    q, _ = np.linalg.qr(rng.standard_normal((count, n, n)))
    a = (q * eigenvalues[:, None, :]) @ np.swapaxes(q, 1, 2)
    return 0.5 * (a + np.swapaxes(a, 1, 2))


def assert_never_wrong(found, matrices):
    for row, matrix in zip(found, matrices, strict=True):
        assert tuple(row) in {exact_signature(matrix), (UNPROVEN,) * 3}


@pytest.mark.parametrize("n", range(1, 8))
def test_random_matrices(n):
    a = symmetric(np.random.default_rng(n), 150, n)
    found = certified_signature(a, np.zeros_like(a))
    assert np.mean(found[:, 0] >= 0) > 0.99
    assert_never_wrong(found, a)


@pytest.mark.parametrize("n", [2, 5, 12, 30])
def test_constructed_inertia(n):
    rng = np.random.default_rng(n)
    signs = rng.choice([-1.0, 1.0], (200, n))
    a = with_eigenvalues(rng, signs * 10.0 ** rng.uniform(-6, 6, (200, n)))
    found = certified_signature(a, np.zeros_like(a))
    negative = np.count_nonzero(signs < 0, axis=1)
    proven = found[:, 0] >= 0
    # Twelve orders of magnitude between eigenvalues leave a relative accuracy of 1e-4.
    assert proven.mean() > 0.9
    np.testing.assert_array_equal(found[proven], np.stack([negative, 0 * negative, n - negative], axis=1)[proven])


@pytest.mark.parametrize("seed", range(10))
def test_nearly_singular_matrices_are_never_wrong(seed):
    # The smallest eigenvalue is at the level of rounding, where floating point cannot know its sign.
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    eigenvalues = rng.standard_normal((150, n))
    eigenvalues[:, 0] = rng.choice([-1, 1], 150) * 10.0 ** rng.uniform(-20, -10, 150)
    a = with_eigenvalues(rng, eigenvalues)
    found = certified_signature(a, np.zeros_like(a))
    assert_never_wrong(found, a)
    assert 0.1 < np.mean(found[:, 0] >= 0) < 1


@pytest.mark.parametrize("seed", range(8))
def test_integer_matrices_with_exact_zero_eigenvalues(seed):
    rng = np.random.default_rng(seed)
    n, rank = 5, int(rng.integers(0, 5))
    v = rng.integers(-5, 6, (60, n, rank)).astype(float)
    a = (v * rng.choice([-1.0, 1.0], (60, 1, rank))) @ np.swapaxes(v, 1, 2)
    found = certified_signature(a, np.zeros_like(a))
    assert np.all(found == UNPROVEN)


@pytest.mark.parametrize("seed", range(10))
def test_every_matrix_of_the_box_has_the_proven_signature(seed):
    rng = np.random.default_rng([seed, 1])
    n = int(rng.integers(1, 6))
    a = symmetric(rng, 60, n)
    radius = rng.random(a.shape) * 10.0 ** rng.uniform(-8, 0, (60, 1, 1))
    radius = 0.5 * (radius + np.swapaxes(radius, 1, 2))
    found = certified_signature(a, radius)
    proven = np.flatnonzero(found[:, 0] >= 0)
    assert len(proven) > 20
    for k in proven:
        # Corners of the box, as exact numbers: random ones, and for every eigenvector the one that moves its
        # eigenvalue the farthest towards 0 and beyond.
        values, vectors = np.linalg.eigh(a[k])
        corners = [np.triu(s) + np.triu(s, 1).T for s in rng.choice([-1.0, 1.0], (2, n, n))]
        corners += [-np.sign(l) * np.sign(np.outer(v, v)) for l, v in zip(values, vectors.T, strict=True)]
        for signs in corners:
            corner = [
                [naive.fmpq(a[k, i, j]) + int(signs[i, j]) * naive.fmpq(radius[k, i, j]) for j in range(n)]
                for i in range(n)
            ]
            assert exact_signature(corner) == tuple(found[k])


@pytest.mark.parametrize("seed", range(4))
def test_radii_off_the_diagonal_count(seed):
    # Exact on the diagonal: all the doubt is in the other entries, of which a row has many.
    rng = np.random.default_rng([seed, 2])
    n = 5
    a = np.tile(np.eye(n), (20, 1, 1))
    for size in (0.1, 0.24, 0.26, 0.5):
        radius = size * (1 - a)
        found = certified_signature(a * rng.choice([-1.0, 1.0]), radius)
        # (1 - size) I + size (all ones), and its negative, have an eigenvalue 1 - (n - 1) size in a corner of the box.
        assert np.all((found[:, 0] == UNPROVEN) == (size > 1 / (n - 1)))


@pytest.mark.parametrize("size", [1e-14, 1e-6, 1.0, 1e8])
def test_eigenvalues_below_the_radius_are_unproven(size):
    rng = np.random.default_rng(0)
    eigenvalues = size * np.tile([3.0, -2.0, 1e-3, 5.0], (50, 1))
    a = with_eigenvalues(rng, eigenvalues)
    shape = np.ones((1, 4, 4))
    # A radius r moves an eigenvalue by up to 4 r, and by r at the least in some corner of the box.
    beyond = certified_signature(a, 1.1e-3 * size * shape * np.ones((50, 1, 1)))
    assert np.all(beyond == UNPROVEN)
    within = certified_signature(a, 1e-5 * size * shape * np.ones((50, 1, 1)))
    assert np.all(within == [1, 0, 3])


def test_the_centre_may_be_unsymmetric_within_the_radius():
    # All symmetric matrices near the centre count, even if the centre itself is not one of them.
    centre = np.array([[[1.0, 0.3], [0.1, -2.0]]])
    radius = np.array([[[0.0, 0.15], [0.15, 0.0]]])
    assert certified_signature(centre, radius).tolist() == [[1, 0, 1]]
    centre = np.array([[[1.0, 1.1], [0.9, 1.0]]])
    radius = np.array([[[0.0, 0.15], [0.15, 0.0]]])  # holds (1, 1; 1, 1)
    assert certified_signature(centre, radius).tolist() == [[UNPROVEN] * 3]


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-30, 1e30, 1e160, 1e300])
def test_extreme_scales(scale):
    a = scale * np.array([[[2.0, 1.0], [1.0, -3.0]]])
    found = certified_signature(a, np.zeros_like(a))
    assert tuple(found[0]) in {(1, 0, 1), (UNPROVEN,) * 3}
    if 1e-200 < scale < 1e200:
        assert found[0, 0] == 1


def test_what_is_not_finite_is_unproven():
    good = np.diag([1.0, -1.0])
    for bad in (np.nan, np.inf, -np.inf):
        centre = np.stack([good, good, good])
        radius = np.zeros_like(centre)
        centre[0, 0, 1] = bad
        radius[1, 1, 0] = abs(bad)
        found = certified_signature(centre, radius)
        assert found.tolist() == [[UNPROVEN] * 3, [UNPROVEN] * 3, [1, 0, 1]]


def test_zero_matrices_with_any_radius_are_unproven():
    centre = np.zeros((3, 4, 4))
    radius = np.zeros((3, 4, 4))
    radius[1], radius[2] = 1.0, 1e6
    assert np.all(certified_signature(centre, radius) == UNPROVEN)


def test_no_matrices():
    assert certified_signature(np.zeros((0, 3, 3)), np.zeros((0, 3, 3))).shape == (0, 3)
