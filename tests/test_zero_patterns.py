"""Zero patterns against all 2^n sets of weights, each tried with residues mod a prime and dual numbers."""

import random
from itertools import pairwise

import numpy as np
import pytest

from critlocus.networks import Network, zero_patterns
from critlocus.problems.critical_points import CriticalPoints

P = 2**61 - 1


class Dual:
    """``a + b e + c f + d e f`` mod P with ``e^2 = f^2 = 0``: value, two first derivatives, one second."""

    def __init__(self, a, b=0, c=0, d=0):
        self.parts = a % P, b % P, c % P, d % P

    def __add__(self, other):
        return Dual(*(x + y for x, y in zip(self.parts, other.parts, strict=True)))

    def __sub__(self, other):
        return Dual(*(x - y for x, y in zip(self.parts, other.parts, strict=True)))

    def __mul__(self, other):
        (a, b, c, d), (u, v, w, z) = self.parts, other.parts
        return Dual(a * u, a * v + b * u, a * w + c * u, a * z + b * w + c * v + d * u)


def twice_loss(network, theta, xs, ys):
    """``sum |f(x) - y|^2`` written out layer by layer."""
    total = Dual(0)
    for x, y in zip(xs, ys, strict=True):
        values, rest = [Dual(v) for v in x], list(theta)
        for layer, (a, b) in enumerate(pairwise(network.widths), start=1):
            sums = []
            for _ in range(b):
                row, rest = rest[:a], rest[a:]
                sums.append(sum((w * v for w, v in zip(row, values, strict=True)), Dual(0)))
            if network.bias:
                shift, rest = rest[:b], rest[b:]
                sums = [s + t for s, t in zip(sums, shift, strict=True)]
            if layer < len(network.widths) - 1:
                base = sums
                for _ in range(network.sigma.degree - 1):
                    sums = [s * t for s, t in zip(sums, base, strict=True)]
            values = sums
        for f, wanted in zip(values, y, strict=True):
            error = f - Dual(wanted)
            total = total + error * error
    return total


def derivative(network, theta, xs, ys, i, k):
    """First derivative by theta_i and second by theta_i, theta_k of half the sum."""
    lifted = [Dual(t, int(j == i), int(j == k)) for j, t in enumerate(theta)]
    _, first, _, second = twice_loss(network, lifted, xs, ys).parts
    half = pow(2, -1, P)
    return first * half % P, second * half % P


def rank(rows):
    """Gauss mod P, with Python integers."""
    rows, found = [list(r) for r in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        at = next((r for r in range(found, len(rows)) if rows[r][column]), None)
        if at is None:
            continue
        rows[found], rows[at] = rows[at], rows[found]
        inverse = pow(rows[found][column], -1, P)
        for r in range(found + 1, len(rows)):
            factor = rows[r][column] * inverse % P
            rows[r] = [(v - factor * w) % P for v, w in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def realised(network, n_points, seed):
    """All supports on which critical points of a generic member lie, by trying every set of weights."""
    rng = random.Random(seed)
    n = network.n_weights
    found = set()
    for bits in range(2**n):
        support = [k for k in range(n) if bits >> k & 1]
        theta = [rng.randrange(1, P) if k in support else 0 for k in range(n)]
        xs = [[rng.randrange(P) for _ in range(network.n_inputs)] for _ in range(n_points)]
        ys = [[rng.randrange(P) for _ in range(network.n_outputs)] for _ in range(n_points)]
        gradient = {}
        for k in range(n):  # zero outside the support, and nowhere in it
            gradient[k], _ = derivative(network, theta, xs, ys, k, k)
            if (gradient[k] != 0) != (k in support):
                break
        else:
            matrix = [[derivative(network, theta, xs, ys, i, k)[1] for k in support] for i in support]
            for at, k in enumerate(support):  # lambda_k = -gradient_k / theta_k
                matrix[at][at] = (matrix[at][at] - gradient[k] * pow(theta[k], -1, P)) % P
            if rank(matrix) == len(support):
                found.add(tuple(support))
    return found


def predicted(network, n_points):
    rng = np.random.default_rng(0)
    family = CriticalPoints(network, n_points)
    patterns = zero_patterns(network)
    supports = [tuple(p.support.tolist()) for p in patterns]
    assert len(set(supports)) == len(supports)
    assert all(family.is_closed(p, rng) for p in patterns)
    return {s for p, s in zip(patterns, supports, strict=True) if family.fills_parameter_space(p, rng)}


@pytest.mark.parametrize("n_points", [1, 2, 6])
@pytest.mark.parametrize(
    "name",
    [
        "1-1-1", "2-1-2", "1-2-1", "2-2-1", "1-1-2", "1-1-1-1", "1-2-1-1",
        "1-1-1:x^2", "2-1-2:x^2", "1-2-1:x^2", "2-2-1:x^2", "1-1-1-1:x^2", "1-2-1-1:x^2",
        "1-1-1+bias", "2-1-2+bias", "1-2-1+bias", "1-1-1-1+bias",
        "1-2-1:x^3", "1-1-1:x^3+bias", "1-1-1:x^2+bias", "2-1-1:x^2+bias", "1-2-1:x^2+bias", "1-1-1-1:x^2+bias",
    ],
)  # fmt: skip
def test_all_supports(name, n_points):
    network = Network.parse(name)
    assert predicted(network, n_points) == realised(network, n_points, seed=n_points)


def test_many_supports_with_bias():
    for name in ("2-2-1+bias", "2-2-1:x^2+bias"):
        network = Network.parse(name)
        assert predicted(network, 3) == realised(network, 3, seed=0)


def test_known_patterns_of_2_2_2():
    patterns = zero_patterns(Network.parse("2-2-2"))
    assert [p.name for p in patterns] == ["2-2-2", "2-1-2", "2-1-2", "2-0-2"]
    assert patterns[0].support.tolist() == list(range(8))
    assert {tuple(p.support.tolist()) for p in patterns[1:3]} == {(0, 1, 4, 6), (2, 3, 5, 7)}
    assert patterns[3].support.tolist() == []


def test_a_pattern_that_is_not_closed_is_seen():
    family = CriticalPoints(Network.parse("2-1-2"), 8)
    rng = np.random.default_rng(0)

    class Half:
        support = np.array([0, 1])  # W1 alone: the data gradient by W2 does not vanish

    assert not family.is_closed(Half(), rng)
