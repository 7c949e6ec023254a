"""Evidence of completeness: what supports that no critical point is missing, stratum by stratum and in all."""

from __future__ import annotations

from typing import Any

import numpy as np

from critlocus.continuation.monodromy import DEFAULT, MonodromyOptions
from critlocus.continuation.repair import tested_and_repaired
from critlocus.continuation.strata import GenericMember, Stratum
from critlocus.progress import Reporter
from critlocus.solvers.protocol import Solver

TRACE_TEST_LIMIT = 120
"""Strata with more orbits get a trace test only if it is asked for: it costs some 200 paths per orbit."""

Evidence = dict[str, Any]


def trace_tests(
    solver: Solver,
    member: GenericMember,
    seed: np.random.SeedSequence,
    wanted: bool | None,
    report: Reporter,
    options: MonodromyOptions = DEFAULT,
) -> tuple[dict[str, Evidence], int]:
    """Run the trace test on one stratum of every class; return its outcome by name, and the paths tracked.

    Strata that lack solutions are completed in place, as far as the test finds them.

    `wanted`: True for all, False for none, None for those with at most `TRACE_TEST_LIMIT` orbits.
    """
    found: dict[str, Evidence] = {}
    paths = 0
    for own_seed, stratum in zip(seed.spawn(len(member.strata)), member.strata, strict=True):
        name, support = stratum.pattern.name, stratum.pattern.support
        if not stratum.lead or len(support) == 0 or name in found:
            continue
        if wanted is False:
            found[name] = {"status": "not run", "reason": "switched off"}
        elif wanted is None and len(stratum.points) > TRACE_TEST_LIMIT:
            reason = f"more than {TRACE_TEST_LIMIT} orbits; ask for it with --trace-test"
            found[name] = {"status": "not run", "reason": reason}
        else:
            report("trace test", 0, None, name)
            test = tested_and_repaired(solver, member, stratum, np.random.default_rng(own_seed), options)
            paths += test.paths_tracked
            found[name] = {
                "status": test.status, "residual": test.residual, "degree": test.degree,
                "bidegree": list(test.bidegree), "coordinates": test.coordinates, "reason": test.reason,
            }  # fmt: skip
    return found, paths


def stratum_evidence(stratum: Stratum, traces: dict[str, Evidence]) -> Evidence:
    """Return the evidence for one stratum."""
    run = stratum.run
    blank = {"status": "not needed" if len(stratum.pattern.support) == 0 else "not run"}
    return {
        "orbits": len(stratum.points),
        "loops": run.loops,
        "quiet_loops": run.quiet_loops,
        "log10_doubt": round(run.log10_doubt, 2),
        "collisions": run.collisions,
        "strays": run.strays,
        "members": run.members,
        "stop_reason": run.stop_reason,
        "missing": stratum.missing,
        "repaired": stratum.repaired,
        "removed": stratum.removed,
        "trace_test": traces.get(stratum.pattern.name, blank),
    }


def total_evidence(member: GenericMember, traces: dict[str, Evidence], proven: int) -> Evidence:
    """Return the evidence for the whole count; `proven`: certified critical points on pairwise distinct orbits."""
    runs = [s.run for s in member.strata if s.lead and len(s.pattern.support)]
    states = sorted({t["status"] for t in traces.values()})
    return {
        "monodromy": member.stop_reason,
        "lower_bound": proven,
        "lower_bound_by": "Krawczyk certificates, pairwise distinct orbits under a free action of the sign group",
        "family": "moments" if member.family.moments else "points",
        "quiet_loops": min((r.quiet_loops for r in runs), default=None),
        "log10_doubt": round(max((r.log10_doubt for r in runs), default=0.0), 2),
        "members": min((r.members for r in runs), default=None),
        "collisions": sum(r.collisions for r in runs),
        "strays": sum(r.strays for r in runs),
        "missing": sum(s.missing for s in member.strata),
        "repaired": sum(s.repaired for s in member.strata),
        "removed": sum(s.removed for s in member.strata),
        "orbit_divisibility": all(s.count % s.symmetry.order == 0 for s in member.strata),
        "trace_test": ", ".join(states) if states else "not run",
        "strata": "closed zero patterns and their emptiness decided mod a 31-bit prime",
    }


def generic_verdict(evidence: Evidence) -> str:
    """Return the stop reason that the evidence for the generic member asks for, ``running`` if there is nothing to say.

    It is asked at the end of a run, so that a resumed one keeps what the first one found out.
    """
    stopped = evidence.get("monodromy", "quiet")
    doubts = contradictions(evidence)
    if stopped != "quiet":
        return f"monodromy stopped: {stopped}"
    return f"incomplete: {'; '.join(doubts)}; try another seed" if doubts else "running"


def contradictions(evidence: Evidence) -> list[str]:
    """Return what in the evidence says that the count is not the whole count."""
    found = []
    if "failed" in evidence["trace_test"]:
        found.append("the trace test found that solutions are missing")
    # A repaired count is that of one member alone, but the trace test, which led to it, stands for it.
    if evidence["members"] == 1 and not (evidence.get("repaired") and evidence["trace_test"] == "passed"):
        found.append("no two members of the family agree on the count")
    if evidence["missing"]:
        found.append(f"{evidence['missing']} orbits were lost on the way to the generic member")
    if not evidence.get("msolve", {"agrees": True})["agrees"]:
        found.append(f"msolve counts {evidence['msolve']['count']}")
    return found
