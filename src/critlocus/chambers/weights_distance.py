"""How far the outputs of a data set may move before the critical points of a regularised loss change.

The inputs and the regulariser stay. Outputs that move by ``f(x_i)``, with f a function with the network's monomials,
are the nearest ones with their moments, so that the distance is ``|f|_Q``, with Q the moments of the inputs. Pattern by
pattern the nearest outputs are a fold, a cusp of the folds, or a birth of a dead unit, and each of these is a
critical-point problem, see `critlocus.problems.discriminant_distance`, `critlocus.problems.cuspidal_distance` and
`critlocus.problems.birth_distance`. Nothing else changes the picture: with Q positive definite and a positive
regulariser critical points stay bounded, and the space of weights has no singular points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.crossings import by_other_routes_too
from critlocus.chambers.cusps import generic_cusps
from critlocus.chambers.labels import Label
from critlocus.chambers.sections import Section, solve_section
from critlocus.errors import NoRegularSolutions
from critlocus.networks import ZeroPattern, zero_patterns
from critlocus.problems.birth_distance import NearestBirth
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.cuspidal_distance import NearestCusp
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.discriminant_distance import NearestDegenerate
from critlocus.problems.weights_family import WeightsFamily
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]
INSIDE, _ROUTES = 12, 4
"""Random outputs inside of the ball whose labels are compared with that of the data."""


@dataclass(frozen=True, eq=False)
class NearestEvents:
    """All complex critical points of the distance to the events of one kind on a pattern, for a generic datum.

    Attributes
    ----------
    kind : {"fold", "cusp", "birth"}
    pattern : ZeroPattern
        Of the critical points that are degenerate.
    section : Section
    """

    kind: str
    pattern: ZeroPattern
    section: Section


@dataclass(eq=False)
class NearestLoss:
    """The nearest outputs at which the critical points change.

    Attributes
    ----------
    distance : float
        ``sqrt(sum_i w_i |y_i' - y_i|^2)``; infinite if there are no such outputs.
    kind : {"fold", "cusp", "birth", "none"}
        What happens there.
    pattern : str
        The zero pattern of the critical point to which it happens.
    theta : float64 array, shape (n_weights,)
        That critical point.
    move : float64 array, shape (n_outputs * n_monomials,)
        The function that the outputs move by, as coefficients at the network's monomials, output by output.
    outputs : float64 array, shape (m, n_outputs)
    evidence : dict
    """

    distance: float
    kind: str
    pattern: str
    theta: Reals
    move: Reals
    outputs: Reals
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the distance stands on complete solutions."""
        return bool(self.evidence["complete"])

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return {
            "distance": self.distance, "kind": self.kind, "pattern": self.pattern, "theta": self.theta.tolist(),
            "move": self.move.tolist(), **self.evidence,
        }  # fmt: skip


def nearest_events(solver: Solver, problem: CriticalPoints, rng: np.random.Generator) -> list[NearestEvents]:
    """Return the critical points of the distance for a generic datum, pattern by pattern."""
    found = []
    patterns = zero_patterns(problem.network)

    def add(kind: str, pattern: ZeroPattern, question: Any) -> None:
        section = _solved(solver, question, rng)
        if section is not None:
            found.append(NearestEvents(kind, pattern, section))

    for pattern in patterns:
        family = WeightsFamily(problem, pattern.support)
        if len(pattern.support):
            add("fold", pattern, NearestDegenerate(family))
            cusps = _solved(solver, DegeneratePoints(family, 2, "cusp"), rng)
            edge = [] if cusps is None else generic_cusps(solver, cusps, rng)
            if edge:
                add("cusp", pattern, NearestCusp(family, edge))
        for larger in patterns:
            if len(larger.alive[0]) == len(pattern.alive[0]) + 1 and set(pattern.alive[0]) < set(larger.alive[0]):
                add("birth", pattern, NearestBirth(family, np.setdiff1d(larger.support, pattern.support)))
    return found


def _solved(solver: Solver, question: Any, rng: np.random.Generator) -> Section | None:
    try:
        return solve_section(solver, question, rng)
    except NoRegularSolutions:
        return None  # there are no regular points of this kind


def nearest_loss(
    solver: Solver,
    events: list[NearestEvents],
    label: Callable[[Reals, np.random.Generator], list[Label]],
    p0: Reals,
    rng: np.random.Generator,
) -> tuple[float, str, str, Reals, Reals, dict[str, Any]]:
    """Return distance, kind, pattern, weights, move and evidence of the nearest event to the datum p0.

    Parameters
    ----------
    label : callable
        Labels rows of real parameters, shape ``(K, n_params)``.
    p0 : float64 array, shape (n_params,)
        Moments, then regulariser.
    """
    family: Any = events[0].section.question.family  # type: ignore[attr-defined]
    q = family.form.matrix(p0[: family.n_form].astype(np.complex128)).real
    size, n_weights = len(family.targets), family.problem.network.n_weights
    best: tuple[float, str, str, Reals, Reals] = (np.inf, "none", "", np.full(n_weights, np.nan), np.full(size, np.nan))
    facts, sound = [], True
    for own in events:
        points, moves, record = _real_moves(solver, own, p0, rng)
        lengths = np.sqrt(np.maximum(np.einsum("ai,ij,aj->a", moves, q, moves), 0))
        facts.append({"kind": own.kind, "pattern": own.pattern.name, **record})
        sound &= own.section.complete and not record["open"]
        k = int(np.argmin(lengths)) if len(lengths) else -1
        if k >= 0 and lengths[k] < best[0]:
            theta = np.zeros(n_weights)
            theta[own.pattern.support] = points[k, : len(own.pattern.support)]
            best = float(lengths[k]), own.kind, own.pattern.name, theta, moves[k]
    inside = _labels_inside(label, family, p0, q, best[0], rng)
    evidence = {"critical_points_of_the_distance": facts, "same_label_inside": inside}
    return *best, {**evidence, "complete": bool(sound and inside and np.isfinite(best[0]))}


def _real_moves(
    solver: Solver, own: NearestEvents, p0: Reals, rng: np.random.Generator
) -> tuple[Reals, Reals, dict[str, int]]:
    """Return certified real solutions and their moves, and what remained open."""
    question: Any = own.section.question
    size = len(question.family.targets)
    kappa = np.zeros((1, 0)) if own.kind == "fold" else np.array([[1.0], [-1.0]])
    rows = np.hstack([np.tile(p0, (len(kappa), 1)), kappa]).astype(np.complex128)
    best = by_other_routes_too(solver, own.section, rows, rng, _ROUTES)
    points = best.points + 0j
    values = question.moves(points, kappa[best.row])
    left = best.open + int(best.infinite.sum())
    record = {"complex": len(own.section.points), "real": len(points), "open": left}
    return best.points, values[:, -size:].real, record


def _labels_inside(
    label: Callable[[Reals, np.random.Generator], list[Label]], family: WeightsFamily, p0: Reals, q: Reals,
    distance: float, rng: np.random.Generator,
) -> bool:  # fmt: skip
    """Tell whether the labels of random data inside of the ball, most of them next to its boundary, are that of p0."""
    size = len(family.targets)
    length = distance * (1 - 10.0 ** -rng.uniform(1, 4, INSIDE)) if np.isfinite(distance) else np.zeros(INSIDE)
    moves = rng.standard_normal((INSIDE, size))
    moves *= (length / np.sqrt(np.einsum("ai,ij,aj->a", moves, q, moves)))[:, None]
    rows = np.tile(p0, (INSIDE + 1, 1))
    rows[1:, family.targets] += moves @ q
    here, *others = label(rows, rng)
    return here.proven and all(other.proven and other.same == here.same for other in others)
