# Chambers of lines in files and pictures: everything comes back, and what is no such file is refused.
import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import critlocus
from critlocus.analysis.line_plots import plot_line
from critlocus.analysis.spread import spread
from critlocus.chambers.events import Event
from critlocus.chambers.label_arrays import label_arrays, labels_of
from critlocus.chambers.labels import Label
from critlocus.chambers.line import LineChambers
from critlocus.chambers.line_store import KINDS, load_line, save_line
from critlocus.chambers.rotations import rotating_units
from critlocus.chambers.store import load_plane, save_plane
from critlocus.chambers.weights import WeightsDiscriminant
from critlocus.errors import FileError, InputError
from critlocus.losses import Data
from critlocus.networks import Network

ELLIPSE = "equations:x^2+4*y^2-4"
WEIGHTS = ["2-2-1", "--space", "weights", "--line", "generic:20"]


def run(*arguments, cwd):
    command = [sys.executable, "-m", "critlocus", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def functions():
    return critlocus.Discriminant(ELLIPSE, "frobenius").line([-3, 0.2], [3, 0.2])


@pytest.fixture(scope="module")
def weights():
    table = np.loadtxt(Path("examples/iris.csv"), delimiter=",", skiprows=1)
    found, x = WeightsDiscriminant("2-2-1", 150), table[:, :2]
    return found.line(Data(x, table[:, 2:3]), Data(x, table[:, 3:4]), [90.0, 61, 72, 83, 97, 65], (-40, 40))


@pytest.fixture(scope="module")
def made():
    """A line that has events of all kinds, close to one another, and labels without proof or any point."""
    kinds = [KINDS[k % len(KINDS)] for k in range(40)]
    s = np.sort(np.random.default_rng(0).normal(0.5, 0.03, 40))
    events = [Event(x, 1e-9, kind, 3 * (k % 2) - 1, -1, k % 3 > 0, np.arange(k % 4) / 3, np.zeros(0))
              for k, (x, kind) in enumerate(zip(s.tolist(), kinds, strict=True))]  # fmt: skip
    labels = [Label(k % 5, () if k % 5 == 0 else (0, k % 5), 7, 9, k % 2 == 0) for k in range(41)]
    evidence = {"constant_between_events": "at samples", "facts": [{"real": 1}], "complete": False}
    return LineChambers((0.0, 1.0), events, np.linspace(0, 1, 41), labels, evidence=evidence)


def same(one, two):
    assert one.interval == two.interval
    assert np.array_equal(one.samples, two.samples)
    assert one.labels == two.labels
    assert one.evidence == two.evidence
    assert len(one.events) == len(two.events)
    for a, b in zip(one.events, two.events, strict=True):
        for name in ("s", "radius", "kind", "change", "index", "certified"):
            assert getattr(a, name) == getattr(b, name)
            assert type(getattr(a, name)) is type(getattr(b, name))
        assert np.array_equal(a.point, b.point)
        assert np.array_equal(a.kernel, b.kernel)


@pytest.mark.parametrize("which", ["functions", "weights", "made"])
def test_round_trip(which, request, tmp_path):
    line = request.getfixturevalue(which)
    save_line(line, tmp_path / "a.h5", variety="something", seed=3)
    for again in (load_line(tmp_path / "a.h5"), critlocus.load(tmp_path / "a.h5")):
        same(line, again)
        assert again.about == {"variety": "something", "seed": 3}
        assert again.summary() == line.summary()
    save_line(again, tmp_path / "bare.h5")  # without a word on what it is of, as for planes
    assert load_line(tmp_path / "bare.h5").about == {}


def test_a_line_without_events(tmp_path):
    line = LineChambers((0.0, 1.0), [], np.array([0.5]), [Label(0, (), 2, 2, True)], evidence={"complete": True})
    save_line(line, tmp_path / "a.h5")
    same(line, load_line(tmp_path / "a.h5"))
    plot_line(line, tmp_path / "a.png")


def test_labels_as_arrays():
    labels = [Label(3, (1, 0, 2), 5, 5, True), None, Label(0, (), 4, 5, False)]
    assert labels_of(label_arrays(labels)) == labels
    assert labels_of(label_arrays([])) == []


def test_files_that_are_something_else(functions, tmp_path):
    save_line(functions, tmp_path / "line.h5")
    plane = critlocus.Discriminant(ELLIPSE, "frobenius").plane([0, 0], [1, 0], [0, 1])
    save_plane(plane, tmp_path / "plane.h5")
    with pytest.raises(FileError, match="does not hold chambers of a line"):
        load_line(tmp_path / "plane.h5")
    with pytest.raises(FileError, match="does not hold chambers in a plane"):
        load_plane(tmp_path / "line.h5")
    with pytest.raises(FileError, match="no such file"):
        load_line(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("s")
    with pytest.raises(FileError, match="not an HDF5 file"):
        load_line(tmp_path / "text.h5")


def test_damaged_files(functions, tmp_path):
    path = tmp_path / "a.h5"
    save_line(functions, path)
    whole = path.read_bytes()
    for size in (len(whole) // 4, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        for read in (load_line, critlocus.load):
            with pytest.raises(FileError):
                read(path)
    path.write_bytes(whole)
    for name in ("interval", "evidence", "events/s", "events/kernel_offsets", "chambers/sample", "chambers/histogram"):
        with h5py.File(path, "r+") as file:
            file.move(name, "elsewhere")
        for read in (load_line, critlocus.load):
            with pytest.raises(FileError, match=r"a\.h5"):
                read(path)
        path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        for name in file["chambers"]:
            values = file["chambers"][name][:-1]
            del file["chambers"][name]
            file["chambers"][name] = values
    with pytest.raises(FileError, match="is damaged: 2 events, 2 samples and 2 labels"):
        load_line(path)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        file.attrs["schema_version"] = 99
    with pytest.raises(FileError, match="newer critlocus"):
        load_line(path)


@pytest.mark.parametrize("which", ["functions", "weights", "made"])
def test_pictures(which, request, tmp_path):
    line = request.getfixturevalue(which)
    for name, start in (("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")):
        plot_line(line, tmp_path / name, title=which)
        assert (tmp_path / name).read_bytes().startswith(start)
        assert (tmp_path / name).stat().st_size > 8_000
    text = (tmp_path / "a.svg").read_text()
    assert ("NOT CONFIRMED" in text) is (which == "made")  # matplotlib says in comments which text a group draws
    assert ("not proven" in text) is (which == "made")
    with pytest.raises(InputError, match="picture"):
        plot_line(line, tmp_path / "a.gif")


def test_places_of_labels():
    rng = np.random.default_rng(1)
    for _ in range(50):
        wanted = np.sort(rng.uniform(0, 1, 20) ** 3)
        places = spread(wanted, 0.04)
        assert np.all(np.diff(places) >= 0.04 - 1e-12)
        assert places[0] >= 0
        assert places[-1] <= 1 + 1e-12
    assert spread(np.array([0.2, 0.9]), 0.1).tolist() == pytest.approx([0.2, 0.9])
    with pytest.raises(ValueError, match="do not fit"):
        spread(np.zeros(20), 0.1)


@pytest.mark.parametrize(
    "question",
    [[ELLIPSE, "--line", "-3 0.2,3 0.2"], [*WEIGHTS, "--regularize", "9,6,7,8,9.5,6.5"]],
    ids=["functions", "weights"],
)
def test_command_line(question, tmp_path):
    found = run("discriminant", *question, "--out", "a.h5", "--picture", "a.png", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "a.png").stat().st_size > 8_000
    assert run("show", "a.h5", cwd=tmp_path).stdout == found.stdout
    asked = json.loads(run("discriminant", *question, "--json", cwd=tmp_path).stdout)
    assert json.loads(run("show", "a.h5", "--json", cwd=tmp_path).stdout) == asked
    assert run("plot", "a.h5", "b.png", cwd=tmp_path).returncode == 0
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "a.png").read_bytes()
    for refused in (["validate", "a.h5"], ["plot", "a.h5", "b.svg", "--draws"]):
        outcome = run(*refused, cwd=tmp_path)
        assert outcome.returncode == 2
        assert "holds chambers" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.h5"], "--out only with --line or --plane"),
        (["--distance", "--picture", "a.png"], "--picture only with --line or --plane"),
        (["--line", "generic", "--picture", "a.gif"], "picture a.gif"),
        (["--line", "generic", "--out", "missing/a.h5"], "cannot be written"),
    ],
)
def test_what_cannot_be_written(arguments, message, tmp_path):
    outcome = run("discriminant", ELLIPSE, *arguments, cwd=tmp_path)
    assert outcome.returncode == 2
    assert message in outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("regularizer", ["3", "3,4,6,8,10,5"])
def test_equal_units_are_named_as_the_reason(regularizer, tmp_path):
    outcome = run("discriminant", *WEIGHTS, "--regularize", regularizer, "--out", "a.h5", cwd=tmp_path)
    assert outcome.returncode == 1
    reason = [
        line for line in outcome.stdout.splitlines() if line.startswith("hidden units 1, 2 have the same lambdas")
    ]
    assert len(reason) == 1
    assert "--regularize with 6 values" in reason[0]
    assert critlocus.load(tmp_path / "a.h5").evidence["rotating_units"] == [[1, 2]]


def test_which_units_rotate():
    def units(name, *values):
        return rotating_units(Network.parse(name), np.array(values, float))

    assert units("2-2-1", *[3] * 6) == [[1, 2]]
    assert units("2-2-1", 3, 4, 6, 8, 10, 5) == [[1, 2]]
    assert units("2-2-1", 3, 4, 6, 8, 10, 6) == []
    assert units("2-2-1", 3, 4, 6, 9, 10, 5) == []
    assert units("1-3-1", 1, 2, 1, 5, 6, 5) == [[1, 3]]
    assert units("2-2-1:x^2", *[3] * 6) == []
