"""How far a datum may move before its critical points change: the distance to the discriminant.

On the smooth part of the discriminant, and on its cuspidal edge, the distance has finitely many complex critical
points. All of them are found by monodromy, carried to the datum and certified: the smallest real one is the distance,
see `critlocus.problems.cuspidal_distance` for why there are no others. Local searches on the lifted discriminant, which
start from certified discriminant points in random directions around the datum, are a check. For a cone the nearest
datum at which a critical point passes through the apex is ``u0 - f`` for the real critical point f nearest to the apex
(Draisma et al. 2016, thm. 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import by_other_routes_too, real_solutions
from critlocus.chambers.local_search import Candidate, local_search
from critlocus.chambers.sections import Section
from critlocus.problems.distance import Distance
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]
ROUTES = 3


@dataclass(eq=False)
class Nearest:
    """The nearest point of the discriminant.

    Attributes
    ----------
    distance : float
        In the metric Q; infinite if no real point was found.
    u : float64 array, shape (N,)
        The nearest target.
    kind : {"fold", "cusp", "apex", "branch", "none"}
        What happens there.
    point : float64 array, shape (N,)
        The critical point f that is degenerate (or reaches the apex) there.
    all_distances : float64 array
        Of all certified real critical points of the distance to the smooth part, increasing.
    evidence : dict
    """

    distance: float
    u: Reals
    kind: str
    point: Reals
    all_distances: Reals
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the distance to the discriminant stands on complete solutions."""
        return bool(self.evidence["complete"])

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return {
            "distance": self.distance, "kind": self.kind, "nearest_target": self.u.tolist(),
            "critical_point": self.point.tolist(), "all_distances": self.all_distances.tolist(), **self.evidence,
        }  # fmt: skip


def nearest_degenerate(
    solver: Solver,
    family: Distance,
    folds: Section | None,
    cusps: Section | None,
    pencils: list[Section],
    critical: Reals,
    p0: Reals,
    q: Reals,
    rng: np.random.Generator,
    *,
    cone: bool,
    known: dict[str, Reals],
) -> Nearest:
    """Find the nearest discriminant point to the datum with parameters p0.

    Parameters
    ----------
    folds, cusps : Section or None
        Of a `NearestDegenerate` and a `NearestCusp`; None: there are none.
    pencils : list of Section
        The degenerate points over generic pencils: of folds, and of the branch locus.
    critical : float64 array, shape (R, n)
        The real critical points z at the datum.
    q : float64 array, shape (N, N)
        The metric.
    cone : bool
        The variety is a cone, with an apex.
    known : dict
        Targets that certified points belong to, shape (C, N), by kind: all critical points of the distance to the
        branch locus.
    """
    size = len(q)
    u0 = np.linalg.solve(q, p0[family.moving]).astype(np.float64)
    smooth: list[Candidate] = []
    record, sure = {"complex_critical_points": 0, "real_critical_points": 0, "missing": 0, "undecided": 0}, True
    if folds is not None:
        question: Any = folds.question
        found = real_solutions(solver, folds, p0[None, :].astype(np.complex128), rng)
        smooth = _candidates("fold", question.moves(found.points + 0j, np.zeros(0)).real, u0, q)
        record = {
            "complex_critical_points": len(folds.points), "real_critical_points": len(found.points),
            "missing": int(found.missing.sum()), "undecided": int(found.undecided.sum()),
            "infinite": int(found.infinite.sum()),
        }  # fmt: skip
        sure = folds.complete and not (found.open or found.infinite.any())
    exact = smooth[:1]
    for kind, targets in known.items():
        exact += _candidates(kind, np.hstack([targets, targets - u0]), u0, q)
    if cusps is not None:
        at_edge: Any = cusps.question
        kappa = np.array([1.0, -1.0])
        rows = np.column_stack([np.tile(p0, (2, 1)), kappa]) + 0j
        edge = by_other_routes_too(solver, cusps, rows, rng, ROUTES)
        exact += _candidates("cusp", at_edge.moves(edge.points + 0j, kappa[edge.row, None]).real, u0, q)
        left = edge.open + int(edge.infinite.sum())
        record |= {"complex_on_edge": len(cusps.points), "real_on_edge": len(edge.points), "open_on_edge": left}
        sure &= cusps.complete and not left
    tried, best = local_search(solver, pencils, p0, q, rng)
    nearest = min((c.distance for c in exact), default=np.inf)
    searched = best is not None and best.distance < nearest * (1 - 1e-6)
    others = [best] if best is not None and searched else []
    if cone and len(critical):
        f = family.points(critical.astype(np.complex128)).real
        norms = _lengths(f, q)
        k = int(np.argmin(norms))
        others.append(Candidate(float(norms[k]), u0 - f[k], "apex", np.zeros(size)))
    nothing = Candidate(np.inf, np.full(size, np.nan), "none", np.full(size, np.nan))
    winner = min([*exact, *others], key=lambda c: c.distance, default=nothing)
    sure &= not searched
    basis = _basis(winner.kind, sure=bool(sure), by_search=winner is best, folds=bool(pencils))
    evidence = {
        **record, "local_searches": tried, "distance_by_local_search": None if best is None else best.distance,
        "basis": basis, "complete": bool(sure),
    }  # fmt: skip
    lengths = np.array([c.distance for c in smooth])
    return Nearest(winner.distance, winner.u, winner.kind, winner.point, lengths, evidence)


def _candidates(kind: str, values: Reals, u0: Reals, q: Reals) -> list[Candidate]:
    """Return the points with (f, u - u0) given, shape ``(K, 2 N)``, by increasing distance."""
    points, moves = np.hsplit(values, 2)
    lengths = _lengths(moves, q)
    return [Candidate(float(lengths[k]), u0 + moves[k], kind, points[k]) for k in np.argsort(lengths)]


def _lengths(moves: Reals, q: Reals) -> Reals:
    return np.asarray(np.sqrt(np.maximum(np.einsum("ai,ij,aj->a", moves, q, moves), 0)))


def _basis(kind: str, *, sure: bool, by_search: bool, folds: bool) -> str:
    """Return the evidence on which the number stands, in words; `folds`: real critical points collide somewhere."""
    if kind == "none":
        return "no real point of the discriminant was found"
    if by_search:
        return "the best of the local searches; an upper bound"
    whole = "all complex critical points of the distance" if sure else "an incomplete set of critical points"
    if kind == "apex":
        found = "the real critical point nearest to the apex"
        return found if folds else f"{found}; others collide at infinity only, for no real data in general position"
    return f"{whole}, certified; no local search found a nearer point"
