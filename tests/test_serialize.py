"""Systems as plain arrays, and back."""

import numpy as np
import pytest

import naive
from critlocus.errors import InputError
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.pencil import stratum_pencil
from critlocus.tape.serialize import from_arrays, to_arrays
from systems import random_system, univariate

NETWORKS = [("2-1-2", 1), ("2-2-1:x^2", 2), ("1-2-1:x^3", 5), ("2-1-1-1", 3)]


def values(system, seed=0):
    rng = np.random.default_rng(seed)
    return system(naive.complex_doubles(rng, (5, system.n)), naive.complex_doubles(rng, (5, system.n_params)))


def assert_same(found, expected):
    assert found.symmetric == expected.symmetric
    assert list(found.equations) == list(expected.equations)
    for name in ("variables", "parameters", "constants", "sums"):
        assert getattr(found.graph, name) == getattr(expected.graph, name)
    assert len(found.graph) == len(expected.graph)
    assert np.array_equal(values(found), values(expected))


@pytest.mark.parametrize(("name", "points"), NETWORKS)
def test_networks_come_back_exactly(name, points):
    family = CriticalPoints(Network.parse(name), points)
    for system in (family.system(), stratum_pencil(family, np.arange(family.network.n_weights), "function").system):
        assert_same(from_arrays(to_arrays(system)), system)


def test_random_systems_come_back_exactly():
    rng = np.random.default_rng(1)
    for _ in range(100):
        system = random_system(rng)
        assert_same(from_arrays(to_arrays(system)), system)


def test_equal_nodes_stay_one_node():
    """The hash consing works on: the same sums and constants are found, and new nodes get new numbers."""
    system = CriticalPoints(Network.parse("2-1-2"), 1).system()
    graph = from_arrays(to_arrays(system)).graph
    size = len(graph)
    for node, terms in system.graph.sums.items():
        assert graph.sum(terms) == node
    for node, value in system.graph.constants.items():
        assert graph.constant(value) == node
    assert len(graph) == size
    assert graph.variable() == size


@pytest.mark.parametrize(("name", "points"), NETWORKS)
def test_what_is_not_needed_is_left_out(name, points):
    system = CriticalPoints(Network.parse(name), points).system()
    expected = values(system)
    assert system.program is not None  # compiling adds derivatives to the graph
    few, all_sums = to_arrays(system, needed=True), to_arrays(system)
    assert set(few["sums"]) == set(system.graph.reachable(system.equations))
    assert len(few["sums"]) <= len(all_sums["sums"])
    assert np.array_equal(values(from_arrays(few)), expected)


def test_arrays_are_plain():
    for name, array in to_arrays(univariate(3)).items():
        assert type(array) is np.ndarray, name
        assert array.dtype in (np.int64, np.float64, np.complex128, np.bool_), name


@pytest.mark.parametrize(
    ("name", "position", "value", "text"),
    [
        ("variables", 0, 1, "one number"),
        ("sums", -1, 99, "out of range"),
        ("a", 0, 50, "operand"),
        ("b", -1, -2, None),
        ("equations", 0, 77, "no node"),
    ],
)
def test_damaged_arrays_are_refused(name, position, value, text):
    arrays = to_arrays(univariate(3))
    arrays[name] = arrays[name].copy()
    arrays[name][position] = value
    with pytest.raises(InputError, match=text):
        from_arrays(arrays)
