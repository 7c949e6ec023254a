# Suite files and their runs: what is wrong is named; outcomes survive a kill; a count that differs is exit code 1.
import csv
import json
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

import critlocus
from critlocus.errors import FileError, InputError
from critlocus.suites.result import Verdict, value_text
from critlocus.suites.store import earlier_run, load_suite
from critlocus.suites.suite import read_suite, shipped

SMALL = """
title = "small ones"

[[row]]
network = "2-1-2"
data = "generic:2"
expected = { complex = 17, source = "Groebner basis" }

[[row]]
name = "matrices"
job = "functions"
network = "matrices:2x2,rank=1"
expected = { ed_degree = 6, source = "closed formula" }

[[row]]
name = "dim"
job = "dimension"
network = "2-2-1:x^2"
"""
DIFFERENT = """
[[row]]
name = "wrong"
job = "dimension"
network = "2-2-1:x^2"
expected = { dimension = 4, source = "nobody" }
"""


def run(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "critlocus", "bench", *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
        check=False,
    )  # fmt: skip


@pytest.fixture
def small(tmp_path):
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path / "small.toml"


def test_the_suites_of_the_package_can_be_read():
    assert set(shipped()) == {"classical", "convolutional", "deep-linear", "dimensions", "ed-degrees", "power"}
    for name in shipped():
        suite = read_suite(name)
        assert suite.title
        assert all(row.expected and row.source for row in suite.rows)


ROW = '[[row]]\nnetwork = "2-1-2"\n'
BAD = {
    "not TOML": ("title = ", "not TOML"),
    "no rows": ('title = "empty"', "no rows"),
    "unknown key": (ROW + "colour = 3", "row 1: unknown key 'colour'"),
    "unknown key above": ('author = "me"\n' + ROW, "unknown key 'author'"),
    "missing network": ('[[row]]\nname = "a"', "row 1: the network is missing"),
    "unknown network": ('[[row]]\nnetwork = "banana"', "row 1: unknown network"),
    "unknown job": (ROW + 'job = "dream"', "job 'dream'"),
    "duplicate name": (ROW + ROW, "two rows are called '2-1-2'"),
    "option of another job": (ROW + 'metric = "generic"', "unknown key 'metric' for the job weights"),
    "wrong type": (ROW + "data = 3", "data is not of type str or dict"),
    "name that is a number": (ROW + "name = 3", "name is not of type str"),
    "no source": (ROW + "expected = { complex = 17 }", "need a source"),
    "unknown quantity": (ROW + 'expected = { minima = 1, source = "me" }', "unknown expected value 'minima'"),
    "not a count": (ROW + 'expected = { complex = 1.5, source = "me" }', "complex is not a whole number"),
    "negative": (ROW + 'expected = { complex = -1, source = "me" }', "complex is not a whole number"),
    "boolean count": (ROW + 'expected = { complex = true, source = "me" }', "complex is not a whole number"),
    "not a list": (ROW + 'expected = { by_zero_pattern = 3, source = "me" }', "by_zero_pattern is not a list"),
    "dimension of equations": ('[[row]]\njob = "dimension"\nnetwork = "equations:x^2-1"', "parametrised"),
    "a row that is no table": ("row = [1]", "not a table"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named(case, tmp_path):
    text, message = BAD[case]
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        read_suite(tmp_path / "bad.toml")
    assert message in str(caught.value)
    assert "bad.toml" in str(caught.value)


def test_no_such_suite_or_row(small):
    with pytest.raises(FileError, match="deep-linear"):
        read_suite("shallow-linear")
    with pytest.raises(InputError, match="no row is called 'big'"):
        critlocus.bench(small, only=["big"])


def test_rows_are_compared(small):
    found = critlocus.bench(small, seeds=2)
    rows = {row["name"]: row for row in found.summary()["rows"]}
    assert rows["2-1-2"]["found"] == {"complex": {"17": 2}}
    assert [r["seed"] for r in rows["matrices"]["runs"]] == [0, 1]
    assert [rows[n]["verdict"] for n in ("2-1-2", "matrices", "dim")] == ["agrees", "agrees", "no expectation"]
    assert rows["matrices"]["runs"][0]["evidence"]["lower_bound"] == 6
    assert found.confirmed


def test_expected_values_do_not_reach_the_computation(small):
    honest = critlocus.bench(small).summary()
    small.write_text(SMALL.replace("17", "18").replace("ed_degree = 6", "ed_degree = 7"))
    misled = critlocus.bench(small).summary()
    for a, b in zip(honest["rows"], misled["rows"], strict=True):
        assert a["runs"][0]["found"] == b["runs"][0]["found"]
    assert [row["verdict"] for row in misled["rows"]] == ["DIFFERS", "DIFFERS", "no expectation"]


def test_files_and_resumption(small, tmp_path):
    whole = critlocus.bench(small, out=tmp_path / "whole.h5", csv=tmp_path / "whole.csv", draws=3)
    first = critlocus.bench(small, only=["matrices"], out=tmp_path / "part.h5", draws=3)
    assert first.finished
    again = critlocus.bench(small, out=tmp_path / "part.h5", draws=3, resume=True)
    assert again.outcomes["matrices"][0].seconds == first.outcomes["matrices"][0].seconds  # was not run again

    def timeless(run):
        rows = run.summary()["rows"]
        for row in rows:
            for one in row["runs"]:
                del one["seconds"]
        return rows

    assert timeless(again) == timeless(whole) == timeless(load_suite(tmp_path / "whole.h5"))
    with h5py.File(tmp_path / "whole.h5") as file:
        assert file["runs/verdict"][:].tolist() == [Verdict.AGREES, Verdict.AGREES, Verdict.NO_EXPECTATION]
        assert file["runs/lower_bound"][:].tolist() == [17, 6, 3]
    with open(tmp_path / "whole.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(r["name"], r["verdict"]) for r in table][:2] == [("2-1-2", "agrees"), ("matrices", "agrees")]
    assert whole.outcomes["matrices"][0].draws["draws"] == 3
    assert whole.outcomes["dim"][0].draws is None


def test_what_cannot_be_resumed(small, tmp_path):
    out = tmp_path / "run.h5"
    with pytest.raises(FileError, match="no run to resume"):
        critlocus.bench(small, out=out, resume=True)
    critlocus.bench(small, only=["dim"], out=out)
    with pytest.raises(InputError, match="its seed is 0, here it is 1"):
        critlocus.bench(small, only=["dim"], out=out, seed=1, resume=True)
    small.write_text(SMALL.replace('network = "2-2-1:x^2"', 'network = "2-3-1:x^2"'))
    with pytest.raises(InputError, match="row 'dim' has changed"):
        critlocus.bench(small, out=out, resume=True)
    (tmp_path / "text.h5").write_text("this is not HDF5")
    with pytest.raises(FileError, match="will not be overwritten"):
        critlocus.bench(small, out=tmp_path / "text.h5")
    critlocus.solve("1-1-1", out=tmp_path / "solve.h5", trace_test=False)
    with pytest.raises(FileError, match="not the run of a suite"):
        critlocus.bench(small, out=tmp_path / "solve.h5")
    with pytest.raises(FileError, match="run of a suite"):
        critlocus.load(out)


def test_timeout_is_no_verdict(tmp_path):
    (tmp_path / "long.toml").write_text('[[row]]\nname = "long"\nnetwork = "3-3-3"\n' + DIFFERENT)
    started = time.perf_counter()
    found = critlocus.bench(tmp_path / "long.toml", timeout=0.5, out=tmp_path / "long.h5")
    assert time.perf_counter() - started < 5
    rows = found.summary()["rows"]
    assert [row["verdict"] for row in rows] == ["stopped", "DIFFERS"]
    assert rows[0]["runs"][0]["stop_reason"] == "timed out after 0.5 s"
    assert not found.finished  # it is run again
    with pytest.raises(FileError, match="--resume"):
        critlocus.bench(tmp_path / "long.toml", out=tmp_path / "long.h5")
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_an_error_in_a_row_does_not_end_the_suite(tmp_path):
    text = '[[row]]\nname = "no data"\nnetwork = "2-1-2"\ndata = "nowhere.csv"\n[[row]]\nnetwork = "1-1-1"\n'
    (tmp_path / "suite.toml").write_text(text)
    rows = critlocus.bench(tmp_path / "suite.toml").summary()["rows"]
    assert [row["verdict"] for row in rows] == ["stopped", "no expectation"]
    assert "no such file" in rows[0]["runs"][0]["stop_reason"]


def test_files_are_relative_to_the_suite(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", X=rng.standard_normal((4, 2)), Y=rng.standard_normal((4, 2)))
    (tmp_path / "suite.toml").write_text('[[row]]\nnetwork = "2-1-2"\ndata = "data.npz"\n')
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = critlocus.bench("../suite.toml")
    assert found.outcomes["2-1-2"][0].found["complex"] == 17


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (True, "yes"), (False, "no"), ([1, 8], "1+8"), ({"0": 1, "2": 3}, "0:1 2:3"), (None, "-")],
)
def test_values_as_text(value, text):
    assert value_text(value) == text


def test_command_line(small, tmp_path):
    outcome = run("small.toml", "--out", "results", cwd=tmp_path)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    for text in ("small ones", "complex 17", "ED degree 6", "agrees", "no expectation", "6 certified"):
        assert text in outcome.stdout
    assert (tmp_path / "results" / "small.csv").exists()
    shown = subprocess.run(
        [sys.executable, "-m", "critlocus", "show", "results/small.h5"], capture_output=True, text=True, cwd=tmp_path,
        check=True,
    )  # fmt: skip
    assert "6 certified" in shown.stdout
    (tmp_path / "wrong.toml").write_text(DIFFERENT)
    outcome = run("wrong.toml", "--json", cwd=tmp_path)
    found = json.loads(outcome.stdout)
    assert (outcome.returncode, outcome.stderr, found["verdicts"]) == (1, "", {"DIFFERS": 1})
    outcome = run("nothing.toml", cwd=tmp_path)
    assert (outcome.returncode, outcome.stdout, len(outcome.stderr.strip().splitlines())) == (2, "", 1)


def test_a_killed_run_goes_on(tmp_path):
    rows = '[[row]]\nnetwork = "2-1-2"\n[[row]]\nname = "long"\nnetwork = "3-3-3"\n'
    (tmp_path / "suite.toml").write_text(rows)
    command = [sys.executable, "-m", "critlocus", "bench", "suite.toml", "--out", "run.h5", "--quiet"]
    process = subprocess.Popen(command, cwd=tmp_path)
    until = time.perf_counter() + 30
    while time.perf_counter() < until:
        if (tmp_path / "run.h5").exists() and load_suite(tmp_path / "run.h5").outcomes:
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    earlier = load_suite(tmp_path / "run.h5")
    assert list(earlier.outcomes) == ["2-1-2"]
    suite = read_suite(tmp_path / "suite.toml")
    with pytest.raises(FileError, match="add --resume"):
        earlier_run(str(tmp_path / "run.h5"), earlier, suite, resume=False)
    found = critlocus.bench(suite, out=tmp_path / "run.h5", resume=True, timeout=0.2)
    assert found.outcomes["2-1-2"][0].seconds == earlier.outcomes["2-1-2"][0].seconds
    assert found.outcomes["long"][0].stop_reason.startswith("timed out")
