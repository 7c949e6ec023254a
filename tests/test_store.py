# Result files: round trip, interruption, resumption, damage, and validation.
import os
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

import critlocus
from conftest import FILES
from critlocus.errors import FileError, InputError, Interrupted
from critlocus.table import COLUMNS
from critlocus.validate import validate


def assert_same(a, b):
    for table in ("generic", "targets"):
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(getattr(a, table), name), getattr(getattr(b, table), name))
    for name in ("generic_parameters", "target_parameters", "target_low", "target_radii"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    for name in ("inputs", "outputs", "regularizer"):
        np.testing.assert_array_equal(a.data[name], b.data[name])


def without_times(found):
    return {k: v for k, v in found.items() if k not in ("seconds", "paths_tracked", "failed_paths")}


@pytest.mark.parametrize("network", ["2-1-2", "2-1-1:x^2+bias"])
def test_round_trip(tmp_path, network):
    kept = critlocus.solve(network, seed=3, targets=4)
    critlocus.solve(network, seed=3, targets=4, out=tmp_path / "run.h5", keep=False)
    loaded = critlocus.load(tmp_path / "run.h5")
    assert_same(kept, loaded)
    assert without_times(kept.summary()) == without_times(loaded.summary())
    frame = loaded.to_dataframe()
    assert len(frame) == len(loaded.targets)
    assert set(frame["target"]) == {0, 1, 2, 3}
    assert np.array_equal(frame["W1[0,0]"].to_numpy(), loaded.targets.theta[:, 0])
    check = validate(loaded)
    assert check.ok, check.complaints


def test_others_can_read_it(tmp_path):
    result = critlocus.solve("2-1-2", out=tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5") as file:
        assert file.attrs["format"] == "critlocus result"
        assert file["targets/theta"].dtype == np.complex128
        assert file["enums/status"][1] == b"success"
        assert [n.decode() for n in file["weight_names"][:]] == result.network.weight_names


def test_a_file_of_schema_1_stays_readable():
    result = critlocus.load(FILES / "schema1.h5")
    found = result.summary()
    assert (found["network"], found["complex"], found["seed"]) == ("2-1-2", 17, 7)
    assert validate(result).ok
    # It knows nothing of pure and spurious points.
    assert (found["pure"], found["spurious"], found["pure_undecided"]) == (0, 0, 17)
    assert found["generic_rank"] is None
    assert np.isnan(result.targets.function).all()
    assert (result.targets.function_signature == -1).all()
    assert len(result.to_dataframe()) == len(result.targets)


def test_an_unfinished_file_of_schema_1_is_not_resumed(tmp_path):
    path = tmp_path / "old.h5"
    shutil.copy(FILES / "schema1.h5", path)
    with pytest.raises(FileError, match="older critlocus"):
        critlocus.solve("2-1-2", seed=7, out=path, resume=True)
    assert critlocus.load(path).seed == 7


def test_validation_sees_changed_classes(tmp_path):
    critlocus.solve("2-1-2", out=tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        real = np.flatnonzero(file["targets/function_signature"][:, 0] >= 0)
        file["targets/function_signature"][real[0], :] = [3, 0, 0]
        file["targets/pure"][int(np.flatnonzero(file["targets/pure"][:] == 0)[0])] = 1
        file["targets/function"][1, 0] += 1e-3
    complaints = " ".join(validate(critlocus.load(tmp_path / "run.h5")).complaints)
    assert "signature in function space" in complaints
    assert "the rank of" in complaints
    assert "the function of" in complaints


def test_validation_sees_a_changed_point(tmp_path):
    critlocus.solve("2-1-2", out=tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file["targets/theta"][2, 0] += 1e-3
    complaints = validate(critlocus.load(tmp_path / "run.h5")).complaints
    assert any("box" in c for c in complaints)


def test_validation_sees_changed_data_and_signatures(tmp_path):
    critlocus.solve("2-1-2", out=tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        row = int(np.flatnonzero(file["targets/real"][:] == 1)[0])
        file["targets/signature"][row, :] = [1, 0, 3] if file["targets/signature"][row, 0] != 1 else [0, 0, 4]
        file["data/outputs"][0, 0, 0] += 1.0
    complaints = validate(critlocus.load(tmp_path / "run.h5")).complaints
    assert any("signature" in c for c in complaints)
    assert any("parameters are not those of its data" in c for c in complaints)


def test_interrupted_run_goes_on(tmp_path, monkeypatch):
    import critlocus.target_part as module

    monkeypatch.setattr(module, "BLOCK", 30)  # a few targets a block
    whole = critlocus.solve("2-1-2", seed=1, targets=12)
    path = tmp_path / "run.h5"

    def stop_late(stage, done, total, note=""):
        if stage == "certify" and total is not None and done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stopped:
        critlocus.solve("2-1-2", seed=1, targets=12, out=path, report=stop_late)
    part = critlocus.load(path)
    assert part.stop_reason == "interrupted"
    assert 0 < len(part.target_parameters) < 12
    assert len(stopped.value.result.target_parameters) == len(part.target_parameters)
    with pytest.raises(FileError, match="unfinished"):
        critlocus.solve("2-1-2", seed=1, targets=12, out=path)
    with pytest.raises(InputError, match="seed"):
        critlocus.solve("2-1-2", seed=2, targets=12, out=path, resume=True)
    critlocus.solve("2-1-2", seed=1, targets=12, out=path, resume=True)
    assert_same(whole, critlocus.load(path))


def test_a_resumed_run_keeps_its_contradictions(tmp_path, monkeypatch):
    import critlocus.generic_part as module

    honest, path = module.total_evidence, tmp_path / "run.h5"
    monkeypatch.setattr(module, "total_evidence", lambda *a: {**honest(*a), "members": 1, "trace_test": "not run"})

    def stop_late(stage, done, total, note=""):
        if stage == "certify" and total is not None:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        critlocus.solve("2-1-2", seed=1, targets=2, out=path, report=stop_late)
    monkeypatch.undo()
    resumed = critlocus.solve("2-1-2", seed=1, targets=2, out=path, resume=True)
    assert "no two members of the family agree" in resumed.stop_reason
    assert critlocus.load(path).stop_reason == resumed.stop_reason


def test_killed_run_leaves_a_readable_file_and_goes_on(tmp_path):
    path = tmp_path / "run.h5"
    command = [
        sys.executable,
        "-m",
        "critlocus",
        "solve",
        "2-2-2",
        "--targets",
        "100000",
        "--out",
        str(path),
        "--quiet",
    ]
    run = subprocess.Popen(command)
    try:
        for _ in range(1800):
            time.sleep(0.05)
            if path.exists() and path.stat().st_size > 25_000_000:
                break
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    result = critlocus.load(path)
    assert result.stop_reason == "running"
    assert len(result.target_parameters) > 0
    assert result.targets.count() == 225 * len(result.target_parameters)
    keep = len(result.target_parameters)
    shutil.copy(path, tmp_path / "copy.h5")
    resumed = critlocus.Loss("generic:10")
    with pytest.raises(InputError, match="options"):  # another number of targets is another run
        critlocus.solve("2-2-2", resumed, targets=keep + 1, out=path, resume=True)
    assert len(critlocus.load(path).target_parameters) == keep


def test_full_disk_keeps_what_was_committed(tmp_path):
    # A limit on the size of files acts like a full disk.
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (15_000_000, 15_000_000));"
        "sys.argv = ['critlocus', 'solve', '2-2-2', '--targets', '3000', '--out', sys.argv[1], '--json'];"
        "from critlocus.cli import main; main()"
    )
    path = tmp_path / "run.h5"
    run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert "cannot be written" in run.stderr
    assert '"complex": 225' in run.stdout  # what was computed is still printed
    assert len(critlocus.load(path).target_parameters) > 0


@pytest.mark.parametrize("keep", [0, 10, 1000, 0.5, 0.9])
def test_truncated_files(tmp_path, keep):
    critlocus.solve("2-1-2", out=tmp_path / "run.h5")
    content = (tmp_path / "run.h5").read_bytes()
    size = keep if isinstance(keep, int) else int(keep * len(content))
    (tmp_path / "cut.h5").write_bytes(content[:size])
    with pytest.raises(FileError, match=r"cut\.h5"):
        critlocus.load(tmp_path / "cut.h5")


def test_a_finished_result_is_replaced_but_no_other_file(tmp_path):
    path = tmp_path / "run.h5"
    critlocus.solve("2-1-2", seed=1, out=path)
    critlocus.solve("2-1-2", seed=2, out=path)
    assert critlocus.load(path).seed == 2
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["precious"] = 1
    with pytest.raises(FileError, match="not be overwritten"):
        critlocus.solve("2-1-2", out=tmp_path / "mine.h5")
    assert h5py.is_hdf5(tmp_path / "mine.h5")
