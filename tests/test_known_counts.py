# Published or independently derived counts (tests/files/known_counts.json), each over 20 seeds and 1, 2, 4 threads.
import numpy as np
import pytest

import critlocus
from conftest import known_counts
from critlocus.networks import Network

ROWS = known_counts()["weights_space_regularised"]
INSTANCE = known_counts()["deterministic_instance"]
THREADS = (1, 2, 4)


def count_of_pattern(result, full):
    return [s.points for s in result.strata if s.name == full]


@pytest.mark.parametrize("row", ROWS, ids=[f"{r['network']} m={r['m']}" for r in ROWS])
def test_complex_count(row):
    points = 10 if row["m"] == "many" else row["m"]
    for seed in range(20):
        result = critlocus.solve(
            row["network"],
            f"generic:{points}",
            target="none",
            seed=seed,
            threads=THREADS[seed % 3],
            trace_test=seed == 0,
        )
        found = result.summary()
        assert found["complex"] == found["certified"] == found["distinct"] == row["complex"], f"seed {seed}"
        assert found["stop_reason"] == "complete"
        if "torus" in row:
            assert count_of_pattern(result, Network.parse(row["network"]).name.split(":")[0]) == [row["torus"]]
        if "by_zero_pattern" in row:
            assert sorted(s.points for s in result.strata) == row["by_zero_pattern"]
        assert found["evidence"]["trace_test"] != "failed"


@pytest.mark.parametrize(("divisor", "key"), [(1, "real"), (10, "real_with_lambda_divided_by_10")])
def test_deterministic_instance(divisor, key):
    weights = {name: np.array(value) / divisor for name, value in INSTANCE["lambda"].items()}
    data = critlocus.Data(np.array(INSTANCE["X"]).T, np.array(INSTANCE["Y"]).T)
    for seed in range(20):
        result = critlocus.solve(
            INSTANCE["network"], critlocus.Loss(data, weights), seed=seed, threads=THREADS[seed % 3], trace_test=False
        )
        found = result.summary()
        assert found["complex"] == found["certified"] == found["distinct"] == INSTANCE["complex"]
        target = found["targets"][0]
        assert target["complex"] == target["certified"] == target["distinct"] == INSTANCE["complex"]
        assert target["real"] == INSTANCE[key]
        assert target["reality_undecided"] == target["signature_unproven"] == 0


def test_results_do_not_depend_on_threads():
    results = [critlocus.solve("2-2-2", seed=5, targets=3, threads=threads) for threads in THREADS]
    for other in results[1:]:
        for table in ("generic", "targets"):
            for name in ("theta", "radius", "real", "signature", "steps", "loss"):
                np.testing.assert_array_equal(
                    getattr(getattr(other, table), name), getattr(getattr(results[0], table), name)
                )
        assert other.evidence == results[0].evidence


@pytest.mark.slow
@pytest.mark.parametrize(("network", "torus"), [("2-3-2", 640), ("2-2-2-2", 12352), ("3-3-3", 88832)])
def test_counts_of_the_prototype(network, torus):
    result = critlocus.solve(network, target="none", threads=2, trace_test=False)
    assert result.strata[0].points == torus
    assert result.generic.count(result.generic.distinct) == result.generic.count()
