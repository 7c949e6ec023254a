"""The discriminant of a family of critical-point systems: degree, chambers on lines and in planes, distance to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.chambers.degree import DiscriminantDegree, discriminant_degree
from critlocus.chambers.family import distance_family
from critlocus.chambers.labels import CriticalQuestion, Label, Labeller
from critlocus.chambers.line import LineChambers, chambers_on_line, checked_interval
from critlocus.chambers.nearest import Nearest
from critlocus.chambers.over_weights import OverWeights, critical_over_weights
from critlocus.chambers.plane import FINEST, PlaneChambers, chambers_in_plane, checked_window
from critlocus.chambers.plane_starts import Boundary
from critlocus.chambers.sections import Section, solve_section
from critlocus.chambers.to_discriminant import ToDiscriminant
from critlocus.chambers.traced_section import traced_section
from critlocus.continuation.component_points import anchor
from critlocus.errors import InputError, NoRegularSolutions
from critlocus.losses import Data, parse_generic, real_array
from critlocus.number_size import in_range
from critlocus.problems.apex import ApexPoints, is_cone
from critlocus.problems.branch_locus import BranchPoints
from critlocus.problems.data_form import data_form
from critlocus.problems.discriminant import DegeneratePoints
from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.filled_space import FilledSpace, filled_space
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.problems.quadratic_form import is_definite
from critlocus.problems.summands import SummandCharts, n_summands, quadratic_cones, summands
from critlocus.problems.vanishing_summand import VanishingSummand
from critlocus.solvers.native import NativeSolver
from critlocus.varieties import parse_variety
from critlocus.varieties.chart import generic_chart
from critlocus.varieties.singular_points import is_immersed_curve, is_ordinary_node, real_singular_points
from critlocus.varieties.variety import Variety

Answer = TypeVar("Answer", LineChambers, PlaneChambers)
CHARTS = 3
"""A question that one chart leaves open is asked in so many charts, at most."""


class Discriminant:
    """The ED discriminant of a variety: the targets u for which critical points of ``1/2 |f - u|_Q^2`` collide.

    Parameters
    ----------
    variety : Variety, str or Distance
        A network or variety, or its name, or a family of distances that was made before.
    metric : str
        One of `critlocus.metrics.METRICS`, or a file.
    data : Data or str, optional
        For the metric ``data``: points, or ``"generic:M"``. Their inputs fix Q, so that lines, planes and distances of
        targets u make sense; without points the metric ``data`` has a degree only, that for generic inputs.
    seed : int
        Decides everything random.
    threads : int

    Raises
    ------
    InputError
        If variety, metric or data cannot be used.

    Notes
    -----
    What was computed once (critical points and degenerate critical points of generic members) is kept and used for
    every line and plane.

    No distance to the functions of a network that fills its space has critical points that collide. If its spurious
    critical points are isolated, the discriminant is that of the critical points over the weights, modulo the gauge:
    see `critlocus.problems.filled_space` and `critlocus.problems.branch_locus`.
    """

    def __init__(
        self, variety: Variety | str | Distance, metric: str = "frobenius", *, data: Data | str | None = None,
        seed: int = 0, threads: int = 1,
    ) -> None:  # fmt: skip
        self.metric, self.seed = metric, seed
        self.data: Data | None = None
        if isinstance(variety, Distance):
            if data is not None:
                raise InputError("data: the family of distances has its metric already")
            self.family = variety
        else:
            chosen = parse_variety(variety) if isinstance(variety, str) else variety
            self.data = self._drawn(chosen, data) if isinstance(data, str) else data
            self.family = self._over_weights_if_filled(distance_family(chosen, metric, seed, self.data))
        self.solver = NativeSolver(threads=threads)
        anchor(self.family, self.rng(97))
        self._others: dict[int, Discriminant] = {}

    def rng(self, use: int) -> np.random.Generator:
        """Return the random numbers for one use of many."""
        return np.random.default_rng([self.seed, use])

    def _over_weights_if_filled(self, family: Distance) -> Distance:
        filled = filled_space(family, self.rng(97)) if isinstance(family, ParametrizedDistance) else None
        return family if filled is None else filled

    def _drawn(self, variety: Variety, text: str) -> Data:
        ambient, count, rng = variety.ambient, parse_generic(text), self.rng(98)
        inputs = rng.standard_normal((count, ambient.n_inputs))
        return Data(inputs, rng.standard_normal((count, ambient.n_outputs)), source=text)

    @cached_property
    def degree(self) -> DiscriminantDegree:
        """The degree, with the degenerate critical points over a generic pencil.

        Raises
        ------
        InputError
            If no critical points collide, or, over the weights, if d mu drops rank by two or more at some of them.
        """
        critical = None if self.over_weights is None else self.over_weights.summary()
        found = discriminant_degree(self.family, seed=self.seed, solver=self.solver)
        if critical is not None:
            found.evidence["critical_points"] = critical
        return found

    @cached_property
    def critical(self) -> Section:
        """The critical points of a generic member: the ED degree, or those over the weights."""
        if self.over_weights is not None:
            return self.over_weights.section
        return solve_section(self.solver, CriticalQuestion(self.family), self.rng(1))

    @cached_property
    def over_weights(self) -> OverWeights | None:
        """Of networks that fill their space: the pure and the spurious critical points over a generic target.

        Raises
        ------
        InputError
            If d mu drops rank by two or more at some of them.
        """
        family = self.family
        return critical_over_weights(self.solver, family, self.rng(1)) if isinstance(family, FilledSpace) else None

    @cached_property
    def labeller(self) -> Labeller:
        """Labels real data."""
        return Labeller(self.solver, self.critical)

    @cached_property
    def line_sections(self) -> dict[str, Section]:
        """The solutions over a generic pencil of everything that separates chambers, by kind."""
        rng = self.rng(6)
        both = {"fold": self.degree.section, "branch": self.degree.branch}
        found = {kind: section for kind, section in both.items() if section is not None}
        if isinstance(self.family, ParametrizedDistance) and is_cone(self.family, rng):
            line = self._over_planes(ApexPoints(self.family), rng)
            if line is not None:  # else the dual variety is no hypersurface
                found["apex"] = line
        if isinstance(self.family, ParametrizedDistance) and summands(self.family.variety) is not None:
            line = self._over_planes(VanishingSummand(SummandCharts.draw(self.family, rng)), rng)
            if line is not None:
                found["singular"] = line
        return found

    @cached_property
    def boundaries(self) -> list[Boundary]:
        """Everything that separates chambers: folds, branch loci, passages through singular points of sums of cones."""
        rng = self.rng(4)
        found = []
        questions: dict[str, Callable[..., DegeneratePoints]] = {"fold": DegeneratePoints, "branch": BranchPoints}
        for kind, question in questions.items():
            if kind in self.line_sections:
                sections = [self._over_planes(question(self.family, 2, "tangent"), rng)]
                sections.append(
                    self.cusps if kind == "fold" else self._over_planes(question(self.family, 2, "cusp"), rng)
                )
                found.append(Boundary(kind, self.line_sections[kind], [s for s in sections if s is not None]))
        if "apex" in self.line_sections:
            assert isinstance(self.family, ParametrizedDistance)
            tangents = self._over_planes(ApexPoints(self.family, 2, "tangent"), rng)
            found.append(Boundary("apex", self.line_sections["apex"], [tangents] if tangents is not None else []))
        if "singular" in self.line_sections:
            line = self.line_sections["singular"]
            assert isinstance(line.question, VanishingSummand)
            assert isinstance(self.family, ParametrizedDistance)
            tangents = self._over_planes(VanishingSummand(line.question.charts, 2, "tangent"), rng)
            closed = tangents is not None and quadratic_cones(self.family.variety)
            found.append(Boundary("singular", line, [tangents] if tangents is not None else [], closed))
        return found

    def _over_planes(self, question: Any, rng: np.random.Generator) -> Section | None:
        """Return the solutions over a generic member; None if the question has no regular ones."""
        try:
            return traced_section(self.solver, question, rng)
        except NoRegularSolutions:
            return None

    @property
    def ambient_dim(self) -> int:
        """Length of a target u."""
        return len(self.family.variety.ambient)

    @cached_property
    def fit(self) -> NDArray[np.float64]:
        """The target that the data set itself gives, shape ``(N,)``: the function nearest to its outputs.

        Raises
        ------
        InputError
            If there is no data set.
        """
        if self.data is None:
            raise InputError("target data: there is no data set; give one with the metric data")
        matrix, b = data_form(self.family.variety.name, self.family.variety.ambient, self.data)
        return np.asarray(np.linalg.solve(matrix, b))

    def parameters(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return the parameters of targets, ``b = Q u``, shape ``(..., n_params)`` for u of shape ``(..., N)``."""
        values = real_array(u, "target")
        if values.shape[-1] != self.ambient_dim:
            raise InputError(f"target: {values.shape[-1]} numbers, but the variety is in dimension {self.ambient_dim}")
        return in_range(np.asarray(values @ self.q.T), "target, times the metric")

    @cached_property
    def q(self) -> NDArray[np.float64]:
        """The metric Q, shape ``(N, N)``.

        Raises
        ------
        InputError
            If it depends on inputs that are not given.
        """
        if self.family.n_form:
            raise InputError("discriminant: the metric data depends on the inputs; give data (or another metric)")
        return self.family.form.matrix(np.zeros(0, np.complex128)).real

    def label(self, u: ArrayLike) -> list[Label]:
        """Return the real critical points' count and indices for every row of u, shape ``(K, N)``."""
        return self._label(self.parameters(np.atleast_2d(u)), self.rng(2))

    def _label(self, rows: NDArray[np.float64], rng: np.random.Generator) -> list[Label]:
        """Return the labels of rows of parameters; what one chart does not prove another one may."""
        labels = self.labeller(rows, rng)
        for k in range(1, CHARTS):
            open_ = [i for i, label in enumerate(labels) if not label.proven]
            if not open_ or not isinstance(self.family, ParametrizedDistance):
                break
            other = self.other_chart(k)
            for i, label in zip(open_, other.labeller(rows[open_], other.rng(2)), strict=True):
                labels[i] = label if label.complex > labels[i].complex or label.proven else labels[i]
        return labels

    def line(self, u0: ArrayLike, u1: ArrayLike, interval: tuple[float, float] = (0.0, 1.0)) -> LineChambers:
        """Return the events and chambers of ``(1 - s) u0 + s u1`` for s in an interval.

        Raises
        ------
        InputError
            If the targets do not fit, coincide, or the interval is empty.
        """
        start, end = self.parameters(u0), self.parameters(u1)
        if start.ndim != 1 or end.ndim != 1 or np.array_equal(start, end):
            raise InputError("line: give two different targets")
        checked_interval(interval)
        moved = (end - start)[self.family.moving]
        line = self._in_some_chart(lambda d: chambers_on_line(
            d.solver, d.line_sections, d.labeller, start, moved, interval, d.rng(3)
        ))  # fmt: skip
        proven = line.evidence["constant_between_events"] == "proven"
        facts = {"bounded": self.bounded, "passages_covered": proven or self.passages_covered, **self.accounted}
        return replace(line, evidence={**line.evidence, **facts, "complete": line.complete and all(facts.values())})

    @property
    def accounted(self) -> dict[str, bool]:
        """Of networks that fill their space: whether folds and branch locus are all that the envelope says."""
        ends = self.degree.ends
        return {} if ends is None else {"envelope_accounted_for": ends.complete}

    @cached_property
    def passages_covered(self) -> bool:
        """Whether critical points pass through real singular points in exact events only, or not at all.

        In exact events on cones and their sums. Not at all over the weights, on curves with one parameter whose
        derivative has no real zeros, and where equations have no real singular points but ordinary nodes of plane
        curves (numerical).
        """
        family = self.family
        if isinstance(family, FilledSpace):
            return True
        if isinstance(family, ParametrizedDistance):
            return n_summands(family.variety) > 0 or is_immersed_curve(family.variety)
        assert isinstance(family, ImplicitDistance)
        points = real_singular_points(family.variety, family.codimension, seed=self.seed)
        return points is not None and all(is_ordinary_node(family.variety, x) for x in points)

    @cached_property
    def bounded(self) -> bool:
        """Whether real critical functions stay bounded while the target does: Q is positive definite.

        Along a real curve of critical points x -> infinity the direction of x becomes tangent, and the residual's
        leading term is ``-Q x``: then ``x.Q x = 0`` for the limit of the directions. Over the weights, these must
        also be bounded by their functions.
        """
        proper = not isinstance(self.family, FilledSpace) or self.family.is_proper
        return proper and is_definite(self.q)

    def _in_some_chart(self, question: Callable[[Discriminant], Answer]) -> Answer:
        """Answer a question, in another chart if paths are lost: critical points near the infinity of the first one."""
        answer = question(self)
        for k in range(1, CHARTS):
            if answer.complete or not isinstance(self.family, ParametrizedDistance):
                break
            again = question(self.other_chart(k))
            answer = again if again.complete else answer
        return answer

    def other_chart(self, k: int) -> Discriminant:
        """Return the same question in another chart, and with other random numbers: other questions have own charts."""
        if k not in self._others:
            family = self.family
            if isinstance(family, ParametrizedDistance):
                family = type(family)(family.variety, family.form, generic_chart(family.variety, self.rng(100 + k)))
            self._others[k] = Discriminant(family, self.metric, seed=self.seed + 100 + k, threads=self.solver.threads)
        return self._others[k]

    @cached_property
    def cusps(self) -> Section | None:
        """The degenerate critical points with ``D^3[v, v, v]`` given, over a generic plane; None: there are none."""
        return self._over_planes(DegeneratePoints(self.family, 2, "cusp"), self.rng(9))

    @cached_property
    def distances(self) -> ToDiscriminant:
        """What distances from data are computed from."""
        return ToDiscriminant(self)

    def nearest(self, u: ArrayLike) -> Nearest:
        """Return the nearest point of the discriminant to a target u, shape ``(N,)``.

        Raises
        ------
        InputError
            If the target does not fit.
        """
        row = self.parameters(u)
        if row.ndim != 1:
            raise InputError("distance: give one target")
        return self.distances.nearest(row)

    def plane(
        self, u0: ArrayLike, u1: ArrayLike, u2: ArrayLike, window: ArrayLike = ((-1, -1), (1, 1)), *,
        finest: float = FINEST,
    ) -> PlaneChambers:  # fmt: skip
        """Return the discriminant and the chambers of ``u0 + s (u1 - u0) + t (u2 - u0)`` for (s, t) in a window.

        Parameters
        ----------
        u0, u1, u2 : array_like, shape (N,)
            Three targets that are not on a line.
        window : array_like, shape (2, 2)
            The lower and the upper bounds of (s, t).
        finest : float
            Longest step along the curve, as a part of the window's diagonal.

        Raises
        ------
        InputError
            If the targets or the window cannot be used.
        """
        origin, first, second = (self.parameters(u) for u in (u0, u1, u2))
        box = checked_window(window)
        directions = np.stack([first - origin, second - origin])[:, self.family.moving]
        if np.linalg.matrix_rank(directions) < 2:
            raise InputError("plane: the three targets lie on a line")
        plane = self._in_some_chart(lambda d: chambers_in_plane(
            d.solver, d.family, d.boundaries, self._label, origin, directions[0], directions[1], box, d.rng(5), finest,
            sound=self.critical.complete,
        ))  # fmt: skip
        facts = {"bounded": self.bounded, "passages_covered": self.passages_covered, **self.accounted}
        return replace(plane, evidence={**plane.evidence, **facts, "complete": plane.complete and all(facts.values())})
