"""Every disc that the core computes must hold the exact value, whatever points of the input discs are taken."""

import flint
import numpy as np
import pytest

import naive
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.solvers.native import core, tape
from critlocus.tape import NONE, Graph, evaluate, jacobian
from critlocus.tape.system import PolynomialSystem
from systems import random_system

BITS = 400


class Balls:
    """A system evaluated by the core over discs, and exactly at points of them."""

    def __init__(self, system):
        self.system = system
        self.entries = jacobian(system.graph, system.equations, system.graph.variables)
        self.nodes = [*system.equations, *self.entries.values()]

    def enclose(self, x, xr, p, pr):
        """Centres and radii of F and then of the Jacobian's entries."""
        n, m = self.system.n, len(self.system.equations)
        f, fr, j, jr = np.zeros(m, complex), np.zeros(m), np.zeros((m, n), complex), np.zeros((m, n))
        core().evaluate_balls(tape(self.system), x, xr, p, pr, f, fr, j, jr)
        at = tuple(np.array(list(self.entries), int).reshape(-1, 2).T)
        rest = np.ones((m, n), bool)
        rest[at] = False
        assert not j[rest].any()
        assert not jr[rest].any()
        return np.concatenate([f, j[at]]), np.concatenate([fr, jr[at]])

    def exact(self, x, p):
        return evaluate(self.system.graph, self.nodes, x, p, naive.acb)

    def assert_encloses(self, rng, x, xr, p, pr, samples, finite=True):
        """Sample points of the discs, mostly on their boundary; return the largest distance / radius."""
        centres, radii = self.enclose(x, xr, p, pr)
        sound = np.isfinite(radii)  # a radius that is infinite or NaN says nothing, and nothing wrong
        assert sound.all() or not finite
        worst = 0.0
        with flint.ctx.workprec(BITS):
            for _ in range(samples):
                at = [inside(rng, c, r) for c, r in zip([*x, *p], [*xr, *pr], strict=True)]
                values = self.exact(at[: len(x)], at[len(x) :])
                for k in np.flatnonzero(sound):
                    c, r, value = centres[k], radii[k], values[k]
                    distance = abs(naive.acb(c) - value).upper()
                    assert distance <= flint.arb(float(r)), (c, r, value)
                    worst = max(worst, float(distance) / r if r > 0 else 0.0)
        return worst


def inside(rng, centre, radius):
    """A point of the disc, as an exact number."""
    u = np.exp(2j * np.pi * rng.random()) * (1 - 1e-15) * (1.0 if rng.random() < 0.8 else rng.random())
    return naive.acb(centre) + flint.arb(float(radius)) * naive.acb(u)


def magnitudes(rng, shape, low, high):
    return 10.0 ** rng.uniform(low, high, shape)


def random_point(rng, n, low=-3.0, high=2.0):
    return naive.complex_doubles(rng, n) * magnitudes(rng, n, low, high)


@pytest.mark.parametrize("relative", [0.0, 1e-15, 1e-8, 0.3])
@pytest.mark.parametrize("seed", range(40))
def test_random_systems(seed, relative):
    rng = np.random.default_rng([seed, 1])
    balls = Balls(random_system(np.random.default_rng(seed)))
    for _ in range(4):
        x, p = random_point(rng, balls.system.n), random_point(rng, balls.system.n_params)
        xr, pr = relative * np.abs(x) * rng.random(x.shape), relative * np.abs(p) * rng.random(p.shape)
        balls.assert_encloses(rng, x, xr, p, pr, samples=3 if relative else 1)


@pytest.mark.parametrize("name", ["2-2-2", "2-2-1:x^2", "2-2-2-1:x^2+bias"])
def test_networks(name):
    balls = Balls(CriticalPoints(Network.parse(name), 3).system())
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x, p = random_point(rng, balls.system.n), random_point(rng, balls.system.n_params)
        scale = 10.0 ** -rng.integers(1, 15) if seed else 0.0
        balls.assert_encloses(rng, x, scale * np.abs(x), p, 0.1 * scale * np.abs(p), samples=2)


@pytest.mark.parametrize("seed", range(5))
def test_rounding_alone_where_terms_cancel(seed):
    # x y - p, with p the rounded product: nothing but rounding is left, and the disc must cover it.
    balls = Balls(difference())
    rng = np.random.default_rng(seed)
    for _ in range(300):
        x = random_point(rng, 2)
        x.imag *= rng.random() < 0.8
        p = np.array([x[0] * x[1] - x[1] * x[1]])
        worst = balls.assert_encloses(rng, x, np.zeros(2), p, np.zeros(1), samples=1)
        assert worst > 1e-6  # the bound is a bound of rounding, not a guess far above it


def difference():
    g = Graph()
    x, y, p = g.variable(), g.variable(), g.parameter()
    return PolynomialSystem(g, [g.sum([(1.0, x, y), (-1.0, y, y), (-1.0, p, NONE)]), y])


@pytest.mark.parametrize("high", [45, 100])
@pytest.mark.parametrize("seed", range(5))
def test_extreme_magnitudes(seed, high):
    # Products of 1e-160 vanish in doubles; moduli above 1e154 have squares that overflow.
    rng = np.random.default_rng(seed)
    g = Graph()
    x, y, p = g.variable(), g.variable(), g.parameter()
    square = g.product(x, x)
    equations = [g.sum([(1.0, square, y), (-0.7, p, y), (1.0, p, NONE)]), g.sum([(1.0, x, p), (-1.0, y, p)])]
    balls = Balls(PolynomialSystem(g, equations))
    for _ in range(60):
        z = naive.complex_doubles(rng, 3) * magnitudes(rng, 3, -170, high)
        r = np.where(rng.random(3) < 0.3, 0.0, np.abs(z) * magnitudes(rng, 3, -200, 0))
        z[rng.random(3) < 0.1] = 0.0
        balls.assert_encloses(rng, z[:2], r[:2], z[2:], r[2:], samples=3, finite=high < 50)


def test_discs_around_zero_and_subnormal_numbers():
    balls = Balls(difference())
    rng = np.random.default_rng(0)
    for x in (0.0, 5e-324, 1e-310, 1e-300, 1e-155, 1e-150):
        for r in (0.0, 5e-324, 1e-310, 1e-155, 1e-10):
            centre = np.array([x, x * 1j])
            balls.assert_encloses(rng, centre, np.full(2, r), np.array([x + 0j]), np.full(1, r), samples=4)


@pytest.mark.parametrize("size", [1e110, 1e200, 1e308])
def test_overflow_never_gives_a_finite_disc(size):
    g = Graph()
    x, y = g.variable(), g.variable()
    cube = g.product(g.product(x, x), x)
    balls = Balls(PolynomialSystem(g, [g.sum([(1.0, cube, NONE), (-1.0, cube, y)]), y]))
    for z in (size, size * 1j, size * (1 - 1j) / 2):
        centres, radii = balls.enclose(np.array([z, 1.0]), np.zeros(2), np.zeros(0, complex), np.zeros(0))
        bad = ~np.isfinite(centres) | (np.abs(centres) > 1e308)
        assert bad[0]
        assert not np.isfinite(radii[bad]).any()


class Radius:
    """A disc by the plain rule for radii, without rounding."""

    def __init__(self, centre, radius=0.0):
        self.c, self.r = complex(centre), float(radius)

    def __add__(self, other):
        return Radius(self.c + other.c, self.r + other.r)

    def __mul__(self, other):
        return Radius(self.c * other.c, abs(self.c) * other.r + self.r * abs(other.c) + self.r * other.r)


@pytest.mark.parametrize("relative", [0.0, 1e-12, 1e-3, 1.0])
@pytest.mark.parametrize("seed", range(10))
def test_radii_are_not_far_above_what_the_rules_of_discs_give(seed, relative):
    rng = np.random.default_rng([seed, 2])
    balls = Balls(random_system(np.random.default_rng(seed)))
    for _ in range(5):
        x, p = random_point(rng, balls.system.n, -1, 1), random_point(rng, balls.system.n_params, -1, 1)
        xr, pr = relative * np.abs(x), relative * np.abs(p)
        _, radii = balls.enclose(x, xr, p, pr)
        plain = evaluate(
            balls.system.graph, balls.nodes, [Radius(*v) for v in zip(x, xr, strict=True)],
            [Radius(*v) for v in zip(p, pr, strict=True)], Radius,
        )  # fmt: skip
        size = evaluate(balls.system.graph, balls.nodes, np.abs(x) + xr, np.abs(p) + pr, abs)
        for r, expected, s in zip(radii, plain, size, strict=True):
            assert r <= 1.001 * expected.r + 1e-13 * s + 1e-140
