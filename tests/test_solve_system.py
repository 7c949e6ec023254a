# General systems: published counts from total degree, singular ends, components, ends at infinity.
import json
import subprocess
import sys

import numpy as np
import pytest

import critlocus
from conftest import known_counts
from critlocus.continuation.ends import EndKind, simplest_fraction
from critlocus.errors import InputError
from standard import cyclic, katsura, noon

COUNTS = known_counts()["standard_systems"]
CASES = {
    "cyclic-5": (cyclic(5), COUNTS["cyclic-5"]),
    "cyclic-6": (cyclic(6), COUNTS["cyclic-6"]),
    "katsura-5": (katsura(5), 2**5),
    "katsura-8": (katsura(8), 2**8),
    "noon-3": (noon(3), COUNTS["noon-3"]),
    "noon-4": (noon(4), COUNTS["noon-4"]),
    "noon-5": (noon(5), COUNTS["noon-5"]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(5))
def test_published_counts_and_all_the_rest_at_infinity(case, seed):
    polynomials, count = CASES[case]
    found = critlocus.solve_system(critlocus.System(polynomials), seed=seed, threads=2)
    summary = found.summary()
    assert summary["isolated_regular"] == summary["certified"] == count
    assert summary["ends"] == {
        "isolated": count, "singular": 0, "on_component": 0, "at_infinity": summary["paths"] - count, "undecided": 0,
    }  # fmt: skip
    infinite = found.kinds == EndKind.AT_INFINITY
    assert np.all((found.exponent[infinite] > 0) | (found.winding[infinite] > 0))


@pytest.mark.parametrize("seed", range(3))
def test_cyclic_7(seed):
    ends = critlocus.solve_system(critlocus.System(cyclic(7)), seed=seed, threads=2).summary()["ends"]
    assert (ends["isolated"], ends["at_infinity"]) == (COUNTS["cyclic-7"], 5040 - COUNTS["cyclic-7"])


@pytest.mark.parametrize("seed", range(5))
def test_double_and_triple_roots(seed):
    double = critlocus.solve_system(critlocus.System(["(x-y)^2", "x^2+y^2-2"]), seed=seed)
    assert double.summary()["multiplicities"] == [2, 2]
    assert np.sort(double.singular[:, 0].real) == pytest.approx([-1, 1], abs=1e-5)
    assert len(double.points) == 0
    triple = critlocus.solve_system(critlocus.System(["x^3 - 3*x^2 + 3*x - 1", "y^2 - x"]), seed=seed)
    assert triple.summary()["multiplicities"] == [3, 3]


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_is_told_from_points(seed):
    # x = 0 is a line of solutions; apart from it, y = 2 meets the circle in two complex points.
    found = critlocus.solve_system(critlocus.System(["x*(x^2+y^2-1)", "x*(y-2)"]), seed=seed)
    assert found.summary()["ends"] == {
        "isolated": 2, "singular": 0, "on_component": 4, "at_infinity": 0, "undecided": 0,
    }  # fmt: skip
    assert np.sort(found.points[:, 0].imag) == pytest.approx([-(3**0.5), 3**0.5])
    assert np.abs(found.points[:, 0].real).max() < 1e-12


def test_ends_at_infinity_are_not_solutions():
    found = critlocus.solve_system(critlocus.System(["x*y - 1", "x*y + x - 3"]))
    assert found.points == pytest.approx(np.array([[2, 0.5]]))
    assert found.summary()["ends"]["at_infinity"] == 3


@pytest.mark.parametrize("degree", [3, 4, 5, 8])
@pytest.mark.parametrize("seed", range(3))
def test_exponents_at_infinity_are_what_theory_says(degree, seed):
    # At (z : x : y) = (0 : 0 : 1) the homotopy is z^(d-1) + ... = c u, with d - 1 branches z ~ u^(1/(d-1)).
    found = critlocus.solve_system(critlocus.System([f"x*y^{degree - 1} + y - 1", "x"]), seed=seed).summary()
    assert found["exponents_at_infinity"] == {f"1/{degree - 1}": degree - 1}
    assert found["ends"]["isolated"] == found["certified"] == 1


@pytest.mark.parametrize("degree", [3, 4, 5, 8])
@pytest.mark.parametrize("seed", range(3))
def test_leading_terms_that_cancel_but_for_rounding_are_never_taken_for_solutions(degree, seed):
    # x - 2, written with degree d. Wide loops around t = 1 also go around another branch point, and close up.
    text = f"(x+1)^{degree} - x*(x+1)^{degree - 1} - (x+1)^{degree - 1} + x - 2"
    found = critlocus.solve_system(critlocus.System([text]), seed=seed).summary()
    assert found["ends"]["isolated"] == found["certified"] == 1
    assert found["ends"]["at_infinity"] + found["ends"]["undecided"] == degree - 1


@pytest.mark.parametrize("seed", range(5))
def test_far_and_singular_is_not_at_infinity(seed):
    # A double root at 1e3 and one at 1e-3: finite, however small z_0 is.
    found = critlocus.solve_system(critlocus.System(["(x - 1000)^2", "(1000*y - 1)^2"]), seed=seed)
    assert found.summary()["ends"]["at_infinity"] == 0
    simple = critlocus.solve_system(critlocus.System(["x^2 - 10^12", "y - 10^-0*x"]), seed=seed)
    assert simple.summary()["ends"]["isolated"] == 2


def test_simplest_fraction():
    assert simplest_fraction(0.4375, 2e-3, 48) == 7 / 16
    assert simplest_fraction(0.9999, 2e-3, 48) == 1
    assert simplest_fraction(0.0001, 2e-3, 48) == 0
    assert simplest_fraction(2**0.5, 1e-6, 48) is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("polynomials", "dimensions"),
    [
        (["x*(x^2+y^2-1)", "x*(y-2)"], {1: 4}),
        (["x*y", "x*z", "x*(x-1)*(y-2)"], {2}),  # the plane x = 0, and the point (1, 0, 0)
        (["(x-y)^2", "(x-y)*(x+y-2)", "z^2-x"], {1}),  # a double curve
        (["x^2+y^2+z^2-1", "(x^2+y^2+z^2-1)*x", "(x^2+y^2+z^2-1)*(y-2)"], {2}),  # a sphere
        (["x^3", "y^4"], set()),
        (cyclic(4), {1}),  # two curves, with embedded points on them
    ],
)
def test_local_dimensions(polynomials, dimensions, seed):
    found = critlocus.solve_system(critlocus.System(polynomials), seed=seed).summary()
    assert set(found["dimensions_of_components"]) == set(dimensions)
    assert sum(found["dimensions_of_components"].values()) == found["ends"]["on_component"]
    assert found["ends"]["undecided"] == 0


def test_univariate_roots_against_flint():
    flint = pytest.importorskip("flint")
    coefficients = [3, -1, 4, 1, -5, 9, 2, -6]
    text = " + ".join(f"({c})*x^{k}" for k, c in enumerate(coefficients))
    found = critlocus.solve_system(critlocus.System([text]))
    roots = [complex(r) for r, _ in flint.fmpz_poly(coefficients).complex_roots()]
    np.testing.assert_allclose(np.sort_complex(found.points[:, 0]), np.sort_complex(roots), rtol=1e-12)


def test_parameters_and_threads_and_the_imaginary_unit():
    system = critlocus.System(["x^2 + a*y - 1", "y^2 - b*I*x"], parameters=["a", "b"])
    results = [critlocus.solve_system(system, [0.5, 2.0], threads=t).points for t in (1, 2, 4)]
    assert len(results[0]) == 4
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])
    x, y = results[0].T
    assert np.abs(x**2 + 0.5 * y - 1).max() < 1e-13
    assert np.abs(y**2 - 2j * x).max() < 1e-13


def test_sympy_expressions():
    sympy = pytest.importorskip("sympy")
    x, y = sympy.symbols("x y")
    found = critlocus.solve_system(critlocus.System([x**2 + sympy.Rational(1, 3) * y - 1, x - y * sympy.I]))
    a, b = found.points.T
    assert np.abs(a**2 + b / 3 - 1).max() < 1e-13
    assert np.abs(a - 1j * b).max() < 1e-13


@pytest.mark.parametrize(
    ("polynomials", "message"),
    [
        (["x +"], "cannot read"), (["sin(x)"], "not a polynomial"), (["x^y - 1", "y"], "not a polynomial"),
        (["1/x"], "not a polynomial"), (["x^0.5"], "not a polynomial"), ([], "no polynomials"), (["3"], "no variables"),
        (["__import__('os')"], "not a polynomial"),
    ],
)  # fmt: skip
def test_what_is_no_polynomial(polynomials, message):
    with pytest.raises(InputError, match=message):
        critlocus.System(polynomials)


def test_not_square():
    with pytest.raises(InputError, match="square"):
        critlocus.solve_system(critlocus.System(["x + y - 1"]))


def test_command_line(tmp_path):
    (tmp_path / "s.txt").write_text("# a circle and a line\nx^2 + y^2 - r\nx - y = 0\n")
    command = [sys.executable, "-m", "critlocus", "system", str(tmp_path / "s.txt"), "--parameters", "r=2", "--json"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert (found["isolated_regular"], found["certified"], found["real"]) == (2, 2, 2)
    assert sorted(p[0][0] for p in found["points"]) == pytest.approx([-1, 1])
    assert found["ends"]["isolated"] == found["paths"] == 2
    assert found["dimensions_of_components"] == found["exponents_at_infinity"] == {}
    grouped = subprocess.run([*command[:-1], "--start", "multihomogeneous", "--groups", "x,y"],
                             capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert "groups               x y" in grouped
    wrong = subprocess.run([*command[:-1], "--start", "multihomogeneous", "--groups", "x;w"],
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert wrong.returncode == 2
    assert wrong.stderr.strip() == "critlocus: groups: 'w' is not a variable of the system"
    bad = subprocess.run([*command[:4], str(tmp_path / "none.txt")], capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert len(bad.stderr.strip().splitlines()) == 1


def test_equations_share_monomials_however_their_parameters_stand():
    system = critlocus.System(["a*x*y + b*x", "2*b*x*y*a + x*c*y"], variables="xy", parameters="abc")
    direct = critlocus.System(["x*y*a + x*b", "2*x*y*a*b + x*y*c"], variables="xy", parameters="abc")
    x, p = np.array([0.3 + 1j, -2.0]), np.array([1.5, -0.25j, 4.0])
    np.testing.assert_allclose(system(x, p), direct(x, p), rtol=1e-14)
    bilinear = critlocus.System(["a*x*y*z", "b*x*y*z", "x*c*y*z"], variables="xyz", parameters="abc")
    assert len(bilinear.program.f_inner) == 2 * 6  # x*y and (x*y)*z, once
