# Every kind of network and variety: coefficients against a direct evaluation in NumPy, names, errors, charts.
from itertools import pairwise

import numpy as np
import pytest

import critlocus
from critlocus.errors import InputError
from critlocus.networks.polynomials import evaluate_polynomials
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties import is_parametrized, parse_architecture, parse_variety
from critlocus.varieties.chart import generic_chart
from critlocus.varieties.dimension import dimension, tangent_maps


def polynomial(coefficients):
    return lambda z: sum(c * z**k for k, c in enumerate(coefficients))


def dense(widths, sigma, theta, x, *, bias=False, skip=False):
    theta, values = list(theta), list(x)
    for layer, (a, b) in enumerate(pairwise(widths)):
        rows = [[theta.pop(0) for _ in range(a)] for _ in range(b)]
        shift = [theta.pop(0) for _ in range(b)] if bias else [0] * b
        new = [sum(w * v for w, v in zip(row, values, strict=True)) + s for row, s in zip(rows, shift, strict=True)]
        if skip and a == b:
            new = [n + v for n, v in zip(new, values, strict=True)]
        values = [sigma(v) for v in new] if layer < len(widths) - 2 else new
    assert not theta
    return values


def convolution(filters, strides, sigma, theta, x):
    theta, values = list(theta), list(x)
    for layer, (size, stride) in enumerate(zip(filters, strides, strict=True)):
        w = [theta.pop(0) for _ in range(size)]
        new = []
        at = 0
        while at + size <= len(values):
            total = 0
            for k in range(size):
                total = total + w[k] * values[at + k]
            new.append(total)
            at += stride
        values = [sigma(v) for v in new] if layer < len(filters) - 1 else new
    assert not theta
    assert len(values) == 1
    return values


def attention(d, tokens, rank, out, theta, x):
    key, query, value = np.split(np.asarray(theta), [rank * d, 2 * rank * d])
    key, query, value = key.reshape(rank, d), query.reshape(rank, d), value.reshape(out, d)
    columns = np.asarray(x).reshape(tokens, d).T
    return (value @ columns @ (columns.T @ key.T @ query @ columns))[:, 0]


def identity(z):
    return z


def square(z):
    return z * z


KINDS = {
    "2-3-2": lambda t, x: dense((2, 3, 2), identity, t, x),
    "2-3-2:x^2": lambda t, x: dense((2, 3, 2), square, t, x),
    "2-2-2-1:x^3": lambda t, x: dense((2, 2, 2, 1), polynomial([0, 0, 0, 1]), t, x),
    "3-2-2:x^2+bias": lambda t, x: dense((3, 2, 2), square, t, x, bias=True),
    "2-2-2:poly(0.5,-1,0,2)": lambda t, x: dense((2, 2, 2), polynomial([0.5, -1, 0, 2]), t, x),
    "2-2-1:poly(0,1,0.5)+bias": lambda t, x: dense((2, 2, 1), polynomial([0, 1, 0.5]), t, x, bias=True),
    "2-2-2-1:poly(1,0,1)": lambda t, x: dense((2, 2, 2, 1), polynomial([1, 0, 1]), t, x),
    "conv:3,2": lambda t, x: convolution((3, 2), (1, 1), identity, t, x),
    "conv:3/2,2": lambda t, x: convolution((3, 2), (2, 1), identity, t, x),
    "conv:2/3,2/2,3:x^2": lambda t, x: convolution((2, 2, 3), (3, 2, 1), square, t, x),
    "conv:2,2,2:x^3": lambda t, x: convolution((2, 2, 2), (1, 1, 1), polynomial([0, 0, 0, 1]), t, x),
    "conv:2,3:poly(1,2,3)": lambda t, x: convolution((2, 3), (1, 1), polynomial([1, 2, 3]), t, x),
    "attention:2,3,1": lambda t, x: attention(2, 3, 1, 2, t, x),
    "attention:3,2,2,1": lambda t, x: attention(3, 2, 2, 1, t, x),
    "attention:2,1,3": lambda t, x: attention(2, 1, 3, 2, t, x),
    "residual:2-2-3": lambda t, x: dense((2, 2, 3), identity, t, x, skip=True),
    "residual:2-3-3-1-1": lambda t, x: dense((2, 3, 3, 1, 1), identity, t, x, skip=True),
}


def coordinates(variety):
    graph = Graph()
    return PolynomialSystem(graph, variety.mu(graph, [graph.variable() for _ in range(variety.n_weights)]))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_coefficients_are_those_of_the_function(name, kind):
    rng = np.random.default_rng(7)
    variety = parse_variety(name)
    ambient = variety.ambient
    inputs = rng.standard_normal((6, ambient.n_inputs))
    for _ in range(2):
        theta = rng.standard_normal(variety.n_weights) + (1j * rng.standard_normal(variety.n_weights)) * (
            kind[0] == "c"
        )
        values = coordinates(variety)(theta, np.zeros(0)).reshape(ambient.n_outputs, -1)
        found = evaluate_polynomials(values, ambient.monomials, inputs)
        wanted = np.array([KINDS[name](theta, x) for x in inputs])
        assert np.allclose(found, wanted, rtol=1e-11, atol=1e-11 * np.abs(wanted).max())
        assert np.allclose(variety.network(theta, inputs), wanted, rtol=1e-11, atol=1e-11 * np.abs(wanted).max())


@pytest.mark.parametrize("name", KINDS)
def test_networks_say_what_they_are(name):
    network = parse_architecture(name)
    assert network.name == name
    assert parse_architecture(network.name) == network
    assert len(network.weight_names) == network.n_weights == len(set(network.weight_names))
    inside = [k for unit in network.units for k in unit]
    assert len(set(inside)) == len(inside)
    assert set(inside) <= set(range(network.n_weights))
    assert len(set(network.input_monomials)) == len(network.input_monomials)
    names = parse_variety(name).ambient.names
    assert len(set(names)) == len(names) == network.n_outputs * len(network.input_monomials)


@pytest.mark.parametrize("name", KINDS)
def test_the_function_is_affine_in_the_last_layer(name):
    variety, rng = parse_variety(name), np.random.default_rng(0)
    mu = coordinates(variety)
    last = variety.last_layer
    if "bias" not in name and not name.endswith("1-1"):  # a skip connection around the last layer
        assert last
    theta, other = rng.standard_normal((2, variety.n_weights))
    other[np.setdiff1d(np.arange(len(theta)), last)] = theta[np.setdiff1d(np.arange(len(theta)), last)]
    middle, zero = theta.copy(), theta.copy()
    middle[last] = (theta[last] + other[last]) / 2
    zero[last] = 0
    a, b, c, z = (mu(v, np.zeros(0)) for v in (theta, other, middle, zero))
    assert np.allclose(a + b, 2 * c)
    assert not last or np.allclose(z, 0)


VARIETIES = [
    ("matrices:3x4,rank=2", lambda t: (t[:6].reshape(3, 2) @ t[6:].reshape(2, 4)).ravel()),
    (
        "symmetric:3,rank=2",
        lambda t: (t[:6].reshape(2, 3).T @ np.diag(t[6:]) @ t[:6].reshape(2, 3))[np.triu_indices(3)],
    ),
    ("segre:2x3x2", lambda t: np.einsum("i,j,k->ijk", t[:2], t[2:5], t[5:]).ravel()),
    ("param:s*t, (s+1)^3, 2*t", lambda t: np.array([t[0] * t[1], (t[0] + 1) ** 3, 2 * t[1]])),
]


@pytest.mark.parametrize(("name", "function"), VARIETIES)
def test_varieties_by_definition(name, function):
    variety, rng = parse_variety(name), np.random.default_rng(1)
    theta = rng.standard_normal(variety.n_weights) + 1j * rng.standard_normal(variety.n_weights)
    assert np.allclose(coordinates(variety)(theta, np.zeros(0)), function(theta))
    assert parse_variety(variety.name) == variety
    assert variety.name.replace(" ", "") == name.replace(" ", "")
    assert len(variety.weight_names) == variety.n_weights
    assert len(variety.ambient.names) == len(variety.ambient.frobenius) == len(variety.ambient)


def test_the_symmetric_frobenius_metric_counts_entries_twice():
    ambient = parse_variety("symmetric:3,rank=1").ambient
    matrix = np.arange(9.0).reshape(3, 3)
    matrix = matrix + matrix.T
    assert np.sum(np.array(ambient.frobenius) * matrix[np.triu_indices(3)] ** 2) == np.sum(matrix**2)


def test_equations():
    variety = parse_variety("equations:x^2 + 4*y^2 - 4, x*y = 0")
    assert not is_parametrized(variety)
    assert variety.ambient.names == ("x", "y")
    assert parse_variety(variety.name) == variety
    graph = Graph()
    system = PolynomialSystem(graph, variety.equations(graph, [graph.variable(), graph.variable()]))
    assert system(np.array([3.0, 2.0]), np.zeros(0)).tolist() == [21, 6]


def test_varieties_from_files(tmp_path):
    (tmp_path / "curve.txt").write_text("# a curve\nt^2;\n\nt^3\n")
    assert parse_variety(f"param:{tmp_path / 'curve.txt'}").polynomials == ("t^2", "t^3")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(InputError, match="no polynomials"):
        parse_variety(f"equations:{tmp_path / 'empty.txt'}")


BAD = [
    "conv:", "conv:0,2", "conv:2,2/0", "conv:2,x", "conv:2,2:relu", "conv:60,60", "conv:2,2:x^100", "conv:-1,2",
    "attention:2,2", "attention:0,2,2", "attention:2,2,2,2,2", "attention:5,5,1", "attention:a,b,c",
    "residual:2-3", "residual:2", "residual:2-2:x^2", "residual:0-0", "matrices:2x2", "matrices:2x2,rank=3",
    "matrices:2x2,rank=0", "matrices:30x30,rank=1", "symmetric:3x4,rank=1", "symmetric:2,rank=3", "segre:2",
    "segre:0x2", "segre:30x30x30", "param:", "equations:", "equations:x^^2", "equations:3", "param:t,(t", "banana",
    "2-2-2:relu", "2-2-2:poly(1)", "2-2-2:poly(1,a)", "2-2-2:poly(1,inf)", "2-2-2:poly()", "2-2-2:x^0",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_names_are_refused_in_one_line(name):
    with pytest.raises(InputError) as caught:
        critlocus.variety(name, degree=False)
    assert 10 < len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


CHARTS = [*KINDS, *[name for name, _ in VARIETIES], "3-2-1:x^2", "3-5-1:x^4", "2-2-2-1:x^2", "4-3-2-1:x^2"]


@pytest.mark.parametrize("name", CHARTS)
def test_charts_dominate(name):
    variety, rng = parse_variety(name), np.random.default_rng(2)
    chart = generic_chart(variety, rng)
    dim = dimension(variety, rng).dim
    assert chart.dim == dim
    assert chart.basis.shape == (variety.n_weights, dim)
    assert np.allclose(chart.basis.T @ chart.basis, np.eye(dim))
    t = rng.standard_normal((5, dim)) + 1j * rng.standard_normal((5, dim))
    theta = chart.lift(t)
    assert np.allclose(theta, chart.offset + t @ chart.basis.T)
    ranks = [np.linalg.matrix_rank(matrix @ chart.basis, rtol=1e-10) for matrix in tangent_maps(variety, theta)]
    assert max(ranks) == dim
    graph = Graph()
    nodes = chart.nodes(graph, [graph.variable() for _ in range(dim)])
    assert np.allclose(PolynomialSystem(graph, nodes)(t, np.zeros(0)), theta)
