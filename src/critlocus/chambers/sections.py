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
from critlocus.errors import NoRegularSolutions
from critlocus.solvers.protocol import PathStatus, Solver
from critlocus.tape.system import PolynomialSystem

LINEAR = 1e-9
"""A relative second difference of the trace below this counts as linear."""
SINGULAR = 1e11
"""Start pairs worse conditioned than this lie on components where solutions are singular."""
_TRIES, _ROUTES, _ROUNDING = 6, 4, 1e-12

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

    def start_pairs(self, rng: np.random.Generator) -> Sequence[tuple[Points, ...]]:
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
    lost, unreached : int
        Solutions, and start pairs, whose paths to the member were lost. A start pair may belong to a known orbit.
    """

    question: Question
    points: Points
    parameters: Points
    orbit: NDArray[np.int64]
    runs: list[Monodromy] = field(default_factory=list)
    trace_residual: float = np.nan
    lost: int = 0
    unreached: int = 0

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that nothing is missing."""
        quiet = all(r.stop_reason == "quiet" for r in self.runs)
        traced = self.trace_residual <= LINEAR
        agreed = all(r.members > 1 for r in self.runs) and not self.unreached
        return quiet and not self.lost and (traced or (agreed and not self.trace_residual > LINEAR))

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
            "unreached": self.unreached,
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
    NoRegularSolutions
        If all start pairs are singular.
    """
    identity = Fibres(question.invariants)
    starts, rows = _regular_pairs(question, rng, draws)
    explore = _agreed if agree else _alone
    run, member = explore(solver, question, starts[:1], rows[0], identity, rng, options)
    section = Section(question, run.points, member, np.zeros(len(run.points), np.int64), [run])
    begin, section.unreached = _carried(solver, question, starts[1:], rows[1:], member, rng)
    while len(begin):
        both = np.concatenate([section.points, begin])
        begin = begin[match_orbits(both, identity)[len(section.points) :] >= len(section.points)]
        if len(begin):
            own = explore(solver, question, begin[:1], member, identity, rng, options)
            _add_orbit(solver, section, *own, identity, rng)
            begin = begin[1:]
    return section


def _regular_pairs(question: Question, rng: np.random.Generator, draws: int) -> tuple[Points, Points]:
    """Return the regular start pairs of so many draws, shapes ``(S, n)`` and ``(S, n_params)``."""
    starts, rows = [], []
    for _ in range(_TRIES * draws):
        drawn = question.start_pairs(rng)
        if not drawn:
            continue
        x, p = (np.array(part) for part in zip(*drawn, strict=True))
        regular = _are_regular(question, x, p, rng)
        starts.append(x[regular])
        rows.append(p[regular])
        draws -= bool(regular.any())
        if draws == 0:
            break
    if not any(map(len, starts)):
        raise NoRegularSolutions(
            "discriminant: no simple folds were found (kernels of dimension 2, or a metric that is too special, such "
            "as frobenius for matrices: try --metric generic)"
        )
    return np.concatenate(starts), np.concatenate(rows)


def scaled_condition(matrices: Points) -> NDArray[np.float64]:
    """Return the condition numbers of matrices, shape ``(..., n, n)``, with rows and then columns of equal size."""
    with np.errstate(all="ignore"):
        rows = matrices / np.abs(matrices).max(axis=-1, keepdims=True)
        scaled = rows / np.linalg.norm(rows, axis=-2, keepdims=True)
    sound = np.isfinite(scaled).all(axis=(-2, -1))
    return np.where(sound, np.linalg.cond(np.where(sound[..., None, None], scaled, 0.0)), np.inf)


def _are_regular(question: Question, x: Points, p: Points, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Tell which start pairs are regular; derivatives that are zero but for rounding, by their size elsewhere, are."""
    matrices = question.system.jacobian(x, p)
    phases = np.exp(2j * np.pi * rng.random(x.shape))
    elsewhere = question.system.jacobian(phases * x, question.random_rows(rng, len(x)))
    matrices[np.abs(matrices) < _ROUNDING * np.abs(elsewhere)] = 0
    return scaled_condition(matrices) < SINGULAR


def _carried(
    solver: Solver, question: Question, starts: Points, rows: Points, member: Points, rng: np.random.Generator
) -> tuple[Points, int]:
    """Return what start pairs become over a member, by other routes where paths are lost, and how many are lost."""
    found: list[Points] = []
    for _ in range(_ROUTES):
        count = len(starts)
        if count == 0:
            break
        table, last = np.vstack([rows, member]), np.full(count, count)
        if found:
            table = np.vstack([table, question.random_rows(rng, 1)])
            first = solver.track(question.system, starts, table, np.arange(count), last + 1)
            paths = solver.track(question.system, first.points, table, last + 1, last)
            paths.status[~first.success] = PathStatus.UNTRACKED
        else:
            paths = solver.track(question.system, starts, table, np.arange(count), last)
        good = paths.success
        found.append(paths.points[good])
        starts, rows = starts[~good], rows[~good]
    return np.concatenate([np.zeros((0, question.system.n), np.complex128), *found]), len(starts)


def _agreed(
    solver: Solver, question: Question, begin: Points, member: Points, identity: Fibres, rng: np.random.Generator,
    options: MonodromyOptions,
) -> tuple[Monodromy, Points]:  # fmt: skip
    """Return the orbit of a solution, as two members agree on it, and the member that it is over."""
    return agreed_monodromy(
        solver, question.system, begin, member, question.random_rows, identity, rng, options, torus=False
    )


def _alone(
    solver: Solver, question: Question, begin: Points, member: Points, identity: Fibres, rng: np.random.Generator,
    options: MonodromyOptions,
) -> tuple[Monodromy, Points]:  # fmt: skip
    """Return the orbit of a solution over its own member."""
    run = monodromy(solver, question.system, begin, member, question.random_rows, identity, rng, options, torus=False)
    return run, member


def _add_orbit(
    solver: Solver, section: Section, run: Monodromy, member: Points, identity: Fibres, rng: np.random.Generator
) -> None:
    """Add an orbit, carried to the section's member."""
    question, here = section.question, section.parameters
    points = run.points
    if member is not here:
        carrier = Transporter(solver, question.system, points, member, question.random_rows, identity)
        paths = carrier(here[None, :], rng).paths
        section.lost += int(np.count_nonzero(~paths.success))
        points = paths.points[paths.success]
    known = len(section.points)
    both = np.concatenate([section.points, points])
    new = points[match_orbits(both, identity)[known:] >= known]
    section.points = np.concatenate([section.points, new])
    section.orbit = np.concatenate([section.orbit, np.full(len(new), len(section.runs))])
    section.runs.append(run)


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
