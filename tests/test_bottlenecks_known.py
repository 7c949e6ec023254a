# Every row about bottlenecks and Voronoi cells of the table of known counts, for ten random varieties or points each.
import numpy as np
import pytest

from conftest import known_counts
from critlocus.bottlenecks import bottlenecks
from critlocus.errors import InputError
from critlocus.varieties import parse_variety
from critlocus.voronoi import voronoi
from test_bottlenecks import generic_polynomial

SEEDS = 10
DEGREES = {"generic plane conic": 2, "generic plane cubic": 3}
ROWS = [row for row in known_counts()["discriminants_bottlenecks_voronoi"] if row.get("variety") in DEGREES]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["variety"])
def test_bottlenecks_of_generic_plane_curves(row):
    for seed in range(SEEDS):
        curve = "equations:" + generic_polynomial("xy", DEGREES[row["variety"]], 100 + seed)
        found = bottlenecks(curve, seed=seed, threads=1, curvature=False)
        assert found.count == found.distinct.sum() == row["ordered_bottlenecks"]
        assert not found.complaints
        assert found.evidence["generic_count_is_its_square"]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["variety"])
def test_voronoi_degrees_of_generic_plane_curves(row):
    done = seed = 0
    while done < SEEDS:
        seed += 1
        try:
            curve = "equations:" + generic_polynomial("xy", DEGREES[row["variety"]], 100 + seed)
            cell = voronoi(curve, seed=seed, threads=1)
        except InputError:  # a conic without real points
            continue
        done += 1
        assert cell.degree == row["voronoi_degree"]
        assert not cell.complaints


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["matrices:2x2,rank=1", "matrices:2x3,rank=1", "matrices:3x3,rank=1", "matrices:3x3,rank=2"]
)
def test_the_ball_of_the_spectral_norm(name):
    variety = parse_variety(name)
    shape = (variety.rows, variety.columns)
    for seed in range(SEEDS):
        cell = voronoi(name, seed=seed, threads=1, rays=16, max_rays=40)
        smallest = np.linalg.svd(cell.y.reshape(shape), compute_uv=False)[variety.rank - 1]
        norms = np.linalg.norm(cell.directions.reshape(-1, *shape), ord=2, axis=(1, 2))
        assert np.allclose(cell.radius, smallest / norms, rtol=1e-9)
        assert not cell.complaints
        for side in ("inside", "outside"):
            assert cell.checks[side]["undecided"] == 0
