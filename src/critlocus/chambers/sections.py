"""All complex solutions of one generic member of a family, from several start pairs, with evidence of completeness.

Monodromy from the first start pair; another start pair whose point is not among the solutions opens another orbit (an
irreducible component of the incidence variety). Two independent members must agree on every orbit's size, or a trace
test must pass: the sum of the points of a hypersurface (or of any variety) on parallel lines (planes) moves linearly.
References: Duff, Hill, Jensen, Lee, Leykin & Sommars (2019); Sommese, Verschelde & Wampler, *Symmetric functions
applied to decomposing solution sets* (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.monodromy import DEFAULT, Monodromy, MonodromyOptions, monodromy
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.transport import Transporter
from critlocus.errors import InputError
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem

LINEAR = 1e-9
"""A relative second difference of the trace below this counts as linear."""
SINGULAR = 1e11
"""Start pairs worse conditioned than this lie on components where solutions are singular."""
_TRIES = 6

Points = NDArray[np.complex128]


class Question(Protocol):
    """A family with start pairs, such as `critlocus.problems.discriminant.DegeneratePoints`."""

    @property
    def system(self) -> PolynomialSystem: ...  # noqa: D102
    @property
    def invariants(self) -> PolynomialSystem: ...  # noqa: D102

    def random_rows(self, rng: np.random.Generator, count: int) -> Points:
        """Return generic parameters, shape ``(count, n_params)``."""
        ...

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[Points, Points]]:
        """Return pairs (x, p) that solve the system."""
        ...


@dataclass(eq=False)
class Section:
    """The solutions over one generic member.

    Attributes
    ----------
    question : Question
    points : complex128 array, shape (N, n)
        One per class (points with equal invariants are one).
    parameters : complex128 array, shape (n_params,)
    orbit : int64 array, shape (N,)
        Which monodromy orbit each point belongs to.
    runs : list of Monodromy
        One per orbit.
    trace_residual : float
        Second difference of the sum over a parallel family, relative to the moduli; nan if it was not run.
    """

    question: Question
    points: Points
    parameters: Points
    orbit: NDArray[np.int64]
    runs: list[Monodromy] = field(default_factory=list)
    trace_residual: float = np.nan
    lost: int = 0

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that nothing is missing."""
        quiet = all(r.stop_reason == "quiet" for r in self.runs)
        confirmed = self.trace_residual <= LINEAR or all(r.members > 1 for r in self.runs)
        return quiet and confirmed and not self.lost and not self.trace_residual > LINEAR

    def transporter(self, solver: Solver) -> Transporter:
        """Return what carries the solutions to other members."""
        own = self.question
        return Transporter(
            solver, own.system, self.points, self.parameters, own.random_rows, Fibres(own.invariants)
        )  # fmt: skip

    def evidence(self) -> dict[str, Any]:
        """Return the evidence as plain values."""
        passed = "not run" if np.isnan(self.trace_residual) else "passed" if self.trace_residual <= LINEAR else "failed"
        return {
            "solutions": len(self.points),
            "orbits": [int(np.count_nonzero(self.orbit == k)) for k in range(len(self.runs))],
            "quiet_loops": min((r.quiet_loops for r in self.runs), default=0),
            "log10_doubt": round(max((r.log10_doubt for r in self.runs), default=0.0), 2),
            "members": min((r.members for r in self.runs), default=0),
            "paths_tracked": sum(r.paths_tracked for r in self.runs),
            "collisions": sum(r.collisions for r in self.runs),
            "lost": self.lost,
            "trace_test": passed,
            "trace_residual": None if np.isnan(self.trace_residual) else float(self.trace_residual),
            "complete": self.complete,
        }


def solve_section(
    solver: Solver,
    question: Question,
    rng: np.random.Generator,
    options: MonodromyOptions = DEFAULT,
    *,
    draws: int = 2,
    agree: bool = True,
) -> Section:
    """Find all solutions of a generic member that are connected with the start pairs of `draws` draws.

    Parameters
    ----------
    agree : bool
        Whether two members of the family must have the same number of solutions.

    Raises
    ------
    InputError
        If all start pairs are singular.
    """
    system, identity = question.system, Fibres(question.invariants)
    pairs: list[tuple[Points, Points]] = []
    for _ in range(_TRIES * draws):
        drawn = question.start_pairs(rng)
        regular = [pair for pair in drawn if np.linalg.cond(system.jacobian(*pair)) < SINGULAR]
        pairs += regular
        draws -= bool(regular)
        if draws == 0:
            break
    if not pairs:
        raise InputError(
            "discriminant: no simple folds were found (kernels of dimension 2, or a metric that is too special, such "
            "as frobenius for matrices: try --metric generic)"
        )
    section: Section | None = None
    for start, row in pairs:
        begin = start[None, :]
        if section is not None:
            moved = Transporter(solver, system, begin, row, question.random_rows, identity)(
                section.parameters[None, :], rng
            )
            if not moved.paths.success.all():
                continue  # this start is on an orbit that another one will find, or its path is lost
            begin = moved.paths.points
            both = np.concatenate([section.points, begin])
            if match_orbits(both, identity)[-1] < len(section.points):
                continue
            row = section.parameters
        if agree:
            run, member = agreed_monodromy(
                solver, system, begin, row, question.random_rows, identity, rng, options, torus=False
            )
        else:
            run = monodromy(solver, system, begin, row, question.random_rows, identity, rng, options, torus=False)
            member = row
        points = run.points
        if section is None:
            section = Section(question, points, member, np.zeros(len(points), np.int64), [run])
            continue
        if member is not row:
            carrier = Transporter(solver, system, points, member, question.random_rows, identity)
            paths = carrier(section.parameters[None, :], rng).paths
            section.lost += int(np.count_nonzero(~paths.success))
            points = paths.points[paths.success]
        both = np.concatenate([section.points, points])
        new = points[match_orbits(both, identity)[len(section.points) :] >= len(section.points)]
        section.points = np.concatenate([section.points, new])
        section.orbit = np.concatenate([section.orbit, np.full(len(new), len(section.runs))])
        section.runs.append(run)
    if section is None:
        raise ValueError("no start pair was found")
    return section


def parallel_trace(
    solver: Solver,
    section: Section,
    shifted: slice | NDArray[np.int64],
    coordinates: Sequence[int],
    rng: np.random.Generator,
) -> float:
    """Return the relative second difference of the sum of some unknowns as a line (or plane) moves in parallel.

    A line ``b0 + tau b2 + s b1`` meets a hypersurface of degree d where a polynomial of degree d in (s, tau) vanishes:
    the sum of its zeros s is linear in tau, that of a part of them is not (a component's is).

    Parameters
    ----------
    shifted : slice or int array
        The parameters (b0) that move.
    coordinates : sequence of int
        Indices of the unknowns (s, t) that are summed.
    """
    question = section.question
    shift = np.zeros(len(section.parameters), np.complex128)
    shift[shifted] = question.random_rows(rng, 1)[0][shifted]
    size = float(np.linalg.norm(section.parameters[shifted])) / float(np.linalg.norm(shift))
    shift *= size * np.exp(2j * np.pi * rng.random())
    form = np.exp(2j * np.pi * rng.random(len(coordinates)))
    targets = np.stack([section.parameters + shift, section.parameters + 2 * shift])
    moved = section.transporter(solver)(targets, rng)
    if not moved.paths.success.all():
        return np.nan
    sums, scale = [], 0.0
    for points in [section.points, *(moved.paths.points[moved.target == k] for k in range(2))]:
        values = points[:, list(coordinates)] @ form
        sums.append(values.sum())
        scale = max(scale, float(np.abs(values).sum()))
    return float(abs(sums[0] - 2 * sums[1] + sums[2]) / max(scale, 1e-300))
