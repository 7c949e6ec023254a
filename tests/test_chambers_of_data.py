# Discriminants in the metric of given inputs, against the same with the matrix from a file, and against solving.
import numpy as np
import pytest

import critlocus
from critlocus.errors import InputError
from critlocus.losses import Data

VARIETY, WINDOW = "2-1-1:x^2", [[-1, -1], [1, 1]]


def iris():
    table = np.loadtxt("examples/iris.csv", delimiter=",", skiprows=1)
    return table[:, :2], table[:, 2:3]


def monomials(x):
    return np.stack([x[:, 0] ** 2, x[:, 0] * x[:, 1], x[:, 1] ** 2], axis=1)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    x, y = iris()
    name = tmp_path_factory.mktemp("metric") / "q.npy"
    found = critlocus.Discriminant(VARIETY, "data", data=Data(x, y), seed=1)
    np.save(name, found.family.form.values)
    return found, critlocus.Discriminant(VARIETY, str(name), seed=1)


def test_the_matrix_is_made_of_the_inputs(pair):
    x, y = iris()
    v = monomials(x)
    assert np.allclose(pair[0].family.form.values, v.T @ v, rtol=1e-13)
    assert np.allclose(pair[0].fit, np.linalg.lstsq(v, y[:, 0], rcond=None)[0], rtol=1e-10)
    two = critlocus.Discriminant("2-1-2:x^2", "data", data=Data(x, np.hstack([y, -y])))
    assert np.allclose(two.family.form.values, np.kron(np.eye(2), v.T @ v), rtol=1e-13)  # one block per output
    weights = np.linspace(0.5, 2, len(x))
    heavy = critlocus.Discriminant(VARIETY, "data", data=Data(x, y, weights))
    assert np.allclose(heavy.family.form.values, v.T @ (weights[:, None] * v), rtol=1e-13)


def test_lines_planes_and_distances_are_those_of_the_matrix(pair):
    own, file = pair
    u = np.random.default_rng(1).standard_normal((3, 3))
    assert own.degree.summary() == file.degree.summary()
    line = own.line(own.fit, u[1], (-3, 3))
    assert line.complete
    assert len(line.events) > 0
    assert line.summary() == file.line(own.fit, u[1], (-3, 3)).summary()
    plane = own.plane(*u, WINDOW)
    assert plane.complete
    assert plane.summary() == file.plane(*u, WINDOW).summary()
    assert own.nearest(u[0]).summary() == file.nearest(u[0]).summary()


@pytest.mark.parametrize("outputs", [0, 1, 2])
def test_labels_are_counts_of_critical_points(outputs):
    x, y = iris()
    y = [y, y**2, monomials(x) @ [[1.0], [0], [1]] + 0.01 * y][outputs]
    found = critlocus.Discriminant(VARIETY, "data", data=Data(x, y))
    label = found.label(found.fit)[0]
    solved = critlocus.solve_functions(VARIETY, "data", data=Data(x, y), seed=5).summary()["targets"][0]
    assert label.proven
    assert label.real == solved["real"]
    assert {str(k): n for k, n in enumerate(label.histogram) if n} == solved["index_histogram"]


def test_generic_points_are_drawn_by_the_seed():
    a, b, c = (critlocus.Discriminant(VARIETY, "data", data="generic:7", seed=s).family.form.values for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_bad_data():
    x, y = iris()
    cases = [
        (("2-1-1:x^2", "frobenius", Data(x, y)), "use the metric data"),
        (("matrices:2x2,rank=1", "data", Data(x, y)), "no inputs"),
        (("2-1-1:x^2", "data", Data(x[:2], y[:2])), "2 points do not determine"),
        (("2-1-1:x^2", "data", Data(x[:, :1], y)), "1 input and 1 output columns"),
        (("2-1-1:x^2", "data", "generic:0"), "generic:M"),
    ]
    for (variety, metric, data), message in cases:
        with pytest.raises(InputError, match=message):
            critlocus.Discriminant(variety, metric, data=data)
    free = critlocus.Discriminant("2-1-1:x^2", "data")
    with pytest.raises(InputError, match="give data"):
        free.line([1, 0, 0], [0, 1, 0])
    with pytest.raises(InputError, match="no data set"):
        free.fit  # noqa: B018
    with pytest.raises(InputError, match="already"):
        critlocus.Discriminant(free.family, "data", data=Data(x, y))
