# Metrics on function space: Bombieri is invariant under rotations, Gaussian moments are means, files are checked.
from math import factorial

import numpy as np
import pytest

from critlocus.errors import InputError
from critlocus.metrics import gaussian_moment, metric_matrix, multinomial
from critlocus.networks.polynomials import monomial_values
from critlocus.varieties import parse_variety

RNG = np.random.default_rng(0)


def coefficients(ambient, function, rng):
    """The coefficients of a function in the basis of the ambient space, by interpolation."""
    points = rng.standard_normal((3 * len(ambient.monomials), ambient.n_inputs))
    table = monomial_values(ambient.monomials, points)
    solution = np.linalg.lstsq(table, function(points), rcond=None)[0]
    assert np.abs(table @ solution - function(points)).max() < 1e-9
    return solution


@pytest.mark.parametrize("name", ["3-2-1:x^2", "2-2-2-1:x^2", "3-2-1:x^3"])
def test_bombieri_is_invariant_under_rotations_and_frobenius_is_not(name):
    ambient, rng = parse_variety(name).ambient, np.random.default_rng(1)
    bombieri, plain = metric_matrix(ambient, "bombieri", rng), metric_matrix(ambient, "frobenius", rng)
    rotation = np.linalg.qr(rng.standard_normal((ambient.n_inputs,) * 2))[0]
    f = rng.standard_normal(len(ambient))

    def value(points):
        return monomial_values(ambient.monomials, points) @ f

    turned = coefficients(ambient, lambda points: value(points @ rotation.T), rng)
    assert np.isclose(turned @ bombieri @ turned, f @ bombieri @ f, rtol=1e-8)
    assert not np.isclose(turned @ plain @ turned, f @ plain @ f, rtol=1e-3)


def test_bombieri_is_the_norm_of_the_symmetric_tensor():
    ambient = parse_variety("2-2-1:x^2").ambient  # x0^2, x0 x1, x1^2 <-> [[a, b/2], [b/2, c]]
    a, b, c = 3.0, 5.0, 7.0
    f = np.array([{(2, 0): a, (1, 1): b, (0, 2): c}[e] for e in ambient.monomials])
    assert f @ metric_matrix(ambient, "bombieri", RNG) @ f == np.sum(np.array([[a, b / 2], [b / 2, c]]) ** 2)


def test_multinomials():
    assert multinomial(4, (2, 1, 1)) == factorial(4) // 2
    assert multinomial(3, (1, 0)) == 3  # homogenised: x0 z^2


@pytest.mark.parametrize("exponents", [(0,), (2,), (4,), (6, 2), (3,), (1, 1), (2, 2, 4), (8,)])
def test_gaussian_moments_by_quadrature(exponents):
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    wanted = np.prod([np.sum(weights * nodes**e) / np.sqrt(2 * np.pi) for e in exponents])
    assert np.isclose(gaussian_moment(exponents), wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["2-2-2:x^2", "2-2-1:x^2+bias", "conv:2,2:x^2"])
def test_the_gaussian_metric_is_the_mean_square(name):
    ambient, rng = parse_variety(name).ambient, np.random.default_rng(3)
    q = metric_matrix(ambient, "gaussian", rng)
    axes = np.polynomial.hermite_e.hermegauss(8)
    points = np.stack([g.ravel() for g in np.meshgrid(*[axes[0]] * ambient.n_inputs, indexing="ij")], axis=1)
    weights = np.ones(1)
    for _ in range(ambient.n_inputs):
        weights = np.kron(weights, axes[1] / np.sqrt(2 * np.pi))
    f = rng.standard_normal((ambient.n_outputs, len(ambient.monomials)))
    values = monomial_values(ambient.monomials, points) @ f.T
    assert np.isclose(f.ravel() @ q @ f.ravel(), np.sum(weights[:, None] * values**2), rtol=1e-10)


def test_generic_and_frobenius():
    ambient = parse_variety("symmetric:3,rank=1").ambient
    q = metric_matrix(ambient, "generic", np.random.default_rng(0))
    assert np.allclose(q, q.T)
    assert np.linalg.eigvalsh(q).min() > 0
    assert not np.allclose(q, metric_matrix(ambient, "generic", np.random.default_rng(1)))
    assert np.array_equal(metric_matrix(ambient, "frobenius", RNG), np.diag([1.0, 2, 2, 1, 2, 1]))


def test_metrics_that_do_not_exist():
    matrices = parse_variety("matrices:2x2,rank=1").ambient
    for kind in ("bombieri", "gaussian"):
        with pytest.raises(InputError, match="functions"):
            metric_matrix(matrices, kind, RNG)
    with pytest.raises(InputError, match="neither one of"):
        metric_matrix(matrices, "euclidean", RNG)
    with pytest.raises(ValueError, match="moments"):
        metric_matrix(matrices, "data", RNG)


def test_metrics_from_files(tmp_path):
    ambient = parse_variety("param:t,t^2").ambient
    good = np.array([[2.0, 1], [1, 3]])
    np.save(tmp_path / "good.npy", good)
    np.savetxt(tmp_path / "good.csv", good, delimiter=",")
    for file in ("good.npy", "good.csv"):
        assert np.array_equal(metric_matrix(ambient, str(tmp_path / file), RNG), good)
    for file, text, message in [
        ("shape.csv", "1,0,0\n0,1,0\n0,0,1\n", "expected"), ("skew.csv", "1,2\n3,4\n", "symmetric"),
        ("singular.csv", "1,1\n1,1\n", "singular"), ("words.csv", "a,b\nc,d\n", "not a table"),
        ("nan.csv", "1,nan\nnan,1\n", "NaN"), ("bad.npy", "1,2\n", "not a table"), ("empty.csv", "", "expected"),
    ]:  # fmt: skip
        (tmp_path / file).write_text(text)
        with pytest.raises(InputError, match=message):
            metric_matrix(ambient, str(tmp_path / file), RNG)
