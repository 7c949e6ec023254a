"""The distance from data to a discriminant: what is computed once, in which chart, and what the answer stands on."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.cusps import generic_cusps
from critlocus.chambers.nearest import Nearest, nearest_degenerate
from critlocus.chambers.sections import Section, solve_section
from critlocus.errors import InputError
from critlocus.problems.cuspidal_distance import Cusp, NearestCusp
from critlocus.problems.discriminant_distance import NearestDegenerate
from critlocus.problems.filled_space import FilledSpace

if TYPE_CHECKING:
    from critlocus.chambers.discriminant import Discriminant

CHARTS = 8
"""So many charts are tried, at most, until two agree on the number of cusps."""


class ToDiscriminant:
    """Distances to a discriminant.

    Parameters
    ----------
    discriminant : Discriminant
    """

    def __init__(self, discriminant: Discriminant) -> None:
        self.of = discriminant

    @cached_property
    def folds(self) -> Section:
        """All complex critical points of the distance from a generic datum to the discriminant's smooth part."""
        return solve_section(self.of.solver, NearestDegenerate(self.of.family), self.of.rng(7))

    @cached_property
    def edge(self) -> list[Cusp]:
        """The cusps (z, v, p) over a generic complex plane of data: those that are regular in this chart."""
        return [] if self.of.cusps is None else generic_cusps(self.of.solver, self.of.cusps, self.of.rng(11))

    @cached_property
    def cusps(self) -> Section | None:
        """All complex critical points of the distance from a generic datum to the cuspidal edge; None: no edge."""
        if not self.edge:
            return None
        return solve_section(self.of.solver, NearestCusp(self.of.family, self.edge), self.of.rng(12))

    @cached_property
    def charts(self) -> tuple[list[ToDiscriminant], bool]:
        """The charts in which most cusps were found, and whether there are two: one near its infinity is lost."""
        charts = [self]
        for k in range(1, CHARTS):
            most = max(len(chart.edge) for chart in charts)
            best = [chart for chart in charts if len(chart.edge) == most]
            if len(best) > 1:
                break
            charts.append(self.of.other_chart(k).distances)
        return best, len(best) > 1

    def nearest(self, row: NDArray[np.float64]) -> Nearest:
        """Return the nearest point of the discriminant to a datum, shape ``(n_params,)``.

        Raises
        ------
        InputError
            If no real data in general position has critical points that collide.
        """
        charts, agreed = self.charts
        answers = []
        for chart in charts:
            answers.append(chart._in_chart(row))
            if answers[-1].complete:
                break
        found = answers[-1] if answers[-1].complete else answers[0]
        facts = {"cusps": len(charts[0].edge), "charts_agree": agreed}
        return replace(found, evidence={**found.evidence, **facts, "complete": found.complete and agreed})

    def _in_chart(self, row: NDArray[np.float64]) -> Nearest:
        of = self.of
        sections = of.line_sections
        pencils = [sections[kind] for kind in ("fold", "branch") if kind in sections]
        if not pencils and "apex" not in sections:
            raise InputError("distance: critical points collide at infinity only, for no real data in general position")
        rng = of.rng(8)
        label = of.labeller(row[None, :], rng)[0]
        critical = of.labeller.points[0]
        known: dict[str, NDArray[np.float64]] = {}
        if isinstance(of.family, FilledSpace):
            spurious = critical[~of.family.is_pure(critical.astype(np.complex128))]
            known["branch"] = of.family.points(spurious.astype(np.complex128)).real
        found = nearest_degenerate(
            of.solver, of.family, self.folds if "fold" in sections else None, self.cusps, pencils, critical, row, of.q,
            rng, cone="apex" in sections, known=known,
        )  # fmt: skip
        facts = dict(of.accounted)
        if "singular" in sections:
            facts["vanishing_summands_covered"] = False
        if "branch" in known:
            facts["spurious_points_complete"] = label.proven and of.critical.complete
        return replace(found, evidence={**found.evidence, **facts, "complete": found.complete and all(facts.values())})
