# The benchmarks run, with few paths.
import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def run(script, out, *arguments):
    command = [sys.executable, str(BENCHMARKS / script), *arguments, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(out.read_text())


def test_peers(tmp_path):
    text, record = run("peers.py", tmp_path / "out.json", "--quick", "--systems", "2-2-2")
    assert "paths per second per core" in text
    for name, engine in record["versions"].items():
        assert (f"without {name}: " in text) == (engine is None)
    present = [name for name, engine in record["versions"].items() if engine is not None]
    found = record["systems"]["2-2-2"]
    assert found["starts"] == 48
    assert (found["ratio"] is None) == (len(present) == 1)
    rows = {row["engine"]: row for row in found["rows"]}
    for engine in present:
        assert rows[engine]["paths_per_second"] > 0
        assert rows[engine]["failed_percent"] == 0
    assert rows["native"]["jumps"] == 0
    for engine in present[1:]:
        assert rows[engine]["paths"] == rows[engine]["compared"] == 16
        assert rows[engine]["mismatches"] == 0


def test_peers_without_peers(tmp_path):
    arguments = ("--quick", "--systems", "cyclic-5", "--engines", "native")
    text, record = run("peers.py", tmp_path / "out.json", *arguments)
    assert "without" not in text
    assert [row["engine"] for row in record["systems"]["cyclic-5"]["rows"]] == ["native", "native double"]
    text, record = run(
        "peers.py", tmp_path / "out.json", *arguments[:3], "--engines", "macaulay2", "--macaulay2", "none"
    )
    assert "without macaulay2: no Macaulay2 here: python -m venv" in text
    assert record["versions"]["macaulay2"] is None


def test_wrong_ends_are_noticed(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    peers, engines = importlib.import_module("peers"), importlib.import_module("engines")
    problem, starts, work = peers.prepare("2-1-2", 16)
    assert starts == 8
    right = engines.Native(thorough=True).track(work, 16)
    ends = engines.Ends(right.points.copy(), right.success.copy(), 0.5)
    row = peers.measured("peer", ends, problem, work, right)
    assert (row["mismatches"], row["jumps"], row["compared"], row["paths_per_second"]) == (0, 0, 16, 32)
    ends.points[[0, 1]] = ends.points[[1, 0]]
    row = peers.measured("peer", ends, problem, work, right)
    assert (row["mismatches"], row["jumps"]) == (2, 0)
    ends.points[2], ends.points[3, 1], ends.success[4] = -ends.points[5], 0, False
    row = peers.measured("peer", ends, problem, work, right)
    assert (row["mismatches"], row["jumps"], row["failed_percent"]) == (4, 2, 6.25)


def test_peers_track_what_their_time_allows(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    engines, peers = importlib.import_module("engines"), importlib.import_module("peers")
    work = peers.prepare("2-1-2", 64)[2]
    native = engines.make_solver("native", threads=1)

    class Slow(engines.Peer):
        def run(self, work, first, last):
            return native.track(work.system, *work.part(first, last)), 0.1 * (last - first)

    for limit, expected in [(2.0, 20), (0.1, 4), (100.0, 64)]:
        ends = Slow().track(work, 64, limit)
        assert len(ends.points) == len(ends.success) == expected
        assert ends.seconds == pytest.approx(0.1 * expected)
        np.testing.assert_array_equal(ends.points, native.track(work.system, *work.part(0, expected)).points)


@pytest.mark.parametrize(("name", "count"), [("x^3 = 8", 3), ("cyclic-5", 70), ("2-2-2", 48)])
def test_trust_in_monodromy(tmp_path, name, count):
    text, record = run("trust.py", tmp_path / "out.json", "--paths", "0", "--seeds", "2", "--systems", name)
    assert f"2 of 2 seeds find {count}" in text
    assert record["monodromy"][name]["counts"] == {str(count): 2}


def test_trust_in_round_trips(tmp_path):
    _, record = run("trust.py", tmp_path / "out.json", "--paths", "12000", "--seeds", "0", "--systems", "2-1-2")
    found = record["round_trips"]["2-1-2"]
    assert found["paths"] >= 2000
    assert found["returned"] > 0.45 * found["paths"]
    assert found["mismatches"] == 0
