# How far outputs may move before a regularised loss changes: closed forms, events on the line to the nearest outputs.
import json
import subprocess
import sys

import numpy as np
import pytest

from critlocus.chambers.weights import WeightsDiscriminant
from critlocus.losses import Data
from critlocus.problems.birth_distance import NearestBirth

LAMBDA = np.array([90.0, 61, 72, 83, 97, 65])


def petals():
    table = np.loadtxt("examples/iris.csv", delimiter=",", skiprows=1)
    return Data(table[:, :2], table[:, 2:3])


def to_ellipsoid(data, incoming, outgoing):
    """Distance of the outputs to those at which a linear unit comes to life at the origin, by dense sampling.

    With cross moments b the unit's block is singular where ``sum_i b_i^2 / incoming_i = outgoing``.
    """
    q, b = data.inputs.T @ data.inputs, data.inputs.T @ data.outputs[:, 0]
    angle = np.linspace(0, 2 * np.pi, 1_000_001)
    ellipse = np.sqrt(outgoing * incoming) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    gap = ellipse - b
    return np.sqrt(np.einsum("ai,ij,aj->a", gap, np.linalg.inv(q), gap).min())


@pytest.mark.parametrize("seed", range(3))
def test_the_origin_of_a_linear_network(seed):
    data = petals()
    found = WeightsDiscriminant("2-2-1", 150, seed=seed)
    nearest = found.nearest(data, LAMBDA)
    assert nearest.complete
    assert (nearest.kind, nearest.pattern) == ("birth", "2-0-1")
    expected = min(to_ellipsoid(data, LAMBDA[:2], LAMBDA[4]), to_ellipsoid(data, LAMBDA[2:4], LAMBDA[5]))
    assert nearest.distance == pytest.approx(expected, rel=1e-9)
    assert np.linalg.norm(nearest.outputs - data.outputs) == pytest.approx(nearest.distance, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "kind"), [("1-1-1:x^2", "fold"), pytest.param("2-1-2", "cusp", marks=pytest.mark.slow),
                       pytest.param("2-1-1:x^2", "fold", marks=pytest.mark.slow)],
)  # fmt: skip
def test_the_first_event_on_the_line_to_the_nearest_outputs(name, kind):
    rng = np.random.default_rng(4)
    found = WeightsDiscriminant(name, 30, seed=1)
    network = found.network
    kinds = []
    for _ in range(3):
        data = Data(rng.standard_normal((30, network.n_inputs)), 5 * rng.standard_normal((30, network.n_outputs)))
        weights = rng.uniform(0.5, 2, network.n_weights)
        nearest = found.nearest(data, weights)
        assert nearest.evidence["same_label_inside"]
        if not nearest.complete:
            continue
        kinds.append(nearest.kind)
        line = found.line(data, Data(data.inputs, nearest.outputs), weights, (0.0, 1.05))
        assert np.all(line.s > 1 - 1e-9)
        if nearest.kind != "cusp":  # a line through a cusp touches the wedge behind it in its tip only
            assert line.complete
            assert line.s[0] == pytest.approx(1, abs=1e-6)
            assert line.events[0].kind == nearest.kind
    assert len(kinds) > 1
    assert kind in kinds


def test_points_with_weights():
    rng = np.random.default_rng(2)
    x, y, w = rng.standard_normal((20, 1)), 3 * rng.standard_normal((20, 1)), rng.uniform(0.5, 2, 20)
    found = WeightsDiscriminant("1-1-1", 20)
    nearest = found.nearest(Data(x, y, w), np.array([2.0, 3.0]))
    assert nearest.complete
    assert np.sqrt(w @ (nearest.outputs - y)[:, 0] ** 2) == pytest.approx(nearest.distance, rel=1e-9)
    # The origin changes where |sum_i w_i x_i y_i| = sqrt(2 * 3), and nothing else does.
    b, q = w @ (x * y)[:, 0], w @ x[:, 0] ** 2
    assert nearest.distance == pytest.approx(abs(abs(b) - np.sqrt(6)) / np.sqrt(q), rel=1e-9)


def test_start_pairs_solve():
    found = WeightsDiscriminant("2-2-1", 100)
    rng = np.random.default_rng(0)
    births = [own.section.question for own in found.nearest_events if own.kind == "birth"]
    assert len(births) == 4
    for question in births:
        assert isinstance(question, NearestBirth)
        for x, p in question.start_pairs(rng):
            assert np.abs(question.system(x, p)).max() < 1e-9 * max(1, np.abs(x).max()) * max(1, np.abs(p).max())


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "critlocus", "discriminant", *arguments], capture_output=True, text=True, check=False
    )


def test_command_line():
    iris = ["--data", "examples/iris.csv", "--x", "1,2", "--y", "3", "--regularize", "90,61,72,83,97,65"]
    found = run("2-2-1", "--space", "weights", "--distance", *iris, "--json")
    assert found.returncode == 0, found.stderr
    summary = json.loads(found.stdout)
    assert summary["distance"] == pytest.approx(4.339537719202556, rel=1e-9)
    assert summary["kind"] == "birth"
    text = run("2-2-1", "--space", "weights", "--distance", *iris).stdout
    assert "to birth on 2-0-1" in text
    assert "complete by its evidence" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--distance"], "--data"), (["--data", "generic:9", "--line", "generic:9"], "--distance"),
     (["--distance", "--data", "generic:9", "--u", "1 2"], "--u"), (["--distance", "--data", "generic:1"], "few data"),
     ([], "ask for")],
)  # fmt: skip
def test_bad_requests(arguments, message):
    found = run("2-2-1", "--space", "weights", *arguments)
    assert found.returncode != 0
    assert message in found.stderr
    assert "Traceback" not in found.stderr
