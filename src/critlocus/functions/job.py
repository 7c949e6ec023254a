"""What the parts of a run in function space have in common: the family, the draws, the result, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.continuation.monodromy import MonodromyOptions
from critlocus.errors import InputError
from critlocus.functions.generic import GenericMember, Part
from critlocus.functions.proof import prove
from critlocus.functions.result import FunctionResult, FunctionTable, Kind
from critlocus.functions.targets import DataSets, Functions
from critlocus.losses import Data, Loss
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.implicit_distance import ImplicitDistance, distance_to
from critlocus.progress import Reporter
from critlocus.proof import Parameters
from critlocus.solvers import make_solver
from critlocus.varieties.variety import Variety


class Job:
    """A run: its options, what follows from them, and its result so far.

    Attributes
    ----------
    source : Functions or DataSets
        The targets.
    family : Distance
    draws : list of SeedSequence
        One per target.
    keep : bool
        Keep the tables of all targets in memory.
    member : GenericMember
        Once it has been solved.
    """

    keep = True
    member: GenericMember

    def __init__(
        self, variety: Variety, metric: str, u: ArrayLike | None, data: Loss | Data | str | None, target: str,
        targets: int | None, spurious: bool | None, trace: bool | None, seed: int, threads: int, solver: str,
        options: MonodromyOptions,
        report: Reporter,
    ) -> None:  # fmt: skip
        self.variety, self.target, self.spurious, self.options, self.report = variety, target, spurious, options, report
        self.trace = trace
        self.threads, self.solver = threads, make_solver(solver, threads=threads)
        setup, self.generic_seed, self.transport_seed, draws = np.random.SeedSequence(seed).spawn(4)
        rng = np.random.default_rng(setup)
        self.source = _source(variety, metric, u, data, rng)
        self.family = distance_to(variety, self.source.form, rng)
        self.count = self.source.given if targets is None else targets
        self.draws = draws.spawn(self.count)
        self.source(0, np.random.default_rng(self.draws[0]))  # bad input must fail at once
        family = self.family
        offset, basis = np.zeros(0), np.zeros((0, family.n_unknowns))
        if isinstance(family, ParametrizedDistance):
            offset, basis = family.chart.offset, family.chart.basis
        combinations = family.combinations if isinstance(family, ImplicitDistance) else np.zeros((0, 0))
        none = np.zeros((0, family.n_params))
        blank = self.blank(0)
        self.result = FunctionResult(
            variety=variety, metric=metric, seed=seed, solver=solver, solver_version=self.solver.version,
            form=self.source.matrix, chart_offset=offset, chart_basis=basis, combinations=combinations,
            identified=True, parameter_names=family.parameter_names,
            generic_parameters=np.zeros(family.n_params, np.complex128), generic=blank,
            target_parameters=none.astype(np.complex128), target_low=none.astype(np.complex128), target_radii=none,
            target_constants=np.zeros(0), targets=blank,
            options={"target": target, "targets": self.count, "spurious": spurious, "trace_test": trace,
                     "data": self.source.description},
            stop_reason="running", version=_version(),
        )  # fmt: skip

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the time of a block to the result's seconds."""
        started = perf_counter()
        try:
            yield
        finally:
            self.result.seconds[name] = self.result.seconds.get(name, 0.0) + perf_counter() - started

    @property
    def parts(self) -> list[Part]:
        """The parts of the generic member whose points are carried to targets."""
        return [part for part in (self.member.smooth, self.member.zero) if part is not None]

    def blank(self, count: int) -> FunctionTable:
        """Return a table of `count` rows of unknowns."""
        n = self.family.variety.n_weights if isinstance(self.family, ParametrizedDistance) else 0
        tails = {"r": self.family.n_unknowns, "k": len(self.variety.ambient), "n": n, "3": 3}
        return FunctionTable.of_size(count, **tails)

    def table(self, parts: list[Part], points: list[NDArray[np.complex128]]) -> FunctionTable:
        """Return a table of the points of some parts, in their own coordinates."""
        tables = []
        for part, z in zip(parts, points, strict=True):
            table = self.blank(len(z))
            table.z[:] = part.embed(z)
            if part is self.member.zero:
                table.kind[:] = Kind.ZERO
            tables.append(table)
        return FunctionTable.concatenate(tables)

    def prove(self, table: FunctionTable, parameters: Parameters) -> None:
        """Fill the columns that certificates prove; see `critlocus.functions.proof`."""
        prove(self.family, table, parameters, identified=self.member.identified, threads=self.threads)


def _source(
    variety: Variety, metric: str, u: ArrayLike | None, data: Loss | Data | str | None, rng: np.random.Generator
) -> Functions | DataSets:
    if metric == "data":
        if u is not None:
            raise InputError("u: with the metric data the targets are data sets")
        loss = data if isinstance(data, Loss) else Loss("generic:1000" if data is None else data)
        return DataSets(variety, loss, rng)
    if data is not None:
        raise InputError(f"data: the metric is {metric}; use the metric data")
    return Functions(variety, metric, u, rng)


def _version() -> str:
    from critlocus import __version__

    return __version__
