"""The engines behind one protocol: a contract for all of them, and PHCpack in its worker process."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import naive
from critlocus.continuation.monodromy import monodromy
from critlocus.errors import InputError, SolverError
from critlocus.networks import Network, sign_group
from critlocus.problems.critical_points import CriticalPoints
from critlocus.solvers import SOLVERS, PathStatus, capabilities, make_solver
from critlocus.solvers.newton import refine
from critlocus.solvers.phcpack import PhcpackSolver
from critlocus.tape import NONE, Graph
from critlocus.tape.system import PolynomialSystem
from systems import from_roots, not_monic, unit_roots, univariate

S = PathStatus


def present(solver):
    try:
        print(solver.name, solver.version)
    except SolverError as error:
        pytest.skip(str(error))
    return solver


@pytest.fixture(scope="module", params=SOLVERS)
def engine(request):
    solver = present(make_solver(request.param, threads=2))
    yield solver
    if isinstance(solver, PhcpackSolver):
        solver.close()


@pytest.fixture(scope="module")
def phcpack():
    solver = present(PhcpackSolver(threads=2))
    yield solver
    solver.close()


def segment(solver, system, starts, p, q, **options):
    """All starts along one segment of parameters."""
    starts = np.array(starts, complex).reshape(-1, system.n)
    rows = np.zeros(len(starts), np.int64)
    return solver.track(system, starts, np.array([p, q], complex), rows, rows + 1, **options)


def assert_rows_agree(found, expected, tolerance=1e-9):
    assert np.all(found.success), [S(v).name for v in found.status]
    error = np.linalg.norm(found.points - expected, axis=1)
    assert np.all(error <= tolerance * np.linalg.norm(expected, axis=1)), error.max()


def network_family(name, n_points, seed):
    """A family with one start pair, and a generic member to track to."""
    network = Network.parse(name)
    family = CriticalPoints(network, n_points)
    rng = np.random.default_rng(seed)
    support = np.arange(network.n_weights)
    start, parameters = family.start_pair(rng, support)
    return network, family, family.system(support), start, parameters, rng


def all_points(name, n_points, seed=1):
    """The orbits over a generic member, found by the native engine."""
    network, family, system, start, parameters, rng = network_family(name, n_points, seed)
    run = monodromy(
        make_solver("native", threads=1), system, start, parameters, family.random_parameters,
        sign_group(network), rng,
    )  # fmt: skip
    assert run.stop_reason == "quiet"
    return network, system, run.points, parameters, family.random_parameters(rng)


# -- the contract ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degree", [1, 2, 5, 8])
def test_all_roots_of_random_polynomials(engine, degree):
    rng = np.random.default_rng(degree)
    roots = naive.complex_doubles(rng, degree)
    paths = segment(engine, univariate(degree), unit_roots(degree), [-1] + [0] * (degree - 1), from_roots(list(roots)))
    assert np.all(paths.success)
    assert np.all(paths.t == 1)
    assert np.all(paths.accuracy < 1e-12)
    assert np.all(paths.condition < 1e13)
    distance = np.abs(paths.points - roots[None, :])
    assert sorted(distance.argmin(axis=1)) == list(range(degree))
    assert distance.min(axis=1).max() < 1e-9


def test_rows_keep_the_order_of_their_starts(engine):
    """Roots of ``x^3 = p`` along short arcs stay next to themselves; rows of all arcs are mixed."""
    rng = np.random.default_rng(0)
    g = Graph()
    x, p = g.variable(), g.parameter()
    system = PolynomialSystem(g, [g.sum([(1.0, g.product(x, x), x), (-1.0, p, NONE)])])
    angles = np.array([0, 0.5, 1.0, 2.2, -0.7])
    from_, root = (v.ravel() for v in np.meshgrid(np.arange(5), np.arange(3), indexing="ij"))
    order = rng.permutation(15)
    from_, root = from_[order], root[order]
    to = (from_ + 1) % 4
    turn = np.exp(2j * np.pi * root / 3)
    starts, ends = (turn * np.exp(1j * angles[rows] / 3) for rows in (from_, to))
    paths = engine.track(system, starts[:, None], np.exp(1j * angles)[:, None], from_, to)
    assert_rows_agree(paths, ends[:, None])


def test_failing_paths_do_not_disturb_the_others(engine):
    starts = [[1], [5], [-1], [0.3 + 2j], [1]]
    table = np.array([[-1, 0, 1], [1j, 1, 0], [-2j, 3, 1], [1, -2, 1]], complex)
    from_, to = np.zeros(5, np.int64), np.array([1, 2, 1, 1, 2])
    paths = engine.track(not_monic(2), np.array(starts, complex), table, from_, to)
    invalid = [1, 3]
    assert [S(v) for v in paths.status[invalid]] == [S.INVALID_START] * 2
    assert np.all(paths.t[invalid] == 0)
    assert sorted(S(v).name for v in paths.status[[0, 2]]) == ["DIVERGED", "SUCCESS"]  # one root goes to infinity
    assert paths.status[4] == S.SUCCESS
    good = np.flatnonzero(paths.success)
    values = [np.polyval(table[to[i]][::-1], paths.points[i, 0]) for i in good]
    assert np.abs(values).max() < 1e-12


def test_a_double_root_is_not_a_success(engine):
    paths = segment(engine, univariate(2), unit_roots(2), [-1, 0], from_roots([1 + 1j, 1 + 1j]))
    assert [S(v) for v in paths.status] == [S.SINGULAR] * 2
    assert np.all(paths.t > 0.999)


def test_a_singularity_on_the_way_is_not_a_success(engine):
    paths = segment(engine, univariate(2), unit_roots(2), [-1, 0], [1, 0])
    assert not np.any(paths.success)
    assert np.all((paths.t > 0.4) & (paths.t < 0.6))


def test_an_empty_batch(engine):
    nothing = np.zeros(0, np.int64)
    paths = engine.track(univariate(2), np.zeros((0, 1), complex), np.zeros((1, 2), complex), nothing, nothing)
    assert paths.points.shape == (0, 1)
    assert not paths.interrupted


def test_progress_counts_to_the_end(engine):
    told = []
    segment(
        engine, univariate(7), unit_roots(7), [-1] + [0] * 6, from_roots(list(2j + np.arange(7))), progress=told.append
    )
    assert told == sorted(told)
    assert all(0 <= v <= 7 for v in told)


def test_input_errors_are_clean(engine):
    one, row = np.ones((1, 1), complex), np.zeros(1, np.int64)
    table = np.zeros((1, 2), complex)
    for arguments, message in [
        ((np.ones((1, 2), complex), table, row, row), "starts"),
        ((one, np.zeros((1, 3), complex), row, row), "parameters"),
        ((one, table, np.zeros(2, np.int64), row), "parameter rows"),
        ((one, table, row, row + 1), "does not exist"),
    ]:
        with pytest.raises(InputError, match=message):
            engine.track(univariate(2), *arguments)


def test_threads_do_not_change_anything(engine):
    _, system, points, p, q = all_points("2-1-2", 10)
    one = segment(make_solver(engine.name, threads=1), system, points, p, q)
    two = segment(engine, system, points, p, q)
    assert np.array_equal(one.points, two.points)
    assert np.array_equal(one.status, two.status)


def test_monodromy_over_every_engine(engine):
    network, family, system, start, parameters, rng = network_family("2-1-2", 10, seed=1)
    run = monodromy(engine, system, start, parameters, family.random_parameters, sign_group(network), rng)
    assert run.stop_reason == "quiet"
    assert len(run.points) == 8
    assert refine(system, run.points, np.tile(parameters, (8, 1))).regular.all()


def test_what_engines_can_do():
    for name in SOLVERS:
        found = capabilities(name)
        assert "d" in found.precisions
        assert found.from_scratch == hasattr(make_solver(name, threads=1), "solve")
    with pytest.raises(InputError, match="unknown solver"):
        capabilities("guess")
    with pytest.raises(InputError, match="unknown solver"):
        make_solver("guess", threads=1)
    with pytest.raises(InputError, match="precision"):
        make_solver("native", threads=1, precision="dd")
    with pytest.raises(InputError, match="precision"):
        PhcpackSolver(precision="half")
    with pytest.raises(InputError, match="threads"):
        PhcpackSolver(threads=0)


# -- PHCpack against the native engine ---------------------------------------------------------------------------------


def test_2_2_2_point_by_point(phcpack):
    """All 192 torus points, from one generic member to another: the ends of the two engines agree row by row."""
    network, system, points, p, q = all_points("2-2-2", 10)
    points = sign_group(network).expand(points).reshape(-1, system.n)
    assert len(points) == 192
    expected = segment(make_solver("native", threads=1), system, points, p, q)
    assert np.all(expected.success)
    assert_rows_agree(segment(phcpack, system, points, p, q), expected.points)


@pytest.mark.parametrize(("name", "n_points"), [("2-1-2", 1), ("2-2-2", 1), ("2-2-1:x^2", 1)])
def test_families_not_linear_in_their_parameters(phcpack, name, n_points):
    """The straight line between two members leaves such a family; the segment of parameters does not."""
    _, system, points, p, q = all_points(name, n_points)
    expected = segment(make_solver("native", threads=1), system, points, p, q)
    assert np.all(expected.success)
    assert_rows_agree(segment(phcpack, system, points, p, q), expected.points)


@pytest.mark.parametrize("precision", ["dd", "qd"])
def test_higher_precision(phcpack, precision):
    _, system, points, p, q = all_points("2-1-2", 10)
    solver = PhcpackSolver(precision=precision)
    assert solver.version.endswith(f"({precision})")
    paths = segment(solver, system, points, p, q)
    solver.close()
    assert_rows_agree(paths, segment(make_solver("native", threads=1), system, points, p, q).points)


def test_solve_from_scratch(phcpack):
    """2-1-2 has 16 critical points in the torus, and the origin."""
    network, system, points, p, _ = all_points("2-1-2", 10)
    paths = phcpack.solve(system, p)
    assert np.all(paths.success)
    assert len(paths.points) == 17
    assert np.abs(paths.points).max(axis=1).min() < 1e-12
    for expected in sign_group(network).expand(points).reshape(-1, system.n):
        assert np.linalg.norm(paths.points - expected, axis=1).min() < 1e-9
    assert np.array_equal(phcpack.solve(system, p).points, paths.points)  # the seed is fixed


@pytest.mark.slow
def test_solve_2_2_2_from_scratch(phcpack):
    _, system, _, p, _ = all_points("2-2-2", 10)
    paths = phcpack.solve(system, p)
    torus = np.abs(paths.points).min(axis=1) > 1e-9
    assert np.all(paths.success)
    assert (len(torus), int(torus.sum())) == (225, 192)


@pytest.mark.slow
def test_monodromy_2_2_2(phcpack):
    network, family, system, start, parameters, rng = network_family("2-2-2", 10, seed=2)
    run = monodromy(phcpack, system, start, parameters, family.random_parameters, sign_group(network), rng)
    assert (run.stop_reason, len(run.points), run.strays) == ("quiet", 48, 0)


def test_singular_solutions_from_scratch(phcpack):
    paths = phcpack.solve(univariate(3), np.array(from_roots([1 + 1j, 1 + 1j, -2])))
    regular = paths.points[paths.success]
    assert len(regular) == 1
    assert abs(regular[0, 0] + 2) < 1e-12
    assert set(paths.status[~paths.success]) <= {S.SINGULAR}


def test_systems_that_are_not_square(phcpack):
    g = Graph()
    x, y = g.variable(), g.variable()
    with pytest.raises(InputError, match="1 equations in 2 variables"):
        phcpack.solve(PolynomialSystem(g, [g.product(x, y)]), np.zeros(0))


# -- the worker process ------------------------------------------------------------------------------------------------


def test_killing_the_worker_loses_nothing(phcpack):
    network, system, points, p, q = all_points("2-2-2", 10)
    points = sign_group(network).expand(points).reshape(-1, system.n)[:96]
    expected = segment(phcpack, system, points, p, q)
    begun = phcpack.worker.starts
    kills = []

    def kill_twice(done):
        if len(kills) < 2:
            kills.append(done)
            os.kill(phcpack.worker.pid, signal.SIGKILL)

    found = segment(phcpack, system, points, p, q, progress=kill_twice)
    assert phcpack.worker.starts == begun + 2
    assert np.array_equal(found.points, expected.points)
    assert np.array_equal(found.status, expected.status)


def test_killing_the_worker_while_it_computes(phcpack):
    network, system, points, p, q = all_points("2-2-2", 10)
    points = sign_group(network).expand(points).reshape(-1, system.n)[:96]
    expected = segment(phcpack, system, points, p, q)
    begun = phcpack.worker.starts
    timer = threading.Timer(0.1, lambda: os.kill(phcpack.worker.pid, signal.SIGKILL))
    timer.start()
    found = segment(phcpack, system, points, p, q)
    timer.join()
    assert phcpack.worker.starts == begun + 1
    assert np.array_equal(found.points, expected.points)


def test_interrupt_returns_what_is_done(phcpack):
    network, system, points, p, q = all_points("2-2-2", 10)
    points = sign_group(network).expand(points).reshape(-1, system.n)

    def stop(done):
        if done >= 64:
            raise KeyboardInterrupt

    paths = segment(phcpack, system, points, p, q, progress=stop)
    assert paths.interrupted
    assert phcpack.worker.pid is None
    assert set(paths.status) == {S.SUCCESS, S.INTERRUPTED}
    assert 64 <= paths.success.sum() < 192
    again = segment(phcpack, system, points[:8], p, q)  # the engine starts again
    assert np.array_equal(again.points, paths.points[:8])


def test_ctrl_c_while_the_worker_computes(phcpack):
    network, system, points, p, q = all_points("2-2-2", 10)
    points = np.tile(sign_group(network).expand(points).reshape(-1, system.n), (10, 1))
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    begun = time.perf_counter()
    paths = segment(phcpack, system, points, p, q)
    timer.join()
    assert paths.interrupted
    assert time.perf_counter() - begun < 5
    assert np.count_nonzero(paths.status == S.INTERRUPTED) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="uses Linux's parent-death signal")
def test_the_worker_dies_with_its_parent(phcpack):
    script = "from critlocus.solvers.phcpack import PhcpackSolver as P; import os, signal\n"
    script += "s = P(); s.version; print(s.worker.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    pid = int(subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False).stdout)
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        with open(f"/proc/{pid}/stat") as stat:
            if stat.read().split()[2] == "Z":
                return
        time.sleep(0.05)
    pytest.fail(f"worker {pid} is still running")


def test_phcpy_is_not_imported_here(phcpack):
    assert phcpack.version
    assert "phcpy" not in sys.modules


# -- stand-ins for phcpy, found before the real one --------------------------------------------------------------------

STAND_IN = {
    "__init__": "from phcpy import dimension, polynomials, solver, trackers, version\n",
    "version": "def version_string(vrblvl=0):\n    return 'stand-in'\n",
    "dimension": "def set_seed(seed, vrblvl=0):\n    return 0\n",
    "polynomials": "def clear_symbol_table(vrblvl=0):\n    return 0\n",
    "solver": """
        def solve(pols, tasks=0, mvfocus=0, precision="d", checkin=True, dictionary_output=False, vrblvl=0):
            return ["t : 1.0 0.0\\nm : 1\\nthe solution for t :\\n x1 : 1.0  1.0\\n== err : 0 = rco : 1 = res : 0 ="]
    """,
    "trackers": """
        import os

        def autotune_parameters(difficulty_level, digits_of_precision, vrblvl=0):
            return 0

        def set_parameter_value(idx, value, vrblvl=0):
            return 0

        def _function(text):
            code = text.strip().rstrip(";").replace("^", "**").replace("*i", "*1j")
            return lambda x1: eval(code, {"x1": x1})

        def _track(f, x):
            for k in range(1, 61):
                for _ in range(4):
                    value, h = f(k / 60, x), 1e-6
                    x -= value / ((f(k / 60, x + h) - f(k / 60, x - h)) / (2 * h))
            return x

        def double_track(target, start, startsols, gamma=0, pwt=2, tasks=0, vrblvl=0):
            print("noise on standard output")
            g, f = _function(start[0]), _function(target[0])
            ends = []
            for sol in startsols:
                re, im = sol.split(" x1 : ")[1].split()[:2]
                x = complex(float(re), float(im))
                if abs(x - 1j) < 1e-9:
                    os._exit(3)
                x = _track(lambda t, x: gamma * (1 - t) ** pwt * g(x) + t ** pwt * f(x), x)
                ends.append(f"t : 1.0 0.0\\nm : 1\\nthe solution for t :\\n x1 : {x.real} {x.imag}\\n== err : 0 =")
            return gamma, ends
    """,
}


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a package named phcpy in front of the worker's path."""

    def place(files):
        folder = tmp_path / "phcpy"
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(text))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        return PhcpackSolver()

    return place


def test_the_new_generation_of_phcpy(stand_in):
    solver = stand_in(STAND_IN)
    assert solver.version == "stand-in (d)"
    roots = naive.complex_doubles(np.random.default_rng(3), 3)
    paths = segment(solver, univariate(3), unit_roots(3), [-1, 0, 0], from_roots(list(roots)))
    expected = segment(
        make_solver("native", threads=1), univariate(3), unit_roots(3), [-1, 0, 0], from_roots(list(roots))
    )
    assert_rows_agree(paths, expected.points)
    found = solver.solve(univariate(2), np.array(from_roots([1 + 1j, 3])))
    solver.close()
    assert [S(v) for v in found.status] == [S.SUCCESS]


def test_a_path_that_kills_the_worker_fails_alone(stand_in):
    solver = stand_in(STAND_IN)
    target = from_roots(list(naive.complex_doubles(np.random.default_rng(5), 12)))
    starts = unit_roots(12)  # the one at i ends the process
    paths = segment(solver, univariate(12), starts, [-1] + [0] * 11, target)
    solver.close()
    assert paths.status[3] == S.UNTRACKED
    assert (paths.t[3], paths.points[3, 0]) == (0, pytest.approx(1j))
    others = np.delete(np.arange(12), 3)
    assert np.all(paths.success[others])
    assert solver.worker.starts > 2


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"__init__": "raise ImportError('no such library')"}, "no such library"),
        ({"__init__": "print('PHCpack is not there')"}, "not its library"),
        ({"__init__": "import sys; sys.exit(7)"}, "does not start: exit code 7"),
        ({"__init__": "solver = 1", "trackers": "import absent"}, "absent"),
    ],
)
def test_a_missing_phcpy_is_a_clean_error(stand_in, files, reason):
    solver = stand_in(files)
    for _ in range(2):
        with pytest.raises(SolverError, match=reason) as caught:
            segment(solver, univariate(2), unit_roots(2), [-1, 0], [1j, 0])
        assert "\n" not in str(caught.value)
        if "does not start" not in reason:
            assert "apt-get install phcpack python3-phcpy" in str(caught.value)
    solver.close()


def test_an_error_of_phcpy_is_a_clean_error(stand_in):
    broken = "def double_track(*a, **k):\n    raise RuntimeError('out of order')\n"
    solver = stand_in({**STAND_IN, "trackers": textwrap.dedent(STAND_IN["trackers"]) + broken})
    with pytest.raises(SolverError, match="PHCpack: RuntimeError: out of order"):
        segment(solver, univariate(2), unit_roots(2), [-1, 0], [1j, 0])
    solver.close()
