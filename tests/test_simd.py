import os
import subprocess
import sys

import numpy as np
import pytest

from critlocus.errors import SolverError
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.solvers import native

BEST = native.simd_level()
USABLE = native.LEVELS[native.LEVELS.index(BEST) : 3] if BEST in native.LEVELS[:3] else (BEST,)

# One process per level: two builds of the core cannot be loaded side by side.
SCRIPT = """
import sys
import numpy as np
from critlocus.certify import certify
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.problems.pencil import stratum_pencil
from critlocus.solvers.native import NativeSolver, core, simd_level, tape

found = {"level": np.array(simd_level()), "width": np.array(core().native_width)}
rng = np.random.default_rng(1)
for name, count in [("2-2-2", 10), ("2-2-1:x^2", 2), ("2-2-2+bias", 12)]:
    family = CriticalPoints(Network.parse(name), count)
    system, n = family.system(), family.network.n_weights
    for symmetric in (True, False):
        if not symmetric:
            system = stratum_pencil(family, np.arange(n), "squares").system
        xs, (p, dp), _ = (complex_normal(rng, (k, m)) for k, m in [(5, system.n), (2, system.n_params), (1, 1)])
        f, j = np.zeros((5, system.n), complex), np.zeros((system.n, system.n), complex)
        core().evaluate(tape(system), xs, p, dp, f, j)
        found[f"{name} {symmetric} f"], found[f"{name} {symmetric} j"] = f, j
    starts = [family.start_pair(rng, np.arange(n)) for _ in range(21)]
    theta, p = np.array([t for t, _ in starts]), np.array([p for _, p in starts])
    table, rows = np.vstack([p, p[::-1]]), np.arange(21)
    paths = NativeSolver().track(family.system(), theta, table, rows, rows + 21)
    proof = certify(family.system(), paths.points, table, rows + 21)
    found[f"{name} ends"], found[f"{name} status"] = paths.points, paths.status
    found[f"{name} certified"], found[f"{name} centres"], found[f"{name} radius"] = (
        proof.certified, proof.points, proof.radius)
np.savez(sys.argv[1], **found)
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    found = {}
    for level in USABLE:
        out = tmp_path_factory.mktemp("simd") / f"{level}.npz"
        subprocess.run([sys.executable, "-c", SCRIPT, str(out)], env=environment(level), check=True)
        with np.load(out) as file:
            found[level] = dict(file)
    return found


def environment(level):
    path = os.pathsep.join(p for p in sys.path if p)
    return {**os.environ, "CRITLOCUS_SIMD": level, "PYTHONPATH": path}


def test_the_level_asked_for_is_used(results):
    widths = {"x86_64_v4": 8, "x86_64_v3": 4, "x86_64_v2": 2}
    for level, found in results.items():
        assert str(found["level"]) == level
        assert found["width"] == widths.get(level, 2)


@pytest.mark.parametrize("level", USABLE[1:])
def test_levels_agree_to_rounding(results, level):
    best, other = results[BEST], results[level]
    assert best.keys() == other.keys()
    for key, value in best.items():
        if key.endswith((" f", " j")):
            assert np.abs(value - other[key]).max() <= 1e-13 * np.abs(value).max(), key
        elif key.endswith((" status", " certified")):
            np.testing.assert_array_equal(value, other[key], key)
            assert np.all(value == 1)  # all paths arrive, all ends are certified
        elif key.endswith((" ends", " centres")):
            size = np.abs(value).max(axis=1, keepdims=True)
            assert np.all(np.abs(value - other[key]) <= 1e-9 * size), key


@pytest.mark.parametrize("level", USABLE[1:])
def test_certified_boxes_of_all_levels_overlap(results, level):
    best, other = results[BEST], results[level]
    for key in [k for k in best if k.endswith(" centres")]:
        radius = key.replace("centres", "radius")
        assert np.all(np.abs(best[key] - other[key]) <= best[radius] + other[radius])


def test_a_level_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setenv("CRITLOCUS_SIMD", "x86_64_v9")
    with pytest.raises(SolverError, match=r"x86_64_v9.*choose one of"):
        native.simd_level.__wrapped__()
    if len(USABLE) > 1:
        monkeypatch.setenv("CRITLOCUS_SIMD", USABLE[-1])
        assert native.simd_level.__wrapped__() == USABLE[-1]


def test_parts_of_a_step_are_timed_and_bounded_by_the_peak():
    family = CriticalPoints(Network.parse("2-2-2"), 10)
    system = family.system()
    x, p = family.start_pair(np.random.default_rng(1), np.arange(system.n))
    seconds = native.core().time_parts(native.tape(system), np.ravel(x), p, p, 2000)
    assert set(seconds) == {"f", "jacobian", "factor", "solve", "taylor", "predict"}
    assert all(t > 0 for t in seconds.values())
    assert seconds["taylor"] > seconds["f"]
    operations = 8 * native.core().lanes * system.n * (system.n - 1)
    assert operations / seconds["solve"] < 1.5 * native.core().peak_flops()
