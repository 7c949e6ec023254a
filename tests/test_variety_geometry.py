# Dimensions, degrees, fibres and ranks of `critlocus variety`, against published formulas.
import importlib
import json
import subprocess
import sys
from math import comb, factorial, prod

import numpy as np
import pytest

import critlocus
from conftest import known_counts
from critlocus.continuation.monodromy import DEFAULT, Monodromy
from critlocus.continuation.section_degree import SectionDegree, fibre_size, section_degree
from critlocus.continuation.section_trace import LINEAR, section_traces
from critlocus.errors import InputError
from critlocus.modular import PRIMES, modular_rank
from critlocus.problems.linear_section import ImplicitSection, ParametrizedSection
from critlocus.solvers.native import NativeSolver
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties import parse_variety
from critlocus.varieties.chart import generic_chart, modular_tangent
from critlocus.varieties.dimension import NumericalRank, dimension, tangent_maps
from critlocus.varieties.expected import expected_dimension
from critlocus.varieties.smoothness import read_points


def harris_tu(m, n, r):
    return prod(comb(m + i, r) for i in range(n - r)) // prod(comb(r + i, r) for i in range(n - r))


def harris_tu_symmetric(n, r):
    top = prod(comb(n + i, n - r - i) for i in range(n - r))
    return top // prod(comb(2 * i + 1, i) for i in range(n - r))


def segre(*shape):
    return factorial(sum(n - 1 for n in shape)) // prod(factorial(n - 1) for n in shape)


DEGREES = [
    *[(f"matrices:{m}x{n},rank={r}", harris_tu(m, n, r)) for m, n, r in [(2, 2, 1), (3, 3, 1), (3, 3, 2), (4, 3, 2)]],
    ("matrices:4x4,rank=2", harris_tu(4, 4, 2)), ("symmetric:3,rank=1", harris_tu_symmetric(3, 1)),
    ("symmetric:3,rank=2", 3), ("symmetric:4,rank=2", harris_tu_symmetric(4, 2)), ("segre:2x2x2", segre(2, 2, 2)),
    ("segre:2x2x3", segre(2, 2, 3)), ("param:t,t^2,t^3", 3), ("param:t,t^4", 4), ("param:t^4,t^3,t", 4),
    ("3-2-3", harris_tu(3, 3, 2)), ("3-2-1:x^2", 3), ("3-2-1:x^3", 15), ("3-3-1:x^3", 4), ("conv:2,2", 1),
    ("2-2-2-1:x^2", 1), ("2-2-1:x^2", 1),
]  # fmt: skip
"""3-2-1:x^3: the secant variety of the cubic Veronese surface; 3-3-1:x^3: the Aronhold hypersurface."""


@pytest.mark.parametrize("row", known_counts()["dimensions"], ids=lambda row: row["network"])
def test_known_dimensions(row):
    for seed in range(10):
        found = critlocus.variety(row["network"], seed=seed, threads=1, degree=False).summary()
        assert found["ambient"] == row.get("ambient", found["ambient"])
        assert found["dim"] == row.get("dim", row["ambient"] if row.get("filling") else None)
        assert found["expected"] == row.get("expected", found["expected"])
        assert found["filling"] == (found["dim"] == found["ambient"]) == row.get("filling", found["filling"])
        assert found["defect"] == found["expected"] - found["dim"]
        assert found["confirmed"]
        assert set(found["dimension_evidence"]["ranks"]) == {found["dim"]}


@pytest.mark.parametrize(
    ("name", "dim", "expected"),
    [
        ("6-5-4-1:x^2", 39, 45), ("3-3-3:x^2", 15, 15), ("4-3-1:x^2", 9, 10), ("3-2-3", 8, 8), ("2-3-2+bias", 6, 6),
        ("3-1-3+bias", 8, 8), ("conv:3,2:x^2", 4, 4), ("conv:3/2,2", 4, 4), ("attention:3,3,2", 16, 16),
        ("attention:2,1,2", 6, 7), ("residual:2-2-3", 6, 6), ("residual:3-3-1-2", 4, 4),
        ("matrices:3x4,rank=2", 10, 10), ("symmetric:4,rank=2", 7, 7), ("segre:2x3x4", 7, 7),
        ("param:s+t,(s+t)^2", 1, 2), ("1-1-1:x^3", 1, 1),
    ],
)  # fmt: skip
def test_more_dimensions(name, dim, expected):
    # 4-3-1:x^2 and 6-5-4-1:x^2: orthogonal gauge. attention:2,1,2: one token sees only the symmetric part of K^T Q.
    found = dimension(parse_variety(name), np.random.default_rng(3))
    assert (found.dim, found.expected) == (dim, expected)
    assert found.agree
    assert not found.contradicted
    assert found.proven == (dim == expected)


def test_ranks_that_differ_are_told():
    found = dimension(parse_variety("2-2-1:x^2"), np.random.default_rng(0))
    fields = dict(found.__dict__)
    assert type(found)(**{**fields, "modular_ranks": (3, 2, 3)}).contradicted
    assert type(found)(**{**fields, "numerical": NumericalRank(4, 1.0, 0.0)}).contradicted
    below = type(found)(**{**fields, "numerical": NumericalRank(2, 1.0, 1e-17)})
    assert not below.contradicted
    assert not below.agree


@pytest.mark.parametrize("name", ["2-2-2-1:x^2", "3-2-1:poly(0.1,1,0.5)", "2-2-1:x^2+bias", "segre:2x2x2"])
def test_modular_and_numerical_differentials_are_those_of_differences(name):
    variety, rng = parse_variety(name), np.random.default_rng(0)
    graph = Graph()
    system = PolynomialSystem(graph, variety.mu(graph, [graph.variable() for _ in range(variety.n_weights)]))
    point = rng.standard_normal(variety.n_weights)
    (matrix,) = tangent_maps(variety, point[None, :])
    step = 1e-20j  # complex steps: no cancellation
    columns = [system(point + step * row, np.zeros(0)).imag / 1e-20 for row in np.eye(len(point))]
    assert np.allclose(matrix, np.array(columns).T, rtol=1e-12, atol=1e-12)
    for prime in PRIMES:
        modular = modular_tangent(variety, rng, prime)
        assert modular.min() >= 0
        assert modular.max() < prime
        assert modular_rank(modular, prime) == np.linalg.matrix_rank(matrix)


def test_expected_dimension_is_never_below_the_dimension():
    for name in [
        "2-3-2:poly(1,1)",
        "2-2-2:poly(0.5,2)+bias",
        "4-2-2-3",
        "2-2-2:poly(0,1,1)",
        "attention:2,2,3",
        "2-1-1:x^3+bias",
    ]:
        variety = parse_variety(name)
        found = dimension(variety, np.random.default_rng(0))
        assert found.dim <= found.expected <= min(variety.n_weights, found.ambient)
        assert expected_dimension(variety)[0] == found.expected


@pytest.mark.parametrize(("name", "degree"), DEGREES)
def test_degrees(name, degree):
    for seed in range(1 if degree > 5 else 3):
        found = critlocus.variety(name, seed=seed, threads=1)
        shown = found.summary()
        assert shown["degree"] == degree
        assert shown["confirmed"]
        if not shown["filling"]:
            assert shown["degree_evidence"]["trace_test"] == "passed"
            assert shown["degree_evidence"]["trace_residual"] <= LINEAR
            assert shown["degree_evidence"]["members"] == 2
            assert len(found.degree.points) == degree


def test_curves_by_many_seeds():
    # Curves are where loops have the fewest ways to go: parallel sections missed a point in one run of ten.
    for seed in range(25):
        assert critlocus.variety("param:t,t^2,t^3", seed=seed, threads=1).summary()["degree"] == 3


@pytest.mark.parametrize(
    ("name", "dim", "points", "up_to"),
    [("conv:2,2", 1, 2, None), ("3-2-1:x^3", 2, 2, 1), ("3-3-1:x^3", 3, 6, 1), ("param:t^2,t^4", 0, 2, None),
     ("param:t^6", 0, 6, None), ("matrices:3x3,rank=2", 4, 1, None), ("2-2-1:x^3", 2, 2, 1)],
)  # fmt: skip
def test_generic_fibres(name, dim, points, up_to):
    # conv:2,2: the two factors of a quadratic can be exchanged. Sums of powers: unique up to the order of the summands.
    fibre = critlocus.variety(name, seed=1, threads=1).summary()["fibre"]
    assert (fibre["dim"], fibre["chart_points"]) == (dim, points)
    assert fibre.get("chart_points_up_to_permutations") == up_to


@pytest.mark.parametrize(
    ("name", "dim", "degree", "components"),
    [
        ("equations:x^2+4*y^2-4", 1, 2, [2]), ("equations:x*y*(x^2+y^2-1)", 1, 4, [2, 1, 1]),
        ("equations:x*z-y^2,y*w-z^2,x*w-y*z", 2, 3, [3]), ("equations:x^2+y^2+z^2-1,x*y-z", 1, 4, [4]),
        ("equations:x^2+y^2", 1, 2, [1, 1]), ("equations:x+y+z-1", 2, 1, [1]), ("equations:x^2-2,y-x", 0, 2, [1, 1]),
        ("equations:a*d-b*c", 3, 2, [2]), ("equations:x*z,y*z", 2, 1, [1]),
    ],
)  # fmt: skip
def test_implicit_varieties(name, dim, degree, components):
    found = critlocus.variety(name, seed=2, threads=1).summary()
    assert (found["dim"], found["degree"], found["components"]) == (dim, degree, components)
    assert found["degree_evidence"]["trace_test"] == "passed"
    assert "fibre" not in found
    assert found["defect"] is None


def setup(name, seed=0):
    rng = np.random.default_rng(seed)
    variety = parse_variety(name)
    section = ParametrizedSection(variety, generic_chart(variety, rng), rng)
    return section, NativeSolver(), rng


def test_start_pairs_lie_on_their_sections():
    section, _, rng = setup("3-2-2:x^2")
    z, p = section.start_pair(rng)
    assert np.abs(section.system(z, p)).max() < 1e-12
    found = section.random_parameters(rng, 5)
    assert found.shape == (5, section.system.n_params)
    implicit = ImplicitSection(parse_variety("equations:x*z-y^2,y*w-z^2,x*w-y*z"), rng)
    s, p = implicit.start_pair(rng)
    assert np.abs(implicit.system(s, p)).max() < 1e-12
    assert implicit.on_variety(implicit.points(s[None, :], p)).all()
    assert not implicit.on_variety(np.ones((1, 4)) + 0.1 * np.eye(4)[:1]).any()


def test_no_proper_subset_of_a_section_has_a_linear_trace():
    section, solver, rng = setup("matrices:3x3,rank=1")
    found = section_degree(solver, section, rng, DEFAULT)
    traces, tracked = section_traces(solver, section, found.points, found.parameters, rng)
    assert tracked >= 12
    assert abs(traces.sum()) < LINEAR
    for subset in range(1, 2**6 - 1):
        rows = [k for k in range(6) if subset >> k & 1]
        assert abs(traces[rows].sum()) > 1e-6


def test_a_missing_point_is_not_confirmed(monkeypatch):
    # Monodromy that never gets anywhere: the trace tells.
    section, solver, rng = setup("segre:2x2x2")
    module = importlib.import_module("critlocus.continuation.section_degree")

    def lazy(solver, system, start, *rest, **options):
        return Monodromy(np.atleast_2d(start), stop_reason="quiet", members=2)

    monkeypatch.setattr(module, "agreed_monodromy", lambda *a, **o: (lazy(*a, **o), a[3]))
    monkeypatch.setattr(module, "monodromy", lazy)
    found = section_degree(solver, section, rng, DEFAULT)
    assert found.count == 1
    assert found.trace is False
    assert not found.settled
    whole = critlocus.Geometry("x", dimension(parse_variety("segre:2x2x2"), rng), degree=found)
    assert not whole.confirmed
    assert whole.summary()["degree"] is None
    assert whole.summary()["degree_at_least"] == 1


def test_fibres_of_unequal_size_are_not_settled(monkeypatch):
    section, solver, rng = setup("param:t^2,t^4")
    z, p = section.start_pair(rng)
    module = importlib.import_module("critlocus.continuation.section_degree")
    other = section.start_pair(rng)[0]
    points = np.stack([z, -z, other])
    monkeypatch.setattr(
        module, "agreed_monodromy", lambda *a, **o: (Monodromy(points, stop_reason="quiet", members=2), p)
    )
    found = fibre_size(solver, section, SectionDegree(np.stack([z, other]), p), rng, None)
    assert found.count == 2
    assert "1 to 2 points" in found.reason


def test_lines_through_a_common_point():
    # 3-2-2-1:x^2: quartic curves made of four lines with a common point (2-2-2-1:x^2 fills the binary quartics).
    # Through 6 points: the lines of two disjoint pairs of points meet in the common point, 15 * 6 / 2 = 45 ways.
    section, solver, rng = setup("3-2-2-1:x^2")
    found = section_degree(solver, section, rng, DEFAULT)
    assert section.dim == 7
    assert found.trace
    assert found.count == 45


def test_networks_whose_losses_are_too_large_have_dimensions():
    assert critlocus.variety("5-4-3-1:x^3", degree=False).dimension.proven
    with pytest.raises(InputError, match="moments"):
        critlocus.solve("5-4-3-1:x^3")
    with pytest.raises(InputError, match="coefficients"):
        critlocus.variety("20-4-3-1:x^3", degree=False)


def test_the_budget_and_the_limit():
    large = critlocus.variety("6-5-4-1:x^2", threads=1).summary()
    assert large["degree"] is None
    assert "--max-degree" in large["degree_note"]
    few = critlocus.variety("matrices:4x4,rank=2", threads=1, max_degree=5).summary()
    assert few["degree"] is None
    assert few["degree_at_least"] > 5
    assert few["confirmed"]
    with pytest.raises(InputError, match="at least 1"):
        critlocus.variety("2-2-2", max_degree=0)


def test_results_do_not_depend_on_threads_but_on_the_seed():
    one, two = (critlocus.variety("segre:2x2x2", seed=4, threads=k) for k in (1, 2))
    assert np.array_equal(one.degree.points, two.degree.points)
    other = critlocus.variety("segre:2x2x2", seed=5, threads=1)
    assert not np.array_equal(one.degree.parameters, other.degree.parameters)


def test_networks_and_varieties_are_accepted_as_objects():
    assert critlocus.variety(critlocus.Network.parse("2-2-1:x^2"), threads=1).dimension.dim == 3
    assert critlocus.variety(parse_variety("segre:2x2"), threads=1).degree.count == 2


def test_ranks_at_weights():
    at = np.array([[1, 0, 0, 1, 1, 1], [1, 2, 2, 4, 1, -1], [0, 0, 0, 0, 0, 0], [1, 2, 2, 4 + 1e-7, 1, -1]], float)
    found = critlocus.variety("2-2-1:x^2", at=at, degree=False).points
    assert [p.verdict for p in found] == ["immersion", "rank drops", "rank drops", "undecided"]
    assert [p.rank.rank for p in found] == [3, 2, 0, 3]
    assert critlocus.variety("2-2-1:x^2", at=1j * at[:1], degree=False).points[0].verdict == "immersion"


def test_ranks_at_points_of_equations():
    order = critlocus.variety("equations:y^2-x^3", degree=False).summary()["coordinates"]
    at = [[{"x": x, "y": y}[name] for name in order] for x, y in [(0, 0), (1, 1), (2, 1), (4, -8)]]
    found = critlocus.variety("equations:y^2-x^3", at=at, degree=False).points
    assert [p.verdict for p in found] == ["rank drops", "smooth", "not on the variety", "smooth"]


def test_points_are_read_and_bad_ones_refused(tmp_path):
    names = ["a", "b"]
    (tmp_path / "good.csv").write_text("1,2\n3,4\n")
    np.save(tmp_path / "good.npy", np.array([[1 + 1j, 2]]))
    assert read_points(str(tmp_path / "good.csv"), names).tolist() == [[1, 2], [3, 4]]
    assert read_points(str(tmp_path / "good.npy"), names).dtype == np.complex128
    for file, text, message in [
        ("wide.csv", "1,2,3\n", "rows of 2 numbers"), ("words.csv", "a,b\n", "not a table"),
        ("nan.csv", "1,nan\n", "NaN"),
        ("empty.csv", "", "shape"), ("ragged.csv", "1,2\n3\n", "not a table"), ("bad.npy", "1,2\n", "not a table"),
    ]:  # fmt: skip
        (tmp_path / file).write_text(text)
        with pytest.raises(InputError, match=message):
            read_points(str(tmp_path / file), names)
    with pytest.raises(InputError, match="no such file"):
        read_points(str(tmp_path / "none.csv"), names)
    with pytest.raises(InputError, match="not an array"):
        read_points([["x", "y"]], names)


def test_the_package_keeps_its_functions():
    # Importing critlocus.solve_system, as geometry does, would make the module hide the function of that name.
    code = "import critlocus.geometry, critlocus; assert critlocus.solve_system(critlocus.System(['x^2-2'])).groups"
    subprocess.run([sys.executable, "-c", code], check=True)


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "critlocus", *arguments], capture_output=True, text=True, check=False)


def test_the_command(tmp_path):
    (tmp_path / "at.csv").write_text("1,2,3,4,5,6\n")
    shown = run("variety", "matrices:2x2,rank=1", "--threads", "1")
    assert shown.returncode == 0
    assert "geometry of matrices:2x2,rank=1" in shown.stdout
    assert "trace test passed" in shown.stdout
    found = json.loads(run("variety", "2-2-1:x^2", "--json", "--at", str(tmp_path / "at.csv")).stdout)
    assert (found["dim"], found["ambient"], found["points"][0]["verdict"]) == (3, 3, "immersion")
    assert run("variety", "conv:2,2", "--quiet").stdout == ""
    outcome = run("variety", "2-2-1:x^2", "--at", "none.csv")
    assert outcome.returncode == 2
    assert outcome.stderr == "critlocus: points none.csv: no such file\n"


@pytest.mark.parametrize("bad", ["banana", "equations:x^2+1,x", "matrices:2x2,rank=3", "param:1", "equations:(x+y)^2"])
def test_what_is_no_variety_is_refused(bad):
    with pytest.raises(InputError):
        critlocus.variety(bad, threads=1)
