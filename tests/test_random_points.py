# Random real points of varieties with singular ones, which attract Newton, and questions without an answer.
import numpy as np
import pytest

from critlocus.bottlenecks import bottlenecks
from critlocus.continuation.ed import plain_distance
from critlocus.errors import InputError
from critlocus.problems.normals import normal_space
from critlocus.varieties import parse_variety
from critlocus.varieties.clearance import CLEAR, clearance
from critlocus.voronoi import voronoi

CURVES = ("x^2*y^2-x^2-4*y^2", "y^3-x^4", "(x^2+y^2-1)^3-x^2*y^3", "y^2-x^3")


@pytest.mark.parametrize("curve", CURVES)
def test_random_points_are_away_from_singular_ones(curve):
    # Of random starts two in three (of the second) to all (of the first, around its isolated point) lead to one.
    for seed in range(12):
        rng = np.random.default_rng(seed)
        distance = plain_distance(parse_variety("equations:" + curve), np.eye(2), rng)
        y = normal_space(distance, None, np.eye(2), rng).y.astype(complex)
        assert np.abs(distance.values(y)).max() < 1e-9 * max(1, np.linalg.norm(y) ** 6)
        assert clearance(distance, y) > CLEAR


def test_clearance():
    rng = np.random.default_rng(0)
    for equation in ("x^2+4*y^2-4", "1000*x^2+4000*y^2-4000"):
        distance = plain_distance(parse_variety("equations:" + equation), np.eye(2), rng)
        assert 0.2 < clearance(distance, np.array([2, 0j])) < 2
    cusp = plain_distance(parse_variety("equations:y^2-x^3"), np.eye(2), rng)
    values = [clearance(cusp, np.array([t**2, t**3], complex)) for t in (0.0, 1e-4, 1e-2)]
    assert values[0] == 0
    assert 0 < values[1] < 1e-6 < values[2] < 1e-1


def test_points_are_turned_away():
    for name in ("equations:x^2-1", "equations:x^2-1,y-1"):
        with pytest.raises(InputError, match="finitely many"):
            voronoi(name, threads=1)
    for bad in (np.nan, np.inf):
        with pytest.raises(InputError, match="not finite"):
            voronoi("equations:x^2+y^2-1", [bad, 0], threads=1)
    for question in (voronoi, bottlenecks):
        with pytest.raises(InputError, match="seed: -1 is negative"):
            question("equations:x^2+y^2-1", seed=-1)
