"""HomotopyContinuation.jl as an engine: the whole conversation with a stand-in, and with a real Julia if there is."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import critlocus
import naive
from critlocus.continuation.monodromy import monodromy
from critlocus.errors import InputError, SolverError
from critlocus.networks import Network, sign_group
from critlocus.problems.critical_points import CriticalPoints
from critlocus.solvers import SOLVERS, PathStatus, capabilities, make_solver
from critlocus.solvers.julia import CODES, JuliaSolver
from critlocus.solvers.julia_bridge import Bridge, ProcessBridge
from critlocus.solvers.julia_worker import decode, encode, message
from critlocus.tape import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from systems import from_roots, not_monic, unit_roots, univariate

S = PathStatus
STAND_IN = Path(__file__).parent / "stand_in"
PACKAGE = Path(critlocus.__file__).parent
SOURCE = (PACKAGE / "julia" / "src" / "CritlocusHC.jl").read_text()


@pytest.fixture
def stand_in(monkeypatch):
    """Return a maker of engines that talk to the stand-in, in one of its moods."""
    made = []

    def make(mood="", threads=1):
        monkeypatch.setenv("PYTHONPATH", str(STAND_IN))
        monkeypatch.setenv("STAND_IN", mood)
        made.append(JuliaSolver(threads=threads))
        return made[-1]

    yield make
    for solver in made:
        solver.close()


def real_julia():
    """Why there is no Julia to test with, or nothing; a download by juliapkg is not asked for."""
    if importlib.util.find_spec("juliacall") is None:
        return "needs a real Julia: pip install juliacall"
    if not (os.environ.get("PYTHON_JULIAPKG_EXE") or shutil.which("julia") or shutil.which("juliaup")):
        return "needs a real Julia: install Julia 1.10 or later"
    return ""


needs_julia = pytest.mark.skipif(bool(real_julia()), reason=real_julia() or "Julia is there")


def segment(solver, system, starts, p, q, **options):
    starts = np.array(starts, complex).reshape(-1, system.n)
    rows = np.zeros(len(starts), np.int64)
    return solver.track(system, starts, np.array([p, q], complex), rows, rows + 1, **options)


def squares():
    """``x^2 = p``."""
    g = Graph()
    x, p = g.variable(), g.parameter()
    return PolynomialSystem(g, [g.sum([(1.0, x, x), (-1.0, p, NONE)])])


# -- the conversation --------------------------------------------------------------------------------------------------


def test_roots_of_a_random_polynomial(stand_in):
    rng = np.random.default_rng(3)
    roots = naive.complex_doubles(rng, 5)
    solver = stand_in()
    paths = segment(solver, univariate(5), unit_roots(5), [-1] + [0] * 4, from_roots(list(roots)))
    assert np.all(paths.success)
    assert np.all(paths.t == 1)
    assert np.all(paths.accuracy < 1e-12)
    assert np.all(paths.steps == 400)
    distance = np.abs(paths.points - roots[None, :])
    assert sorted(distance.argmin(axis=1)) == list(range(5))
    assert distance.min(axis=1).max() < 1e-9
    assert solver.version == "stand-in 2.9"


def test_many_segments_in_mixed_order_and_many_requests(stand_in, monkeypatch):
    monkeypatch.setattr("critlocus.solvers.julia.CHUNK", 7)
    rng = np.random.default_rng(0)
    angles = np.array([0, 0.5, 1.0, 2.2, -0.7])
    from_, sign = (v.ravel() for v in np.meshgrid(np.arange(5), [1, -1], indexing="ij"))
    order = rng.permutation(np.tile(np.arange(10), 3))
    from_, sign = from_[order], sign[order]
    to = (from_ + 1) % 4
    starts, ends = (sign * np.exp(1j * angles[rows] / 2) for rows in (from_, to))
    seen = []
    paths = stand_in().track(squares(), starts[:, None], np.exp(1j * angles)[:, None], from_, to, seen.append)
    assert np.all(paths.success)
    assert np.abs(paths.points - ends[:, None]).max() < 1e-12
    assert seen == [7, 14, 21, 28, 30]


@pytest.mark.parametrize(("name", "points"), [("2-1-2", 1), ("2-1-1", 3)])
def test_networks_as_with_the_native_engine(stand_in, name, points):
    network = Network.parse(name)
    family = CriticalPoints(network, points)
    rng = np.random.default_rng(5)
    system = family.system()
    start, parameters = family.start_pair(rng, np.arange(network.n_weights))
    native = make_solver("native", threads=1)
    run = monodromy(native, system, start, parameters, family.random_parameters, sign_group(network), rng)
    target = family.random_parameters(rng)
    expected = segment(native, system, run.points, parameters, target)
    found = segment(stand_in(), system, run.points, parameters, target)
    assert np.all(found.success)
    assert np.abs(found.points - expected.points).max() < 1e-9


def test_monodromy_runs_over_it(stand_in):
    network = Network.parse("1-1-1")
    family = CriticalPoints(network, 2)
    rng = np.random.default_rng(2)
    start, parameters = family.start_pair(rng, np.arange(2))
    found = []
    for solver in (make_solver("native", threads=1), stand_in()):
        run = monodromy(
            solver, family.system(), start, parameters, family.random_parameters, sign_group(network),
            np.random.default_rng(7),
        )  # fmt: skip
        found.append(len(run.points))
    assert found[0] == found[1] > 0


def test_all_statuses_of_paths(stand_in):
    solver = stand_in()
    wrong = segment(solver, univariate(2), [[1.0], [3.0]], [-1, 0], [-4, 0])
    assert list(wrong.status) == [S.SUCCESS, S.INVALID_START]
    double = segment(solver, univariate(2), [[1.0], [-1.0]], [-1, 0], [0, 0])
    assert list(double.status) == [S.SINGULAR, S.SINGULAR]
    infinity = segment(solver, not_monic(2), [[1.0], [-1.0]], [-1, 0, 1], [-1, 1, 0])
    assert sorted(infinity.status) == [S.SUCCESS, S.DIVERGED]
    crossing = segment(solver, squares(), [[1.0], [-1.0]], [1], [-1], thorough=False)
    assert set(crossing.status) == {S.STEP_TOO_SMALL}
    assert np.all(crossing.t < 0.6)
    assert len(segment(solver, squares(), np.zeros((0, 1)), [1], [2]).points) == 0


def test_solve_monodromy_and_certify(stand_in):
    solver, system = stand_in(), univariate(3)
    p = from_roots([1.0, -2.0, 0.5 + 1j])
    solved = solver.solve(system, p)
    assert np.all(solved.success)
    assert np.allclose(sorted(solved.points[:, 0], key=abs), [1, 0.5 + 1j, -2])
    run = solver.monodromy(system, [[1.0]], p, seed=3, wanted=3)
    assert run.stop_reason == "count"
    assert np.allclose(sorted(run.points[:, 0], key=abs), [1, 0.5 + 1j, -2])
    assert solver.monodromy(system, [[1.0]], p, seed=3, quiet=3).stop_reason == "quiet"
    proof = solver.certify(system, [[1 + 1e-5], [1 - 1e-5], [0.5 + 1.00001j], [1e6]], p)
    assert proof.certified.tolist() == [True, True, True, False]
    assert proof.real.tolist() == [True, True, False, False]
    assert proof.distinct.tolist() == [True, False, True, False]
    assert abs(proof.points[1, 0] - 1) < 1e-12
    assert len(solver.certify(system, np.zeros((0, 1)), p).points) == 0


def test_threads_are_julia_s(stand_in, monkeypatch):
    monkeypatch.delenv("PYTHON_JULIACALL_THREADS", raising=False)
    assert stand_in(threads=3)._bridge.start() == ("stand-in 2.9", 3)


# -- what can go wrong -------------------------------------------------------------------------------------------------


def test_a_dead_julia_is_an_error_and_starts_again(stand_in):
    solver, system = stand_in("die"), squares()
    assert segment(solver, system, np.ones(3), [1], [2]).success.all()
    with pytest.raises(SolverError, match="Julia died: exit code 7"):
        segment(solver, system, np.ones(13), [1], [2])
    assert segment(solver, system, np.ones(3), [1], [2]).success.all()
    assert solver._bridge.worker.starts == 2


def test_an_exception_in_julia_is_one_line(stand_in):
    with pytest.raises(SolverError) as caught:
        segment(stand_in("raise"), squares(), [1.0], [1], [2])
    assert str(caught.value) == "HomotopyContinuation.jl: DomainError with 1.0:"


def test_a_ctrl_c_keeps_what_is_done(stand_in, monkeypatch):
    solver, system = stand_in("sleep"), squares()
    assert solver.version
    threading.Timer(0.5, lambda: os.kill(os.getpid(), 2)).start()
    begun = time.monotonic()
    paths = segment(solver, system, [1.0, -1.0], [1], [2])
    assert time.monotonic() - begun < 10
    assert paths.interrupted
    assert set(paths.status) == {S.INTERRUPTED}
    monkeypatch.setenv("STAND_IN", "")
    assert segment(solver, system, [1.0, -1.0], [1], [2]).success.all()


def test_families_are_given_back(stand_in):
    solver = stand_in()
    system = squares()
    segment(solver, system, [1.0], [1], [2])
    del system
    bridge = solver._bridge
    assert bridge._dropped == [1]
    segment(solver, squares(), [1.0], [1], [2])
    assert bridge._dropped == [2]  # the first one is gone there too


def test_missing_juliacall(monkeypatch, tmp_path):
    (tmp_path / "juliacall.py").write_text("raise ModuleNotFoundError(\"No module named 'juliacall'\")")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SolverError) as caught:
        print(JuliaSolver().version)
    text = str(caught.value)
    assert "No module named 'juliacall'" in text
    assert "pip install critlocus[julia]" in text
    assert "\n" not in text


def test_missing_julia(stand_in):
    solver = stand_in("no julia")
    for call in (lambda: solver.version, lambda: segment(solver, squares(), [1.0], [1], [2])):
        with pytest.raises(SolverError, match=r"no Julia was found, .* be downloaded\): install it with") as e:
            call()
        assert "\n" not in str(e.value)


def test_nothing_julian_is_imported_before_the_first_call():
    code = (
        "import sys; from critlocus.solvers import make_solver; s = make_solver('julia', threads=2);"
        "assert not any('julia' in m and not m.startswith('critlocus') for m in sys.modules);"
        "assert s._bridge.worker.pid is None"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("bad", ["few", "shape"])
def test_nonsense_from_the_bridge_is_an_error(bad):
    class Nonsense:
        def build_system(self, program):
            return None

        def track(self, *arguments):
            return (1, 2) if bad == "few" else (np.zeros((5, 5)), *[np.zeros(1)] * 7)

        def close(self):
            pass

    with pytest.raises(SolverError, match="columns" if bad == "few" else "shape"):
        segment(JuliaSolver(bridge=Nonsense()), squares(), [1.0], [1], [2])


def test_input_is_checked():
    solver = JuliaSolver()
    with pytest.raises(InputError, match="threads"):
        JuliaSolver(threads=0)
    with pytest.raises(InputError, match="start solution"):
        solver.monodromy(squares(), np.zeros((0, 1)), [1])
    with pytest.raises(InputError, match="parameters"):
        solver.solve(squares(), [1, 2])
    with pytest.raises(InputError, match="points"):
        solver.certify(squares(), np.zeros((2, 2)), [1])
    with pytest.raises(InputError, match="precision"):
        make_solver("julia", threads=1, precision="qd")
    assert "julia" in SOLVERS
    assert capabilities("julia").from_scratch


# -- codes, arrays, files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(CODES) + 2))
def test_every_return_code_has_its_status(number):
    """The end is a regular solution at t = 1; only a success may say so."""

    class Coded:
        def build_system(self, program):
            return None

        def track(self, family, starts, *rest):
            return starts, *(np.array([v]) for v in (number, 0.5, np.nan, np.nan, 3, 1, 0))

        def close(self):
            pass

    paths = segment(JuliaSolver(bridge=Coded()), squares(), [1.0], [2], [1])
    expected = list(CODES.values())[number - 1] if 0 < number <= len(CODES) else S.UNTRACKED
    assert paths.status[0] == expected
    assert paths.t[0] == (1 if expected == S.SUCCESS else 0.5)
    assert (paths.steps[0], paths.rejected[0]) == (3, 1)
    assert not np.isnan(paths.accuracy[0])


def test_a_success_is_not_taken_on_trust():
    class Liar:
        def build_system(self, program):
            return None

        def track(self, family, starts, *rest):
            return starts + 1, *(np.array([v]) for v in (1, 0.0, 1e-16, 1.0, 3, 0, 0))

        def close(self):
            pass

    assert segment(JuliaSolver(bridge=Liar()), squares(), [1.0], [1], [1]).status[0] == S.SINGULAR


def test_julia_and_python_list_the_same_codes():
    listed = re.search(r"const CODES = \[(.*?)\]", SOURCE, re.DOTALL).group(1)
    assert re.findall(r":(\w+)", listed) == list(CODES)


def test_julia_has_the_functions_of_the_bridge():
    """Names, and numbers of arguments: the handle of the family comes first."""
    heads = dict(re.findall(r"^(?:function )?(\w+)\((.*?)\)(?: =|$)", SOURCE, re.MULTILINE))
    arity = {name: len([a for a in text.split(",") if a.strip()]) for name, text in heads.items()}
    assert arity["build_system"] == 11
    assert arity["version"] == 0
    for name in ("track", "monodromy", "certify_points", "solve_system"):
        assert arity[name] == getattr(Bridge, name).__code__.co_argcount - 1, name


def test_the_julia_files_are_in_the_package():
    required = json.loads((PACKAGE / "juliapkg.json").read_text())
    project = (PACKAGE / "julia" / "Project.toml").read_text()
    uuid = required["packages"]["HomotopyContinuation"]["uuid"]
    assert f'HomotopyContinuation = "{uuid}"' in project
    assert f'HomotopyContinuation = "{required["packages"]["HomotopyContinuation"]["version"]}"' in project
    assert f'julia = "{required["julia"]}"' in project


def test_arrays_travel_unchanged():
    rng = np.random.default_rng(1)
    arrays = (
        naive.complex_doubles(rng, (3, 2)), np.array([np.nan, -np.inf, -0.0]), np.arange(4), np.zeros((0, 2), complex),
        np.asfortranarray(rng.standard_normal((2, 3))), np.array([True, False]),
    )  # fmt: skip
    back = decode(json.loads(json.dumps(encode((*arrays, 3, "text", None)))))
    assert back[len(arrays) :] == (3, "text", None)
    for a, b in zip(arrays, back, strict=False):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert np.array_equal(a, b, equal_nan=True)
    with pytest.raises(TypeError, match="object"):
        encode(np.array([object()]))


def test_messages_are_one_line():
    assert message(ValueError("first\nsecond")) == "ValueError: first"
    assert message(ValueError()) == "ValueError: "


# -- a real Julia ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def julia():
    solver = JuliaSolver(threads=2)
    print(solver.version)
    yield solver
    solver.close()


@needs_julia
def test_real_julia_tracks_like_the_native_engine(julia):
    network = Network.parse("2-1-2")
    family = CriticalPoints(network, 1)
    rng = np.random.default_rng(5)
    system = family.system()
    start, parameters = family.start_pair(rng, np.arange(network.n_weights))
    native = make_solver("native", threads=1)
    run = monodromy(native, system, start, parameters, family.random_parameters, sign_group(network), rng)
    target = family.random_parameters(rng)
    expected = segment(native, system, run.points, parameters, target)
    found = segment(julia, system, run.points, parameters, target)
    assert np.all(found.success)
    assert np.abs(found.points - expected.points).max() < 1e-9


@needs_julia
def test_real_julia_solves_and_certifies(julia):
    p = from_roots([1.0, -2.0, 0.5 + 1j])
    solved = julia.solve(univariate(3), p)
    assert np.allclose(sorted(solved.points[:, 0], key=abs), [1, 0.5 + 1j, -2])
    run = julia.monodromy(univariate(3), [[1.0]], p, seed=3, wanted=3)
    assert run.stop_reason == "count"
    proof = julia.certify(univariate(3), run.points, p)
    assert proof.certified.all()
    assert proof.distinct.all()
    assert proof.real.sum() == 2


@needs_julia
def test_real_julia_names_failures(julia):
    assert list(segment(julia, univariate(2), [[1.0], [3.0]], [-1, 0], [-4, 0]).status) == [S.SUCCESS, S.INVALID_START]
    infinity = segment(julia, not_monic(2), [[1.0], [-1.0]], [-1, 0, 1], [-1, 1, 0])
    assert sorted(infinity.status) == [S.SUCCESS, S.DIVERGED]


@pytest.mark.skipif(shutil.which("julia") is None, reason="needs a real Julia: install Julia 1.10 or later")
def test_the_julia_project_tests_itself():
    code = "using Pkg; Pkg.test()"
    subprocess.run(["julia", f"--project={PACKAGE / 'julia'}", "-e", code], check=True, timeout=1800)


def test_the_process_bridge_is_a_bridge():
    bridge: Bridge = ProcessBridge()
    for name in ("start", "build_system", "track", "monodromy", "certify_points", "solve_system", "close"):
        assert callable(getattr(bridge, name))
