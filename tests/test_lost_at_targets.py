# Points of the generic member without an end at a target in function space: shown, explained, or a doubt.
import json
import subprocess
import sys

import numpy as np
import pytest

import critlocus
from critlocus.continuation.transport import Transporter
from critlocus.solvers.protocol import PathStatus

ELLIPSE, CIRCLE = "equations:x^2+4*y^2-4", "equations:x^2+y^2-1"


@pytest.mark.parametrize(
    ("variety", "u", "lost"),
    [
        (ELLIPSE, (0.3, 0.1), {}),
        (ELLIPSE, (0, 0), {}),  # the centre is on no evolute: four vertices, two by two at one distance
        (ELLIPSE, (1.5, 0), {"singular": 3}),  # a cusp of the evolute: three points meet
        (ELLIPSE, (0, -3), {"singular": 3}),
        (ELLIPSE, (1.5 / 2**1.5, 3 / 2**1.5), {"singular": 2}),  # a smooth point of it
        (CIRCLE, (0, 0), {"singular": 2}),  # every point of the circle is critical
    ],
)
def test_targets_on_and_off_the_discriminant(variety, u, lost):
    result = critlocus.solve_functions(variety, "frobenius", u=u)
    found = result.summary()
    row, total = found["targets"][0], sum(lost.values())
    assert row["lost"] == total
    assert row["complex"] == row["certified"] == found["complex"] - total
    assert row.get("lost_by_status", {}) == lost
    assert ("note" in row) == bool(lost)
    assert found["evidence"]["targets"] == {"lost": total, "unexplained": 0}
    assert found["stop_reason"] == "complete"


@pytest.mark.parametrize("seed", [0, 3])
def test_no_point_is_lost_at_random_data(seed):
    # Paths that got stuck far out near the target were given up without more digits: 20 and 104 points of 450,000.
    found = critlocus.solve("2-2-2", draws=2000, seed=seed, threads=2, trace_test=False)
    assert found.evidence["targets"] == {"lost": 0, "unexplained": 0}


def lose(monkeypatch, status, t):
    """Let the first path to the second target end like this."""
    carry = Transporter.__call__

    def losing(self, *arguments):
        moved = carry(self, *arguments)
        for row in np.flatnonzero(moved.target == 1)[:1]:  # the search for the generic member has one target
            moved.paths.status[row], moved.paths.t[row] = status, t
        return moved

    monkeypatch.setattr(Transporter, "__call__", losing)


@pytest.mark.parametrize(
    ("status", "t", "unexplained"),
    [
        (PathStatus.STEP_LIMIT, 0.5, 1),
        (PathStatus.UNTRACKED, 0.0, 1),  # it met another path
        (PathStatus.SINGULAR, 0.3, 1),
        (PathStatus.DIVERGED, 1 - 1e-8, 0),
        (PathStatus.STEP_TOO_SMALL, 1 - 1e-9, 0),
    ],
)
@pytest.mark.parametrize("draws", [None, 3])
def test_what_is_lost_on_the_way_is_a_doubt(monkeypatch, tmp_path, status, t, unexplained, draws):
    lose(monkeypatch, status, t)
    count = {"targets": 3} if draws is None else {"draws": draws}
    result = critlocus.solve_functions(ELLIPSE, "frobenius", out=tmp_path / "run.h5", **count)
    assert result.evidence["targets"] == {"lost": 1, "unexplained": unexplained}
    expected = "incomplete: 1 points were lost on the way to a target; try another seed"
    assert result.stop_reason == (expected if unexplained else "complete")
    found = critlocus.load(tmp_path / "run.h5").summary()
    assert [row["lost"] for row in found["targets"]] == [0, 1, 0]
    assert found["targets"][1]["lost_by_status"] == {status.name.lower().replace("_", " "): 1}
    assert (found["stop_reason"], found["evidence"]["targets"]) == (result.stop_reason, result.evidence["targets"])
    if draws is not None:
        assert (result.draws.draws, result.draws.incomplete) == (3, 1)


@pytest.mark.parametrize(
    ("status", "t", "unexplained"),
    [(PathStatus.STEP_LIMIT, 0.5, 4), (PathStatus.DIVERGED, 1 - 1e-8, 0)],
)
def test_weights_that_are_lost_on_the_way_are_a_doubt(monkeypatch, tmp_path, status, t, unexplained):
    first = critlocus.solve("2-2-1", targets=2)  # what is lost is the first orbit of the first stratum, of 4 points
    assert first.stop_reason == "complete"
    assert first.evidence["targets"] == {"lost": 0, "unexplained": 0}
    carry = Transporter.__call__

    def losing(self, targets, *arguments):
        moved = carry(self, targets, *arguments)
        if len(targets) == 2 and self.symmetry.order == 4:
            row = np.flatnonzero(moved.target == 1)[0]
            moved.paths.status[row], moved.paths.t[row] = status, t
        return moved

    monkeypatch.setattr(Transporter, "__call__", losing)
    result = critlocus.solve("2-2-1", targets=2, out=tmp_path / "run.h5")
    assert result.evidence["targets"] == {"lost": 4, "unexplained": unexplained}
    expected = "incomplete: 4 points were lost on the way to a target; try another seed"
    assert result.stop_reason == (expected if unexplained else "complete")
    found = critlocus.load(tmp_path / "run.h5").summary()
    assert [row["lost"] for row in found["targets"]] == [0, 4]
    assert (found["stop_reason"], found["evidence"]["targets"]) == (result.stop_reason, result.evidence["targets"])


def test_command_line(tmp_path):
    (tmp_path / "u.csv").write_text("1.5,0\n0.3,0.1\n")
    command = [sys.executable, "-m", "critlocus", "solve", ELLIPSE, "--space", "functions", "--metric", "frobenius"]
    command += ["--u", str(tmp_path / "u.csv")]

    def run(*arguments):
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=True).stdout

    rows = json.loads(run("--json"))["targets"]
    assert [row["lost"] for row in rows] == [3, 0]
    assert rows[0]["lost_by_status"] == {"singular": 3}
    text = " ".join(run().split())
    assert "distinct ┃ lost ┃" in text
    assert "target 0: 3 lost (3 singular); not all points of the generic member" in text
    assert "target 1:" not in text
    assert "3 points lost at targets, 0 of them on the way there" in text
