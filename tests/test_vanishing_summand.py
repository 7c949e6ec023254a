# Passages through functions of fewer units, or matrices of smaller rank, against labels at random data.
import numpy as np
import pytest

from critlocus.chambers.discriminant import Discriminant
from critlocus.problems.vanishing_summand import summands
from critlocus.varieties import parse_variety


def test_summands():
    fewer, one = summands(parse_variety("3-3-2:x^2"))
    assert (fewer.network.widths, one.network.widths) == ((3, 2, 2), (3, 1, 2))
    fewer, one = summands(parse_variety("matrices:3x4,rank=3"))
    assert (fewer.rank, one.rank) == (2, 1)
    for name in ("2-1-1:x^2", "matrices:2x2,rank=1", "2-2-2-1", "2-2-1:x^2+bias", "conv:2,2"):
        assert summands(parse_variety(name)) is None


def check(name, metric, seed, count, interval=(-4.0, 4.0)):
    found = Discriminant(name, metric, seed=seed)
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((2, found.ambient_dim))
    line = found.line(u[0], u[1], interval)
    assert line.complete
    at = rng.uniform(*interval, count)
    labels = found.label((1 - at)[:, None] * u[0] + at[:, None] * u[1])
    assert sum(label.proven for label in labels) > 0.9 * count
    for s, label in zip(at, labels, strict=True):
        if label.proven:
            assert label.same == line.labels[int(np.searchsorted(line.s, s))].same, s
    return found, line


@pytest.mark.parametrize(
    "seed",
    [
        0,
        3,
        pytest.param(1, marks=pytest.mark.slow),
        *(pytest.param(s, marks=pytest.mark.slow) for s in (2, *range(4, 10))),
    ],
)
def test_quadratic_networks_with_two_units(seed):
    found, line = check("3-2-1:x^2", "generic", seed, 60)
    passages = [e for e in line.events if e.kind == "singular"]
    assert all(e.certified and e.change == 0 for e in passages)
    assert line.evidence["degenerate_points"]["singular"]["complex"] == 16
    for event in passages:  # there a critical point is a square: its matrix has rank 1
        before = found.parameters(line_at(found, seed, event.s))
        found.labeller(before[None, :], np.random.default_rng(0))
        ranks = [np.sort(np.abs(np.linalg.eigvalsh(matrix(found.family.points(z + 0j).real))))
                 for z in found.labeller.points[0]]  # fmt: skip
        assert min(r[1] / r[2] for r in ranks) < 1e-3


def line_at(found, seed, s):
    u = np.random.default_rng(seed).standard_normal((2, found.ambient_dim))
    return (1 - s - 1e-6) * u[0] + (s + 1e-6) * u[1]


def matrix(f):
    """The symmetric matrix of a quadratic form with coefficients at x0^2, x0 x1, x0 x2, x1^2, x1 x2, x2^2."""
    rows = np.zeros((3, 3))
    rows[np.triu_indices(3)] = f
    return (rows + rows.T) / 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "metric"), [("matrices:3x3,rank=2", "generic"), ("symmetric:3,rank=2", "generic")])
def test_matrices_of_rank_two(name, metric, seed):
    check(name, metric, seed, 40)


@pytest.mark.parametrize("seed", range(3))
def test_matrices_of_rank_two_in_the_frobenius_metric(seed):
    # Critical points are sums of two of three singular triples: where a singular value is zero two of them pass through
    # rank 1, at the same s, so that neither is isolated.
    found = Discriminant("matrices:3x3,rank=2")
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((2, 3, 3))
    line = found.line(u[0].ravel(), u[1].ravel(), (-4, 4))
    values = np.linalg.eigvals(np.linalg.solve(u[1] - u[0], -u[0]))
    zeros = np.sort(values[np.abs(values.imag) < 1e-9].real)
    zeros = zeros[np.abs(zeros) < 4]
    passages = [e.s for e in line.events if e.kind == "singular"]
    assert np.allclose(passages, np.repeat(zeros, 2), atol=1e-10)
    assert not line.complete
