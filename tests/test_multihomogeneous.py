# Multihomogeneous start systems: Bezout numbers by closed formulas, and the same solutions as by total degree.
from itertools import permutations
from math import comb, factorial, prod

import numpy as np
import pytest

import critlocus
from critlocus.errors import InputError
from critlocus.problems.multihomogeneous import Multihomogeneous
from critlocus.problems.partitions import best_partition, bezout_number
from critlocus.problems.projective import group_degrees
from critlocus.problems.total_degree import TotalDegree
from standard import cyclic, katsura


def eigenvalue_problem(matrix):
    """A x = l x, normalised by a linear form."""
    n = len(matrix)
    rows = [" + ".join(f"({a!r})*x{j}" for j, a in enumerate(row)) for row in matrix.tolist()]
    rows = [f"{row} - l*x{i}" for i, row in enumerate(rows)]
    return [*rows, " + ".join(f"{i + 1}*x{i}" for i in range(n)) + " - 1"]


def bilinear(rng, n, m):
    """n + m equations, bilinear in n and in m variables."""
    x, y = [f"x{i}" for i in range(n)], [f"y{j}" for j in range(m)]
    terms = ["1", *x, *y, *(f"{a}*{b}" for a in x for b in y)]
    return [" + ".join(f"({c!r})*{t}" for c, t in zip(rng.standard_normal(len(terms)).tolist(), terms, strict=True))
            for _ in range(n + m)]  # fmt: skip


def permanent(degrees, sizes):
    """The number by its definition: a permanent with repeated columns, divided by the factorials."""
    columns = [g for g, size in enumerate(sizes) for _ in range(size)]
    total = sum(prod(int(degrees[i, g]) for i, g in enumerate(order)) for order in permutations(columns))
    return total // prod(factorial(s) for s in sizes)


def same(points, others):
    """Every point has exactly one partner."""
    distance = np.abs(points[:, None] - others[None]).max(axis=2)
    close = distance <= 1e-8 * np.maximum(1, np.abs(points).max(axis=1))[:, None]
    return np.all(close.sum(axis=0) == 1) and np.all(close.sum(axis=1) == 1)


@pytest.mark.parametrize("seed", range(10))
def test_bezout_number_is_a_permanent(seed):
    rng = np.random.default_rng(seed)
    sizes = [int(s) for s in rng.integers(1, 4, int(rng.integers(1, 4)))][:3]
    sizes = sizes if sum(sizes) <= 6 else sizes[:2]
    degrees = rng.integers(0, 4, (sum(sizes), len(sizes)))
    assert bezout_number(degrees, sizes) == permanent(degrees, sizes) == bezout_number(degrees, sizes, float)


def test_bezout_numbers_are_exact_beyond_64_bits():
    assert bezout_number(np.full((100, 2), 3), [50, 50]) == comb(100, 50) * 3**100


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [2, 4, 6])
def test_eigenvalues(n, seed):
    matrix = np.random.default_rng([n, seed]).standard_normal((n, n))
    system = critlocus.System(eigenvalue_problem(matrix))
    found = critlocus.solve_system(system, start="multihomogeneous", seed=seed)
    names = [{system.variable_names[k] for k in group} for group in found.groups]
    assert {"l"} in names
    assert len(names) == 2
    assert found.summary()["ends"]["isolated"] == len(found.kinds) == n  # total degree: 2^n paths
    values = found.points[:, system.variable_names.index("l")]
    np.testing.assert_allclose(np.sort_complex(values), np.sort_complex(np.linalg.eigvals(matrix)), rtol=1e-9)
    assert found.summary()["certified"] == n


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 2), (3, 3)])
def test_bilinear_systems(shape, seed):
    n, m = shape
    system = critlocus.System(bilinear(np.random.default_rng([n, m, seed]), n, m))
    groups = [[f"x{i}" for i in range(n)], [f"y{j}" for j in range(m)]]
    found = critlocus.solve_system(system, start="multihomogeneous", groups=groups, seed=seed)
    assert found.summary()["certified"] == found.summary()["paths"] == comb(n + m, n)
    chosen = critlocus.solve_system(system, start="multihomogeneous", seed=seed + 1)
    assert len(chosen.kinds) <= comb(n + m, n)
    total = critlocus.solve_system(system, seed=seed)
    assert len(total.kinds) == 2 ** (n + m)
    assert total.summary()["ends"]["undecided"] == 0
    assert same(found.points, total.points)
    assert same(chosen.points, total.points)


@pytest.mark.parametrize("seed", range(8))
def test_random_systems_and_partitions_agree_with_total_degree(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 4))
    names = [f"v{k}" for k in range(n)]
    monomials = ["1", *names, *(f"{a}*{b}" for a in names for b in names if a <= b)]
    lines = []
    for _ in range(n):
        chosen = rng.permutation(monomials)[: int(rng.integers(3, len(monomials) + 1))]
        lines.append(" + ".join(f"({rng.standard_normal()!s})*{t}" for t in chosen))
    system = critlocus.System(lines, variables=names)
    part = rng.integers(0, 2, n)
    groups = [[v for v, p in zip(names, part, strict=True) if p == k] for k in set(part.tolist())]
    total = critlocus.solve_system(system, seed=seed)
    other = critlocus.solve_system(system, start="multihomogeneous", groups=groups, seed=seed)
    for found in (total, other):
        assert found.summary()["ends"]["undecided"] == 0
        assert len(found.points) == found.summary()["certified"]
    assert same(total.points, other.points)


@pytest.mark.parametrize("system", [cyclic(5), katsura(4)])
def test_one_group_gives_the_number_and_the_solutions_of_total_degree(system):
    system = critlocus.System(system)
    total = critlocus.solve_system(system)
    other = critlocus.solve_system(system, start="multihomogeneous", groups=[system.variable_names])
    assert len(total.kinds) == len(other.kinds)
    assert same(total.points, other.points)
    assert total.summary()["ends"] == other.summary()["ends"]


@pytest.mark.parametrize("seed", range(3))
def test_start_points_solve_the_start_system_and_are_distinct(seed):
    system = critlocus.System(["x^2*y + z - 1", "x*y*z + y^2 - 2", "x*z^2 - y + x"])
    rng = np.random.default_rng(seed)
    for homotopy in (
        TotalDegree(system, np.zeros(0), rng),
        Multihomogeneous(system, np.zeros(0), ((0, 2), (1,)), rng),
        Multihomogeneous(system, np.zeros(0), ((0,), (1,), (2,)), rng),
    ):
        starts = np.concatenate(list(homotopy.starts()))
        assert len(starts) == homotopy.paths > 0
        assert np.abs(homotopy.homotopy(starts, homotopy.row(1))).max() < 1e-10
        gaps = np.abs(starts[:, None] - starts[None]).max(axis=2) + np.eye(len(starts))
        assert gaps.min() > 1e-6
        # At the end it is the target: each solution, scaled to the patches, is a zero.
        for point in critlocus.solve_system(system).points[:5]:
            z = np.concatenate([[1, *point[list(group)]] for group in homotopy.groups])
            for part, patch in zip(homotopy.slices, homotopy.patches, strict=True):
                z[part] /= z[part] @ patch
            assert np.abs(homotopy.homotopy(z, homotopy.row(0))).max() < 1e-10
            np.testing.assert_allclose(homotopy.affine(z[None])[0], point, rtol=1e-10)


def test_the_partition_is_the_best_of_all():
    system = critlocus.System(["x*y - 1 + w", "x*z + y*w - 2", "y^2 + z*w", "w*x + z + 3"])
    sizes = lambda groups: [len(g) for g in groups]  # noqa: E731
    best = best_partition(system)
    number = bezout_number(group_degrees(system, best), sizes(best))
    everything = [
        ((0, 1, 2, 3),), ((0,), (1, 2, 3)), ((1,), (0, 2, 3)), ((2,), (0, 1, 3)), ((3,), (0, 1, 2)), ((0, 1), (2, 3)),
        ((0, 2), (1, 3)), ((0, 3), (1, 2)), ((0,), (1,), (2, 3)), ((0,), (2,), (1, 3)), ((0,), (3,), (1, 2)),
        ((1,), (2,), (0, 3)), ((1,), (3,), (0, 2)), ((2,), (3,), (0, 1)), ((0,), (1,), (2,), (3,)),
    ]  # fmt: skip
    assert number == min(bezout_number(group_degrees(system, g), sizes(g)) for g in everything)


@pytest.mark.parametrize("n", [9, 15, 20])
def test_greedy_partitions_of_many_variables(n):
    # Too many variables for all partitions: x against l is found by merging.
    matrix = np.random.default_rng(n).standard_normal((n, n))
    system = critlocus.System(eigenvalue_problem(matrix))
    groups = best_partition(system)
    assert sorted(len(g) for g in groups) == [1, n]
    assert bezout_number(group_degrees(system, groups), [len(g) for g in groups]) == n


def test_no_path_no_solution():
    # Both equations fix x: there is no isolated solution, and the number says so.
    found = critlocus.solve_system(
        critlocus.System(["x^2 - 1", "x - 2 + 0*y"], variables=["x", "y"]), start="multihomogeneous"
    )
    assert len(found.kinds) == len(found.points) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": "magic"}, "neither total_degree nor multihomogeneous"),
        ({"groups": [["x"], ["y"]]}, "only a multihomogeneous"),
        ({"start": "multihomogeneous", "groups": [["x"], ["z"]]}, "'z' is not a variable"),
        ({"start": "multihomogeneous", "groups": [["x"], ["x", "y"]]}, "exactly one group"),
        ({"start": "multihomogeneous", "groups": [["x"]]}, "exactly one group"),
        ({"start": "multihomogeneous", "groups": [["x", "y"], []]}, "exactly one group"),
        ({"start": "multihomogeneous", "groups": [[0], [2]]}, "2 is not a variable"),
        ({"start": "multihomogeneous", "groups": []}, "exactly one group"),
    ],
)
def test_user_errors(options, message):
    with pytest.raises(InputError, match=message):
        critlocus.solve_system(critlocus.System(["x*y - 1", "x + y - 3"]), **options)


@pytest.mark.parametrize("start", ["total_degree", "multihomogeneous"])
def test_a_constant_equation(start):
    with pytest.raises(InputError, match="equation 2 is constant"):
        critlocus.solve_system(critlocus.System(["x*y - 1", "a - 3"], parameters=["a"]), [2.0], start=start)
