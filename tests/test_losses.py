import numpy as np
import pytest

import naive
from critlocus.errors import CritlocusError, InputError
from critlocus.losses import Data, Loss, generic_regularizer, loss_value, parse_generic, real_array, regularizer_array
from critlocus.networks import Network

NET = Network.parse("2-3-1")
BIASED = Network.parse("2-2-1:x^2+bias")


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("inputs", "outputs", "weights", "message"),
    [
        ([1.0, 2.0], [[1.0], [2.0]], None, "tables"),
        ([[1.0], [2.0]], [1.0, 2.0], None, "1-dimensional"),
        (np.zeros((0, 2)), np.zeros((0, 1)), None, "no points"),
        ([[1.0], [2.0]], [[1.0]], None, "2 rows of inputs but 1 rows of outputs"),
        ([[1.0], [2.0]], [[1.0], [2.0]], [1.0], r"shape \(1,\), expected \(2,\)"),
        ([[1.0], [2.0]], [[1.0], [2.0]], [[1.0], [2.0]], r"shape \(2, 1\), expected \(2,\)"),
        ([[1.0], [np.nan]], [[1.0], [2.0]], None, r"data inputs: .*position \(1, 0\)"),
        ([[1.0], [2.0]], [[1.0], [-np.inf]], None, r"data outputs: .*position \(1, 0\)"),
        ([[1.0], [2.0]], [[1.0], [2.0]], [np.inf, 1.0], r"data weights: .*position \(0,\)"),
        ([["a"], [2.0]], [[1.0], [2.0]], None, "data inputs: not an array of real numbers"),
        ([[1j], [2.0]], [[1.0], [2.0]], None, "data inputs: not an array of real numbers"),
        ([[1.0], [2.0, 3.0]], [[1.0], [2.0]], None, "data inputs: not an array of real numbers"),
    ],
)
def test_bad_data_is_refused_with_the_reason(inputs, outputs, weights, message):
    with pytest.raises(InputError, match=message):
        Data(inputs, outputs, weights)


def test_data_is_converted_and_does_not_follow_later_changes():
    inputs = np.arange(6, dtype=np.int32).reshape(3, 2)
    data = Data(inputs, [[1], [2], [3]], [1, 2, 3])
    inputs[0, 0] = 100
    assert data.inputs.dtype == data.outputs.dtype == data.weights.dtype == np.float64
    assert data.inputs[0, 0] == 0
    assert len(data) == 3


def test_columns_must_fit_the_network():
    Data(np.zeros((4, 2)), np.zeros((4, 1))).check(NET)
    for shape in ((1, 1), (2, 2), (3, 1)):
        with pytest.raises(InputError, match=f"{shape[0]} input and {shape[1]} output columns, but 2-3-1 takes 2"):
            Data(np.zeros((4, shape[0])), np.zeros((4, shape[1]))).check(NET)


def test_generic_data():
    data = Data.generic(NET, 2000, rng())
    assert data.inputs.shape == (2000, 2)
    assert data.outputs.shape == (2000, 1)
    assert data.source == "generic:2000"
    assert abs(data.inputs.mean()) < 0.1
    assert abs(data.outputs.std() - 1) < 0.1
    with pytest.raises(InputError, match="at least 1"):
        Data.generic(NET, 0, rng())


@pytest.mark.parametrize(
    "text", ["generic", "generic:", "generic:0", "generic:-1", "generic:2.5", "Generic:3", "a:3", ""]
)
def test_descriptions_of_data_that_are_refused(text):
    with pytest.raises(InputError, match=r"generic:M with a whole number M >= 1"):
        parse_generic(text)


def test_a_generic_loss_draws_anew_for_every_target():
    loss = Loss("generic:7")
    assert loss.n_points == 7
    assert not loss.weighted
    assert loss.sets is None
    generator = rng()
    (a, l), (b, m) = loss.target(NET, 0, generator), loss.target(NET, 1, generator)
    assert a.inputs.shape == (7, 2)
    assert not np.array_equal(a.inputs, b.inputs)
    assert not np.array_equal(l, m)
    again, _ = loss.target(NET, 0, rng())
    np.testing.assert_array_equal(a.inputs, again.inputs)


def test_given_data_sets_are_taken_in_turn():
    sets = [Data(np.full((3, 2), k), np.zeros((3, 1))) for k in range(2)]
    loss = Loss(sets, 0.5)
    assert loss.n_points == 3
    for k in range(4):
        data, lambdas = loss.target(NET, k, rng())
        assert data is sets[k % 2]
        np.testing.assert_array_equal(lambdas, np.full(9, 0.5))
    assert Loss(sets[0]).sets == [sets[0]]
    assert loss.description()["data_sets"] == 2
    assert loss.description()["regularize"] == 0.5


def test_data_sets_must_agree():
    one, two = Data(np.ones((3, 2)), np.ones((3, 1))), Data(np.ones((4, 2)), np.ones((4, 1)))
    with pytest.raises(InputError, match="same number of points"):
        _ = Loss([one, two]).n_points
    with pytest.raises(InputError, match="at least one data set"):
        _ = Loss([]).n_points
    weighted = Data(np.ones((3, 2)), np.ones((3, 1)), np.ones(3))
    assert Loss(weighted).weighted
    with pytest.raises(InputError, match="either all data sets have weights or none"):
        _ = Loss([one, weighted]).weighted


def test_unknown_regulariser_is_refused():
    with pytest.raises(InputError, match="regulariser 'some'"):
        Loss("generic:3", "some").target(NET, 0, rng())


def test_regularizer_from_a_number_an_array_or_names():
    np.testing.assert_array_equal(regularizer_array(NET, 2), np.full(9, 2.0))
    np.testing.assert_array_equal(regularizer_array(NET, np.arange(9)), np.arange(9.0))
    w1, w2 = np.arange(6).reshape(3, 2), [[6, 7, 8]]
    np.testing.assert_array_equal(regularizer_array(NET, {"W2": w2, "W1": w1}), np.arange(9.0))
    np.testing.assert_array_equal(regularizer_array(NET, {"W1": w1.ravel(), "W2": [6, 7, 8]}), np.arange(9.0))
    arrays = {name: np.full(shape, k) for k, (name, shape) in enumerate(BIASED.shapes)}
    np.testing.assert_array_equal(regularizer_array(BIASED, arrays), [0, 0, 0, 0, 1, 1, 2, 2, 3])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros(8), r"shape \(8,\), expected \(9,\)"),
        (np.zeros((3, 3)), r"shape \(3, 3\), expected \(9,\)"),
        ({"W1": np.zeros((3, 2))}, "W2 is missing of 2-3-1; it has W1, W2"),
        ({"W1": np.zeros((3, 2)), "W2": np.zeros(3), "b1": 1}, "b1 is not a weight array"),
        ({"W1": np.zeros((2, 3)), "W2": np.zeros(3)}, r"W1: shape \(2, 3\), expected \(3, 2\)"),
        ({"W1": 1.0, "W2": np.zeros(3)}, r"W1: shape \(\), expected \(3, 2\)"),
        (np.nan, "not a finite number"),
        ([1.0] * 8 + [np.inf], r"position \(8,\)"),
        ("x", "not an array of real numbers"),
        (1j, "not an array of real numbers"),
        (None, "regulariser"),
    ],
)
def test_bad_regularisers_are_refused_with_the_reason(value, message):
    with pytest.raises(InputError, match=message):
        regularizer_array(NET, value)


def test_errors_can_be_caught_as_value_errors_and_as_errors_of_the_package():
    assert issubclass(InputError, ValueError)
    assert issubclass(InputError, CritlocusError)
    with pytest.raises(InputError, match=r"some name: .*position \(0,\)"):
        real_array(np.nan, "some name")


def test_generic_regularizer_is_positive_and_differs_entry_by_entry():
    values = generic_regularizer(NET, rng())
    assert values.shape == (9,)
    assert np.all((values >= 0.5) & (values < 1.5))
    assert len(set(values.tolist())) == 9


@pytest.mark.parametrize("network", [NET, BIASED, Network.parse("1-2-2-2:x^3")])
@pytest.mark.parametrize("weighted", [False, True])
def test_value_of_the_loss(network, weighted):
    generator = rng()
    data = Data.generic(network, 5, generator)
    if weighted:
        data = Data(data.inputs, data.outputs, generator.uniform(-1, 1, 5))
    lambdas = generic_regularizer(network, generator)
    theta = generator.standard_normal((1030, network.n_weights))  # more than one block
    values = loss_value(network, data, lambdas, theta)
    assert values.shape == (1030,)
    weights = data.weights if weighted else np.ones(5)
    for k in (0, 511, 1023, 1024, 1029):
        expected = naive.twice_loss(network, theta[k], data.inputs, data.outputs, weights, lambdas) / 2
        assert values[k] == pytest.approx(expected, rel=1e-11)
    assert loss_value(network, data, lambdas, theta[:0]).shape == (0,)
