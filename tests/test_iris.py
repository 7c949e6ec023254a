# Real data: the certified minima against plain gradient descent.
from pathlib import Path

import numpy as np
import pytest

import critlocus
from critlocus.data_files import read_data
from critlocus.losses import loss_value

IRIS = Path(__file__).parent.parent / "examples" / "iris.csv"
COLUMNS = (["sepal_length", "sepal_width"], ["petal_length", "petal_width"])


@pytest.fixture(scope="module")
def result():
    data = read_data(IRIS, critlocus.Network.parse("2-2-2"), *COLUMNS)
    return critlocus.solve("2-2-2", critlocus.Loss(data), trace_test=False)


def gradient(moments, regularizer, theta):
    # Written out for two linear layers: W = W2 W1, residual W Sxx - Syx.
    sxx, syx = moments
    w1, w2 = theta[:, :4].reshape(-1, 2, 2), theta[:, 4:].reshape(-1, 2, 2)
    residual = w2 @ w1 @ sxx - syx
    g1, g2 = np.swapaxes(w2, 1, 2) @ residual, residual @ np.swapaxes(w1, 1, 2)
    return np.hstack([g1.reshape(-1, 4), g2.reshape(-1, 4)]) + regularizer * theta


def newton(moments, regularizer, theta):
    # Ends of gradient descent, sharpened: the Hessian by complex steps.
    hessian = np.empty((len(theta), 8, 8))
    for k in range(8):
        moved = theta.astype(complex)
        moved[:, k] += 1e-30j
        hessian[:, :, k] = gradient(moments, regularizer, moved).imag / 1e-30
    return theta - np.linalg.solve(hessian, gradient(moments, regularizer, theta)[:, :, None])[:, :, 0]


def test_all_points_are_certified(result):
    found = result.summary()["targets"][0]
    assert found["complex"] == found["certified"] == found["distinct"] == 225
    assert sum(found["index_histogram"].values()) == found["real"]
    assert found["signature_unproven"] == found["reality_undecided"] == 0


def test_gradient_descent_ends_in_certified_minima(result):
    data = read_data(IRIS, result.network, *COLUMNS)[0]
    regularizer = result.data["regularizer"][0]
    moments = data.inputs.T @ data.inputs, data.outputs.T @ data.inputs
    theta = np.random.default_rng(0).standard_normal((1000, 8))
    for step in [3e-4] * 3000 + [3e-3] * 20000:  # small at first: starts may be far out
        theta -= step * gradient(moments, regularizer, theta)
    assert np.abs(gradient(moments, regularizer, theta)).max() < 2e-2
    ends = theta.copy()
    for _ in range(8):
        theta = newton(moments, regularizer, theta)
    assert np.abs(theta - ends).max() < 0.2  # each stayed in its valley
    assert np.abs(gradient(moments, regularizer, theta)).max() < 1e-9
    points = result.points(real=True)
    table = result.target()
    minima = critlocus.result.expand_orbits(
        result.symmetry,
        table.theta[table.signature[:, 0] == 0].real,
        np.array([s.support for s in result.strata])[table.stratum[table.signature[:, 0] == 0]],
    )
    assert len(points) == result.summary()["real"]
    distance = np.linalg.norm(theta[:, None, :] - minima[None, :, :], axis=2)
    assert distance.min(axis=1).max() < 1e-7  # no minimum that is not on the list
    reached = np.unique(distance.argmin(axis=1))
    values = loss_value(result.network, data, regularizer, minima)
    assert values[reached].min() == pytest.approx(result.summary()["minima"][0], rel=1e-12)  # and the global one


def test_index_formula_in_the_limit_of_small_regularisers():
    # Two layers, whitened inputs, no regulariser: a critical manifold is a set I of singular values, |I| = rho <= p,
    # and its index is inv(I) + (p - rho)(s - rho), inv(I) = #{i in I, j not in I: sigma_j > sigma_i}
    # (Trager, Kohn & Bruna 2020; Achour, Malgouyres & Gerchinovitz 2024). A small entrywise regulariser leaves
    # isolated points on every manifold, the lowest of which has this index.
    rng = np.random.default_rng(3)
    p, s = 2, 2
    inputs, _ = np.linalg.qr(rng.standard_normal((8, 2)))
    outputs = inputs @ rng.standard_normal((2, 2)).T
    matrix = outputs.T @ inputs
    u, sigma, vt = np.linalg.svd(matrix)
    for scale in (1e-2, 1e-3):
        regularizer = scale * rng.uniform(0.5, 1.5, 8)
        result = critlocus.solve(
            "2-2-2", critlocus.Loss(critlocus.Data(inputs, outputs), regularizer), trace_test=False
        )
        found = result.summary()["targets"][0]
        # For small regularisers complex points run off to infinity: not all of them can be certified in double.
        assert found["certified"] >= 120
        assert found["real"] == 17
        assert found["signature_unproven"] == 0
        lowest: dict[tuple[int, ...], int] = {}
        table = result.target()
        for row in np.flatnonzero(table.is_real):
            theta = table.theta[row].real
            product = theta[4:].reshape(2, 2) @ theta[:4].reshape(2, 2)
            diagonal = np.diag(u.T @ product @ vt.T) / sigma
            chosen = tuple(int(i) for i in np.flatnonzero(diagonal > 0.5))
            index = int(table.signature[row, 0])
            assert index >= 0
            lowest[chosen] = min(index, lowest.get(chosen, 99))
        expected = {}
        for chosen in [(), (0,), (1,), (0, 1)]:
            inversions = sum(sigma[j] > sigma[i] for i in chosen for j in range(2) if j not in chosen)
            expected[chosen] = inversions + (p - len(chosen)) * (s - len(chosen))
        assert lowest == expected
