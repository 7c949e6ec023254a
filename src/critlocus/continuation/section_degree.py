"""Degrees of varieties and sizes of generic fibres, by monodromy over linear sections.

The points of one section connect by loops (the variety is irreducible); the trace test tells whether any is missing.
Preimages of the points under mu are then found by the same loops, without taking points of one fibre for one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.monodromy import Monodromy, MonodromyOptions, monodromy
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.section_trace import LINEAR, section_traces
from critlocus.errors import Interrupted
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.linear_section import LinearSection
from critlocus.solvers.protocol import Solver

_ROUNDS = 4


@dataclass(eq=False)
class SectionDegree:
    """The points of a general linear section that were found, and what supports that none is missing.

    Attributes
    ----------
    points : complex128 array, shape (count, n)
        Unknowns of the section.
    parameters : complex128 array, shape (n_params,)
    trace : bool or None
        Outcome of the trace test; None: undecided (see `reason`).
    residual : float
        Second difference of the trace, relative to the sum of the moduli.
    run : Monodromy or None
        The loops; None if there were none.
    components : tuple of int
        Degrees of the irreducible components that were told apart; their sum is the degree.
    label : int64 array, shape (count,)
        Points with equal labels were connected by loops, of a zero set; empty otherwise.
    reason : str
        Why the degree is only a lower bound; empty if it is settled.
    paths_tracked : int
        Paths of everything: loops, trace test, total degree.
    """

    points: NDArray[np.complex128]
    parameters: NDArray[np.complex128]
    trace: bool | None = None
    residual: float = np.nan
    run: Monodromy | None = None
    components: tuple[int, ...] = ()
    label: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    reason: str = ""
    paths_tracked: int = 0

    @property
    def count(self) -> int:
        """Number of points: the degree, or a lower bound."""
        return len(self.points)

    @property
    def settled(self) -> bool:
        """Whether the evidence supports that no point is missing."""
        return not self.reason


def section_degree(
    solver: Solver, section: LinearSection, rng: np.random.Generator, options: MonodromyOptions
) -> SectionDegree:
    """Find the points of a general section of an irreducible variety, until members agree and the trace is linear."""
    start, parameters = section.start_pair(rng)
    same, draw = section.identification, section.random_parameters
    run, parameters = agreed_monodromy(solver, section.system, start, parameters, draw, same, rng, options, torus=False)
    found = SectionDegree(run.points, parameters, run=run, paths_tracked=run.paths_tracked)
    for _ in range(_ROUNDS):
        if run.stop_reason == "interrupted":
            raise Interrupted("stopped")
        if run.stop_reason != "quiet":
            found.reason = f"monodromy stopped: {run.stop_reason}"
            return found
        traces, tracked = section_traces(solver, section, run.points, parameters, rng)
        found.paths_tracked += tracked
        found.points, found.trace = run.points, None
        if traces is not None:
            found.residual = float(np.abs(traces.sum()))
            found.trace = found.residual <= LINEAR
        if found.trace:
            break
        more = monodromy(solver, section.system, run.points, parameters, draw, same, rng, options, torus=False)
        found.paths_tracked += more.paths_tracked
        more.absorb(run)
        more.members = 1 if len(more.points) > len(run.points) else run.members
        found.run = run = more
    if found.trace is None:
        found.reason = "the trace test is undecided: paths of the moving section failed"
    elif not found.trace:
        found.reason = "the trace is not linear: points are missing"
    else:
        found.components = (found.count,)
    return found


@dataclass(eq=False)
class FibreSize:
    """Points of a generic fibre in the chart.

    Attributes
    ----------
    count : int
        Preimages of every point of the section, or the largest number found.
    run : Monodromy
    reason : str
        Why the number is only a lower bound; empty if it is settled.
    """

    count: int
    run: Monodromy
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether all fibres over the section have this number of points, and loops found no other."""
        return not self.reason


def fibre_size(
    solver: Solver, section: LinearSection, degree: SectionDegree, rng: np.random.Generator, options: MonodromyOptions
) -> FibreSize:
    """Find all preimages in the chart of the points of a section, by loops that connect all of them."""
    nobody = SignGroup.trivial(section.system.n)
    run, _ = agreed_monodromy(
        solver, section.system, degree.points, degree.parameters, section.random_parameters, nobody, rng, options,
        torus=False,
    )  # fmt: skip
    if run.stop_reason == "interrupted":
        raise Interrupted("stopped")
    sizes = np.unique(match_orbits(run.points, section.identification), return_counts=True)[1]
    found = FibreSize(int(sizes.max()), run)
    if run.stop_reason != "quiet":
        found.reason = f"monodromy stopped: {run.stop_reason}"
    elif len(sizes) != degree.count or sizes.min() != sizes.max():
        found.reason = f"{len(sizes)} fibres of {sizes.min()} to {sizes.max()} points were found"
    elif run.members < 2:
        found.reason = "no two members agree"
    return found
