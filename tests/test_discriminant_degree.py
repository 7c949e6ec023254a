# Degrees of ED discriminants against published formulas: smooth plane curve of degree d: 3d(d-1), 6 fewer for each
# node (Salmon); ellipsoid 12 (Salmon); 2x2 matrices of rank 1 in a generic metric 12 (Draisma et al. 2016).
import numpy as np
import pytest

from critlocus.chambers.degree import discriminant_degree, distinct_values
from critlocus.chambers.family import distance_family
from critlocus.chambers.sections import LINEAR, parallel_trace, solve_section
from critlocus.errors import InputError
from critlocus.problems.discriminant import CONDITIONS, DegeneratePoints
from critlocus.solvers.native import NativeSolver

CONIC = "equations:1.3*x^2+0.7*x*y-2.1*y^2+0.4*x-1.7*y+0.9"
CUBIC = "equations:1.3*x^3+0.7*x^2*y-2.1*x*y^2+0.4*y^3-1.7*x^2+0.9*x*y+0.3*y^2-0.8*x+1.1*y-0.6"
QUARTIC = (
    "equations:1.3*x^4+0.7*x^3*y-2.1*x^2*y^2+0.4*x*y^3-1.1*y^4-1.7*x^3+0.9*x^2*y+0.3*x*y^2-0.8*y^3+1.1*x*y-0.6*x^2"
    "+0.35*y^2+0.2*x-0.77*y+0.45"
)
CURVES = [
    (CONIC, "frobenius", 6), (CUBIC, "frobenius", 18), (QUARTIC, "frobenius", 36), ("equations:y-x^2", "frobenius", 3),
    ("param:t,t^2", "frobenius", 3), ("equations:x^3+y^3-3*x*y", "frobenius", 12),
    ("equations:x^2+2*y^2+3.3*z^2+0.3*x*y-1", "frobenius", 12),
]  # fmt: skip
NETWORKS = [("matrices:2x2,rank=1", "generic", 12), ("2-1-1:x^2", "generic", 6)]


@pytest.mark.parametrize(("name", "metric", "degree"), CURVES)
def test_degree_of_curves_and_surfaces_over_ten_seeds(name, metric, degree):
    for seed in range(10):
        found = discriminant_degree(distance_family(name, metric, seed), seed=seed)
        assert (found.degree, found.components, found.complete) == (degree, [degree], True), seed
        assert found.evidence["trace_test"] == "passed"


@pytest.mark.parametrize(("name", "metric", "degree"), NETWORKS)
def test_degree_of_networks(name, metric, degree):
    found = discriminant_degree(distance_family(name, metric, 0), seed=0)
    assert (found.degree, found.components, found.complete) == (degree, [degree], True)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "metric", "degree"), NETWORKS)
def test_degree_of_networks_over_ten_seeds(name, metric, degree):
    for seed in range(10):
        found = discriminant_degree(distance_family(name, metric, seed), seed=seed)
        assert (found.degree, found.components, found.complete) == (degree, [degree], True), seed


def test_components_are_reported():
    # Two conics that are one variety: each has its own evolute, and loops never lead from one to the other.
    name = "equations:(x^2+2*y^2+0.3*x-1)*(x^2-3*y^2+x*y+0.7*x+y-2)"
    found = discriminant_degree(distance_family(name, "frobenius", 1), seed=1, draws=12)
    assert (found.degree, found.components) == (12, [6, 6])


@pytest.mark.parametrize(
    ("name", "components"),
    [("(x^2/4+y^2-1)*(x^2-y-2)", [6, 3]), ("(x^2/4+y^2-1)*((x-3)^2+2*(y-1)^2-1)", [6, 6]), ("(y-x^2)*(y+1)", [3])],
)
def test_every_component_is_reached(name, components):
    for seed in range(10):
        found = discriminant_degree(distance_family("equations:" + name, "frobenius", seed), seed=seed)
        assert (found.components, found.complete) == (components, True), seed


@pytest.mark.parametrize("condition", [None, *CONDITIONS])
@pytest.mark.parametrize("name", [CONIC, "equations:y-x^2", "matrices:2x2,rank=1", "2-1-1:x^2"])
def test_start_pairs_solve(name, condition):
    rng = np.random.default_rng(3)
    question = DegeneratePoints(distance_family(name, "generic", 3), 2 if condition else 1, condition)
    pairs = question.start_pairs(rng)
    assert pairs
    for x, p in pairs:
        assert np.abs(question.system(x, p)).max() < 1e-9 * max(1, np.abs(x).max() * np.abs(p).max())


def test_the_trace_test_sees_that_a_point_is_missing():
    rng = np.random.default_rng(0)
    question = DegeneratePoints(distance_family(CONIC, "frobenius", 0))
    section = solve_section(NativeSolver(), question, rng)
    shifted = question.family.moving
    assert parallel_trace(NativeSolver(), section, shifted, [6], rng) <= LINEAR
    section.points = section.points[1:]
    assert parallel_trace(NativeSolver(), section, shifted, [6], rng) > 1e-6


def test_a_special_metric_is_told():
    with pytest.raises(InputError, match="generic"):
        discriminant_degree(distance_family("equations:x^2+y^2+z^2-1", "frobenius", 0))
    with pytest.raises(InputError, match="empty"):
        discriminant_degree(distance_family("equations:2*x-3*y+1", "frobenius", 0))


def test_distinct_values():
    values = np.array([1, 1 + 1e-9, 2j, 2j * (1 + 1e-6), 1], dtype=complex)
    assert distinct_values(values).tolist() == [0, 0, 2, 3, 0]
