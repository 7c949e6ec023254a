"""Comparison of engines: solve with each, and match the certified solutions as sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from critlocus.distinct import meeting_orbits
from critlocus.networks import Network
from critlocus.result import Result
from critlocus.run import solve
from critlocus.table import SolutionTable


@dataclass
class Match:
    """Two engines' certified solutions over the same parameters, whole orbits counted.

    Attributes
    ----------
    where : str
        ``generic`` or ``target k``.
    both : int
        Points whose boxes meet, up to the sign group. Boxes of one engine are proven disjoint, so a pairing of all
        boxes is a bijection of the sets.
    only_first, only_second : int
        Points that only one engine found (or certified).
    largest_distance : float
        Between matched points, relative.
    """

    first: str
    second: str
    where: str
    both: int
    only_first: int
    only_second: int
    largest_distance: float

    @property
    def agree(self) -> bool:
        """Whether both found the same set."""
        return self.only_first == self.only_second == 0


@dataclass
class Comparison:
    """Results by engine, and their matches pair by pair."""

    results: dict[str, Result] = field(default_factory=dict)
    matches: list[Match] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        """Whether all engines found the same sets."""
        return all(match.agree for match in self.matches)

    def summary(self) -> dict[str, Any]:
        """Return counts, times and matches as plain objects."""
        return {
            "agree": self.agree,
            "engines": {
                name: {
                    "version": r.solver_version,
                    "complex": r.generic.count(r.generic.found),
                    "certified": r.generic.count(r.generic.certified),
                    "strata": [[s.name, s.points] for s in r.strata],
                    "failed_paths": r.failed_paths,
                    "paths_tracked": r.paths_tracked,
                    "seconds": r.seconds["total"],
                }
                for name, r in self.results.items()
            },
            "matches": [{**vars(m), "agree": m.agree} for m in self.matches],
        }


def compare(network: Network | str, loss: Any = None, *, solvers: list[str], **options: Any) -> Comparison:
    """Solve one problem with several engines and match their solutions point by point.

    Parameters
    ----------
    network, loss, options
        As for `critlocus.solve`; the same seed gives every engine the same generic member and the same targets.
    solvers : list of str
        Names of engines.
    """
    found = Comparison()
    for name in solvers:
        found.results[name] = solve(network, loss, solver=name, **options)
    for first, second in combinations(solvers, 2):
        a, b = found.results[first], found.results[second]
        if np.array_equal(a.generic_parameters, b.generic_parameters):
            found.matches.append(_match(a, a.generic, b.generic, first, second, "generic"))
        for k in range(len(a.target_parameters)):
            found.matches.append(_match(a, a.target(k), b.target(k), first, second, f"target {k}"))
    return found


def _match(result: Result, a: SolutionTable, b: SolutionTable, first: str, second: str, where: str) -> Match:
    a, b = a[a.certified], b[b.certified]
    theta = np.concatenate([a.theta, b.theta])
    pairs = meeting_orbits(theta, np.concatenate([a.radius, b.radius]), np.zeros(len(theta), np.int64), result.symmetry)
    pairs = np.sort(pairs, axis=1)
    across = pairs[(pairs[:, 0] < len(a)) & (pairs[:, 1] >= len(a))]
    in_a, in_b = np.isin(np.arange(len(a)), across[:, 0]), np.isin(np.arange(len(b)), across[:, 1] - len(a))
    moved = result.symmetry.align(theta[across[:, 0]], theta[across[:, 1]])
    size = np.maximum(np.linalg.norm(theta[across[:, 1]], axis=1), 1e-300)
    distance = np.linalg.norm(moved - theta[across[:, 1]], axis=1) / size
    return Match(first, second, where, a.count(in_a), a.count(~in_a), b.count(~in_b), float(distance.max(initial=0.0)))
