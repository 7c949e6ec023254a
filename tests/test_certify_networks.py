"""Certificates of critical points of networks: boxes, reality and Jacobians against 300-bit Newton iteration."""

import flint
import numpy as np
import pytest

import naive
from critlocus.certify import REAL, UNDECIDED, certify
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.tape import evaluate, jacobian
from members import start_pairs

CASES = [("2-2-2", 10), ("2-2-2", 1), ("2-3-2+bias", 8), ("2-2-1:x^2", 6), ("2-2-2-1:x^3", 2), ("3-2-2", 10)]


class Exact:
    """The system and its Jacobian in ball arithmetic."""

    def __init__(self, system):
        self.graph, self.equations = system.graph, list(system.equations)
        self.entries = jacobian(system.graph, system.equations, system.graph.variables)

    def jacobian(self, x, p):
        values = evaluate(self.graph, list(self.entries.values()), x, p, naive.acb)
        rows = [[flint.acb(0)] * len(x) for _ in x]
        for (i, k), v in zip(self.entries, values, strict=True):
            rows[i][k] = v
        return rows

    def root(self, x, p, steps=6):
        """Newton's method from a good guess; the last step must be below 1e-60."""
        x, p = [naive.acb(v) for v in x], [naive.acb(v) for v in p]
        for _ in range(steps):
            f = evaluate(self.graph, self.equations, x, p, naive.acb)
            step = flint.acb_mat(self.jacobian(x, p)).solve(flint.acb_mat([[v] for v in f]))
            x = [(v - step[i, 0]).mid() for i, v in enumerate(x)]
        assert max(float(abs(step[i, 0]).upper()) for i in range(len(x))) < 1e-60
        return x


@pytest.mark.parametrize(("name", "count"), CASES)
def test_boxes_hold_the_root_that_newton_finds(name, count):
    family = CriticalPoints(Network.parse(name), count)
    system, theta, p = start_pairs(family, np.random.default_rng(1), 24)
    noise = 1e-9 * complex_normal(np.random.default_rng(2), theta.shape)
    proof = certify(system, theta + noise, p, np.arange(24))
    assert proof.certified.mean() > 0.9
    assert np.all(proof.real[proof.certified] != REAL)
    exact = Exact(system)
    with flint.ctx.workprec(300):
        for k in np.flatnonzero(proof.certified)[:12]:
            root = exact.root(proof.points[k], p[k])
            for c, r, value in zip(proof.points[k], proof.radius[k], root, strict=True):
                assert abs(naive.acb(c) - value) < flint.arb(float(r))
    # sharpened to the last bit or so: boxes are not much wider than a unit in the last place
    size = np.abs(proof.points).max(axis=1, keepdims=True)
    assert np.median((proof.radius / size)[proof.certified]) < 1e-14


@pytest.mark.parametrize(("name", "count"), CASES)
def test_real_problems_have_real_boxes_that_enclose_the_hessian(name, count):
    family = CriticalPoints(Network.parse(name), count)
    system, theta, p = start_pairs(family, np.random.default_rng(3), 16, real=True)
    size = np.abs(theta).max(axis=1, keepdims=True)
    noise = 1e-10 * size * complex_normal(np.random.default_rng(4), theta.shape)
    proof = certify(system, theta + noise, p, np.arange(16))
    rows = proof.real_rows
    assert len(rows) > 10
    assert np.array_equal(rows, np.flatnonzero(proof.real == REAL))
    assert np.array_equal(np.sort(rows), np.flatnonzero(proof.certified))
    assert not proof.points[rows].imag.any()
    assert proof.jacobian.shape == proof.jacobian_radius.shape == (len(rows), system.n, system.n)
    exact, rng = Exact(system), np.random.default_rng(5)
    with flint.ctx.workprec(300):
        for at, k in list(enumerate(rows))[:5]:
            parameters = [naive.acb(v) for v in p[k]]
            points = [exact.root(proof.points[k], p[k])]
            assert all(abs(v.imag) < flint.arb(10) ** -60 for v in points[0])
            for _ in range(3):  # any real point of the box
                u = rng.uniform(-1, 1, system.n)
                offsets = [flint.arb(a) * flint.arb(b) for a, b in zip(u, proof.radius[k].tolist(), strict=True)]
                points.append([naive.acb(c) + o for c, o in zip(proof.points[k], offsets, strict=True)])
            for x in points:
                found = exact.jacobian(x, parameters)
                for i in range(system.n):
                    for j in range(system.n):
                        distance = abs(found[i][j] - flint.arb(float(proof.jacobian[at, i, j])))
                        assert distance < flint.arb(float(proof.jacobian_radius[at, i, j])) + flint.arb(10) ** -60


@pytest.mark.parametrize("radius", [1e-13, 1e-9, 1e-5])
def test_every_parameter_of_the_discs_has_its_root_in_the_box(radius):
    family = CriticalPoints(Network.parse("2-2-2"), 10)
    system, theta, p = start_pairs(family, np.random.default_rng(6), 12)
    radii = radius * np.random.default_rng(7).random(p.shape)
    proof = certify(system, theta, p, np.arange(12), parameter_radii=radii)
    assert proof.certified.sum() >= 6
    exact, rng = Exact(system), np.random.default_rng(8)
    with flint.ctx.workprec(300):
        for k in np.flatnonzero(proof.certified)[:6]:
            for _ in range(2):
                moved = p[k] + radii[k] * np.exp(2j * np.pi * rng.random(p.shape[1])) * (1 - 1e-6)
                root = exact.root(proof.points[k], moved)
                for c, r, value in zip(proof.points[k], proof.radius[k], root, strict=True):
                    assert abs(naive.acb(c) - value) < flint.arb(float(r))


@pytest.mark.parametrize("radius", [1e-10, 1e-6])
def test_enclosure_of_the_hessian_covers_the_doubt_in_a_parameter(radius):
    # One lambda in a disc: its diagonal entry of the Hessian moves by just as much, whatever else does.
    family = CriticalPoints(Network.parse("2-2-2"), 10)
    system, theta, p = start_pairs(family, np.random.default_rng(12), 16, real=True)
    for k in (0, 3, 7):
        radii = np.zeros(p.shape)
        radii[:, family.n_data + k] = radius
        proof = certify(system, theta, p, np.arange(16), parameter_radii=radii)
        assert len(proof.real_rows) > 10
        own = proof.jacobian_radius[:, k, k]
        assert np.all(own >= radius)
        assert np.median(own) < 1e3 * radius
        exact = Exact(system)
        with flint.ctx.workprec(300):
            for at, row in list(enumerate(proof.real_rows))[:3]:
                for sign in (1, -1):
                    moved = p[row].copy()
                    moved[family.n_data + k] += sign * radius * (1 - 1e-6)
                    x = exact.root(proof.points[row], moved)
                    for i, values in enumerate(exact.jacobian(x, [naive.acb(v) for v in moved])):
                        for j, value in enumerate(values):
                            distance = abs(value - flint.arb(float(proof.jacobian[at, i, j])))
                            assert distance <= flint.arb(float(proof.jacobian_radius[at, i, j]))  # 0 where J is


def test_points_of_a_curve_of_solutions_are_not_certified():
    # No regulariser, data fitted exactly: every reparametrisation of the network is a solution, too.
    for name in ("2-2-2", "1-1-1", "2-2-1:x^2"):
        network = Network.parse(name)
        family = CriticalPoints(network, 15)
        rng = np.random.default_rng(9)
        theta = rng.integers(-3, 4, (20, network.n_weights)) + 0.5
        points = []
        for t in theta:
            xs = rng.integers(-2, 3, (15, network.n_inputs)).astype(float)
            ys = network(t, xs)
            points.append(naive.parameters(family, xs, ys, np.ones(15), np.zeros(network.n_weights)))
        for noise in (0.0, 1e-8):
            guess = theta + noise * rng.standard_normal(theta.shape)
            proof = certify(family.system(), guess.astype(complex), np.array(points) + 0j, np.arange(20))
            assert not proof.certified.any()
            assert np.all(proof.real == UNDECIDED)
            np.testing.assert_array_equal(proof.points, guess)  # left as they came


def test_results_do_not_depend_on_threads_or_on_the_batch():
    family = CriticalPoints(Network.parse("2-2-2"), 10)
    system, theta, p = start_pairs(family, np.random.default_rng(10), 53)
    rows = np.arange(53)
    one = certify(system, theta, p, rows)
    order = np.random.default_rng(11).permutation(53)
    for other, at in [
        (certify(system, theta, p, rows, threads=4), rows),
        (certify(system, theta[order], p, rows[order]), order),
        (certify(system, theta[:5], p, rows[:5]), rows[:5]),
    ]:
        for name in ("points", "certified", "radius", "real", "contraction", "condition"):
            np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[at], name)


def test_nothing_to_certify():
    family = CriticalPoints(Network.parse("1-1-1"), 10)
    system = family.system()
    proof = certify(system, np.zeros((0, 2), complex), np.zeros((1, family.n_params), complex), np.zeros(0, np.int64))
    assert proof.certified.shape == (0,)
    assert proof.radius.shape == (0, 2)
    assert proof.jacobian.shape == (0, 2, 2)


def test_points_that_are_not_finite_are_not_certified():
    family = CriticalPoints(Network.parse("1-1-1"), 10)
    system, theta, p = start_pairs(family, np.random.default_rng(0), 4)
    for bad in (np.nan, np.inf, 1e300, complex(0, np.inf)):
        theta[0, 1] = bad
        assert certify(system, theta, p, np.arange(4)).certified.tolist() == [False, True, True, True]
