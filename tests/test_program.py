import flint
import numpy as np
import pytest

import naive
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.pencil import stratum_pencil
from critlocus.solvers.native import core, tape
from critlocus.tape import NONE, Graph, evaluate, jacobian
from critlocus.tape.system import PolynomialSystem
from systems import random_system

ORDER = 4
CASES = [
    ("2-2-2", 10),
    ("2-2-2", 1),
    ("2-3-2+bias", 8),
    ("2-2-1:x^2", 6),
    ("2-2-1:x^2+bias", 2),
    ("2-2-2-1", 10),
    ("2-2-2-1:x^3", 2),
]


def native(system, xs, p, dp):
    """F's Taylor coefficients, shape (5, m), and the Jacobian, shape (m, n)."""
    m = len(system.equations)
    f, j = np.full((ORDER + 1, m), np.nan + 0j), np.full((m, system.n), np.nan + 0j)
    core().evaluate(tape(system), xs, p, dp, f, j)
    return f, j


def series(coefficients, convert):
    return flint.acb_series([convert(c) for c in coefficients], prec=ORDER + 1)


def modulus(z):
    return flint.acb(float(abs(complex(z))))


def reference(system, xs, p, dp):
    """The same in ball arithmetic with 200 bits, each with the sum of the moduli of all terms that it is made of."""
    graph = system.graph
    with flint.ctx.workprec(200):
        found = []
        for convert in (naive.acb, modulus):
            x = [series(c, convert) for c in xs.T]
            q = [series(c, convert) for c in zip(p, dp, strict=True)]
            f = evaluate(graph, system.equations, x, q, lambda c, convert=convert: series([c], convert))
            entries = jacobian(graph, system.equations, graph.variables)
            x0, p0 = [convert(c) for c in xs[0]], [convert(c) for c in p]
            values = evaluate(graph, list(entries.values()), x0, p0, convert)
            j = np.zeros((len(system.equations), system.n), complex)
            for (i, k), v in zip(entries, values, strict=True):
                j[i, k] = complex(v)
            found += [np.array([[complex(s[k]) for s in f] for k in range(ORDER + 1)]), j]
    f, j, f_size, j_size = found
    return f, j, f_size.real, j_size.real


def assert_evaluates(system, rng, scales=(1.0,)):
    for scale in scales:
        xs = naive.complex_doubles(rng, (ORDER + 1, system.n), scale)
        p, dp = naive.complex_doubles(rng, (2, system.n_params), scale)
        f, j = native(system, xs, p, dp)
        f_exact, j_exact, f_size, j_size = reference(system, xs, p, dp)
        assert np.all(np.abs(f - f_exact) <= 2e-14 * f_size)
        assert np.all(np.abs(j - j_exact) <= 2e-14 * j_size)


@pytest.mark.parametrize(("name", "count"), CASES)
def test_values_jacobian_and_taylor_coefficients_of_networks(name, count):
    system = CriticalPoints(Network.parse(name), count).system()
    assert_evaluates(system, np.random.default_rng(3), [1.0, 1e-3, 30.0])


@pytest.mark.parametrize("name", ["2-2-2", "2-1-2", "1-2-1:x^2+bias"])
def test_pencil(name):
    # Products of two parameters with a variable, and an unsymmetric Jacobian.
    family = CriticalPoints(Network.parse(name), 15)
    system = stratum_pencil(family, np.arange(family.network.n_weights), "squares").system
    assert not system.symmetric
    assert_evaluates(system, np.random.default_rng(4))


@pytest.mark.parametrize("name", ["2-2-2", "2-2-1:x^2", "2-1-2+bias"])
def test_symmetric_program_mirrors_the_lower_triangle(name):
    family = CriticalPoints(Network.parse(name), 15)
    system = family.system()
    full = PolynomialSystem(system.graph, system.equations, symmetric=False)
    rng = np.random.default_rng(0)
    xs = naive.complex_doubles(rng, (ORDER + 1, system.n))
    p, dp = naive.complex_doubles(rng, (2, system.n_params))
    (f, j), (f_full, j_full) = native(system, xs, p, dp), native(full, xs, p, dp)
    np.testing.assert_array_equal(j, j.T)
    np.testing.assert_allclose(j, j_full, rtol=0, atol=1e-13 * np.abs(j).max())
    np.testing.assert_allclose(f, f_full, rtol=0, atol=1e-13 * np.abs(f).max())


@pytest.mark.parametrize("seed", range(25))
def test_random_systems(seed):
    assert_evaluates(random_system(np.random.default_rng(seed)), np.random.default_rng([seed, 1]), [1.0, 0.1])


def test_equations_that_are_no_sums():
    g = Graph()
    x, y, p = g.variable(), g.variable(), g.parameter()
    u = g.product(x, y)
    system = PolynomialSystem(g, [x, p, g.constant(2 - 1j), u, u, g.sum([(1.0, u, u), (0.25, p, NONE)])])
    assert_evaluates(system, np.random.default_rng(0))


def test_coefficients_of_terms_that_are_merged():
    # Sums used once are merged into their user: coefficients multiply, also -1 and 1, and also through several levels.
    g = Graph()
    x, y, p = g.variable(), g.variable(), g.parameter()
    inner = g.sum([(0.5, x, y), (-1.0, p, NONE), (1.0, x, p)])
    middle = g.sum([(-1.0, inner, NONE), (3.0, y, y)])
    outer = g.sum([(-2.0, middle, NONE), (1.0, x, NONE)])
    system = PolynomialSystem(g, [outer, g.sum([(-1.0, inner, inner)])])
    assert_evaluates(system, np.random.default_rng(0))


def test_system_call_broadcasts():
    family = CriticalPoints(Network.parse("2-2-1:x^2"), 6)
    system = family.system()
    rng = np.random.default_rng(8)
    x, p = naive.complex_doubles(rng, (3, 1, system.n)), naive.complex_doubles(rng, (4, system.n_params))
    values = system(x, p)
    assert values.shape == (3, 4, system.n)
    for i in range(3):
        for k in range(4):
            xs = np.vstack([x[i], np.zeros((ORDER, system.n))])
            f, _ = native(system, xs, p[k], np.zeros(system.n_params, complex))
            np.testing.assert_allclose(values[i, k], f[0], rtol=0, atol=1e-12 * np.abs(f[0]).max())


def test_malformed_tapes_are_refused():
    p = CriticalPoints(Network.parse("1-1-1"), 5).system().program

    def make(**changes):
        values = {name: getattr(p, name) for name in p.__dataclass_fields__} | changes
        return core().Tape(*(list(v) if isinstance(v, tuple) else v for v in values.values()))

    make()
    code = p.f_outer.copy()
    code[0] = 10**6
    for bad in ({"f_outer": code}, {"f_outer": p.f_outer[:-1]}, {"ld": 1}, {"n": 0}, {"first_f": 0}):
        with pytest.raises(ValueError, match="critlocus tape"):
            make(**bad)
    with pytest.raises(ValueError, match="critlocus tape"):
        make(j_zeros=np.array([0], np.int32))
