# Files are replaced as a whole or not at all: nothing is left behind, and the earlier file stays as it was.
import os
import subprocess
import sys
import threading

import h5py
import numpy as np
import pytest

import critlocus
from critlocus import arrays_file
from critlocus.analysis.picture_file import pyplot_for, save_picture
from critlocus.errors import FileError, InputError
from critlocus.functions import store as functions_store
from critlocus.loci import store as loci_store
from critlocus.replace_file import replace_file, replace_hdf5
from critlocus.suites import store as suites_store


def _write_half(path, error):
    with replace_file(path) as name, open(name, "w") as file:
        file.write("half of")
        file.flush()
        raise error


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt(), ZeroDivisionError(), InputError("mine")])
@pytest.mark.parametrize("earlier", [True, False])
def test_a_write_that_stops_in_the_middle(tmp_path, error, earlier):
    path = tmp_path / "run.txt"
    if earlier:
        path.write_text("old")
    seen = FileError if isinstance(error, OSError) else type(error)
    with pytest.raises(seen) as raised:
        _write_half(path, error)
    if seen is FileError:
        assert str(raised.value).startswith(f"{path} cannot be written (No space left on device)")
    assert os.listdir(tmp_path) == (["run.txt"] if earlier else [])
    assert not earlier or path.read_text() == "old"


def test_files_and_links_are_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    goal, link = tmp_path / "folder" / "run.txt", tmp_path / "link.txt"
    goal.write_text("old")
    link.symlink_to(goal)
    with replace_file(link) as name, open(name, "w") as file:
        file.write("new")
        assert goal.read_text() == "old"
    assert (link.is_symlink(), goal.read_text(), os.listdir(goal.parent)) == (True, "new", ["run.txt"])


def test_a_pipe_is_written_to(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    with replace_file(tmp_path / "pipe") as name, open(name, "w") as file:
        file.write("text")
    reader.join()
    assert read == ["text"]
    assert os.listdir(tmp_path) == ["pipe"]


@pytest.mark.parametrize("place", ["no/such/folder/run.h5", "."])
def test_what_cannot_be_written_is_named(tmp_path, place):
    path = os.path.join(tmp_path, place)
    with pytest.raises(FileError) as raised, replace_hdf5(path) as file:
        file["a"] = 1
    assert str(raised.value).startswith(f"{path} cannot be written (")
    assert len(str(raised.value).splitlines()) == 1
    assert os.listdir(tmp_path) == []


def test_a_full_disk(tmp_path):
    # A limit on the size of files acts like a full disk; HDF5 must not crash when the program ends.
    script = (
        "import resource, signal, sys, numpy; from critlocus.replace_file import replace_hdf5;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "with replace_hdf5(sys.argv[1]) as file:\n"
        "    file['numbers'] = numpy.ones(100_000)\n"
    )
    path = tmp_path / "run.h5"
    path.write_bytes(b"old")
    run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert (
        run.stderr.strip()
        .splitlines()[-1]
        .endswith("cannot be written (File too large); check the folder, its permissions and the disk")
    )
    assert os.listdir(tmp_path) == ["run.h5"]
    assert path.read_bytes() == b"old"


class _StopError(Exception):
    pass


def _stop(*_):
    raise _StopError


@pytest.mark.parametrize(
    ("module", "write", "stopped"),
    [
        (functions_store, functions_store.write, "_fill"),
        (loci_store, loci_store.write, "_fill"),
        (suites_store, suites_store.write, "_fill"),
        (suites_store, suites_store.write_csv, None),
        (arrays_file, lambda path, record: arrays_file.save_record(record, path, "kind"), "fields"),
    ],
)
def test_every_kind_of_file(tmp_path, monkeypatch, module, write, stopped):
    path = tmp_path / "run.h5"
    with h5py.File(path, "w") as file:
        file["old"] = np.arange(3)
    if stopped is None:  # the table of a suite: a full disk
        monkeypatch.setattr(os, "replace", _stop)
        record = type("Run", (), {"suite": critlocus.suites.suite.Suite("small", "a suite", ()), "outcomes": {}})()
    else:
        monkeypatch.setattr(module, stopped, _stop)
        record = None
    with pytest.raises(_StopError):
        write(str(path), record)
    assert os.listdir(tmp_path) == ["run.h5"]
    with h5py.File(path) as file:
        assert file["old"][:].tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("margin", [None, 0.1])
def test_pictures(tmp_path, kind, margin):
    path = str(tmp_path / f"a.{kind.upper()}")
    pyplot = pyplot_for(path)
    for place, works in ((path, True), (f"{tmp_path}/no/a.{kind}", False)):
        figure, axes = pyplot.subplots(figsize=(1, 1))
        axes.plot([0, 1], [0, 1])
        if works:
            save_picture(pyplot, figure, place, margin=margin)
        else:
            with pytest.raises(FileError, match="cannot be written"):
                save_picture(pyplot, figure, place, margin=margin)
    assert not pyplot.get_fignums()
    assert os.listdir(tmp_path) == [f"a.{kind.upper()}"]
    head = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
    assert (tmp_path / f"a.{kind.upper()}").read_bytes().startswith(head)
