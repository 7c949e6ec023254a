"""A run in the space of weights: what all its parts share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.monodromy import MonodromyOptions
from critlocus.errors import InputError
from critlocus.losses import Loss
from critlocus.networks import Network, sign_group
from critlocus.problems.critical_points import CriticalPoints
from critlocus.progress import Reporter
from critlocus.proof import Parameters, prove
from critlocus.pure import Classifier
from critlocus.result import Result
from critlocus.solvers import make_solver
from critlocus.solvers.protocol import Solver
from critlocus.table import SolutionTable

TARGETS = ("real", "complex", "none")


@dataclass(frozen=True)
class Options:
    """Everything besides network and loss that decides a run; see `solve`."""

    space: str = "weights"
    target: str = "real"
    targets: int = 1
    seed: int = 0
    threads: int = 1
    solver: str = "native"
    trace_test: bool | None = None
    precision: str = "d"
    verify: str | None = None
    monodromy: MonodromyOptions = field(default_factory=MonodromyOptions)

    def __post_init__(self) -> None:
        if self.space != "weights":
            raise InputError(f"space {self.space!r}: only 'weights' is known")
        if self.target not in TARGETS:
            raise InputError(f"target {self.target!r}: choose real, complex or none")
        if self.targets < 1:
            raise InputError(f"targets: {self.targets} is not at least 1")
        if self.verify not in (None, "msolve"):
            raise InputError(f"verify {self.verify!r}: only 'msolve' is known")
        if self.seed < 0:
            raise InputError(f"seed: {self.seed} is negative")


class Job:
    """Family, solver, seeds and result of one run."""

    def __init__(self, network: Network, loss: Loss, options: Options, report: Reporter, *, keep: bool) -> None:
        self.network, self.loss, self.options, self.report, self.keep = network, loss, options, report, keep
        self.family = CriticalPoints(network, loss.n_points, weighted=loss.weighted)
        self.system = self.family.system()
        self.symmetry = sign_group(network)
        self.classifier = Classifier(network)
        self.solver: Solver = make_solver(options.solver, threads=options.threads, precision=options.precision)
        self.setup_seed, self.transport_seed, self.trace_seed, *self.target_seeds = np.random.SeedSequence(
            options.seed
        ).spawn(3 + options.targets)
        loss.target(network, 0, np.random.default_rng(self.target_seeds[0]))  # bad input must fail at once
        none = np.zeros((0, self.family.n_params))
        self.result = Result(
            network=network, seed=options.seed, solver=options.solver, solver_version=self.solver.version,
            loss=loss.description(), data={}, parameter_names=self.family.parameter_names,
            generic_parameters=np.zeros(self.family.n_params, np.complex128), generic=self.blank(0),
            target_parameters=none.astype(np.complex128), target_low=none.astype(np.complex128), target_radii=none,
            targets=self.blank(0), generic_rank=self.classifier.generic_rank if self.classifier.able else -1,
            options=_plain(asdict(options)), stop_reason="running", version=_version(),
        )  # fmt: skip

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the time spent inside to an entry of the result."""
        started = perf_counter()
        try:
            yield
        finally:
            self.result.seconds[name] = self.result.seconds.get(name, 0.0) + perf_counter() - started

    def blank(self, count: int) -> SolutionTable:
        """Return a table of unknowns."""
        return SolutionTable.blank(count, self.network.n_weights, self.classifier.n_coefficients)

    def embed(self, k: int, support: NDArray[np.bool_], order: int, points: NDArray[np.complex128]) -> SolutionTable:
        """Return a table of points of stratum k, shape ``(N, |support|)``, with orbits of a given size."""
        table = self.blank(len(points))
        table.theta[:] = 0
        table.theta[:, support] = points
        table.stratum[:], table.orbit_size[:] = k, order
        return table

    def prove(self, table: SolutionTable, parameters: Parameters, supports: list[NDArray[np.bool_]]) -> None:
        """Certify, separate and classify the found rows of a table in place."""
        rows = np.flatnonzero(table.found)
        support = np.array(supports, bool).reshape(len(supports), -1)[table.stratum[rows]]
        prove(
            self.system, self.symmetry, self.classifier, table.theta[rows], support, table.parameter_row[rows],
            parameters, threads=self.options.threads,
        ).fill(table, rows)  # fmt: skip


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in value.items() if k != "threads"}


def _version() -> str:
    from critlocus import __version__

    return __version__
