"""Components of the critical locus of any polynomial network, dimension by dimension, for very small ones.

For every dimension d from the top the locus is cut by a generic affine space of codimension d, and n - d random
combinations of the gradient are solved there by a total-degree homotopy with endgame: the regular ends at which the
whole gradient vanishes are the witness points of all reduced components of dimension d (Sommese & Wampler, 2005, ch. 13
and 15). It needs no theory of the network, and no generic data. Components where the gradient is not reduced are not
found; singular ends that lie on no component found are counted.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.ends import EndKind
from critlocus.continuation.witness import Slice, decompose, is_member
from critlocus.loci.measure import Measure
from critlocus.loci.result import WitnessSet
from critlocus.problems.degenerate_locus import DegenerateLocus, formal_degrees
from critlocus.progress import Reporter
from critlocus.solve_system import solve_system
from critlocus.solvers.protocol import Solver

MAX_PATHS = 20_000
_VANISHING = 1e-9
_ZERO = 1e-14


def slice_by_slice(
    locus: DegenerateLocus,
    measure: Measure,
    solver: Solver,
    rng: np.random.Generator,
    report: Reporter,
    *,
    threads: int = 1,
    max_paths: int = MAX_PATHS,
) -> tuple[list[WitnessSet], list[dict[str, Any]], list[str]]:
    """Return components, what was met in every dimension, and what casts doubt on completeness.

    Parameters
    ----------
    max_paths : int
        Dimensions that need more paths are not examined, and reported so.
    """
    found: list[WitnessSet] = []
    facts: list[dict[str, Any]] = []
    doubts: list[str] = []
    for d in range(locus.n - 1, -1, -1):
        system = locus.sliced(d)
        at = Slice.random(measure.moments, d, locus.n, rng)
        paths = prod(formal_degrees(system))
        fact: dict[str, Any] = {"dimension": d, "paths": paths}
        facts.append(fact)
        if paths > max_paths:
            fact["status"] = "not examined: too many paths"
            doubts.append(f"dimension {d} was not examined: {paths} paths")
            continue
        report("monodromy", 0, paths, f"dimension {d}")
        outcome = solve_system(system, at.row, seed=int(rng.integers(2**31)), threads=threads)
        fact["ends"] = {kind.name.lower(): int(np.count_nonzero(outcome.kinds == kind)) for kind in EndKind}
        critical = _critical(locus, measure, outcome.points)
        points = outcome.points[critical]
        isolated = measure.coranks(points) == d  # else the end lies on something larger, or is not reduced
        rest = np.concatenate([points[~isolated], outcome.singular[_critical(locus, measure, outcome.singular)]])
        points = points[isolated]
        # Slices are of size 1: what is this small is rounding of an exact 0, and relative distances mean nothing there.
        points = np.unique(np.where(np.abs(points) <= _ZERO, 0, points), axis=0)
        fact.update(witness_points=len(points), not_critical=int(np.count_nonzero(~critical)))
        outside = [p for p in rest if not _on_larger(p, found, locus, measure, solver, rng)]
        fact.update(singular_critical_ends=len(rest), unexplained=len(outside), status="examined")
        if fact["ends"]["undecided"]:
            doubts.append(f"dimension {d}: {fact['ends']['undecided']} ends of paths were not decided")
        if outside:
            doubts.append(f"dimension {d}: {len(outside)} singular ends on no component found: it may not be reduced")
        if len(points) == 0:
            continue
        parts = decompose(solver, system, points, at, rng)
        fact.update(components=len(parts.residuals), slice_loops=parts.loops)
        if not parts.linear:
            doubts.append(f"dimension {d}: a trace is not linear")
        found += [
            measure(points[parts.labels == k], at, system, float(r), stratum=None, whole=True, rng=rng)
            for k, r in enumerate(parts.residuals)
        ]
    return sorted(found, key=lambda c: (-c.dimension, c.loss.real)), facts, doubts


def _on_larger(
    point: NDArray[np.complex128], found: list[WitnessSet], locus: DegenerateLocus, measure: Measure, solver: Solver,
    rng: np.random.Generator,
) -> bool:  # fmt: skip
    """Tell whether a singular end lies on a component found so far, all of which have larger dimension."""
    for component in found:
        at = Slice(measure.moments, component.matrix, component.constants)
        system = locus.sliced(component.dimension)
        if is_member(solver, system, component.points, at, point, measure.moments, rng):
            return True
    return False


def _critical(locus: DegenerateLocus, measure: Measure, points: NDArray[np.complex128]) -> NDArray[np.bool_]:
    """Tell at which points the whole gradient vanishes, not only its combinations."""
    return np.array([measure.residual(point[None, :]) <= _VANISHING for point in points], bool).reshape(len(points))
