import flint
import numpy as np
import pytest

import naive
from critlocus.modular import PRIME, evaluate_mod, modular_rank, residue
from critlocus.tape import Graph
from systems import random_system


def flint_rank(matrix, prime=PRIME):
    return flint.nmod_mat(*matrix.shape, [int(v) % prime for v in matrix.ravel()], prime).rank()


@pytest.mark.parametrize("prime", [2, 3, 101, PRIME])
@pytest.mark.parametrize("seed", range(10))
def test_rank_of_products(prime, seed):
    # Products of thin matrices have small ranks; entries cover all residues, negative numbers too.
    rng = np.random.default_rng(seed)
    for _ in range(5):
        rows, columns, inner = (int(v) for v in rng.integers(1, 12, 3))
        a = rng.integers(0, prime, (rows, inner)).astype(object)
        b = rng.integers(0, prime, (inner, columns)).astype(object)
        matrix = (a.dot(b) % prime).astype(np.int64) - prime * rng.integers(0, 2, (rows, columns))
        assert modular_rank(matrix, prime) == flint_rank(matrix, prime) <= inner


@pytest.mark.parametrize("seed", range(5))
def test_rank_of_sparse_matrices_with_large_entries(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-(2**62), 2**62, (25, 18)) * (rng.random((25, 18)) < 0.1)
    matrix[3], matrix[:, 5] = 0, 0
    matrix[4] = PRIME * rng.integers(1, 5, 18)  # 0 mod the prime
    assert modular_rank(matrix) == flint_rank(matrix)


def test_rank_mod_a_prime_may_be_lower_than_over_the_rationals():
    matrix = np.array([[1, 1], [1, 6]])
    assert modular_rank(matrix, 5) == 1
    assert modular_rank(matrix) == 2


def test_rank_of_special_shapes_and_the_matrix_is_left_alone():
    assert modular_rank(np.zeros((0, 4), np.int64)) == 0
    assert modular_rank(np.zeros((4, 0), np.int64)) == 0
    assert modular_rank(np.zeros((3, 3), np.int64)) == 0
    assert modular_rank(np.eye(7, dtype=np.int64)[::-1]) == 7
    assert modular_rank(np.full((3, 1), PRIME - 1)) == 1
    matrix = np.arange(12).reshape(3, 4)
    before = matrix.copy()
    assert modular_rank(matrix) == 2
    np.testing.assert_array_equal(matrix, before)


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 0.1, -0.3, 2.0**-40, 1e300, 3.0e9])
def test_residues_of_doubles_are_exact(value):
    number = naive.fmpq(value)
    expected = int(number.p) * pow(int(number.q), -1, PRIME) % PRIME
    assert residue(value).value == expected


def test_complex_constants_have_no_residue():
    with pytest.raises(ValueError, match="complex constants"):
        residue(1j)


@pytest.mark.parametrize("seed", range(20))
def test_evaluation_mod_a_prime_against_exact_rationals(seed):
    rng = np.random.default_rng(seed)
    system = random_system(rng)
    graph = system.graph
    graph.constants.update({k: complex(c.real) for k, c in graph.constants.items()})
    x, p = (rng.integers(-50, 50, k).tolist() for k in (system.n, system.n_params))
    exact = naive_values(graph, system.equations, x, p)
    expected = [int(v.p) * pow(int(v.q), -1, PRIME) % PRIME for v in exact]
    assert evaluate_mod(graph, system.equations, x, p) == expected


def naive_values(graph, outputs, x, p):
    values = {v: flint.fmpq(int(k)) for v, k in zip([*graph.variables, *graph.parameters], [*x, *p], strict=True)}
    values |= {k: naive.fmpq(c) for k, c in graph.constants.items()} | {-1: flint.fmpq(1)}
    for node in sorted(graph.sums):
        values[node] = sum(naive.fmpq(c) * values[a] * values[b] for c, a, b in graph.sums[node])
    return [values[v] for v in outputs]


def test_large_values_are_reduced():
    g = Graph()
    x = g.variable()
    node = x
    for _ in range(6):
        node = g.product(node, node)
    assert evaluate_mod(g, [node], [PRIME - 3], []) == [pow(-3, 64, PRIME)]
