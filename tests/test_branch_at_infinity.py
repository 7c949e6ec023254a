# Discriminants of special metrics, whose critical points collide at infinity, against characteristic polynomials.
import numpy as np
import pytest

from critlocus.chambers.branch_at_infinity import branch_at_infinity
from critlocus.chambers.degree import discriminant_degree
from critlocus.chambers.discriminant import Discriminant
from critlocus.chambers.family import distance_family
from critlocus.errors import InputError
from critlocus.solvers.native import NativeSolver


def discriminant_of(matrix):
    """The discriminant of the characteristic polynomial."""
    values = np.linalg.eigvals(matrix)
    return np.prod([(a - b) ** 2 for k, a in enumerate(values) for b in values[:k]])


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("name", "metric", "degree"),
    [
        ("matrices:2x2,rank=1", "frobenius", 4),  # 2 s (s - 1)
        ("matrices:2x3,rank=1", "frobenius", 4),
        ("matrices:3x3,rank=1", "frobenius", 12),
        ("matrices:3x3,rank=2", "frobenius", 12),
        ("2-1-1:x^2", "bombieri", 2),  # symmetric: s (s - 1)
        ("2-1-1:x^2", "gaussian", 2),
        ("3-1-1:x^2", "bombieri", 6),
        ("2-1-1:x^3", "bombieri", 4),  # that of the binary form y f_x - x f_y, with finite critical points
    ],
)
def test_degrees_in_special_metrics(name, metric, degree, seed):
    found = discriminant_degree(distance_family(name, metric, seed), seed=seed)
    assert found.complete
    assert found.degree == degree


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "shape"), [("matrices:2x2,rank=1", (2, 2)), ("matrices:3x3,rank=2", (3, 3))])
def test_the_points_are_zeros_of_the_discriminant(name, shape, seed):
    found = branch_at_infinity(NativeSolver(), distance_family(name, "frobenius"), np.random.default_rng(seed))
    part = found.section.question.slices
    b0, b1 = (found.section.parameters[part[key]].reshape(shape) for key in ("p0", "p1"))
    for s in found.s:
        here, near = ((b0 + t * b1) for t in (s, s * 1.01))
        assert abs(discriminant_of(here.T @ here)) < 1e-5 * abs(discriminant_of(near.T @ near))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["matrices:2x2,rank=1", "2-1-1:x^2", "2-1-1:x^3"])
def test_generic_metrics_have_no_points_at_infinity(name, seed):
    found = branch_at_infinity(NativeSolver(), distance_family(name, "generic", seed), np.random.default_rng(seed))
    assert found.complete
    assert (len(found.s), found.passing) == (0, 0)


def test_one_critical_point_alone_may_pass():
    # A binary cubic with y f_x - x f_y = 0 at (1, i): that critical point is isotropic. These are two conjugate planes.
    found = discriminant_degree(distance_family("2-1-1:x^3", "bombieri"), seed=1)
    assert found.infinity.passing == 2
    assert len(found.infinity.s) == 0


def test_lines_of_matrices_in_the_frobenius_metric():
    found = Discriminant("matrices:3x3,rank=2")
    u = np.random.default_rng(0).standard_normal((2, 9))
    line = found.line(u[0], u[1], (-2, 2))  # singular values do not meet on a line
    assert line.complete
    assert line.events == []
    assert line.labels[0].same == (3, (1, 1, 1))
    with pytest.raises(InputError, match="at infinity only"):
        found.nearest(u[0])


@pytest.mark.parametrize("seed", range(3))
def test_how_far_matrices_are_from_the_apex(seed):
    # In the Frobenius metric the critical points are the terms of the singular value decomposition.
    u = np.random.default_rng(seed).standard_normal((2, 2))
    nearest = Discriminant("matrices:2x2,rank=1", seed=seed).nearest(u.ravel())
    assert nearest.complete
    assert nearest.kind == "apex"
    assert nearest.distance == pytest.approx(np.linalg.svd(u, compute_uv=False)[-1])
    assert "collide at infinity only" in nearest.evidence["basis"]


def test_varieties_that_are_no_cones_are_refused():
    with pytest.raises(InputError, match="metric that is too special"):
        discriminant_degree(distance_family("equations:x^2+y^2-1", "frobenius"))
