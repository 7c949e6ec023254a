# The command line: every bad input is one clear line and exit code 2; --json prints one object; --quiet nothing.
import json
import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

COMMAND = [sys.executable, "-m", "critlocus"]


def run(*arguments, cwd=None, **options):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False, **options
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("inputs")
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((6, 2)), rng.standard_normal((6, 2))
    np.savez(where / "good.npz", X=x, Y=y)
    bad = y.copy()
    bad[3, 1] = np.nan
    np.savez(where / "nan.npz", X=x, Y=bad)
    np.savez(where / "short.npz", X=x, Y=y[:4])
    np.savez(where / "wide.npz", X=np.hstack([x, x]), Y=y)
    np.savez(where / "names.npz", A=x, B=y)
    with h5py.File(where / "good.h5", "w") as file:
        file["X"], file["Y"] = x, y
    (where / "empty.csv").write_text("")
    (where / "header.csv").write_text("a,b,c,d\n")
    (where / "words.csv").write_text("a,b,c,d\n1,2,3,4\n1,two,3,4\n")
    (where / "ragged.csv").write_text("a,b,c,d\n1,2,3,4\n1,2,3\n")
    (where / "table.csv").write_text(
        "a,b,c,d,e\n" + "".join(",".join(map(str, r)) + "\n" for r in rng.standard_normal((5, 5)))
    )
    (where / "text.h5").write_text("this is not HDF5\n" * 100)
    (where / "text.npz").write_text("this is not a zip file\n")
    (where / "lambda.json").write_text(json.dumps({"W1": [[1, 2], [3, 4]]}))
    (where / "broken.json").write_text("{")
    return where


BAD = {
    "unknown network": (["solve", "banana"], "unknown network"),
    "one layer": (["solve", "2-2"], "network"),
    "width zero": (["solve", "2-0-2"], "at least 1"),
    "huge network": (["solve", "50-50-50"], "weights"),
    "unsupported activation": (["solve", "2-2-2:relu"], "unsupported activation"),
    "fractional power": (["solve", "2-2-2:x^0.5"], "unsupported activation"),
    "NaN": (["solve", "2-2-2", "--data", "nan.npz"], "NaN"),
    "rows differ": (["solve", "2-2-2", "--data", "short.npz"], "rows"),
    "columns differ": (["solve", "2-2-2", "--data", "wide.npz"], "columns"),
    "no such array": (["solve", "2-2-2", "--data", "names.npz"], "no array"),
    "missing file": (["solve", "2-2-2", "--data", "nowhere.csv"], "no such file"),
    "empty file": (["solve", "2-2-2", "--data", "empty.csv"], "empty"),
    "header only": (["solve", "2-2-2", "--data", "header.csv"], "no rows"),
    "words": (["solve", "2-2-2", "--data", "words.csv"], "not a number"),
    "ragged": (["solve", "2-2-2", "--data", "ragged.csv"], "line 3"),
    "unnamed columns": (["solve", "2-2-2", "--data", "table.csv"], "--x"),
    "unknown column": (["solve", "2-2-2", "--data", "table.csv", "--x", "a,z", "--y", "c,d"], "no column"),
    "text as HDF5": (["solve", "2-2-2", "--data", "text.h5"], "not an HDF5 file"),
    "text as NPZ": (["solve", "2-2-2", "--data", "text.npz"], "NPZ"),
    "show text": (["show", "text.h5"], "not an HDF5 file"),
    "show data": (["show", "good.h5"], "not a critlocus result"),
    "show nothing": (["show", "nowhere.h5"], "no such file"),
    "validate text": (["validate", "text.h5"], "not an HDF5 file"),
    "no points": (["solve", "2-2-2", "--data", "generic:0"], "generic"),
    "regulariser missing": (["solve", "2-2-2", "--regularize", "lambda.json"], "W2 is missing"),
    "regulariser broken": (["solve", "2-2-2", "--regularize", "broken.json"], "JSON"),
    "regulariser nan": (["solve", "2-2-2", "--regularize", "nan"], "finite"),
    "unknown target": (["solve", "2-2-2", "--target", "imaginary"], "target"),
    "unknown solver": (["solve", "2-2-2", "--solver", "magic"], "unknown solver"),
    "unknown space": (["solve", "2-2-2", "--space", "outer"], "space"),
    "no targets": (["solve", "2-2-2", "--targets", "0"], "targets"),
    "no threads": (["solve", "2-2-2", "--threads", "0"], "threads"),
    "negative seed": (["solve", "2-2-2", "--seed", "-1"], "seed"),
    "unwritable output": (["solve", "2-2-2", "--out", "no/such/folder/run.h5"], "cannot be written"),
    "output is a folder": (["solve", "2-2-2", "--out", "."], "not an HDF5 file"),
    "resume nothing": (["solve", "2-2-2", "--out", "new.h5", "--resume"], "no run to resume"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case, folder):
    arguments, message = BAD[case]
    outcome = run(*arguments, cwd=folder)
    assert outcome.returncode == 2, outcome.stderr
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("critlocus: ")
    assert message in lines[0]
    assert outcome.stdout == ""


def test_truncated_result(folder):
    assert run("solve", "2-1-2", "--out", "whole.h5", "--quiet", cwd=folder).returncode == 0
    content = (folder / "whole.h5").read_bytes()
    (folder / "cut.h5").write_bytes(content[: len(content) // 2])
    for command in ("show", "validate"):
        outcome = run(command, "cut.h5", cwd=folder)
        assert (outcome.returncode, len(outcome.stderr.strip().splitlines())) == (2, 1)
        assert "cut.h5" in outcome.stderr


def test_json_is_one_object_with_the_promised_keys(folder):
    outcome = run("solve", "2-2-2", "--data", "good.npz", "--json", "--seed", 4, cwd=folder)
    found = json.loads(outcome.stdout)
    assert outcome.stderr == ""
    keys = (
        "network space seed solver complex certified distinct real index_histogram strata minima evidence stop_reason"
    )
    assert set(keys.split()) | {"failed_paths", "paths_tracked", "seconds"} <= set(found)
    assert (found["complex"], found["certified"], found["distinct"]) == (225, 225, 225)
    assert sum(s["multiplicity"] * s["count"] for s in found["strata"]) == 225
    assert found["index_histogram"]["0"] == len(found["minima"])
    assert sum(found["index_histogram"].values()) == found["real"]


def test_quiet_is_silent(folder):
    outcome = run("solve", "2-1-2", "--quiet", cwd=folder)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def test_tables_for_people(folder):
    outcome = run("solve", "2-1-2", "--out", "show.h5", cwd=folder)
    assert outcome.returncode == 0
    for text in ("generic complex member", "trace test", "certified minima", "evidence"):
        assert text in outcome.stdout
    shown = run("show", "show.h5", cwd=folder)
    assert shown.stdout == outcome.stdout
    checked = run("validate", "show.h5", cwd=folder)
    assert checked.returncode == 0
    assert "every claim of the file was confirmed" in checked.stdout


def test_several_data_sets_keep_their_order(folder):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((3, 5, 2)), rng.standard_normal((3, 5, 2))
    np.savez(folder / "sets.npz", X=x, Y=y)
    together = json.loads(run("solve", "2-1-2", "--data", "sets.npz", "--regularize", 0.7, "--json", cwd=folder).stdout)
    assert len(together["targets"]) == 3
    for k in range(3):
        np.savez(folder / "one.npz", X=x[k], Y=y[k])
        alone = json.loads(run("solve", "2-1-2", "--data", "one.npz", "--regularize", 0.7, "--json", cwd=folder).stdout)
        np.testing.assert_allclose(alone["minima"], together["targets"][k]["minima"], rtol=1e-12)


@pytest.mark.parametrize("kind", ["complex", "none"])
def test_other_targets(folder, kind):
    found = json.loads(run("solve", "2-1-2", "--target", kind, "--json", cwd=folder).stdout)
    assert found["complex"] == 17
    assert found["real"] is None
    assert len(found["targets"]) == (kind == "complex")


def test_info_names_the_simd_target():
    found = json.loads(run("info", "--json").stdout)
    assert found["simd_target"] in found["simd_targets_built"]
    assert "native" in found["solvers"]


@pytest.mark.parametrize("level", ["x86_64_v2", "x86_64_v3"])
def test_lower_simd_targets_give_the_same_counts(level):
    best = json.loads(run("info", "--json").stdout)
    if level not in best["simd_targets_built"] or best["simd_target"] < level:
        pytest.skip(f"{level} is not available here")
    outcome = run("solve", "2-2-2", "--json", env={**os.environ, "CRITLOCUS_SIMD": level})
    found = json.loads(outcome.stdout)
    assert found["distinct"] == found["targets"][0]["distinct"] == 225
    assert level in found["solver_version"]


def test_ctrl_c_stops_within_a_second(folder):
    process = subprocess.Popen(
        [*COMMAND, "solve", "3-3-3", "--quiet", "--out", "stopped.h5"], stderr=subprocess.PIPE, text=True, cwd=folder
    )
    time.sleep(3.0)
    process.send_signal(signal.SIGINT)
    started = time.perf_counter()
    _, error = process.communicate(timeout=20)
    assert time.perf_counter() - started < 2.0  # one second, and the time to leave Python
    assert process.returncode == 130
    assert len(error.strip().splitlines()) == 1
    found = json.loads(run("show", "stopped.h5", "--json", cwd=folder).stdout)
    assert found["stop_reason"] == "interrupted"
