"""Slow, obvious computations that the tests compare with: the loss as it is defined, differentiated by interpolation.

Nothing here uses the package's expression graphs. Numbers are of any type: fmpq (exact), acb (balls), int, float.
"""

from fractions import Fraction
from functools import cache
from itertools import pairwise

import flint
import numpy as np


def fmpq(x):
    """The exact value of a double (or of its real part)."""
    return flint.fmpq(*float(np.real(x)).as_integer_ratio())


def acb(z):
    """The exact value of a complex double."""
    z = complex(z)
    return flint.acb(flint.arb(z.real), flint.arb(z.imag))


def fraction(x):
    return Fraction(float(x))


def random_rationals(rng, count, size=9):
    """Small nonzero rationals; all exact doubles (eighths)."""
    found = rng.integers(1, size * 8, count) * rng.choice([-1, 1], count)
    return [flint.fmpq(int(k), 8) for k in found]


def complex_doubles(rng, shape, scale=1.0):
    return scale * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def unpack(widths, bias, theta):
    """Weight matrices (lists of rows) and bias vectors, layer by layer, in the documented order of theta."""
    theta, layers = list(theta), []
    for a, b in pairwise(widths):
        rows = [theta[i * a : (i + 1) * a] for i in range(b)]
        theta = theta[a * b :]
        shift = None
        if bias:
            shift, theta = theta[:b], theta[b:]
        layers.append((rows, shift))
    assert not theta
    return layers


def output(network, theta, x):
    """Evaluate the network at one point, number by number."""
    layers = unpack(network.widths, network.bias, theta)
    values = list(x)
    for at, (rows, shift) in enumerate(layers):
        new = []
        for i, row in enumerate(rows):
            total = row[0] * values[0]
            for w, v in zip(row[1:], values[1:], strict=True):
                total = total + w * v
            if shift is not None:
                total = total + shift[i]
            if at < len(layers) - 1:
                power = total
                for _ in range(network.sigma.degree - 1):
                    power = power * total
                total = power
            new.append(total)
        values = new
    return values


def twice_loss(network, theta, xs, ys, ws, lambdas):
    """``sum_i w_i |f(x_i) - y_i|^2 + sum_k lambda_k theta_k^2``, without conjugation: an analytic function."""
    total = None
    for x, y, w in zip(xs, ys, ws, strict=True):
        for f, wanted in zip(output(network, theta, x), y, strict=True):
            error = f - wanted
            term = w * error * error
            total = term if total is None else total + term
    for l, t in zip(lambdas, theta, strict=True):
        total = total + l * t * t
    return total


def loss_degree(network):
    """Degree of the loss in theta."""
    degree = 1
    for _ in network.widths[1:-1]:
        degree = network.sigma.degree * degree + 1
    return 2 * degree


@cache
def _weights(degree, order):
    """The derivative of this order at 0 of a polynomial of this degree is ``sum weights[k] * value(node k)``."""
    nodes = [k - degree // 2 for k in range(degree + 1)]
    vandermonde = flint.fmpq_mat([[flint.fmpq(t**j) for j in range(degree + 1)] for t in nodes])
    inverse = vandermonde.inv()
    factor = 1 if order == 1 else 2
    return nodes, [factor * inverse[order, k] for k in range(degree + 1)]


def directional(function, point, direction, degree, order):
    """Derivative at 0 of ``t -> function(point + t direction)``, a polynomial, by exact interpolation."""
    nodes, weights = _weights(degree, order)
    total = None
    for t, c in zip(nodes, weights, strict=True):
        if c != 0:
            term = function([x + t * d for x, d in zip(point, direction, strict=True)]) * c
            total = term if total is None else total + term
    return total


def _unit(n, *places):
    return [sum(int(k == p) for p in places) for k in range(n)]


def gradient(function, point, degree):
    return [directional(function, point, _unit(len(point), k), degree, 1) for k in range(len(point))]


def hessian(function, point, degree):
    """All second derivatives, by polarisation."""
    n = len(point)
    pure = [directional(function, point, _unit(n, k), degree, 2) for k in range(n)]
    found = [[None] * n for _ in range(n)]
    for i in range(n):
        found[i][i] = pure[i]
        for k in range(i):
            mixed = directional(function, point, _unit(n, i, k), degree, 2)
            found[i][k] = found[k][i] = (mixed - pure[i] - pure[k]) / 2
    return found


def parameters(family, xs, ys, ws, lambdas):
    """The family's parameters for given points; moments are written out from their definition."""
    if not family.moments:
        found = [v for x in xs for v in x] + [v for y in ys for v in y]
        return found + (list(ws) if family.weighted else []) + list(lambdas)
    found = []
    for name in family.parameter_names[: family.n_data]:
        output_part, _, tail = name.partition("x^")
        powers = [int(v) for v in tail.strip("()").split(",") if v.strip()]
        total = None
        for x, y, w in zip(xs, ys, ws, strict=True):
            term = w * y[int(output_part.split()[1][1:])] if "y" in output_part else w
            for v, e in zip(x, powers, strict=True):
                for _ in range(e):
                    term = term * v
            total = term if total is None else total + term
        found.append(total)
    return found + list(lambdas)
