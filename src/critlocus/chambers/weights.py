"""Events and chambers of a regularised loss in the space of weights, on a line between two data sets.

The line is ``(1 - s) m0 + s m1`` in the space of moments: the losses ``(1 - s) L_0 + s L_1``, with the regulariser
fixed. On every zero pattern critical points collide in folds; and where the Hessian's block of a dead unit is singular
a pitchfork makes that unit come to life, see `critlocus.problems.birth`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.chambers.labels import Label
from critlocus.chambers.line import LineChambers
from critlocus.chambers.pattern_events import PatternEvents, pattern_events
from critlocus.chambers.plane import FINEST, PlaneChambers
from critlocus.chambers.weights_labels import label_losses
from critlocus.chambers.weights_line import losses_on_line
from critlocus.chambers.weights_plane import losses_in_plane
from critlocus.continuation.strata import GenericMember, solve_strata
from critlocus.errors import InputError
from critlocus.losses import Data, regularizer_array
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints
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
        If the network has more hidden layers, or there are too few points.
    """

    def __init__(self, network: Network | str, n_points: int, *, seed: int = 0, threads: int = 1) -> None:
        self.network = Network.parse(network) if isinstance(network, str) else network
        if len(self.network.widths) != 3 or self.network.bias:
            raise InputError(
                f"{self.network.name}: lines of data in weights space need one hidden layer without biases"
            )
        self.problem = CriticalPoints(self.network, n_points)
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
        return label_losses(self.solver, self.problem, self.member, rows, rng)

    def moments(self, data: Data) -> Reals:
        """Return the moments of a data set, rounded to double precision."""
        data.check(self.network)
        return self.problem.data_parameters(data)[0]

    def line(
        self, first: Data, second: Data, regularize: Any, interval: tuple[float, float] = (0.0, 1.0)
    ) -> LineChambers:
        """Return events and chambers of ``(1 - s) L_0 + s L_1``, for the losses of two data sets.

        Parameters
        ----------
        first, second : Data
        regularize : float, array or dict
            As for `critlocus.Loss`; with equal values for several weights events may coincide.
        interval : (float, float)
        """
        weights = regularizer_array(self.network, regularize)
        m0, m1 = self.moments(first), self.moments(second)
        p0 = np.concatenate([m0, weights])
        line = losses_on_line(self.solver, self.events, self.label, p0, m1 - m0, interval, self._rng(3))
        line.evidence["complete"] &= self.member.stop_reason == "quiet"
        return line

    def plane(
        self, first: Data, second: Data, third: Data, regularize: Any,
        window: ArrayLike = ((-1, -1), (1, 1)), finest: float = FINEST,
    ) -> PlaneChambers:  # fmt: skip
        """Return the chambers of ``m0 + s (m1 - m0) + t (m2 - m0)``, with m the moments of three data sets.

        Curves are followed from their points on the window's boundary and on `SCANS` lines across it, all complete: an
        oval that meets none of them is missed.
        """
        weights, box = regularizer_array(self.network, regularize), np.asarray(window, np.float64)
        m0, m1, m2 = (self.moments(data) for data in (first, second, third))
        p0 = np.concatenate([m0, weights])
        return losses_in_plane(self.solver, self.events, self.label, p0, m1 - m0, m2 - m0, box, self._rng(4), finest)
