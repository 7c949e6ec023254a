# The exact count by a Groebner basis mod p, and its own counting of standard monomials.
from itertools import product

import numpy as np
import pytest

import critlocus
from conftest import known_counts
from critlocus.errors import InputError, SolverError
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.verify import count_by_msolve, find_msolve, standard_monomials

try:
    find_msolve()
    MISSING = ""
except SolverError as error:
    MISSING = str(error)
needs_msolve = pytest.mark.skipif(bool(MISSING), reason=MISSING)
ROWS = known_counts()["weights_space_regularised"]


@needs_msolve
@pytest.mark.parametrize("row", ROWS, ids=[f"{r['network']} m={r['m']}" for r in ROWS])
def test_known_counts_by_msolve(row):
    family = CriticalPoints(Network.parse(row["network"]), 10 if row["m"] == "many" else row["m"])
    for seed in range(2):
        assert count_by_msolve(family, np.random.SeedSequence(seed)).count == row["complex"]


@needs_msolve
@pytest.mark.parametrize(
    ("network", "points"),
    [("1-1-1-1-1", 5), ("2-1-2:x^2", 10), ("1-2-1+bias", 10), ("1-1-1:x^3+bias", 10), ("2-2-1:x^2", 2)],
)
def test_monodromy_agrees_where_no_count_is_published(network, points):
    result = critlocus.solve(network, f"generic:{points}", target="none", seed=3, trace_test=False, verify="msolve")
    evidence = result.summary()["evidence"]["msolve"]
    assert evidence["agrees"]
    assert evidence["count"] == result.generic.count(result.generic.distinct)


@pytest.mark.parametrize("seed", range(6))
def test_standard_monomials_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    ideal = [tuple(int(v) for v in np.eye(n, dtype=int)[k] * rng.integers(1, 6)) for k in range(n)]
    ideal += [tuple(int(v) for v in rng.integers(0, 5, n)) for _ in range(int(rng.integers(0, 5)))]
    expected = sum(
        not any(all(a <= b for a, b in zip(e, m, strict=True)) for e in ideal) for m in product(range(6), repeat=n)
    )
    assert standard_monomials(ideal, n) == expected


def test_infinitely_many_are_refused():
    with pytest.raises(SolverError, match="not isolated"):
        standard_monomials([(1, 1), (0, 2)], 2)


@needs_msolve
@pytest.mark.parametrize("name", ["2-1-1:poly(0,1,0.5)", "1-2-1:poly(0,1,0,0.25)", "1-1-1:poly(0,0,2,-1)+bias"])
def test_polynomial_activations_agree_with_msolve(name):
    result = critlocus.solve(name, seed=3, target="none", verify="msolve")
    assert result.stop_reason == "complete"
    assert result.evidence["msolve"]["agrees"]


def test_an_activation_that_does_not_vanish_at_0_has_no_zero_patterns():
    with pytest.raises(InputError, match="must vanish at 0"):
        critlocus.solve("2-1-1:poly(1,1,1)")
