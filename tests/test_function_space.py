# Critical points in function space: published counts, exact minima, files, and what is proven of every point.
import json
import subprocess
import sys
from math import comb

import numpy as np
import pytest

import critlocus
from conftest import known_counts
from critlocus.errors import FileError, InputError
from critlocus.functions.result import Kind
from critlocus.functions.validate import family_of
from critlocus.validate import validate

ROWS = [
    ("matrices:2x2,rank=1", "generic", 6),
    ("matrices:2x3,rank=1", "generic", 10),
    ("matrices:3x3,rank=1", "generic", 39),
    ("matrices:3x3,rank=2", "generic", 39),
    ("symmetric:3,rank=1", "generic", 13),
    ("2-1-1:x^2", "data", 4),
    ("2-1-1:x^3", "data", 7),
    ("2-1-1:x^4", "data", 10),
    ("3-1-1:x^2", "data", 13),
    ("3-1-1:x^2", "gaussian", 3),
    ("2-1-2:x^2", "data", 6),
    ("2-1-2:x^2", "generic", 14),
    ("conv:2,2:x^2", "data", 14),
    ("conv:2,2:x^3", "data", 22),
]
LINEAR_CONVOLUTIONS = [
    (row["network"], row["ed_degree"], row["weights_split"], row.get("zero_function_points", 0))
    for row in known_counts()["function_space"]
    if "weights_split" in row
]


def gaussian_binomial(n, r):
    """Coefficients of the q-binomial coefficient, by Pascal's rule."""
    if r in (0, n):
        return [1]
    a, b = gaussian_binomial(n - 1, r - 1), gaussian_binomial(n - 1, r)
    found = [0] * (r * (n - r) + 1)
    for k, v in enumerate(a):
        found[k] += v
    for k, v in enumerate(b):
        found[k + r] += v
    return found


@pytest.mark.parametrize(("name", "metric", "expected"), ROWS)
def test_published_ed_degrees(name, metric, expected):
    for seed in range(3):
        result = critlocus.solve_functions(name, metric, seed=seed, threads=2)
        found = result.summary()
        assert result.stop_reason == "complete"
        assert found["ed_degree"] == found["complex"] == found["certified"] == found["distinct"] == expected
        assert result.generic.immersed.all()
        target = found["targets"][0]
        assert target["certified"] == target["distinct"] == expected
        assert sum(target["index_histogram"].values()) == target["real"] - target["signature_unproven"]


@pytest.mark.parametrize(("name", "total", "split", "zero"), LINEAR_CONVOLUTIONS)
def test_linear_convolutions_split_into_pure_and_spurious(name, total, split, zero):
    for seed in range(3):
        result = critlocus.solve_functions(name, "generic", seed=seed, threads=2)
        found = result.summary()
        assert result.stop_reason == "complete"
        assert (found["complex"], found["weights_split"], found["zero_function_points"]) == (total, split, zero)
        assert found["distinct"] == total
        assert found["ed_degree"] == 1  # these networks fill their space: the one critical function is u
        assert found["evidence"]["envelope"]["solutions"] == total
        assert found["evidence"]["envelope"]["trace_test"]["status"] == "passed"
        target = found["targets"][0]
        assert (target["complex"], target["weights_split"]) == (total, split)
        pure = result.target().of_kind(Kind.PURE)
        assert np.allclose(pure.function, result.data["u"][0])
        spurious = result.target().of_kind(Kind.SPURIOUS)
        assert np.all(spurious.rank_gap < 1e-8)
        assert np.all(pure.rank_gap > 1e-4)


@pytest.mark.parametrize(("m", "n", "r"), [(2, 2, 1), (2, 3, 1), (3, 3, 1), (3, 3, 2), (3, 4, 2), (4, 4, 3)])
def test_eckart_young(m, n, r):
    """Rank-r approximations keep r singular values; the index counts the larger ones left out."""
    result = critlocus.solve_functions(f"matrices:{m}x{n},rank={r}", "frobenius", seed=m + n + r, threads=2)
    table, found = result.target(), result.summary()
    assert found["ed_degree"] == found["real"] == comb(min(m, n), r)
    histogram = [found["index_histogram"].get(str(k), 0) for k in range(r * (min(m, n) - r) + 1)]
    assert histogram == gaussian_binomial(min(m, n), r)
    u = result.data["u"][0].reshape(m, n)
    left, sigma, right = np.linalg.svd(u)
    best = (left[:, :r] * sigma[:r]) @ right[:r]
    closest = table[table.signature[:, 0] == 0].function[0].real.reshape(m, n)
    assert np.allclose(closest, best, atol=1e-9)
    assert np.allclose(np.sort(table.loss)[0], 0.5 * (sigma[r:] ** 2).sum())
    assert np.all(table.weights_signature[:, 1] == r * r)  # the gauge group GL(r)


def test_the_data_metric_is_the_mean_squared_error(tmp_path):
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((40, 2)), rng.standard_normal((40, 1))
    result = critlocus.solve_functions("2-1-1:x^2", "data", data=critlocus.Data(x, y), threads=2)
    table = result.target()
    network = critlocus.Network.parse("2-1-1:x^2")
    for row in np.flatnonzero(table.is_real):
        error = network(table.theta[row].real, x) - y
        assert np.isclose(table.loss[row], 0.5 * (error**2).sum())
    # Few points: the matrix of the metric is fixed instead.
    few = critlocus.solve_functions("1-1-1:x^2+bias", "data", data="generic:3", threads=2)
    assert few.form.shape == (3, 3)
    assert few.summary()["ed_degree"] == few.summary()["targets"][0]["ed_degree"]


@pytest.mark.parametrize(
    ("polynomial", "degree"),
    [("x^2 + y^2 - 1", 2), ("x^2 + 4*y^2 - 4", 4), ("y - x^2", 3), ("x^3 + y^3 + 2*x*y - x + 3*y^2 - 1", 9),
     ("x^2 + 2*y^2 + 3*z^2 - 1", 6), ("y - x^2, z - x^3", 5), ("x^2 - y*z, x*z - y^2, x*y - z^2", 1)],
)  # fmt: skip
def test_varieties_given_by_equations(polynomial, degree):
    """The last one: three lines through a point (three equations, codimension 2), two of them isotropic."""
    for seed in range(3):
        found = critlocus.solve_functions(f"equations:{polynomial}", "frobenius", seed=seed, threads=2).summary()
        assert found["ed_degree"] == found["distinct"] == degree


def test_parametrised_and_implicit_descriptions_agree():
    u = np.array([0.3, -1.2, 0.7])
    a = critlocus.solve_functions("param:t, t^2, t^3", "frobenius", u=u, threads=2).target()
    b = critlocus.solve_functions("equations:y - x^2, z - x^3", "frobenius", u=u, threads=2).target()
    assert len(a) == len(b) == 5

    def key(t):
        order = np.lexsort((t.function[:, 0].imag.round(8), t.function[:, 0].real.round(8)))
        return t.function[order], t.signature[order], t.real[order]

    for one, two in zip(key(a), key(b), strict=True):
        assert np.allclose(one, two, atol=1e-8)


@pytest.mark.parametrize("name", ["conv:3,2", "matrices:3x3,rank=2", "equations:x^2+4*y^2-4", "2-1-2:x^2"])
def test_files_say_the_same_and_are_confirmed(name, tmp_path):
    metric = "data" if name[0] == "2" else "generic"
    result = critlocus.solve_functions(name, metric, seed=2, targets=2, out=tmp_path / "f.h5", threads=2)
    loaded = critlocus.load(tmp_path / "f.h5")
    assert loaded.summary() == {**result.summary(), "seconds": loaded.summary()["seconds"]}
    check = validate(loaded)
    assert check.ok, check.complaints
    assert check.facts["generic"]["certified"] == len(result.generic)
    # Claims that are not true are found out.
    loaded.targets.signature[loaded.targets.is_real, 0] += 1
    loaded.targets.kind[0] = Kind.PURE if loaded.targets.kind[0] else Kind.SPURIOUS
    complaints = " ".join(validate(loaded).complaints)
    assert "the rank" in complaints
    assert "the signature" in complaints or not loaded.targets.is_real.any()


def test_threads_do_not_matter():
    found = [critlocus.solve_functions("conv:2,2,2", seed=5, threads=threads) for threads in (1, 2, 4)]
    for other in found[1:]:
        assert np.array_equal(found[0].generic.z, other.generic.z)
        assert np.array_equal(found[0].targets.z, other.targets.z)


def test_the_gradient_vanishes_in_the_space_of_all_weights():
    result = critlocus.solve_functions("2-2-1:x^2", "generic", seed=1, threads=2)
    family = family_of(result)
    theta, b = result.generic.theta[0], result.generic_parameters
    step, variety = 1e-6, family.variety
    from critlocus.tape.evaluate import evaluate
    from critlocus.tape.graph import Graph

    graph = Graph()
    nodes = [graph.variable() for _ in range(variety.n_weights)]
    mu = variety.mu(graph, nodes)

    def loss(weights):
        f = np.array(evaluate(graph, mu, list(weights), []))
        return 0.5 * f @ result.form @ f - b @ f

    for k in range(variety.n_weights):
        shift = np.zeros(variety.n_weights)
        shift[k] = step
        assert abs(loss(theta + shift) - loss(theta - shift)) / (2 * step) < 1e-6


BAD = {
    "unknown metric": (("2-1-1:x^2", "euclid"), "neither one of"),
    "no functions": (("matrices:2x2,rank=1", "gaussian"), "functions of inputs"),
    "no inputs": (("matrices:2x2,rank=1", "data"), "has no inputs"),
    "rank": (("matrices:2x2,rank=3", "generic"), "rank must be between"),
    "attention": (("attention:2,2", "generic"), "attention:d,t,a"),
    "conv": (("conv:0,2", "generic"), "at least 1"),
    "residual": (("residual:2-3", "generic"), "nothing is skipped"),
    "no variety": (("equations:x^2+1, x^2+2", "generic"), "no point of it was found"),
    "constant": (("param:", "generic"), "no polynomials"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        critlocus.solve_functions(*arguments)


def test_more_bad_input(tmp_path):
    with pytest.raises(InputError, match="expected \\(4,\\)"):
        critlocus.solve_functions("matrices:2x2,rank=1", u=[1.0, 2.0])
    with pytest.raises(InputError, match="NaN"):
        critlocus.solve_functions("matrices:2x2,rank=1", u=[1.0, 2.0, float("nan"), 0.0])
    with pytest.raises(InputError, match="do not determine"):
        critlocus.solve_functions("2-1-1:x^2", "data", data="generic:2")
    (tmp_path / "q.csv").write_text("1,2\n3,4\n")
    with pytest.raises(InputError, match="shape"):
        critlocus.solve_functions("matrices:2x2,rank=1", str(tmp_path / "q.csv"))
    (tmp_path / "other.h5").write_text("not ours")
    with pytest.raises(FileError, match="choose another"):
        critlocus.solve_functions("matrices:2x2,rank=1", out=tmp_path / "other.h5")
    assert (tmp_path / "other.h5").read_text() == "not ours"


def test_command_line(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "critlocus", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    np.savetxt(tmp_path / "u.csv", [[1.0, 0.5, -0.3, 0.2], [0.1, 2.0, 0.3, 0.4]], delimiter=",")
    done = run("solve", "matrices:2x2,rank=1", "--space", "functions", "--metric", "frobenius", "--u",
               str(tmp_path / "u.csv"), "--json", "--out", str(tmp_path / "f.h5"))  # fmt: skip
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert [t["index_histogram"] for t in found["targets"]] == [{"0": 1, "1": 1}] * 2
    assert json.loads(run("show", str(tmp_path / "f.h5"), "--json").stdout)["ed_degree"] == 2
    assert run("validate", str(tmp_path / "f.h5")).returncode == 0
    assert run("plot", str(tmp_path / "f.h5"), str(tmp_path / "f.png")).returncode == 0
    assert (tmp_path / "f.png").stat().st_size > 5000
    assert "ED degree" in run("solve", "conv:2,2", "--space", "functions").stdout
    for bad in (["--metric", "generic"], ["--u", str(tmp_path / "u.csv")]):
        done = run("solve", "2-2-2", *bad)
        assert done.returncode == 2
        assert "--space functions" in done.stderr


def test_the_trace_test_finds_a_solution_of_the_envelope_that_is_missing(monkeypatch):
    from critlocus.functions import generic

    agreed = generic.agreed_monodromy

    def one_less(*arguments, **options):
        run, parameters = agreed(*arguments, **options)
        if len(run.points) == 10:  # the envelope's
            run.points = run.points[:-1]
        return run, parameters

    monkeypatch.setattr(generic, "agreed_monodromy", one_less)
    result = critlocus.solve_functions("conv:3,2", "generic", seed=0, threads=1)
    assert result.summary()["complex"] == 10
    assert result.evidence["envelope"]["trace_test"]["repaired"] == 1
    assert result.stop_reason == "complete"
