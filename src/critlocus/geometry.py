"""The geometry of a variety in one call: dimension, generic fibre, degree, and ranks at given points."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from critlocus.continuation.components import implicit_degree
from critlocus.continuation.monodromy import Monodromy, MonodromyOptions
from critlocus.continuation.section_degree import FibreSize, SectionDegree, fibre_size, section_degree
from critlocus.errors import InputError
from critlocus.modular import PRIMES
from critlocus.networks.architecture import Architecture
from critlocus.problems.linear_section import ImplicitSection, ParametrizedSection
from critlocus.progress import Reporter, silent
from critlocus.solvers.native import NativeSolver
from critlocus.varieties import (
    ImplicitVariety,
    Neurovariety,
    ParametrizedVariety,
    Variety,
    is_parametrized,
    parse_variety,
)
from critlocus.varieties.chart import generic_chart
from critlocus.varieties.dimension import Dimension, dimension, implicit_dimension
from critlocus.varieties.expected import permutations
from critlocus.varieties.smoothness import PointRank, ranks_at_points, ranks_at_weights, read_points

# Points of a section; dim^2 * (codim + 1), the size of the equations, times points; below _FEW points it is no use.
MAX_DEGREE, _BUDGET, _FEW = 2000, 8e6, 400


@dataclass(eq=False)
class Geometry:
    """What was found out about a variety.

    Attributes
    ----------
    name : str
    dimension : Dimension
    weights : int or None
        Number of parameters; None for implicit varieties.
    permutations : int
        Order of the group of permutations of hidden units.
    coordinates : tuple of str
        Of implicit varieties.
    degree : SectionDegree or None
        None if the variety fills its ambient space, or no section was computed (see `degree_note`).
    fibre : FibreSize or None
        Points of the generic fibre in a chart of the gauge.
    points : list of PointRank
        Ranks at the points asked for.
    degree_note, fibre_note : str
        Why there is none.
    """

    name: str
    dimension: Dimension
    seed: int = 0
    weights: int | None = None
    permutations: int = 1
    coordinates: tuple[str, ...] = ()
    degree: SectionDegree | None = None
    fibre: FibreSize | None = None
    points: list[PointRank] = field(default_factory=list)
    degree_note: str = ""
    fibre_note: str = ""
    seconds: float = 0.0

    @property
    def confirmed(self) -> bool:
        """Whether no evidence speaks against a number: ranks agree, and a completed section passes its trace test."""
        degree = self.degree
        return not self.dimension.contradicted and (degree is None or degree.settled or "max points" in degree.reason)

    def summary(self) -> dict[str, Any]:
        """Return plain objects; a number that is not settled is None, with a lower bound next to it."""
        d = self.dimension
        found: dict[str, Any] = {
            "variety": self.name, "seed": self.seed, "ambient": d.ambient, "dim": d.dim,
            "expected": d.expected, "expected_counts": d.counted, "defect": d.defect, "filling": d.filling,
            "dimension_evidence": {
                "proven": d.proven, "primes": list(PRIMES[: len(d.modular_ranks)]), "ranks": list(d.modular_ranks),
                "numerical_rank": d.numerical.rank, "smallest_singular_value": d.numerical.smallest,
                "next_singular_value": d.numerical.next, "agree": d.agree,
            },
        }  # fmt: skip
        if self.weights is not None:
            found |= {"weights": self.weights, "fibre": self._fibre(self.weights)}
        else:
            found["coordinates"] = list(self.coordinates)
        return {
            **found, **self._degree(), "points": [p.summary() for p in self.points],
            "confirmed": self.confirmed, "seconds": self.seconds,
        }  # fmt: skip

    def _fibre(self, weights: int) -> dict[str, Any]:
        fibre, group = self.fibre, self.permutations
        found: dict[str, Any] = {"dim": weights - self.dimension.dim, "chart_points": None}
        if fibre is None:
            return {**found, "note": self.fibre_note}
        if fibre.settled:
            found["chart_points"] = fibre.count
            if group > 1 and fibre.count % group == 0:
                found |= {"permutations": group, "chart_points_up_to_permutations": fibre.count // group}
        return {**found, "at_least": fibre.count, "note": fibre.reason, "evidence": _loops(fibre.run)}

    def _degree(self) -> dict[str, Any]:
        degree = self.degree
        if self.dimension.filling or (self.dimension.dim == 0 and self.weights is not None):
            whole = "the closure is the whole ambient space" if self.dimension.filling else self.degree_note
            return {"degree": 1, "degree_at_least": 1, "degree_note": whole}
        if degree is None:
            return {"degree": None, "degree_note": self.degree_note}
        status = "undecided" if degree.trace is None else "passed" if degree.trace else "failed"
        evidence = {"trace_test": status, "trace_residual": None if np.isnan(degree.residual) else degree.residual}
        return {
            "degree": degree.count if degree.settled else None, "degree_at_least": degree.count,
            "components": list(degree.components), "degree_note": degree.reason,
            "degree_evidence": {
                **evidence, **({} if degree.run is None else _loops(degree.run)), "paths_tracked": degree.paths_tracked,
            },
        }  # fmt: skip


def variety(
    subject: str | Architecture | Variety,
    *,
    seed: int = 0,
    threads: int | None = None,
    at: str | ArrayLike | None = None,
    degree: bool = True,
    max_degree: int | None = None,
    report: Reporter = silent,
) -> Geometry:
    """Compute dimension, generic fibre and degree of a variety.

    Parameters
    ----------
    subject : str, network or variety
        A name such as ``2-2-1:x^2``, ``matrices:3x3,rank=2``, ``param:t,t^2,t^3``, ``equations:x^2+y^2-1``.
    seed : int
        Decides everything random.
    threads : int, optional
        Default: all processors. Results do not depend on it.
    at : path or array_like, shape (k, n_weights) (or (k, N) for equations), optional
        Points at which the rank of the differential is compared with the generic one.
    degree : bool
        Whether to compute degree and fibre, which takes paths; the dimension does not.
    max_degree : int, optional
        Give up beyond this many points of a section (or of a fibre times the degree). Default: 2000, or fewer for
        varieties of high dimension and codimension, whose paths are slow.

    Raises
    ------
    InputError
        If there is no such variety, or points of the wrong shape are given.
    """
    began = perf_counter()
    if max_degree is not None and max_degree < 1:
        raise InputError(f"max-degree: {max_degree} is not at least 1")
    known = _variety(subject)
    work = _Work(
        NativeSolver(threads=threads or os.cpu_count() or 1), np.random.SeedSequence(seed), degree, max_degree, report
    )
    found = _explore_image(known, work, at) if is_parametrized(known) else _explore_zeros(known, work, at)
    found.seed, found.seconds = seed, perf_counter() - began
    return found


@dataclass(eq=False)
class _Work:
    solver: NativeSolver
    seed: np.random.SeedSequence
    degree: bool
    max_degree: int | None
    report: Reporter


def _explore_image(known: ParametrizedVariety, work: _Work, at: str | ArrayLike | None) -> Geometry:
    rows = None if at is None else read_points(at, known.weight_names)
    ranks, charts, paths = (np.random.default_rng(s) for s in work.seed.spawn(3))
    work.report("dimension", 0, None)
    found = Geometry(known.name, dimension(known, ranks), weights=known.n_weights, permutations=permutations(known))
    dim, ambient = found.dimension.dim, found.dimension.ambient
    found.points = [] if rows is None else ranks_at_weights(known, rows, dim)
    limit = work.max_degree or min(MAX_DEGREE, int(_BUDGET / max(1, dim**2 * (ambient - dim + 1))))
    if dim == 0:
        found.degree_note, found.fibre_note = "the image is a single point", "the image is a single point"
    elif not work.degree:
        found.degree_note = found.fibre_note = "not asked for"
    elif work.max_degree is None and limit < _FEW:
        found.degree_note = found.fibre_note = "not attempted: paths in so high a dimension are slow (see --max-degree)"
    else:
        work.report("degree", 0, None)
        section = ParametrizedSection(known, generic_chart(known, charts), charts)
        options = MonodromyOptions(max_points=limit)
        if found.dimension.filling:
            start, parameters = section.start_pair(paths)
            whole = SectionDegree(start[None, :], parameters)
        else:
            whole = found.degree = section_degree(work.solver, section, paths, options)
        if whole.settled:
            work.report("fibre", 0, None)
            found.fibre = fibre_size(work.solver, section, whole, paths, options)
        else:
            found.fibre_note = "not attempted without the degree"
    return found


def _explore_zeros(known: ImplicitVariety, work: _Work, at: str | ArrayLike | None) -> Geometry:
    rows = None if at is None else read_points(at, list(known.ambient.names))
    ranks, sections, paths = (np.random.default_rng(s) for s in work.seed.spawn(3))
    work.report("dimension", 0, None)
    found = Geometry(known.name, implicit_dimension(known, ranks), coordinates=known.ambient.names)
    found.points = [] if rows is None else ranks_at_points(known, rows, found.dimension.ambient - found.dimension.dim)
    if work.degree:
        work.report("degree", 0, None)
        found.degree = implicit_degree(work.solver, ImplicitSection(known, sections), paths)
    else:
        found.degree_note = "not asked for"
    return found


def _variety(subject: str | Architecture | Variety) -> Variety:
    if isinstance(subject, str):
        return parse_variety(subject)
    return cast(Variety, subject) if hasattr(subject, "ambient") else Neurovariety(subject)


def _loops(run: Monodromy) -> dict[str, Any]:
    return {
        "members": run.members, "loops": run.loops, "quiet_loops": run.quiet_loops, "log10_doubt": run.log10_doubt,
        "collisions": run.collisions, "paths_tracked": run.paths_tracked, "failed_paths": run.failed_paths,
    }  # fmt: skip
