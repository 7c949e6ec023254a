# General systems: published counts from total degree, singular ends, components, ends at infinity.
import json
import subprocess
import sys

import numpy as np
import pytest

import critlocus
from conftest import known_counts
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
@pytest.mark.parametrize("seed", range(3))
def test_published_counts(case, seed):
    polynomials, count = CASES[case]
    found = critlocus.solve_system(critlocus.System(polynomials), seed=seed, threads=2).summary()
    assert found["isolated_regular"] == found["certified"] == count
    assert found["isolated_singular"] == found["ends"]["on_component"] == 0
    assert found["ends"]["at_infinity"] + found["ends"]["undecided"] == found["paths"] - count
    assert found["ends"]["undecided"] <= 0.05 * found["paths"]


@pytest.mark.slow
def test_cyclic_7():
    found = critlocus.solve_system(critlocus.System(cyclic(7)), threads=2).summary()
    assert found["isolated_regular"] == found["certified"] == COUNTS["cyclic-7"]


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
    bad = subprocess.run([*command[:4], str(tmp_path / "none.txt")], capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert len(bad.stderr.strip().splitlines()) == 1
