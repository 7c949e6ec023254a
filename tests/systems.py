"""Small systems for tests: random straight-line programs, and polynomials in one variable with known roots."""

import numpy as np

from critlocus.tape import NONE, Graph
from critlocus.tape.system import PolynomialSystem


def random_system(rng):
    """Sums of products of all kinds of nodes, with equations that are sums, operands of others, or no sums at all."""
    g = Graph()
    n = int(rng.integers(1, 5))
    pool = [g.variable() for _ in range(n)] + [g.parameter() for _ in range(int(rng.integers(0, 4)))]
    pool += [g.constant(c) for c in (1, -0.3, 1.5j, 0.2 - 0.7j)]
    for _ in range(int(rng.integers(3, 14))):
        terms = []
        for _ in range(int(rng.integers(1, 5))):
            a, b = (int(v) for v in rng.choice(pool, 2))
            c = float(rng.choice([1.0, 1.0, -1.0, 2.0, 0.3, -0.7]))
            terms.append((c, a, NONE if rng.random() < 0.3 else b))
        pool.append(g.sum(terms))
    equations = [int(v) for v in rng.choice(pool[-6:], n)]  # the same node may come twice
    return PolynomialSystem(g, equations)


def univariate(degree):
    """``x^d + p[d-1] x^(d-1) + ... + p[0]`` by Horner's rule; the parameters are p[0], ..., p[d-1]."""
    g = Graph()
    x = g.variable()
    p = [g.parameter() for _ in range(degree)]
    value = g.constant(1)
    for c in reversed(p):
        value = g.sum([(1.0, value, x), (1.0, c, NONE)])
    return PolynomialSystem(g, [value])


def not_monic(degree):
    """``p[d] x^d + ... + p[0]``: roots go to infinity where p[d] vanishes."""
    g = Graph()
    x = g.variable()
    p = [g.parameter() for _ in range(degree + 1)]
    value = p[-1]
    for c in reversed(p[:-1]):
        value = g.sum([(1.0, value, x), (1.0, c, NONE)])
    return PolynomialSystem(g, [value])


def from_roots(roots):
    """Coefficients c[0], ..., c[d-1] of the monic polynomial with these roots (numbers of any type)."""
    c = [roots[0] * 0 + 1]
    for r in roots:
        shifted = [r * 0, *c]
        c = [a - r * b for a, b in zip(shifted, [*c, r * 0], strict=True)]
    return c[:-1]


def unit_roots(degree):
    """The roots of ``x^d - 1``, shape (d, 1)."""
    return np.exp(2j * np.pi * np.arange(degree) / degree)[:, None]
