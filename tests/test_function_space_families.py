# ED degrees by monodromy over the families of problems/distance.py, against published counts.
import numpy as np
import pytest

from critlocus.continuation.fibres import Fibres
from critlocus.continuation.monodromy import monodromy
from critlocus.metrics import metric_matrix
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.moments import Moments
from critlocus.problems.quadratic_form import FixedForm, MomentForm
from critlocus.solvers.native import NativeSolver
from critlocus.varieties import is_parametrized, parse_variety
from critlocus.varieties.chart import generic_chart

CASES = [
    ("matrices:2x2,rank=1", "generic", 6), ("matrices:2x3,rank=1", "generic", 10),
    ("matrices:3x3,rank=1", "generic", 39), ("matrices:3x3,rank=1", "frobenius", 3),
    ("symmetric:3,rank=1", "generic", 13), ("2-1-1:x^2", "data", 4), ("2-1-1:x^3", "data", 7),
    ("3-1-1:x^2", "data", 13), ("3-1-1:x^2", "gaussian", 3), ("2-1-2:x^2", "data", 6), ("2-1-2:x^2", "generic", 14),
    ("conv:2,2:x^2", "data", 14), ("equations:x^2+4*y^2-4", "frobenius", 4), ("equations:y-x^2", "frobenius", 3),
    ("equations:x^3+y^3+2*x*y-x+3*y^2-1", "frobenius", 9),
]  # fmt: skip


def family(name, metric, rng):
    variety = parse_variety(name)
    if metric == "data":
        form = MomentForm(Moments(list(variety.ambient.monomials), variety.ambient.n_outputs))
    else:
        form = FixedForm(metric_matrix(variety.ambient, metric, rng))
    if is_parametrized(variety):
        return ParametrizedDistance(variety, form, generic_chart(variety, rng))
    return ImplicitDistance(variety, form, rng)


@pytest.mark.parametrize(("name", "metric", "expected"), CASES)
def test_start_pairs_solve_and_equations_are_gradients(name, metric, expected):
    rng = np.random.default_rng(5)
    found = family(name, metric, rng)
    z, p = found.start_pair(rng)
    assert np.abs(found.system(z, p)).max() < 1e-10
    jacobian = found.system.jacobian(z, p)
    assert np.allclose(jacobian, jacobian.T)
    if is_parametrized(found.variety):  # F = J^T (Q mu - b), from the definition
        q, b = found.form.matrix(p[: found.n_form]), p[found.n_form :]
        z2 = rng.standard_normal(len(z)) + 1j * rng.standard_normal(len(z))
        tangent = found.functions.jacobian(z2, np.zeros(0))
        assert np.allclose(found.system(z2, p), tangent.T @ (q @ found.points(z2) - b))


@pytest.mark.parametrize(("name", "metric", "expected"), [c for c in CASES if c[2] < 15 and c[0][0] != "s"])
def test_monodromy_finds_the_ed_degree(name, metric, expected):
    rng = np.random.default_rng(1)
    found = family(name, metric, rng)
    z, p = found.start_pair(rng)
    run = monodromy(
        NativeSolver(), found.system, z, p, found.random_parameters, Fibres(found.functions), rng, torus=False
    )
    assert len(run.points) == expected
