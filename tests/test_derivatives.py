import flint
import numpy as np
import pytest

import naive
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.pencil import stratum_pencil
from critlocus.tape import NONE, Graph, evaluate, jacobian, pullback
from critlocus.tape.program import compile_program

# (network, number of points, weighted): the last column says whether moments or points are the parameters.
CASES = [
    ("2-2-2", 10, False, True),
    ("2-2-2", 2, False, True),
    ("2-2-2", 1, False, False),
    ("2-2-2", 9, True, True),
    ("2-2-2", 1, True, False),
    ("2-3-2+bias", 8, False, True),
    ("2-3-2+bias", 2, False, False),
    ("2-2-1:x^2", 6, False, True),
    ("2-2-1:x^2", 2, False, False),
    ("2-1-1:x^2+bias", 3, False, False),
    ("1-2-1:x^3+bias", 12, False, True),
    ("2-2-2-1", 10, False, True),
    ("2-2-2-1:x^3", 2, False, False),
]


def random_problem(rng, network, count, weighted):
    """Rational theta, points, weights and lambdas."""
    theta = naive.random_rationals(rng, network.n_weights, 2)
    xs = [naive.random_rationals(rng, network.n_inputs, 2) for _ in range(count)]
    ys = [naive.random_rationals(rng, network.n_outputs) for _ in range(count)]
    ws = naive.random_rationals(rng, count) if weighted else [flint.fmpq(1)] * count
    lambdas = naive.random_rationals(rng, network.n_weights)
    return theta, xs, ys, ws, lambdas


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("name", "count", "weighted", "moments"), CASES)
def test_gradient_and_hessian_are_exactly_those_of_the_loss(name, count, weighted, moments, seed):
    network = Network.parse(name)
    family = CriticalPoints(network, count, weighted)
    assert family.moments == moments
    system = family.system()
    entries = jacobian(system.graph, system.equations, system.graph.variables)
    rng = np.random.default_rng(seed)
    theta, xs, ys, ws, lambdas = random_problem(rng, network, count, weighted)
    p = naive.parameters(family, xs, ys, ws, lambdas)
    degree = naive.loss_degree(network)

    def loss(t):
        return naive.twice_loss(network, t, xs, ys, ws, lambdas) / 2

    found = evaluate(system.graph, system.equations, theta, p, naive.fmpq)
    assert found == naive.gradient(loss, theta, degree)
    values = evaluate(system.graph, list(entries.values()), theta, p, naive.fmpq)
    matrix = dict(zip(entries, values, strict=True))
    expected = naive.hessian(loss, theta, degree)
    n = network.n_weights
    assert [[matrix.get((i, k), 0) for k in range(n)] for i in range(n)] == expected
    lower = jacobian(system.graph, system.equations, system.graph.variables, lower=True)
    assert lower == {(i, k): v for (i, k), v in entries.items() if k <= i}


@pytest.mark.parametrize("name", ["2-2-2", "2-2-1:x^2", "1-2-1:x^2+bias"])
@pytest.mark.parametrize("count", [2, 15])
def test_gradient_at_complex_data_of_many_digits(name, count):
    # Complex points: the loss has no conjugates, and moments are plain sums of powers.
    network = Network.parse(name)
    family = CriticalPoints(network, count)
    system = family.system()
    rng = np.random.default_rng(count)
    with flint.ctx.workprec(300):
        theta, lambdas = ([naive.acb(z) for z in naive.complex_doubles(rng, network.n_weights)] for _ in range(2))
        xs = [[naive.acb(z) for z in row] for row in naive.complex_doubles(rng, (count, network.n_inputs))]
        ys = [[naive.acb(z) for z in row] for row in naive.complex_doubles(rng, (count, network.n_outputs))]
        ws = [flint.acb(1)] * count
        p = naive.parameters(family, xs, ys, ws, lambdas)
        found = evaluate(system.graph, system.equations, theta, p, naive.acb)
        expected = naive.gradient(
            lambda t: naive.twice_loss(network, t, xs, ys, ws, lambdas) / 2, theta, naive.loss_degree(network)
        )
        assert max(float(abs(a - b).upper()) for a, b in zip(found, expected, strict=True)) < 1e-60


@pytest.mark.parametrize("name", ["2-2-2", "2-2-1:x^2", "1-2-1:x^2+bias"])
def test_restriction_to_a_support_is_the_system_with_zeros(name):
    network = Network.parse(name)
    for count in (1, 15):
        family = CriticalPoints(network, count)
        rng = np.random.default_rng(count)
        theta, xs, ys, ws, lambdas = random_problem(rng, network, count, False)
        p = naive.parameters(family, xs, ys, ws, lambdas)
        support = np.sort(rng.permutation(network.n_weights)[: network.n_weights - 2])
        full = [t if k in support else flint.fmpq(0) for k, t in enumerate(theta)]
        whole, part = family.system(), family.system(support)
        expected = evaluate(whole.graph, whole.equations, full, p, naive.fmpq)
        found = evaluate(part.graph, part.equations, [theta[k] for k in support], p, naive.fmpq)
        assert found == [expected[k] for k in support]


@pytest.mark.parametrize("coordinates", ["function", "squares"])
def test_pencil_is_the_system_on_a_line_cut_by_a_bilinear_form(coordinates):
    family = CriticalPoints(Network.parse("2-1-2"), 10)
    support = np.array([0, 1, 3])
    whole, system = stratum_pencil(family, support, coordinates), family.system(support)
    pencil = whole.system
    rng = np.random.default_rng(0)
    theta = naive.random_rationals(rng, 3)
    a, b, c = theta  # W1 = (a, b), W2 = (0, c)
    y = [a * a, b * b, c * c] if coordinates == "squares" else [c * a, c * b]
    assert len(whole.y) == len(y)
    s, alpha, beta = naive.random_rationals(rng, 3)
    gamma, delta = naive.random_rationals(rng, len(y)), naive.random_rationals(rng, len(y))
    p0, p1 = (naive.random_rationals(rng, family.n_params) for _ in range(2))
    numbers = [*p0, *p1, alpha, beta, *gamma, *delta]
    found = evaluate(pencil.graph, pencil.equations, [*theta, s], numbers, naive.fmpq)
    line = [u + s * v for u, v in zip(p0, p1, strict=True)]
    assert found[:-1] == evaluate(system.graph, system.equations, theta, line, naive.fmpq)
    assert found[-1] == alpha + beta * s + sum((g + d * s) * v for g, d, v in zip(gamma, delta, y, strict=True))


def test_pullback_is_seeds_times_jacobian():
    g = Graph()
    x = [g.variable() for _ in range(3)]
    p = g.parameter()
    u = g.sum([(1.0, x[0], x[1]), (-2.0, x[2], p), (3.0, x[1], NONE)])
    v = g.sum([(0.5, u, u), (1.0, u, x[0]), (4.0, g.constant(7), NONE)])
    # An output that is another's operand, an output twice, a constant and an input as outputs.
    outputs = [u, v, v, g.constant(3), x[2]]
    seeds = [g.parameter() for _ in outputs]
    found = pullback(g, outputs, seeds, x)
    entries = jacobian(g, outputs, x)
    rng = np.random.default_rng(1)
    at = naive.random_rationals(rng, 3)
    ps = naive.random_rationals(rng, 1 + len(seeds))
    values = dict(zip(entries, evaluate(g, list(entries.values()), at, ps, naive.fmpq), strict=True))
    expected = [sum(ps[1 + o] * values.get((o, k), 0) for o in range(len(outputs))) for k in range(3)]
    assert evaluate(g, found, at, ps, naive.fmpq) == expected
    assert (3, 0) not in entries  # a constant has no derivatives
    assert g.constants[entries[4, 2]] == 1


def test_compiled_program_marks_every_structural_zero():
    g = Graph()
    x, y, z = g.variable(), g.variable(), g.variable()
    program = compile_program(g, [g.product(x, x), g.product(y, z), g.constant(2)], symmetric=False)
    zeros = {divmod(r - program.first_j, program.ld) for r in program.j_zeros.tolist()}
    assert zeros == {(0, 1), (0, 2), (1, 0), (2, 0), (2, 1), (2, 2)}
