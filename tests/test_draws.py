# Statistics over random data sets: streaming sums against NumPy, incomplete draws, and the same numbers from a file.
import json
import subprocess
import sys

import numpy as np
import pytest

import critlocus
from critlocus.analysis.draws import DrawStatistics, draw_statistics
from critlocus.errors import InputError


def row(real, histogram, complex_=9, **other):
    return {
        "complex": complex_, "certified": complex_, "distinct": complex_, "lost": 0, "real": real,
        "reality_undecided": 0, "signature_unproven": 0, "minima": [0.0] * histogram.get("0", 0),
        "index_histogram": histogram, **other,
    }  # fmt: skip


def test_moments_and_extremes_are_those_of_numpy():
    rng = np.random.default_rng(0)
    table = rng.integers(0, 3, (200, 4))
    table[:, 0] += 1 + (table.sum(axis=1) % 2 == 1)  # real counts are odd, as is the complex one
    table = table[table.sum(axis=1) % 2 == 1]
    statistics = DrawStatistics()
    for k in range(0, len(table), 7):  # in blocks
        statistics.add(
            row(int(r.sum()), {str(i): int(n) for i, n in enumerate(r) if n}) for r in table[k : k + 7].tolist()
            for r in [np.array(r)]
        )  # fmt: skip
    found = statistics.summary()
    assert (found["draws"], found["incomplete"], found["lower_bounds"]) == (len(table), 0, None)
    columns = {"real": table.sum(axis=1), "minima": table[:, 0]}
    for name, values in columns.items():
        assert found[name]["mean"] == pytest.approx(values.mean())
        assert found[name]["standard_error"] == pytest.approx(values.std(ddof=1) / np.sqrt(len(values)))
        assert (found[name]["minimum"], found[name]["maximum"]) == (values.min(), values.max())
        unique, counts = np.unique(values, return_counts=True)
        assert found[name]["distribution"] == {str(v): n for v, n in zip(unique, counts, strict=True)}
    for index in range(4):  # draws without points of an index count as 0
        assert found["by_index"][str(index)]["mean"] == pytest.approx(table[:, index].mean())
        assert found["by_index"][str(index)]["minimum"] == table[:, index].min()


@pytest.mark.parametrize(
    "bad",
    [{"lost": 1}, {"certified": 8}, {"distinct": 8}, {"reality_undecided": 2}, {"signature_unproven": 1},
     {"complex_": 8}, {"ed_degree": 8}, {"ed_degree": 7, "weights_split": None}],
)  # fmt: skip
def test_incomplete_draws_are_kept_apart(bad):
    statistics = DrawStatistics()
    statistics.add([row(3, {"0": 2, "1": 1}), row(1, {"0": 1}, **bad)])
    found = statistics.summary()
    assert (found["draws"], found["incomplete"]) == (2, 1)
    assert found["real"]["distribution"] == {"3": 1}
    assert found["lower_bounds"]["distribution"] == {"1": 1}


def test_draws_of_weights_are_those_of_targets(tmp_path):
    draws = critlocus.solve("2-1-2", draws=40, seed=3, trace_test=False)
    targets = critlocus.solve("2-1-2", targets=40, seed=3, trace_test=False, out=tmp_path / "run.h5", keep=False)
    found = draws.summary()["draws"]
    assert found == draw_statistics(targets).summary() == draw_statistics(critlocus.load(tmp_path / "run.h5")).summary()
    assert found["draws"] == 40
    assert found["incomplete"] == 0
    assert len(draws.summary()["targets"]) == 8
    assert len(draws.targets) == 0
    assert all(int(v) % 2 == 1 for v in found["real"]["distribution"])  # of 17 complex points


@pytest.mark.parametrize(("name", "metric"), [("matrices:2x3,rank=1", "generic"), ("2-1-1:x^2", "data")])
def test_draws_of_functions_are_those_of_targets(tmp_path, name, metric):
    draws = critlocus.solve_functions(name, metric, draws=30, seed=3)
    targets = critlocus.solve_functions(name, metric, targets=30, seed=3, out=tmp_path / "run.h5")
    found = draws.summary()["draws"]
    assert found == draw_statistics(targets).summary() == draw_statistics(critlocus.load(tmp_path / "run.h5")).summary()
    assert draws.summary()["targets"] == targets.summary()["targets"][:8]
    assert len(draws.target_parameters) == len(draws.data[next(iter(draws.data))]) == 8
    written = critlocus.solve_functions(name, metric, draws=30, seed=3, out=tmp_path / "draws.h5")
    assert len(written.target_parameters) == 30
    assert written.summary()["draws"] == found


def test_functions_of_many_targets_are_pure():
    # Some critical points lie far out in the chart: that d mu has full rank there is proven, and they are never lost.
    result = critlocus.solve_functions("matrices:2x3,rank=1", targets=263)
    assert np.ptp(np.log10(np.abs(result.targets.z).max(axis=1))) > 2
    for found in result.summary()["targets"]:
        assert (found["ed_degree"], found["real_spurious"], found["lost"]) == (10, 0, 0)


@pytest.mark.parametrize(
    ("options", "text"),
    [({"draws": 0}, "at least 1"), ({"draws": 2, "targets": 2}, "either"), ({"draws": 2, "target": "none"}, "real")],
)
def test_bad_options(options, text):
    with pytest.raises(InputError, match=text):
        critlocus.solve("2-1-2", **options)
    with pytest.raises(InputError, match=text):
        critlocus.solve_functions("matrices:2x2,rank=1", **options)


def test_given_data_are_no_draws():
    data = critlocus.Data(np.eye(2), np.eye(2))
    with pytest.raises(InputError, match="given"):
        critlocus.solve("2-1-2", data, draws=2)
    with pytest.raises(InputError, match="given"):
        critlocus.solve_functions("matrices:2x2,rank=1", u=np.ones(4), draws=2)


def test_command_line(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "critlocus", *arguments], capture_output=True, text=True, check=True, cwd=tmp_path
        ).stdout

    text = run("solve", "2-1-2", "--draws", "20", "--out", "run.h5")
    assert "20 random data sets" in text
    assert "local minima" in text
    found = json.loads(run("solve", "2-1-2", "--draws", "20", "--json"))["draws"]
    assert sum(found["real"]["distribution"].values()) == 20
    run("plot", "run.h5", "run.png", "--draws")
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
