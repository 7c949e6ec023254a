"""Krawczyk's test on polynomials in one variable, whose exact roots are known to any number of digits."""

from fractions import Fraction

import flint
import numpy as np
import pytest

import naive
from critlocus.certify import NOT_REAL, REAL, UNDECIDED, certify
from critlocus.tape import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from systems import from_roots, univariate

TINY = flint.arb(10) ** -80


def split(value):
    """A fraction as high + low and a bound of the rest."""
    high = float(value)
    low = float(value - Fraction(high))
    rest = abs(value - Fraction(high) - Fraction(low))
    return high, low, float(rest) * (1 + 1e-15) + (5e-324 if rest else 0.0)


def certify_roots(roots, guesses, **options):
    """Certify guesses for the roots of the real polynomial with the given exact coefficients or roots (fractions)."""
    coefficients = from_roots([Fraction(r) for r in roots])
    return certify_coefficients(coefficients, guesses, **options)


def certify_coefficients(coefficients, guesses, **options):
    high, low, rest = np.array([split(c) for c in coefficients]).T
    points = np.array(guesses, complex).reshape(-1, 1)
    return certify(
        univariate(len(coefficients)), points, high[None, :] + 0j, np.zeros(len(points), np.int64),
        parameters_low=low[None, :] + 0j, parameter_radii=rest[None, :], **options,
    )  # fmt: skip


def exact_roots(coefficients):
    """Roots of ``x^d + ... + c[1] x + c[0]`` to 80 digits; coefficients are complex doubles, taken exactly."""
    return flint.acb_poly([*(naive.acb(c) for c in coefficients), flint.acb(1)]).roots(tol=TINY)


def inside(box, root):
    """Tell whether the root lies in a polydisc (centre, radius) of dimension 1."""
    return bool(abs(naive.acb(box[0]) - root) < flint.arb(float(box[1])))


@pytest.mark.parametrize("degree", range(1, 9))
def test_boxes_hold_the_exact_root_and_no_other(degree):
    rng = np.random.default_rng(degree)
    coefficients = naive.complex_doubles(rng, (60, degree)) * 10.0 ** rng.uniform(-2, 1, (60, degree))
    guesses = np.array([np.roots([1, *c[::-1]]) for c in coefficients])
    rows = np.repeat(np.arange(60), degree)
    proof = certify(univariate(degree), guesses.reshape(-1, 1), coefficients, rows)
    assert proof.certified.mean() > 0.99
    assert np.all(proof.real != REAL)  # the system is not real, so conjugation proves nothing
    with flint.ctx.workprec(400):
        roots = [exact_roots(c) for c in coefficients]
        for k in np.flatnonzero(proof.certified):
            assert sum(inside((proof.points[k, 0], proof.radius[k, 0]), r) for r in roots[rows[k]]) == 1
    assert np.all(proof.contraction[proof.certified] < 1)
    assert np.all(proof.radius[proof.certified] <= 1e-12 * (1 + np.abs(proof.points[proof.certified])))


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_told_apart_or_not_certified(seed, size):
    # Dyadic roots, 2^-20 or 2^-30 apart: the coefficients are split exactly into high, low and a radius.
    rng = np.random.default_rng(seed)
    gap = Fraction(1, 2 ** int(rng.choice([20, 30])))
    base = Fraction(2 * int(rng.integers(-20, 20)) + 1, 8)
    roots = [*(base + k * gap for k in (0, 1, 3)[:size]), base + 2, base - 1]
    guesses = [float(r) + g * float(gap) for r in roots for g in (0, 1e-3, 0.1, 0.5, 0.5j)]
    proof = certify_roots(roots, guesses)
    for k in np.flatnonzero(proof.certified):
        centre, radius = proof.points[k, 0], Fraction(proof.radius[k, 0])
        held = [r for r in roots if abs(Fraction(centre.real) - r) ** 2 + Fraction(centre.imag) ** 2 < radius**2]
        assert len(held) == 1
        assert proof.real[k] in ((REAL,) if guesses[k].imag == 0 else (REAL, UNDECIDED))
    # Single roots always are, double clusters too; in triple ones the Jacobian, about gap^2, may drown in rounding.
    for k in range(0 if size == 2 else 3, len(roots)):
        assert proof.certified[5 * k]
        assert proof.points[5 * k, 0] == float(roots[k])


@pytest.mark.parametrize("roots", [[1, 1], [1, 1, 3], [2, 2, 2], [0, 0], [-1, -1, 5, 5], [Fraction(1, 3)] * 2])
def test_multiple_roots_are_never_certified(roots):
    multiple = {r for r in roots if roots.count(r) > 1}
    offsets = [0, *(s * 10.0**-k for k in range(3, 17) for s in (1, -1, 1j, 1 + 1j))]
    for r in multiple:
        proof = certify_roots(roots, [float(r) + o for o in offsets])
        near = np.abs(proof.points[:, 0] - float(r)) <= proof.radius[:, 0]
        assert not np.any(proof.certified & near)
        assert np.all(proof.real == UNDECIDED)


def test_points_that_are_no_roots_are_never_certified_far_off():
    # Whatever is certified from a poor guess must still be a true root.
    rng = np.random.default_rng(2)
    roots = [Fraction(k) for k in range(-3, 4)]
    proof = certify_roots(roots, 4 * rng.standard_normal(400) + 0j)
    k = np.flatnonzero(proof.certified)
    assert len(k) > 20
    distance = np.abs(proof.points[k] - np.arange(-3, 4)[None, :])
    assert np.all(np.sum(distance < proof.radius[k], axis=1) == 1)


@pytest.mark.parametrize("size", [1e-9, 1e-12, 1e-15, 1e-20])
@pytest.mark.parametrize("centre", [1, Fraction(3, 7), 0, 1000])
def test_conjugate_pairs_close_to_the_real_line_are_never_real(centre, size):
    e, c = Fraction(size), Fraction(centre)
    guesses = [complex(c, s * f) for f in (0, size / 3, size, 3 * size, 1e-8) for s in (1, -1)]
    coefficients = [c * c + e * e, -2 * c]
    proof = certify_coefficients(coefficients, guesses)
    assert not np.any(proof.real == REAL)
    for k in np.flatnonzero(proof.certified):  # then it is the right one of the two, and proven not real
        z, r = proof.points[k, 0], Fraction(proof.radius[k, 0])
        held = [s for s in (1, -1) if abs(Fraction(z.real) - c) ** 2 + abs(Fraction(z.imag) - s * e) ** 2 < r * r]
        assert len(held) == 1
        assert proof.real[k] == NOT_REAL
    if size >= 1e-12 and c <= 1:
        assert np.count_nonzero(proof.certified) >= 2


def test_real_roots_are_proven_real_although_the_guesses_are_not_quite():
    rng = np.random.default_rng(0)
    for _ in range(20):
        roots = [Fraction(int(k), 16) for k in rng.choice(np.r_[-60:0, 1:61], 6, replace=False)]
        noise = 1e-9 * naive.complex_doubles(rng, 6)
        proof = certify_roots(roots, [float(r) + e for r, e in zip(roots, noise, strict=True)])
        assert proof.certified.all()
        assert np.all(proof.real == REAL)
        assert not proof.points.imag.any()
        assert np.array_equal(proof.real_rows, np.arange(6))


def test_real_and_not_real_roots_of_real_polynomials_in_one_batch():
    rng = np.random.default_rng(4)
    coefficients = rng.standard_normal((100, 5))
    guesses = np.array([np.roots([1, *c[::-1]]) for c in coefficients]).reshape(-1, 1)
    guesses += 1e-13 * naive.complex_doubles(rng, guesses.shape)
    rows = np.repeat(np.arange(100), 5)
    proof = certify(univariate(5), guesses, coefficients.astype(complex), rows)
    assert proof.certified.all()
    assert not np.any(proof.real == UNDECIDED)
    for k, c in enumerate(coefficients):  # exact: Sturm's count
        poly = flint.fmpq_poly([*(naive.fmpq(v) for v in c), 1])
        expected = sum(bool(r.imag.is_zero()) for r, _ in poly.complex_roots())
        assert np.count_nonzero(proof.real[rows == k] == REAL) == expected


@pytest.mark.parametrize("radius", [1e-14, 1e-10, 1e-6, 1e-3])
def test_parameter_radii_are_respected(radius):
    rng = np.random.default_rng(1)
    coefficients = naive.complex_doubles(rng, (20, 4))
    guesses = np.array([np.roots([1, *c[::-1]]) for c in coefficients])
    rows = np.repeat(np.arange(20), 4)
    radii = radius * rng.random(coefficients.shape)
    proof = certify(univariate(4), guesses.reshape(-1, 1), coefficients, rows, parameter_radii=radii)
    assert proof.certified.mean() > (0.95 if radius < 1e-4 else 0.5)
    for _ in range(4):  # members of the family on the boundary of the discs
        turned = np.exp(2j * np.pi * rng.random(radii.shape)) * radii * (1 - 1e-6)
        for k in np.flatnonzero(proof.certified):
            c = (coefficients + turned)[rows[k]]
            distance = np.abs(np.roots([1, *c[::-1]]) - proof.points[k])
            # np.roots is accurate to about 1e-14, so that only what is clear is asked for
            assert np.sum(distance < proof.radius[k] + 1e-12) == 1
    plain = certify(univariate(4), guesses.reshape(-1, 1), coefficients, rows)
    assert np.all(proof.radius >= plain.radius)


def test_low_parts_of_parameters_are_used():
    # x - (1 + 2^-60): the root lies between two doubles, which only the radius can show.
    low = 2.0**-60
    proof = certify(
        univariate(1), np.array([[1.0 + 0j]]), np.array([[-1.0 + 0j]]), np.zeros(1, np.int64),
        parameters_low=np.array([[-low + 0j]]),
    )  # fmt: skip
    assert proof.certified[0]
    assert low < proof.radius[0, 0] < 4 * low
    imaginary = certify(
        univariate(1), np.array([[1.0 + 0j]]), np.array([[-1.0 + 0j]]), np.zeros(1, np.int64),
        parameters_low=np.array([[-1e-40j]]),
    )  # fmt: skip
    assert imaginary.real[0] != REAL


def test_merged_coefficients_do_not_move_the_roots():
    # d (c x^2 + 0.3 x) + p, with products d c that are no doubles: the box must hold the root of just this polynomial.
    rng = np.random.default_rng(0)
    for c, d in [(0.3, 0.7), (0.1, 0.1), (0.1, 0.3)]:
        g = Graph()
        x, p = g.variable(), g.parameter()
        inner = g.sum([(c, x, x), (0.3, x, NONE)])
        system = PolynomialSystem(g, [g.sum([(d, inner, NONE), (1.0, p, NONE)])])
        constant = rng.standard_normal((50, 1)) + 0j
        with flint.ctx.workprec(400):
            c2, c1 = (naive.fmpq(d) * naive.fmpq(v) for v in (c, 0.3))
            for row in constant:
                roots = flint.acb_poly([naive.acb(row[0]), c1, c2]).roots(tol=TINY)
                guesses = np.array([[complex(r)] for r in roots])
                proof = certify(system, guesses, row[None, :], np.zeros(2, np.int64))
                for k in np.flatnonzero(proof.certified):
                    assert inside((proof.points[k, 0], proof.radius[k, 0]), roots[k])
