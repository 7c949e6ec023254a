# critlocus discriminant: lines and planes of data sets in the space of weights, targets in the metric of given inputs,
# and options that do not go together.
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import critlocus
from critlocus.chambers.store import load_plane, save_plane
from critlocus.chambers.weights import WeightsDiscriminant
from critlocus.errors import InputError
from critlocus.losses import Data

IRIS = str(Path("examples/iris.csv").resolve())
LAMBDA = [90.0, 61, 72, 83, 97, 65]
WEIGHTS = ["2-2-1", "--space", "weights"]
LINE = [*WEIGHTS, "--line", f"{IRIS},{IRIS}", "--x", "1,2", "--y", "3;4", "--regularize", "90,61,72,83,97,65"]


def run(*arguments, cwd):
    command = [sys.executable, "-m", "critlocus", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def petals():
    table = np.loadtxt(IRIS, delimiter=",", skiprows=1)
    return table[:, :2], table[:, 2:3], table[:, 3:4]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three data sets with the inputs of iris, whose outputs span all cross moments; weights for its points."""
    path, (x, length, width) = tmp_path_factory.mktemp("data"), petals()
    basis = 100 * x @ np.linalg.inv(x.T @ x)
    outputs = np.array([np.zeros((150, 1)), basis[:, :1], basis[:, 1:]])
    np.savez(path / "three.npz", X=np.array([x] * 3), Y=outputs)
    w = np.linspace(0.5, 1.5, 150)
    np.savez(path / "heavy.npz", X=x, Y=length, weights=w)
    np.savez(path / "light.npz", X=x, Y=width, weights=w[::-1])
    np.savetxt(path / "lambda.csv", [LAMBDA], delimiter=",")
    return path


def test_a_line_of_data_sets(folder):
    x, length, width = petals()
    found = run("discriminant", *LINE, "--interval=-40,40", "--json", cwd=folder)
    assert found.returncode == 0, found.stderr
    summary = json.loads(found.stdout)
    line = WeightsDiscriminant("2-2-1", 150).line(Data(x, length), Data(x, width), LAMBDA, (-40, 40))
    assert summary["complete"]
    assert summary["regularize"] == LAMBDA
    assert summary["data"] == [f"{IRIS} (y 3)", f"{IRIS} (y 4)"]
    assert [e["s"] for e in summary["events"]] == line.s.tolist()
    assert [(c["real"], c["index_histogram"]) for c in summary["chambers"]] == [
        (5, [2, 2, 1]), (3, [2, 1]), (1, [1]), (3, [2, 1]), (5, [2, 2, 1]),
    ]  # fmt: skip
    text = run("discriminant", *LINE[:-1], "lambda.csv", "--interval=-40,40", cwd=folder).stdout
    assert text.count("birth at s = ") == 4
    assert text.count("-2 real, certified") == text.count("+2 real, certified") == 2
    assert "1 real of 33, by index [1], proven at" in text
    assert "birth on 2-1-1: 2 real of 2" in text
    assert text.endswith("complete by its evidence\n")


def test_points_with_weights(folder):
    x, length, width = petals()
    w = np.linspace(0.5, 1.5, 150)
    found = run("discriminant", *WEIGHTS, "--line", "heavy.npz,light.npz", "--regularize", "lambda.csv", "--interval",
                "0,1", "--json", cwd=folder)  # fmt: skip
    line = WeightsDiscriminant("2-2-1", 150).line(Data(x, length, w), Data(x, width, w[::-1]), LAMBDA)
    assert json.loads(found.stdout)["chambers"] == line.summary()["chambers"]
    for s, label in zip(line.samples, line.labels, strict=True):  # the loss (1-s) L0 + s L1 is one of all points
        both = Data(np.vstack([x, x]), np.vstack([length, width]), np.concatenate([(1 - s) * w, s * w[::-1]]))
        result = critlocus.solve("2-2-1", critlocus.Loss(both, np.array(LAMBDA)), seed=3)
        assert len(result.points(0, real=True)) == label.real


def test_generic_data_and_regularisers_come_from_the_seed(folder):
    command = ["discriminant", *WEIGHTS, "--line", "generic:20", "--json"]
    one, two, other = (run(*command, "--seed", seed, cwd=folder) for seed in "112")
    assert one.returncode == 0
    assert one.stdout == two.stdout
    assert json.loads(one.stdout)["regularize"] != json.loads(other.stdout)["regularize"]
    assert json.loads(one.stdout)["data"] == ["generic:20"] * 2
    mixed = run("discriminant", *WEIGHTS, "--line", f"{IRIS},generic:150", "--x", "1,2", "--y", "3", "--quiet",
                cwd=folder)  # fmt: skip
    assert (mixed.returncode, mixed.stdout, mixed.stderr) == (0, "", "")


def test_a_plane_of_data_sets(folder):
    command = [*WEIGHTS, "--plane", "three.npz", "--regularize", "30,41,52,23,37,45", "--window=-2.5,2.5,-2.5,2.5"]
    found = run("discriminant", *command, "--out", "p.h5", "--picture", "p.png", cwd=folder)
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("9 real, by index [4, 4, 1]") == 4
    assert (folder / "p.png").read_bytes().startswith(b"\x89PNG")
    plane = critlocus.load(folder / "p.h5")
    assert plane.complete
    assert plane.about["regularize"] == [30, 41, 52, 23, 37, 45]
    assert sorted({c.label.real for c in plane.chambers}) == [1, 3, 5, 9]
    assert run("show", "p.h5", cwd=folder).stdout == found.stdout
    shown = json.loads(run("show", "p.h5", "--json", cwd=folder).stdout)
    assert shown == json.loads(run("discriminant", *command, "--json", cwd=folder).stdout)
    assert run("plot", "p.h5", "q.svg", cwd=folder).returncode == 0
    assert (folder / "q.svg").stat().st_size > 10_000
    for refused in (["validate", "p.h5"], ["plot", "p.h5", "q.svg", "--draws"]):
        outcome = run(*refused, cwd=folder)
        assert outcome.returncode == 2
        assert "holds chambers" in outcome.stderr
    save_plane(plane, folder / "bare.h5")  # without a word on what it is of
    assert load_plane(folder / "bare.h5").about == {}
    assert run("show", "bare.h5", cwd=folder).stdout.startswith("unknown variety")


def test_what_lies_beyond_the_data():
    rng = np.random.default_rng(5)
    sets = [Data(rng.standard_normal((50, 2)), 2 * rng.standard_normal((50, 1))) for _ in range(2)]
    weights = rng.uniform(0.5, 15, 6)
    found = WeightsDiscriminant("2-2-1", 50)
    inside, beyond = found.line(*sets, weights), found.line(*sets, weights, (-3, 3))
    assert inside.evidence["bounded"]
    assert inside.complete
    assert "infinity" in [event.kind for event in beyond.events]  # the moments of the inputs become indefinite
    assert beyond.complete
    assert not found.line(*sets, -weights).evidence["bounded"]
    moments = np.array([found.moments(data) for data in sets])
    assert found.bounded(moments, weights)
    for activation, bounded in (("x^3", True), ("poly(0,1,1)", True), ("poly(0,1,0,1)", False)):
        other = WeightsDiscriminant(f"1-1-1:{activation}", 50)
        moments = np.array([other.moments(Data(data.inputs[:, :1], data.outputs)) for data in sets])
        assert other.bounded(moments, np.ones(2)) is bounded


def test_targets_in_the_metric_of_given_inputs(folder):
    x, length, _ = petals()
    network, columns = "2-1-1:x^2", ["--data", IRIS, "--x", "1,2", "--y", "3"]
    found = run("discriminant", network, *columns, "--line", "data,1 0 1", "--json", cwd=folder)
    own = critlocus.Discriminant(network, "data", data=Data(x, length))
    summary, line = json.loads(found.stdout), own.line(own.fit, [1, 0, 1])
    assert summary["metric"] == "data"
    assert summary["data"] == [IRIS]
    assert [e["s"] for e in summary["events"]] == line.s.tolist()
    assert len(line.events) == 2
    np.savetxt(folder / "q.csv", own.family.form.values, delimiter=",", fmt="%.17g")
    target = " ".join(map(repr, own.fit.tolist()))
    file = run("discriminant", network, "--metric", "q.csv", "--line", f"{target},1 0 1", "--json", cwd=folder)
    assert json.loads(file.stdout)["chambers"] == summary["chambers"]
    text = run("discriminant", network, "--data", "generic:9", "--line", "generic", cwd=folder).stdout
    assert text.startswith("2-1-1:x^2, metric data, data generic:9, seed 0\n")
    plane = run("discriminant", network, "--data", "generic:9", "--plane", "generic", "--out", "d.h5", "--json",
                cwd=folder)  # fmt: skip
    assert json.loads(plane.stdout) == json.loads(run("show", "d.h5", "--json", cwd=folder).stdout)


ONE = ["--line", "generic:50"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2-2-2-1", "--space", "weights", *ONE], "one hidden layer"), (["2-2-1+bias", *WEIGHTS[1:], *ONE], "biases"),
        (["2-2-1:poly(1,1)", *WEIGHTS[1:], *ONE], "vanish at 0"), (["conv:3,2", *WEIGHTS[1:], *ONE], "unknown network"),
        ([*WEIGHTS, "--line", "generic:1"], "few data points"), ([*WEIGHTS, "--line", "generic:5,generic:6"], "5, 6"),
        ([*WEIGHTS, "--line", "heavy.npz,generic:150"], "either all"), ([*WEIGHTS], "ask for --line"),
        ([*WEIGHTS, "--line", "three.npz"], "3 data sets, but 2"), ([*WEIGHTS, "--line", "no.csv,no.csv"], "no such"),
        ([*WEIGHTS, "--line", f"{IRIS},{IRIS}"], "name them with --x"), ([*WEIGHTS, "--line", "generic"], "generic:M"),
        ([*WEIGHTS, "--line", f"{IRIS},{IRIS}", "--x", "1,2", "--y", "3"], "same moments"),
        ([*WEIGHTS, "--line", f"{IRIS},{IRIS}", "--x", "1,2", "--y", "3;4;1"], "3 groups"),
        ([*WEIGHTS, "--plane", "heavy.npz,heavy.npz,light.npz"], "on a line"),
        ([*WEIGHTS, *ONE, "--x", "1"], "all data is generic"), ([*WEIGHTS, *ONE, "--metric", "data"], "--metric: not"),
        ([*WEIGHTS, *ONE, "--u", "1"], "--u: not with"), ([*WEIGHTS, "--distance"], "--distance takes --data"),
        ([*WEIGHTS, *ONE, "--data", IRIS], "nothing else does"), ([*WEIGHTS, *ONE, "--interval", "1,0"], "interval"),
        ([*WEIGHTS, *ONE, "--window", "0,1,0,1"], "only with --plane"),
        ([*WEIGHTS, *ONE, "--picture", "a.gif"], "picture a.gif"),
        ([*WEIGHTS, "--plane", "generic:9", "--interval", "0,1"], "only with --line"),
        ([*WEIGHTS, "--plane", "generic:9", "--window", "0,0,0,1"], "window"),
        ([*WEIGHTS, *ONE, "--regularize", "none"], "need a regulariser"),
        ([*WEIGHTS, *ONE, "--regularize", "1,2"], r"expected (6,)"),
        ([*WEIGHTS, *ONE, "--regularize", "no.npz"], "no such file"), ([*WEIGHTS, *ONE, "--seed", "-1"], "negative"),
        (["2-1-1", "--space", "foo"], "choose functions or weights"), (["2-1-1", "--regularize", "1"], "--regularize"),
        (["2-1-1:x^2", "--x", "1"], "columns of --data"), (["2-1-1:x^2", "--u", "1 1 1"], "only with --distance"),
        (["2-1-1:x^2", "--metric", "data", "--line", "generic"], "give data"),
        (["2-1-1:x^2", "--metric", "gaussian", "--data", "generic:9"], "use the metric data"),
        (["2-1-1:x^2", "--data", "generic:9", "--x", "1"], "columns of a file"),
        (["2-1-1:x^2", "--data", "generic:2"], "do not determine"),
        (["2-1-1:x^2", "--data", "three.npz"], "made of one"),
        (["2-1-1:x^2", "--line", "data,1 0 1"], "no data set"), (["matrices:2x2", "--data", "generic:9"], "matrices"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_used(arguments, message, folder):
    outcome = run("discriminant", *arguments, cwd=folder)
    assert outcome.returncode == 2, outcome.stderr
    assert outcome.stdout == ""
    assert len(outcome.stderr.strip().splitlines()) == 1
    assert message in outcome.stderr


def test_bad_input_from_python():
    x, y, _ = petals()
    found = WeightsDiscriminant("2-2-1", 150)
    with pytest.raises(InputError, match="149 points"):
        found.line(Data(x[1:], y[1:]), Data(x[1:], 2 * y[1:]), 1)
    with pytest.raises(InputError, match="columns"):
        found.line(Data(x, x), Data(x, y), 1)
    with pytest.raises(InputError, match="none"):
        found.line(Data(x, y), Data(x, 2 * y), "none")
