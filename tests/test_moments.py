"""Data as parameters: exact moments as high + low + radius, and whether moments of few points are independent."""

from fractions import Fraction

import flint
import numpy as np
import pytest

import naive
from critlocus.errors import InputError
from critlocus.losses import Data
from critlocus.networks import Network
from critlocus.problems import moments
from critlocus.problems.critical_points import CriticalPoints

CASES = [("2-2-2", 10, False), ("2-2-2", 7, True), ("2-2-1:x^2", 15, False), ("1-2-2:x^3+bias", 20, True)]


def exact_parameters(family, data):
    """Data parameters as fractions, from the definition."""
    weights = np.ones(len(data)) if data.weights is None else data.weights
    tables = [[[Fraction(v) for v in row] for row in a.tolist()] for a in (data.inputs, data.outputs)]
    return naive.parameters(family, *tables, [Fraction(v) for v in weights.tolist()], [])


def assert_enclosed(family, data, accuracy=2.0**-100):
    high, low, radius = family.data_parameters(data)
    assert high.shape == low.shape == radius.shape == (family.n_data,)
    for h, l, r, exact in zip(high, low, radius, exact_parameters(family, data), strict=True):
        assert abs(Fraction(h) + Fraction(l) - exact) <= Fraction(r)
        assert h == float(exact)
        assert abs(l) <= np.spacing(abs(h))
        assert r <= accuracy * abs(h) + 1e-323
    return high, low, radius


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("name", "count", "weighted"), CASES)
def test_moments_against_fractions(name, count, weighted, seed):
    network, rng = Network.parse(name), np.random.default_rng(seed)
    family = CriticalPoints(network, count, weighted)
    assert family.moments
    data = Data(
        rng.standard_normal((count, network.n_inputs)) * 10.0 ** rng.uniform(-4, 4, network.n_inputs),
        rng.standard_normal((count, network.n_outputs)),
        rng.uniform(-1, 3, count) if weighted else None,
    )
    _, low, radius = assert_enclosed(family, data)
    assert low.any()
    assert radius.any()


def test_small_whole_numbers_have_exact_moments():
    family = CriticalPoints(Network.parse("2-2-1:x^2"), 12)
    data = Data(np.arange(24).reshape(12, 2) - 10, np.arange(12).reshape(12, 1))
    _, low, radius = assert_enclosed(family, data)
    assert not low.any()
    assert not radius.any()


def test_moments_that_cancel():
    # sum y x = 1e-20 although its terms are 1e16: nothing is lost.
    family = CriticalPoints(Network.parse("1-1-1"), 3)
    data = Data([[1e8], [-1e8], [1e-10]], [[1e8 + 1e-8], [1e8 + 1e-8], [1e-10]])
    high, low, _ = assert_enclosed(family, data)
    assert float(high[1] + low[1]) == 1e-10 * 1e-10


@pytest.mark.parametrize("size", [1e-100, 1e-160, 1e-200, 5e-324, 1e75])
def test_extreme_sizes(size):
    network = Network.parse("2-2-1:x^2")
    rng = np.random.default_rng(0)
    data = Data(size * rng.standard_normal((10, 2)), rng.standard_normal((10, 1)))
    family = CriticalPoints(network, 10)
    high, low, radius = family.data_parameters(data)
    for h, l, r, exact in zip(high, low, radius, exact_parameters(family, data), strict=True):
        assert abs(Fraction(h) + Fraction(l) - exact) <= Fraction(r)
        assert r <= 1e-30 * abs(h) + 1e-320


def test_moments_that_overflow_are_refused():
    with pytest.raises(InputError, match="rescale the columns"):
        CriticalPoints(Network.parse("2-2-1:x^2"), 10).data_parameters(Data(np.full((10, 2), 1e80), np.ones((10, 1))))


@pytest.mark.parametrize(("name", "count", "weighted"), [("2-2-2", 1, False), ("2-2-1:x^2", 2, True)])
def test_points_are_their_own_parameters(name, count, weighted):
    network, rng = Network.parse(name), np.random.default_rng(1)
    family = CriticalPoints(network, count, weighted)
    assert not family.moments
    data = Data.generic(network, count, rng)
    if weighted:
        data = Data(data.inputs, data.outputs, rng.uniform(0, 1, count))
    high, low, radius = assert_enclosed(family, data)
    assert not low.any()
    assert not radius.any()
    names = family.parameter_names
    assert names[0] == "x[0,0]"
    assert high[names.index(f"y[{count - 1},0]")] == data.outputs[-1, 0]
    if weighted:
        assert high[names.index("w[1]")] == data.weights[1]


def exact_rank(network, count, weighted):
    """Rank of the Jacobian of points -> moments at a random rational point, by exact interpolation."""
    rng = np.random.default_rng(count)
    d0, outputs = network.n_inputs, network.n_outputs
    point = naive.random_rationals(rng, count * (d0 + outputs + weighted))

    class Family:  # the moments' names do not depend on the number of points
        moments, n_data = True, CriticalPoints(network, 10**4, weighted).n_data
        parameter_names = CriticalPoints(network, 10**4, weighted).parameter_names

    def moments(values):
        xs = [values[i * d0 : (i + 1) * d0] for i in range(count)]
        rest = values[count * d0 :]
        ys = [rest[i * outputs : (i + 1) * outputs] for i in range(count)]
        ws = rest[count * outputs :] if weighted else [flint.fmpq(1)] * count
        return flint.fmpq_mat([[v] for v in naive.parameters(Family, xs, ys, ws, [])])

    columns = naive.gradient(moments, point, 2 * network.degree + 1)
    rows = [[column[i, 0] for column in columns] for i in range(Family.n_data)]
    constant = network.bias and not weighted  # the number of points
    return flint.fmpq_mat(rows).rank(), Family.n_data - constant


def moments_are_independent(network, count, *, weighted=False):
    statistics = moments.Moments(network.input_monomials, network.n_outputs)
    return moments.moments_are_independent(statistics, network.n_inputs, count, weighted=weighted)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["1-1-1", "2-1-2", "3-2-1", "2-2-1:x^2", "1-2-1:x^2+bias", "1-1-2+bias", "2-1-1+bias"])
def test_independence_against_exact_ranks(name, weighted):
    network = Network.parse(name)
    answers = []
    for count in range(1, 8):
        rank, wanted = exact_rank(network, count, weighted)
        answers.append(moments_are_independent(network, count, weighted=weighted))
        assert answers[-1] == (rank == wanted), count
    assert answers == sorted(answers)  # more points never hurt


def test_fewer_points_than_inputs_are_never_independent():
    for name, inputs in [("2-2-2", 2), ("3-2-5", 3), ("4-1-9", 4)]:
        for count in range(1, 2 * inputs):
            # X X^T of fewer points than inputs is singular, whatever the outputs.
            assert moments_are_independent(Network.parse(name), count) <= (count >= inputs)


def test_many_points_are_always_independent():
    for name in ("2-2-2", "3-2-1:x^2", "2-2-2+bias", "2-2-1:x^2+bias", "1-1-1-1:x^3"):
        assert moments_are_independent(Network.parse(name), 200)
        assert moments_are_independent(Network.parse(name), 200, weighted=True)
