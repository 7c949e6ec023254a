# Events of regularised losses on lines between data sets, against solving at random losses on the line.
import numpy as np
import pytest

import critlocus
from critlocus.chambers.degree import discriminant_degree
from critlocus.chambers.weights import WeightsDiscriminant
from critlocus.errors import InputError
from critlocus.losses import Data
from critlocus.networks import Network, zero_patterns
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.weights_family import WeightsFamily

LAMBDA = np.array([90.0, 61, 72, 83, 97, 65])


def petals():
    table = np.loadtxt("examples/iris.csv", delimiter=",", skiprows=1)
    return table[:, :2], table[:, 2:3], table[:, 3:4]


@pytest.fixture(scope="module")
def found():
    return WeightsDiscriminant("2-2-1", 150, seed=0)


def test_line_between_two_data_sets(found):
    x, length, width = petals()
    line = found.line(Data(x, length), Data(x, width), LAMBDA, (-40, 40))
    assert line.complete
    assert [e.kind for e in line.events] == ["birth"] * 4
    assert [label.same for label in line.labels] == [
        (5, (2, 2, 1)), (3, (2, 1)), (1, (1,)), (3, (2, 1)), (5, (2, 2, 1)),
    ]  # fmt: skip
    assert all(label.complex == 33 for label in line.labels)
    for s in (-10.0, 6.0, 10.0, 14.8, 30.0):  # with equal inputs the line of moments is the line of outputs
        data = Data(x, (1 - s) * length + s * width)
        result = critlocus.solve("2-2-1", critlocus.Loss(data, LAMBDA), seed=3)
        label = line.labels[int(np.searchsorted(line.s, s))]
        assert len(result.points(0, real=True)) == label.real


def test_birth_at_the_origin_is_where_a_unit_pays(found):
    # With x y-moments m the origin's block of unit k is singular where sum_i m_i^2 / lambda_i = lambda_c.
    x, length, width = petals()
    line = found.line(Data(x, length), Data(x, width), LAMBDA, (-40, 40))
    for event in line.events:
        m = x.T @ ((1 - event.s) * length + event.s * width)[:, 0]
        gaps = [m[0] ** 2 / LAMBDA[0] + m[1] ** 2 / LAMBDA[1] - LAMBDA[4],
                m[0] ** 2 / LAMBDA[2] + m[1] ** 2 / LAMBDA[3] - LAMBDA[5]]  # fmt: skip
        assert min(map(abs, gaps)) < 1e-9


def test_plane_of_all_outputs(found):
    x = petals()[0]
    basis = 100 * x @ np.linalg.inv(x.T @ x)  # outputs whose cross moments are 100 times the unit vectors
    nothing, weights = Data(x, np.zeros((150, 1))), np.array([30.0, 41, 52, 23, 37, 45])
    plane = found.plane(nothing, Data(x, basis[:, :1]), Data(x, basis[:, 1:]), weights, [[-2.5, -2.5], [2.5, 2.5]])
    assert plane.complete
    assert sorted({c.label.same for c in plane.chambers}) == [
        (1, (1,)), (3, (2, 1)), (5, (2, 2, 1)), (9, (4, 4, 1)),
    ]  # fmt: skip
    for s, t in ((0.1, 0.1), (1.3, -0.64), (1.2, 1.9)):
        result = critlocus.solve("2-2-1", critlocus.Loss(Data(x, basis @ [[s], [t]]), weights), seed=3)
        chamber = plane.chambers[plane.locate(np.array([[s, t]]))[0]]
        assert len(result.points(0, real=True)) == chamber.label.real


def test_degrees_of_patterns():
    for name, degree in (("2-1-1", 12), ("2-1-2", 36), ("1-1-1:x^2", 4)):
        network = Network.parse(name)
        family = WeightsFamily(CriticalPoints(network, 100), zero_patterns(network)[0].support)
        degrees = discriminant_degree(family, seed=1)
        assert (degrees.degree, degrees.complete) == (degree, True)


def test_limits_are_told():
    with pytest.raises(InputError, match="hidden layer"):
        WeightsDiscriminant("2-2-2-1", 100)
    with pytest.raises(InputError, match="few data points"):
        WeightsDiscriminant("2-2-1", 1).events  # noqa: B018
