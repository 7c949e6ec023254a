# Witness sets of the critical set without regulariser: against closed forms, other routes, and damage.
import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

import critlocus
from critlocus.continuation.witness import Slice, decompose, is_member
from critlocus.errors import FileError, InputError
from critlocus.loci.run import witness_sets
from critlocus.networks import Network
from critlocus.networks.rank_strata import rank_strata
from critlocus.problems.degenerate_locus import DegenerateLocus
from critlocus.solvers.native import NativeSolver
from critlocus.validate import validate


def closed_form(result):
    # Two layers: whiten; the critical functions keep a subset I of the singular values, |I| <= hidden units.
    # Baldi & Hornik (1989); index and dimension as for products of matrices of these ranks.
    x, y = result.data["inputs"], result.data["outputs"]
    values, vectors = np.linalg.eigh(x.T @ x)
    s = np.linalg.svd(y.T @ x @ (vectors / np.sqrt(values)) @ vectors.T, compute_uv=False)
    hidden = result.network.widths[1]
    rest = 0.5 * (y**2).sum()
    found = set()
    for bits in range(2 ** len(s)):
        kept = [k for k in range(len(s)) if bits >> k & 1]
        r = len(kept)
        if r > hidden:
            continue
        index = (hidden - r) * (len(s) - r) + sum(j not in kept and j < i for i in kept for j in range(len(s)))
        found.add((r, index, round(rest - 0.5 * float((s[kept] ** 2).sum()), 8)))
    return found


def facts(result):
    return [(c.dimension, c.degree, c.function_rank, c.rank, c.signature) for c in result.components]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2-1-2", [(1, 2, 1, 3, (0, 1, 3)), (1, 2, 1, 3, (1, 1, 2)), (0, 1, 0, 0, (2, 0, 2))]),
        ("2-2-2", [(4, 8, 2, 4, (0, 4, 4)), (3, 2, 1, 3, (1, 3, 4)), (3, 2, 1, 3, (2, 3, 3)), (0, 1, 0, 0, (4, 0, 4))]),
        ("2-3-2", None),
    ],
)
def test_two_layers_against_the_closed_form(name, expected):
    result = witness_sets(name, seed=1)
    assert result.stop_reason == "complete"
    if expected is not None:
        assert facts(result) == expected
    assert {(c.function_rank, c.signature[0], round(c.loss.real, 8)) for c in result.components} == closed_form(result)
    for c in result.components:
        assert c.irreducible
        assert c.reduced
        assert c.certified.all()
        assert c.index_evidence == "proven given the dimension"
        assert max(c.loss_spread, c.function_spread, c.residual) < 1e-9
        r = c.function_rank
        hidden = result.network.widths[1]
        assert c.dimension == 2 * r * hidden - r * r  # {P Q = 1} for r x hidden matrices P, Q
        np.testing.assert_allclose(c.points @ c.matrix.T, np.tile(c.constants, (c.degree, 1)), atol=1e-9)
    assert validate(result).ok


def test_the_degree_of_the_global_minimum_by_another_system():
    # W2 W1 = M and four random hyperplanes: 16 paths of the total degree, 8 of which go to infinity.
    rng = np.random.default_rng(4)
    m, planes = rng.standard_normal((2, 2)).tolist(), rng.standard_normal((4, 9))
    names = [f"a{k}" for k in range(4)] + [f"b{k}" for k in range(4)]
    lines = [f"b{2 * i}*a{j} + b{2 * i + 1}*a{2 + j} - ({m[i][j]!r})" for i in range(2) for j in range(2)]
    for row in planes.tolist():
        lines.append(" + ".join(f"({c!r})*{n}" for c, n in zip(row, names, strict=False)) + f" - ({row[-1]!r})")
    found = critlocus.solve_system(critlocus.System(lines, variables=names)).summary()
    assert found["isolated_regular"] == 8


def test_slices_need_no_theory_and_find_the_same():
    one, other = witness_sets("2-1-2", seed=2), witness_sets("2-1-2", seed=2, method="slices")
    assert other.stop_reason == "complete"
    assert facts(one) == facts(other)
    np.testing.assert_allclose([c.loss for c in one.components], [c.loss for c in other.components], rtol=1e-9)
    assert [c.stratum for c in other.components] == [""] * 3
    assert validate(other).ok


@pytest.mark.slow
def test_slices_find_the_same_for_2_2_2():
    one, other = witness_sets("2-2-2", seed=0), witness_sets("2-2-2", seed=0, method="slices")
    assert facts(one) == facts(other)
    np.testing.assert_allclose([c.loss for c in one.components], [c.loss for c in other.components], rtol=1e-9)
    assert all(row["unexplained"] == 0 for row in other.evidence["dimensions"])


@pytest.mark.slow
def test_2_2_2_2():
    result = witness_sets("2-2-2-2", seed=0)
    assert result.stop_reason == "complete"
    sizes = [(c.dimension, c.degree, c.signature) for c in result.components]
    assert sizes[0] == (8, 33, (0, 8, 4))
    assert sorted(sizes[1:7]) == sorted(
        2 * [(7, 9, (1, 7, 4)), (7, 9, (2, 7, 3))] + [(7, 3, (1, 7, 4)), (7, 3, (2, 7, 3))]
    )
    assert sizes[7:] == [(6, 14, (3, 6, 3))] + 3 * [(4, 1, (4, 4, 4))]


def test_three_layers():
    result = witness_sets("2-1-1-2", seed=3)
    assert result.stop_reason == "complete"
    # Worked out by hand: {W2 = 0, W3^T B W1^T = 0}, two orbits a b c = const in C^3, and {W1 = W3 = 0}.
    assert facts(result) == [
        (3, 2, 0, 1, (1, 3, 1)), (2, 3, 1, 3, (0, 2, 3)), (2, 3, 1, 3, (1, 2, 2)), (1, 1, 0, 0, (2, 1, 2)),
    ]  # fmt: skip
    status = {row["stratum"]: row["status"] for row in result.evidence["strata"]}
    inside = "in the closure of larger components"
    assert status["0,0,1 [0,0] [0]"] == status["1,0,0 [0,0] [0]"] == status["0,0,0 [0,0] [0]"] == inside


def test_power_network_slice_by_slice():
    # 2-2-1:x^2 fills the quadratic forms: one pure component, and one spurious for every critical square of a line.
    result = witness_sets("2-2-1:x^2", seed=0, max_paths=125)
    assert "dimension 2 was not examined" in result.stop_reason
    assert [(c.dimension, c.degree, c.pure, c.rank) for c in result.components if c.pure] == [(3, 12, True, 3)]
    spurious = [c for c in result.components if not c.pure]
    assert [(c.dimension, c.degree, c.rank) for c in spurious] == [(3, 3, 2)] * 4
    data = critlocus.Data(result.data["inputs"], result.data["outputs"])
    squares = critlocus.solve_functions("2-1-1:x^2", "data", data=data, spurious=False).target()
    real = sorted(squares.loss[squares.is_real])
    np.testing.assert_allclose(sorted(c.loss.real for c in spurious if abs(c.loss.imag) < 1e-9), real, rtol=1e-9)


@pytest.mark.parametrize("name", ["2-1-2", "2-2-2", "3-2-1", "2-2-2-2", "2-1-1-2"])
def test_dimensions_and_ranks_of_strata(name):
    network = Network.parse(name)
    strata = rank_strata(network)
    locus, rng = DegenerateLocus(network), np.random.default_rng(5)
    assert len({s.name for s in strata}) == len(strata)  # ranks tell orbits apart
    assert strata[0].dimension == network.n_weights
    for stratum in strata:
        theta = stratum.point(rng)
        stratum.tangent(theta)  # raises if the dimension is not that of the tangent space
        jacobian = locus.functions.jacobian(theta, np.zeros(0))
        assert np.linalg.matrix_rank(jacobian, tol=1e-8) == stratum.differential_rank
        w = network.unpack(theta)
        for i in range(stratum.layers):
            product = np.eye(network.widths[i])
            for j in range(i + 1, stratum.layers + 1):
                product = w[f"W{j}"] @ product
                assert np.linalg.matrix_rank(product, tol=1e-8) == stratum.rank(i, j)


def test_the_trace_sees_missing_points_and_loops_join():
    result = witness_sets("2-2-2", seed=1)
    c = result.components[0]
    system = DegenerateLocus(result.network).sliced(c.dimension)
    at = Slice(result.moments.astype(complex), c.matrix, c.constants)
    whole = decompose(NativeSolver(), system, c.points, at, np.random.default_rng(0))
    assert whole.linear
    assert len(whole.residuals) == 1
    assert whole.loops >= 1
    part = decompose(NativeSolver(), system, c.points[:-1], at, np.random.default_rng(0))
    assert not part.linear


def test_membership():
    result = witness_sets("2-2-2", seed=1)
    locus, rng, moments = DegenerateLocus(result.network), np.random.default_rng(8), result.moments.astype(complex)
    first, second, third, origin = result.components
    for c, others in ((first, (second, origin)), (second, (first, third, origin))):
        at = Slice(moments, c.matrix, c.constants)
        system = locus.sliced(c.dimension)
        moved = c.points[0].reshape(2, 2, 2)
        g = rng.standard_normal((2, 2)) + 1j * rng.standard_normal((2, 2))
        inside = np.concatenate([(g @ moved[0]).ravel(), (moved[1] @ np.linalg.inv(g)).ravel()])
        assert is_member(NativeSolver(), system, c.points, at, inside, moments, rng)
        for other in others:
            assert not is_member(NativeSolver(), system, c.points, at, other.points[0], moments, rng)


def test_file_round_trip_and_validation(tmp_path):
    path = tmp_path / "loci.h5"
    result = witness_sets("2-1-2", seed=6, out=path)
    loaded = critlocus.load(path)
    assert {**loaded.summary(), "seconds": 0} == {**result.summary(), "seconds": 0}
    np.testing.assert_array_equal(loaded.components[0].points, result.components[0].points)
    check = validate(loaded)
    assert check.ok, check.complaints
    with h5py.File(path, "r+") as file:
        file["components/0/points"][0, 0] += 1e-3
        file["components/1/signature"][:] = [0, 1, 3]
        file["components/2"].attrs["loss"] = 1.0
    complaints = " ".join(validate(critlocus.load(path)).complaints)
    for word in ("component 0: the slice", "component 1: the signature", "component 2: the loss"):
        assert word in complaints
    (tmp_path / "mine.h5").write_text("precious")
    with pytest.raises(FileError, match="holds no witness sets"):
        witness_sets("2-1-2", out=tmp_path / "mine.h5")


def test_command_line():
    def run(*arguments):
        command = [sys.executable, "-m", "critlocus", "solve", "2-1-2", "--regularize", "none", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    found = json.loads(run("--json").stdout)
    assert [c["degree"] for c in found["components"]] == [2, 2, 1]
    assert [c["index"] for c in found["components"]] == [0, 1, 2]
    assert "critical locus of 2-1-2" in run().stdout
    bad = run("--targets", "3")
    assert (bad.returncode, len(bad.stderr.strip().splitlines())) == (2, 1)


def test_input_errors():
    with pytest.raises(InputError, match="too few"):
        witness_sets("2-2-2", "generic:1", method="strata")
    with pytest.raises(InputError, match="not linear"):
        witness_sets("2-1-1:x^2", method="strata")
    with pytest.raises(InputError, match="method"):
        witness_sets("2-1-2", method="guess")
    with pytest.raises(InputError, match="witness_sets"):
        critlocus.solve("2-1-2", regularize="none")


def test_results_do_not_depend_on_threads():
    one, two = witness_sets("2-2-2", seed=7, threads=1), witness_sets("2-2-2", seed=7, threads=2)
    for a, b in zip(one.components, two.components, strict=True):
        np.testing.assert_array_equal(a.points, b.points)
        assert a.signature == b.signature


def test_public_names_are_not_taken_by_modules():
    code = (
        "import critlocus.loci.slices, critlocus.load, critlocus.solve_system, critlocus;"
        "assert all(callable(getattr(critlocus, n)) for n in ('load', 'solve', 'solve_system', 'witness_sets'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
