# Engines side by side: matching of certified solutions as sets.
import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import critlocus
from critlocus.compare import _match, compare

needs_phcpy = pytest.mark.skipif(
    find_spec("phcpy") is None, reason="apt-get install phcpack python3-phcpy, and let phcpy into the environment"
)


def test_two_runs_of_one_engine_agree_up_to_signs():
    result = critlocus.solve("2-2-2", seed=2, trace_test=False)
    flipped = critlocus.solve("2-2-2", seed=2, trace_test=False)
    elements = result.symmetry.elements()
    rng = np.random.default_rng(0)
    full = flipped.generic.stratum == 0
    flipped.generic.theta[full] *= elements[rng.integers(0, len(elements), int(full.sum()))]
    order = rng.permutation(len(flipped.generic))
    match = _match(result, result.generic, flipped.generic[order], "a", "b", "generic")
    assert match.agree
    assert match.both == 225
    assert match.largest_distance < 1e-12


def test_missing_and_moved_points_are_reported():
    result = critlocus.solve("2-1-2", seed=2, trace_test=False)
    other = critlocus.solve("2-1-2", seed=2, trace_test=False)
    part = other.generic[1:]
    part.theta[0] += 1e-6
    match = _match(result, result.generic, part, "a", "b", "generic")
    assert (match.both, match.only_first, match.only_second) == (13, 4, 2)
    assert not match.agree


@needs_phcpy
def test_phcpack_agrees_point_by_point():
    outcome = compare("2-1-2", solvers=["native", "phcpack"], seed=1, trace_test=False)
    assert outcome.agree
    assert [m.both for m in outcome.matches] == [17, 17]
    assert [m.where for m in outcome.matches] == ["generic", "target 0"]


@pytest.mark.slow
@needs_phcpy
@pytest.mark.parametrize(
    ("network", "points", "torus", "all_points"),
    [("2-2-2", 10, 192, 225), ("2-2-1:x^2", 10, 416, 481), ("3-2-2", 3, 656, 705)],
)
def test_phcpack_finds_the_published_counts(network, points, torus, all_points):
    outcome = compare(network, f"generic:{points}", solvers=["native", "phcpack"], target="none", trace_test=False)
    assert outcome.agree
    assert outcome.matches[0].both == all_points
    for result in outcome.results.values():
        assert result.strata[0].points == torus


def test_command_line(tmp_path):
    command = [sys.executable, "-m", "critlocus", "compare", "2-1-2", "--solvers", "native", "--json"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found["engines"]["native"]["complex"] == 17
    for fmt in ("julia", "macaulay2", "bertini", "phcpack", "msolve"):
        command = [sys.executable, "-m", "critlocus", "export", "2-1-2", "--format", fmt, "--out", str(tmp_path / fmt)]
        subprocess.run(command, check=True)
        assert (tmp_path / fmt).stat().st_size > 100
    bad = subprocess.run([*command[:-3], "abacus"], capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert len(bad.stderr.strip().splitlines()) == 1
