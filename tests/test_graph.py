import flint
import numpy as np
import pytest

import naive
from critlocus.tape import NONE, Graph, evaluate


def test_equal_sums_are_one_node():
    g = Graph()
    x, y, p = g.variable(), g.variable(), g.parameter()
    a = g.sum([(1.0, x, y), (2.0, p, NONE)])
    size = len(g)
    assert g.sum([(2.0, p, NONE), (1.0, y, x)]) == a
    assert g.product(x, y) == g.product(y, x) == g.dot([x], [y])
    assert len(g) == size + 1  # only the product is new


def test_a_sum_of_one_node_is_that_node():
    g = Graph()
    x = g.variable()
    assert g.sum([(1.0, x, NONE)]) == x
    assert g.product(x, g.constant(1)) == g.product(g.constant(1), x) == x
    assert g.sum([(0.5, x, NONE), (0.5, x, NONE)]) == x


def test_cancelling_terms_leave_zero():
    g = Graph()
    x, y = g.variable(), g.variable()
    zero = g.sum([(1.0, x, y), (-1.0, y, x)])
    assert g.is_zero(zero)
    assert g.is_zero(g.sum([]))
    assert g.is_zero(g.product(x, g.constant(0)))
    assert g.is_zero(g.sum([(0.0, x, y)]))
    assert not g.is_zero(x)
    assert not g.is_zero(g.constant(1e-300))


def test_constants_are_folded():
    g = Graph()
    x = g.variable()
    two, three = g.constant(2), g.constant(3)
    assert g.constants[g.product(two, three)] == 6
    node = g.sum([(4.0, two, x), (1.0, two, three), (5.0, three, NONE)])
    assert sorted(c for c, _, _ in g.sums[node]) == [1.0, 8.0]
    assert evaluate(g, [node], [10], []) == [80 + 6 + 15]


def test_complex_constants_stay_exact():
    g = Graph()
    x, y = g.variable(), g.variable()
    i = g.constant(1j)
    node = g.sum([(2.0, i, x), (1.0, g.product(x, y), i), (1.0, i, i), (3.0, x, NONE)])
    assert evaluate(g, [node], [2 + 1j, 5.0], [])[0] == 2j * (2 + 1j) + 5j * (2 + 1j) - 1 + 3 * (2 + 1j)
    assert all(isinstance(c, float) for terms in g.sums.values() for c, _, _ in terms)


def test_constants_that_differ_are_different_nodes():
    g = Graph()
    assert len({g.constant(v) for v in (0, 1, -1, 1j, -1j, 1 + 1e-16j, 0.1)}) == 7


def test_operands_come_before_their_sums():
    g, _, outputs = random_graph(np.random.default_rng(3), depth=40)
    for node, terms in g.sums.items():
        assert all(a < node and b < node for _, a, b in terms)
    order = g.reachable(outputs)
    assert order == sorted(set(order))
    needed = set(order)
    for node in order:  # closed under "is an operand of"
        assert {v for _, a, b in g.sums[node] for v in (a, b) if v in g.sums} <= needed


def test_reachable_leaves_out_what_is_not_needed():
    g = Graph()
    x, y = g.variable(), g.variable()
    a, b = g.product(x, x), g.product(y, y)
    assert g.reachable([a]) == [a]
    assert g.reachable([x]) == []
    assert g.reachable([g.product(a, x), b]) == sorted([a, b, g.product(a, x)])


@pytest.mark.parametrize("seed", range(20))
def test_simplified_graphs_have_the_value_of_the_expressions(seed):
    # The graph is built beside an exact value for each node; simplification must not change any of them.
    rng = np.random.default_rng(seed)
    g, values, outputs = random_graph(rng, depth=30)
    x = [values[v] for v in g.variables]
    p = [values[v] for v in g.parameters]
    found = evaluate(g, outputs, x, p, naive.fmpq)
    assert found == [values[v] for v in outputs]


def random_graph(rng, depth):
    """A graph of random sums of products over dyadic numbers, with the exact value of every node made."""
    g = Graph()
    values = {}
    for make in [g.variable] * 3 + [g.parameter] * 2:
        values[make()] = naive.random_rationals(rng, 1)[0]
    for c in (0, 1, -1, 2, 0.5):
        values[g.constant(c)] = naive.fmpq(c)
    pool = list(values)
    for _ in range(depth):
        terms, total = [], flint.fmpq(0)
        for _ in range(rng.integers(1, 5)):
            c = float(rng.choice([1.0, -1.0, 2.0, 0.5, -3.0, 0.0]))
            a, b = (int(v) for v in rng.choice(pool, 2))
            if rng.random() < 0.3:
                b = NONE
            terms.append((c, a, b))
            total += naive.fmpq(c) * values[a] * (1 if b == NONE else values[b])
        node = g.sum(terms)
        if node in values:
            assert values[node] == total
        elif abs(total) < 2**200:
            values[node] = total
            pool.append(node)
    return g, values, [v for v in pool if v in g.sums or v in g.constants][-8:]
