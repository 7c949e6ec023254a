"""Events and chambers of a regularised loss in the space of weights, on a line between two data sets.

The line is ``(1 - s) m0 + s m1`` in the space of moments: the losses ``(1 - s) L_0 + s L_1``, with the regulariser
fixed. On every zero pattern critical points collide in folds; and where the Hessian's block of a dead unit is singular
a pitchfork makes that unit come to life, see `critlocus.problems.birth`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.chambers.infinity import is_covered, singular_moments
from critlocus.chambers.labels import Label
from critlocus.chambers.line import LineChambers, checked_interval
from critlocus.chambers.pattern_events import PatternEvents, pattern_events
from critlocus.chambers.plane import FINEST, PlaneChambers, checked_window
from critlocus.chambers.rotations import rotating_units
from critlocus.chambers.weights_distance import NearestEvents, NearestLoss, nearest_events, nearest_loss
from critlocus.chambers.weights_labels import label_losses
from critlocus.chambers.weights_line import losses_on_line
from critlocus.chambers.weights_plane import losses_in_plane
from critlocus.continuation.strata import GenericMember, solve_strata
from critlocus.errors import InputError
from critlocus.losses import Data, generic_regularizer, regularizer_array
from critlocus.networks import Network, zero_patterns
from critlocus.problems.critical_points import CriticalPoints
from critlocus.problems.moments import Moments
from critlocus.problems.quadratic_form import MomentForm, is_definite
from critlocus.solvers.native import NativeSolver

Reals = NDArray[np.float64]


class WeightsDiscriminant:
    """Where in the space of moments the critical points of a regularised loss change.

    Parameters
    ----------
    network : Network or str
        With one hidden layer.
    n_points : int
        Size of the data sets; enough for their moments to be independent.
    seed, threads : int

    Raises
    ------
    InputError
        If the network has more hidden layers or biases, or an activation that does not vanish at 0, or there are too
        few points.
    """

    def __init__(self, network: Network | str, n_points: int, *, seed: int = 0, threads: int = 1) -> None:
        self.network = Network.parse(network) if isinstance(network, str) else network
        if len(self.network.widths) != 3 or self.network.bias:
            raise InputError(
                f"{self.network.name}: lines of data in weights space need one hidden layer without biases"
            )
        zero_patterns(self.network)  # refuses activations that do not vanish at 0
        self.problem = CriticalPoints(self.network, n_points)
        if not self.problem.moments:
            raise InputError(
                f"{self.network.name}: so few data points ({n_points}) that their moments are not independent"
            )
        self.solver, self.seed = NativeSolver(threads=threads), seed

    def _rng(self, use: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, use])

    @cached_property
    def member(self) -> GenericMember:
        """All critical points of a generic member."""
        return solve_strata(self.solver, self.problem, np.random.SeedSequence([self.seed, 1]))

    @cached_property
    def events(self) -> list[PatternEvents]:
        """The events of every pattern over a generic line."""
        return pattern_events(self.solver, self.problem, self._rng(2))

    def label(self, rows: Reals, rng: np.random.Generator) -> list[Label]:
        """Return the label of every row of real parameters (moments, then regulariser), shape ``(K, n_params)``."""
        return label_losses(self.solver, self.problem, self.member, rows, rng).labels

    def moments(self, data: Data) -> Reals:
        """Return the moments of a data set, those of the inputs first, rounded to double precision.

        Raises
        ------
        InputError
            If the data set has other columns than the network, or another size than was announced.
        """
        data.check(self.network)
        if len(data) != self.problem.n_points:
            raise InputError(f"data: {len(data)} points, but another data set has {self.problem.n_points}")
        return self.problem.data_parameters(data)[0]

    def regularizer(self, value: Any) -> Reals:
        """Return lambda for every weight; ``"generic"`` is drawn from the seed.

        Raises
        ------
        InputError
            If the value does not fit the network, or is ``"none"``.
        """
        if isinstance(value, str):
            if value != "generic":
                raise InputError(f"regulariser {value!r}: give 'generic', a number, or arrays")
            return generic_regularizer(self.network, self._rng(10))
        return regularizer_array(self.network, value)

    def bounded(self, moments: Reals, weights: Reals) -> bool:
        """Tell whether no critical point comes from infinity over the hull of some data.

        A positive regulariser and positive definite moments of the inputs keep all real critical points bounded: at one
        of them ``sum_k lambda_k theta_k^2`` is at most a multiple of ``-<f, f - u>_Q <= |u|_Q^2 / 4``, by Euler's
        identity for activations ``x^d``. For other ones the same holds for the second layer, and then the first one is
        bounded if the degree is at most 2. Beyond the data, such as s > 1 on a line, moments may belong to no data set.

        Parameters
        ----------
        moments : float64 array, shape (K, n_data)
        weights : float64 array, shape (n_weights,)
        """
        sigma = self.network.sigma
        if not sigma.is_power and sigma.degree > 2:
            return False
        return bool(np.all(weights > 0)) and all(is_definite(self._input_moments(row)) for row in moments)

    def _input_moments(self, row: Reals) -> Reals:
        """Return the matrix of the moments of the inputs, the first ones of a row."""
        form = MomentForm(Moments(self.network.input_monomials, 1))
        return form.matrix(row[: len(form.names)].astype(np.complex128)).real

    def line(
        self, first: Data, second: Data, regularize: Any, interval: tuple[float, float] = (0.0, 1.0)
    ) -> LineChambers:
        """Return events and chambers of ``(1 - s) L_0 + s L_1``, for the losses of two data sets.

        Parameters
        ----------
        first, second : Data
        regularize : str, float, array or dict
            As for `critlocus.Loss`; with equal values for several weights events may coincide.
        interval : (float, float)

        Raises
        ------
        InputError
            If the data sets do not fit, have the same moments, or regulariser or interval cannot be used.
        """
        weights, interval = self.regularizer(regularize), checked_interval(interval)
        same_kind([first, second])
        m0, m1 = self.moments(first), self.moments(second)
        if np.array_equal(m0, m1):
            raise InputError("line: the two data sets have the same moments")
        p0, rng = np.concatenate([m0, weights]), self._rng(3)
        ends = m0 + np.multiply.outer(interval, m1 - m0)
        bounded, escapes = self.bounded(ends, weights), None
        if not bounded and is_covered(self.network, weights):
            escapes = singular_moments(self._input_moments(m0), self._input_moments(m0 + (m1 - m0)), interval)
        line = losses_on_line(
            self.solver, self.events,
            lambda rows, radii: label_losses(self.solver, self.problem, self.member, rows, rng, radii),
            p0, m1 - m0, interval, rng, escapes or [],
        )  # fmt: skip
        return replace(line, evidence=self._judged(line.evidence, weights, bounded=bounded or escapes is not None))

    def plane(
        self, first: Data, second: Data, third: Data, regularize: Any,
        window: ArrayLike = ((-1, -1), (1, 1)), finest: float = FINEST,
    ) -> PlaneChambers:  # fmt: skip
        """Return the chambers of ``m0 + s (m1 - m0) + t (m2 - m0)``, with m the moments of three data sets.

        Curves are followed from their points on the window's boundary and on `SCANS` lines across it, all complete: an
        oval that meets none of them is missed.

        Parameters
        ----------
        first, second, third : Data
        regularize : str, float, array or dict
            As for `line`.
        window : array_like, shape (2, 2)
            The lower and the upper bounds of (s, t).
        finest : float
            Longest step along the curve, as a part of the window's diagonal.

        Raises
        ------
        InputError
            If the data sets do not fit, their moments lie on a line, or regulariser or window cannot be used.
        """
        weights, box = self.regularizer(regularize), checked_window(window)
        same_kind([first, second, third])
        m0, m1, m2 = (self.moments(data) for data in (first, second, third))
        directions = np.stack([m1 - m0, m2 - m0])
        if np.linalg.matrix_rank(directions) < 2:
            raise InputError("plane: the moments of the three data sets lie on a line")
        p0 = np.concatenate([m0, weights])
        plane = losses_in_plane(
            self.solver, self.events, self.label, p0, directions[0], directions[1], box, self._rng(4), finest
        )
        corners = np.array([[s, t] for s in box[:, 0] for t in box[:, 1]])
        bounded = self.bounded(m0 + corners @ directions, weights)
        return replace(plane, evidence=self._judged(plane.evidence, weights, bounded=bounded))

    @cached_property
    def nearest_events(self) -> list[NearestEvents]:
        """The critical points of the distance to the events of every pattern, for a generic datum."""
        return nearest_events(self.solver, self.problem, self._rng(5))

    def nearest(self, data: Data, regularize: Any) -> NearestLoss:
        """Return the nearest outputs of a data set at which the critical points of its loss change.

        The inputs and the regulariser stay.

        Parameters
        ----------
        data : Data
        regularize : str, float, array or dict
            As for `line`.

        Raises
        ------
        InputError
            If the data set does not fit, or the regulariser cannot be used.
        """
        weights = self.regularizer(regularize)
        moments, rng = self.moments(data), self._rng(6)
        distance, kind, pattern, theta, move, evidence = nearest_loss(
            self.solver, self.nearest_events, self.label, np.concatenate([moments, weights]), rng
        )
        bounded = self.bounded(moments[None, :], weights)
        basis = np.array([np.prod(data.inputs**e, axis=1) for e in map(np.array, self.network.input_monomials)])
        outputs = data.outputs + (move.reshape(self.network.n_outputs, -1) @ basis).T
        judged = self._judged(evidence, weights, bounded=bounded)
        return NearestLoss(distance, kind, pattern, theta, move, outputs, judged)

    def _judged(self, evidence: dict[str, Any], weights: Reals, *, bounded: bool) -> dict[str, Any]:
        """Return the evidence with what is known here: whether all points were found, and whether they are bounded."""
        found = {name: value for name, value in evidence.items() if name != "complete"}
        quiet = self.member.stop_reason == "quiet"
        groups = rotating_units(self.network, weights)
        if groups:
            found["rotating_units"] = groups
        return {**found, "bounded": bounded, "complete": bool(evidence["complete"]) and bounded and quiet}


def same_kind(sets: list[Data]) -> None:
    """Raise InputError if data sets differ in size, or only some of them have weights."""
    sizes = [len(data) for data in sets]
    if len(set(sizes)) > 1:
        raise InputError(f"data: the data sets have {', '.join(map(str, sizes))} points; give as many in each")
    if len({data.weights is None for data in sets}) > 1:
        raise InputError("data: either all data sets have weights or none")
