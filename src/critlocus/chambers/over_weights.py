"""Critical points over the weights of a network that fills its space, found in two ways that must agree.

Monodromy from pure and spurious start points finds the components of the incidence variety on which d mu drops rank by
one at most. The envelope of the family knows nothing of ranks: what its critical points end in at the same member is
every isolated critical point with nonzero filters. So points at which d mu drops rank by more, as proportional filters
of conv:3,3, are noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from critlocus.chambers.labels import CriticalQuestion
from critlocus.chambers.sections import Section, solve_section
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.transport import Transporter
from critlocus.errors import InputError
from critlocus.problems.envelope import Envelope
from critlocus.problems.filled_space import FilledSpace
from critlocus.solvers.protocol import Solver


@dataclass(eq=False)
class OverWeights:
    """The critical points over a generic target.

    Attributes
    ----------
    section : Section
    pure, spurious : int
    envelope : int
        Critical points of a generic member of the envelope.
    """

    section: Section
    pure: int
    spurious: int
    envelope: int

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        return {"pure": self.pure, "spurious": self.spurious, "envelope": self.envelope,
                "complete": self.section.complete}  # fmt: skip


def critical_over_weights(solver: Solver, family: FilledSpace, rng: np.random.Generator) -> OverWeights:
    """Find all critical points of a generic member.

    `Section.lost` of what is returned counts paths of the envelope that got stuck, and critical points that none of its
    paths ends in: with such points the answer is not complete.

    Raises
    ------
    InputError
        If the envelope finds critical points at which d mu drops rank by two or more.
    """
    section = solve_section(solver, CriticalQuestion(family), rng)
    larger = Envelope(family)
    whole = solve_section(solver, CriticalQuestion(larger), rng)
    carrier = Transporter(
        solver, larger.system, whole.points, whole.parameters, larger.random_parameters,
        Fibres(larger.identification),
    )  # fmt: skip
    moved = carrier(larger.member(section.parameters)[None, :], rng)
    ends = moved.paths.points[moved.paths.success]
    count = len(section.points)
    first = match_orbits(np.concatenate([section.points, ends]), Fibres(family.identification))[count:]
    beyond = int(np.count_nonzero(first >= count))
    if beyond:
        raise InputError(
            f"{family.variety.name}: over the weights, {beyond} of {count + beyond} critical points have several "
            "proportional filters, or other weights at which the rank drops by two or more; their events are not known"
        )
    section.lost += len(moved.stuck) + count - len(np.unique(first)) + int(not whole.complete)
    pure = int(np.count_nonzero(family.is_pure(section.points)))
    return OverWeights(section, pure, count - pure, len(whole.points))
