# Pure and spurious points in the space of weights, against direct differentiation, and the function-space Hessian.
import numpy as np
import pytest

import critlocus
from critlocus.networks import Network
from critlocus.pure import PURE, SPURIOUS, UNDECIDED, Classifier


def power(p, r):
    out = np.ones(1)
    for _ in range(r):
        out = np.convolve(out, p)
    return out


def coefficients(name, theta):
    # mu written out by hand: two inputs, one hidden layer
    network = Network.parse(name)
    arrays = network.unpack(theta)
    if network.activation == "linear":
        return (arrays["W2"] @ arrays["W1"]).ravel()
    units = np.array([power(w, network.degree) for w in arrays["W1"]])
    return (arrays["W2"] @ units).ravel()


def differential(name, theta):
    columns = []
    for k in range(len(theta)):
        e = np.zeros(len(theta))
        e[k] = 1.0
        # exact for polynomials of degree at most 4 in one weight, up to rounding
        f = [coefficients(name, theta + s * e) for s in (-2, -1, 1, 2)]
        columns.append((f[0] - 8 * f[1] + 8 * f[2] - f[3]) / 12)
    return np.array(columns).T


@pytest.mark.parametrize(
    ("name", "pure", "spurious", "dimension"),
    [("2-2-2", 192, 33, 4), ("2-1-2", 16, 1, 3), ("2-1-2:x^2", None, 1, 3), ("2-2-1:x^2", 416, 65, 3)],
)
def test_ranks_and_functions_by_direct_differentiation(name, pure, spurious, dimension):
    result = critlocus.solve(name, seed=5, trace_test=False)
    assert result.generic_rank == dimension
    for table in (result.generic, result.target()):
        for row in range(len(table)):
            theta = table.theta[row]
            f = coefficients(name, theta)
            np.testing.assert_allclose(table.function[row], f, atol=1e-12 * max(1, np.abs(f).max()))
            s = np.linalg.svd(differential(name, theta), compute_uv=False)
            rank = int(np.count_nonzero(s > 1e-9 * max(1e-300, np.abs(theta).max())))
            assert table.rank[row] == rank
            assert table.pure[row] == (PURE if rank == dimension else SPURIOUS)
            assert table.rank_gap[row] < 1e-8
        if pure is not None:
            assert table.count(table.pure == PURE) == pure
        assert table.count(table.pure == SPURIOUS) == spurious
        # spurious are the points of the smaller subnetworks
        ranks = np.array([s.rank for s in result.strata])
        np.testing.assert_array_equal(table.pure == SPURIOUS, ranks[table.stratum] < dimension)


def test_function_signature_of_2_1_2_is_that_of_the_reduced_loss():
    # On a fibre (t c, a / t) the regulariser has the critical value sqrt(A C), so that the loss on the rank-one
    # matrices c a is 1/2 |c a x - y|^2 + sqrt(A C); its Hessian in the chart c_0 = 1, by central differences.
    checked = set()
    for seed in range(4):
        result = critlocus.solve("2-1-2", seed=seed, targets=3, trace_test=False)
        for k in range(3):
            x, y, lam = (result.data[name][k] for name in ("inputs", "outputs", "regularizer"))
            table = result.target(k)
            for row in np.flatnonzero(table.is_real & (table.pure == PURE)):
                a, c = table.theta[row, :2].real, table.theta[row, 2:].real

                def value(z, lam=lam, x=x, y=y):
                    a, c = z[:2], np.array([1.0, z[2]])
                    error = np.outer(c, a) @ x.T - y.T
                    return 0.5 * (error**2).sum() + np.sqrt((lam[:2] @ a**2) * (lam[2:] @ c**2))

                z, h = np.array([a[0] * c[0], a[1] * c[0], c[1] / c[0]]), 1e-4
                e = h * np.eye(3)
                ups, downs = ([[value(z + u + s * v) for u in e] for v in e] for s in (1, -1))
                mixed = np.array(ups) - np.array(downs)  # symmetrised: f(u+v) - f(u-v) - f(-u+v) + f(-u-v)
                ups, downs = ([[value(z - u + s * v) for u in e] for v in e] for s in (1, -1))
                hessian = (mixed - np.array(ups) + np.array(downs)) / (4 * h * h)
                values = np.linalg.eigvalsh(hessian)
                expected = [int((values < 0).sum()), 0, int((values > 0).sum())]
                assert table.function_signature[row].tolist() == expected
                checked.add(tuple(expected))
    assert len(checked) >= 2


def test_without_fibres_both_signatures_are_one():
    result = critlocus.solve("1-1-1+bias", seed=2, trace_test=False)  # n = 4, rank 2: fibres
    table = result.target()
    proven = table.function_signature[:, 0] >= 0
    assert np.all(table.function_signature[proven].sum(axis=1) == result.generic_rank)
    assert np.all(table.function_signature[proven] <= table.signature[proven])


def test_points_that_are_not_certified_are_not_proven_pure():
    classifier = Classifier(Network.parse("2-2-2"))
    rng = np.random.default_rng(0)
    points = rng.standard_normal((3, 8)) + 0j
    support = np.ones((3, 8), bool)
    none = classifier(points, np.full((3, 8), np.inf), np.zeros(3, bool), support)
    assert (none.pure == UNDECIDED).all()
    wide = classifier(points, np.full((3, 8), 3.0), np.ones(3, bool), support)
    assert (wide.pure == UNDECIDED).all()  # the box meets matrices of lower rank
    tight = classifier(points, np.full((3, 8), 1e-9), np.ones(3, bool), support)
    assert (tight.pure == PURE).all()
    points[0, 4:] = 0
    points[0, :2] = points[0, 2:4]  # W2 = 0 and W1 of rank one
    assert classifier(points, np.full((3, 8), 1e-9), np.ones(3, bool), support).pure.tolist() == [SPURIOUS, PURE, PURE]


def test_summary_pairs_the_indices():
    found = critlocus.solve("2-2-2", trace_test=False).summary()
    target = found["targets"][0]
    assert (target["pure"], target["spurious"], target["pure_undecided"]) == (192, 33, 0)
    assert sum(target["index_pairs"].values()) == target["real"]
    assert target["index_pairs"]["0/0"] == len(target["minima"])
    assert not any(pair.endswith("?") for pair in target["index_pairs"])
    assert target["pure_by_pattern"] == {"2-2-2": 192, "2-1-2": 0, "2-0-2": 0}
    assert target["spurious_by_pattern"] == {"2-2-2": 0, "2-1-2": 32, "2-0-2": 1}
    assert [row["rank"] for row in found["strata"]] == [4, 3, 0]
