# Expression graphs level by level against the interpreter of single nodes.
import numpy as np
import pytest

from critlocus.chambers.discriminant import Discriminant
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.tape.graph import Graph
from critlocus.tape.levels import LevelledGraph


@pytest.mark.parametrize("name", ["3-2-1:x^2", "matrices:2x3,rank=1", "equations:x^3+y^2-1"])
@pytest.mark.parametrize("condition", ["cusp", "tangent"])
def test_levels_give_the_values_of_the_interpreter(name, condition):
    system = DegeneratePoints(Discriminant(name, seed=0).family, 2, condition).system
    rng = np.random.default_rng(0)
    x, p = rng.standard_normal((7, system.n)), rng.standard_normal((7, system.n_params))
    entries = system.derivatives
    found = LevelledGraph(system.graph, [*system.equations, *entries.values()])(x, p)
    count = len(system.equations)
    assert np.allclose(found[:, :count], system(x, p).real, rtol=1e-11, atol=1e-11)
    matrix = system.jacobian(x, p).real
    for column, (i, k) in zip(found[:, count:].T, entries, strict=True):
        assert np.allclose(column, matrix[:, i, k], rtol=1e-11, atol=1e-11)


def test_leaves_and_constants_are_outputs_too():
    graph = Graph()
    x, p, two = graph.variable(), graph.parameter(), graph.constant(2)
    square = graph.product(x, x)
    found = LevelledGraph(graph, [x, p, two, square])(np.array([[3.0], [5.0]]), np.array([[7.0], [11.0]]))
    assert np.array_equal(found, [[3, 7, 2, 9], [5, 11, 2, 25]])
