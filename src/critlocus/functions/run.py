"""A run in function space: the generic member, then the targets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.analysis.draws import FIRST, DrawStatistics, check_draws
from critlocus.continuation.monodromy import Monodromy, MonodromyOptions
from critlocus.continuation.transport import Transporter
from critlocus.errors import FileError, InputError, Interrupted
from critlocus.functions.generic import GenericMember, Part, solve_generic
from critlocus.functions.proof import prove
from critlocus.functions.result import FunctionResult, FunctionTable, Kind
from critlocus.functions.summary import summarize_block
from critlocus.functions.targets import DataSets, Functions, Target
from critlocus.losses import Data, Loss
from critlocus.problems.distance import ImplicitDistance, ParametrizedDistance, distance_to
from critlocus.progress import Reporter, silent
from critlocus.proof import Parameters
from critlocus.solvers import make_solver
from critlocus.varieties import parse_variety
from critlocus.varieties.variety import Variety

BLOCK = 20_000


def solve_functions(
    variety: Variety | str,
    metric: str = "generic",
    *,
    u: ArrayLike | None = None,
    data: Loss | Data | str | None = None,
    target: str = "real",
    targets: int | None = None,
    draws: int | None = None,
    spurious: bool | None = None,
    trace_test: bool | None = None,
    seed: int = 0,
    threads: int | None = None,
    solver: str = "native",
    monodromy: MonodromyOptions | None = None,
    out: str | os.PathLike[str] | None = None,
    report: Reporter = silent,
) -> FunctionResult:
    """Compute all critical points of the squared distance ``1/2 |f - u|_Q^2`` to a variety of functions.

    Parameters
    ----------
    variety : Variety or str
        A network such as ``"2-1-2:x^2"`` or ``"conv:3,2"``, or a variety such as ``"matrices:3x3,rank=2"``.
    metric : str
        ``data``, ``gaussian``, ``frobenius``, ``bombieri``, ``generic``, or a file with Q; see `critlocus.metrics`.
    u : array_like, shape (k,) or (K, k), optional
        Target functions, in the coordinates of the variety's ambient space; default: standard normal.
    data : Loss, Data or str, optional
        For the metric ``data``: points, or ``"generic:M"``. Default: as many generic points as make the moments free.
    target : {"real", "complex", "none"}
        Carry the solutions to real targets (default), to generic complex ones, or stay at the generic member.
    targets : int, optional
        Number of targets: those given (default: all of them), or independent draws (default: 1).
    draws : int, optional
        As `targets`, for many random targets: `FunctionResult.draws` has the statistics of real points and indices.
        Without `out` memory does not grow with the number: only the first draws are kept.
    spurious : bool, optional
        Look for critical points of the gauge-fixed parametrisation that are not critical on the variety (d mu drops
        rank), and for zero functions. Default: where these are isolated.
    trace_test : bool, optional
        Run the trace test; by default for at most 120 functions.
    seed : int
        Decides everything random. The result does not depend on `threads`.
    out : path, optional
        Write the result to this HDF5 file as it is computed.

    Returns
    -------
    FunctionResult
        Its evidence says what supports the count: monodromy over two independent members of the family, quiet loops,
        the trace test, and for spurious points a second route through the family's envelope.

    Raises
    ------
    InputError
        If variety, metric, data or options cannot be used.
    Interrupted
        On Ctrl-C; its `result` attribute holds what was found.

    Notes
    -----
    The number of pure critical points is the ED degree of the variety for the metric (Draisma et al., 2016).
    """
    chosen = parse_variety(variety) if isinstance(variety, str) else variety
    if target not in ("real", "complex", "none"):
        raise InputError(f"target {target!r}: choose real, complex or none")
    if seed < 0:
        raise InputError(f"seed: {seed} is negative")
    if targets is not None and targets < 1:
        raise InputError(f"targets: {targets} is not at least 1")
    if draws is not None:
        sets = data.sets if isinstance(data, Loss) else data if isinstance(data, Data) else None
        check_draws(draws, targets, target, given=u is not None or sets is not None)
    run = _Run(
        chosen, metric, u, data, target, targets if draws is None else draws, spurious, trace_test, seed,
        threads or os.cpu_count() or 1, solver, monodromy or MonodromyOptions(), report,
    )  # fmt: skip
    run.keep = draws is None or out is not None
    run.result.draws = None if draws is None else DrawStatistics()
    return run.execute(out)


class _Run:
    keep = True

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
        blank = self._blank(0)
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

    def execute(self, out: str | os.PathLike[str] | None) -> FunctionResult:
        save: Callable[[], None] = lambda: None  # noqa: E731
        if out is not None:
            from critlocus.functions.store import refuse_to_overwrite, write

            refuse_to_overwrite(out)
            save = partial(write, out, self.result)
        started, result = perf_counter(), self.result
        try:
            save()
            self._generic_part()
            save()
            self._target_part(save)
            if result.stop_reason == "running":
                result.stop_reason = "complete"
        except KeyboardInterrupt as signal:
            result.stop_reason = "interrupted"
            stopped = Interrupted("stopped; what was found so far has been kept")
            stopped.result = result
            raise stopped from signal
        except FileError as error:
            error.result = result
            raise
        finally:
            result.seconds["total"] = perf_counter() - started
        save()
        return result

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self.result.seconds[name] = self.result.seconds.get(name, 0.0) + perf_counter() - started

    # -- the generic member ------------------------------------------------------------------------------------------

    def _generic_part(self) -> None:
        result = self.result

        def progress(name: str, run: Monodromy) -> None:
            self.report("monodromy", len(run.points), None, f"{name}: {len(run.points)}, {run.quiet_loops} quiet loops")

        with self._timed("monodromy"):
            self.member = solve_generic(
                self.solver,
                self.family,
                self.generic_seed,
                self.options,
                progress,
                spurious=self.spurious,
                trace=self.trace,
                any_metric=self.result.metric == "generic",
            )
        member = self.member
        result.paths_tracked, result.failed_paths = member.paths_tracked, member.failed_paths
        result.generic_parameters, result.identified = member.parameters, member.identified
        with self._timed("certify generic"):
            self.report("certify", 0, None, "generic member")
            table = self._table(self._parts(member), [part.points for part in self._parts(member)])
            table.parameter_row[:] = 0
            table.status[:] = 1
            self._prove(table, Parameters.exact(member.parameters[None, :]))
            result.generic = table
        if member.interrupted:
            raise KeyboardInterrupt
        result.evidence = {**member.evidence, **_totals(table)}
        doubts = contradictions(result.evidence)
        if doubts:
            result.stop_reason = f"incomplete: {'; '.join(doubts)}; try another seed"

    def _parts(self, member: GenericMember) -> list[Part]:
        return [part for part in (member.smooth, member.zero) if part is not None]

    # -- the targets -------------------------------------------------------------------------------------------------

    def _target_part(self, save: Callable[[], None]) -> None:
        if self.target == "none":
            return
        step = max(1, min(self.count, BLOCK // max(1, len(self.result.generic))))
        stream = self.transport_seed.spawn(self.count)
        for at in range(0, self.count, step):
            rows = range(at, min(at + step, self.count))
            drawn = [self._draw(k) for k in rows]
            parameters = Parameters(
                np.array([t.high for t in drawn], np.complex128), np.array([t.low for t in drawn], np.complex128),
                np.array([t.radius for t in drawn]),
            )  # fmt: skip
            with self._timed("transport"):
                table = self._carry(parameters.high, np.random.default_rng(stream[at]), rows)
            with self._timed("certify targets"):
                self._prove(table, parameters)
                self._losses(table, parameters, [t.constant for t in drawn])
            table.parameter_row += at
            self._append(table, parameters, drawn)
            save()

    def _draw(self, k: int) -> Target:
        rng = np.random.default_rng(self.draws[k])
        if self.target == "real":
            return self.source(k, rng)
        values = self.family.random_parameters(rng)
        nothing = np.zeros(len(values))
        return Target(values, nothing, nothing, 0.0, {})  # type: ignore[arg-type]

    def _carry(self, parameters: NDArray[np.complex128], rng: np.random.Generator, rows: range) -> FunctionTable:
        parts, tables = self._parts(self.member), []
        total = len(rows) * sum(len(part.points) for part in parts)
        done = 0
        for part in parts:
            carrier = Transporter(
                self.solver, part.system, part.points, self.member.parameters, self.family.random_parameters,
                part.identification,
            )  # fmt: skip
            before = done
            moved = carrier(
                parameters,
                rng,
                lambda n, before=before: self.report("transport", before + n, total, ""),  # type: ignore[misc]
            )
            done += len(moved.target)
            self.result.paths_tracked += moved.paths_tracked
            self.result.failed_paths += int(np.count_nonzero(~moved.paths.success))
            if moved.paths.interrupted:
                raise KeyboardInterrupt
            table = self._table([part], [moved.paths.points])
            table.parameter_row[:] = moved.target
            for name in ("status", "steps", "rejected", "extended", "accuracy", "condition"):
                getattr(table, name)[:] = getattr(moved.paths, name)
            tables.append(table)
        table = FunctionTable.concatenate(tables)
        return table[np.argsort(table.parameter_row, kind="stable")]

    def _losses(self, table: FunctionTable, parameters: Parameters, constants: list[float]) -> None:
        first = self.family.n_form
        for k, constant in enumerate(constants):
            rows = np.flatnonzero(table.is_real & (table.parameter_row == k))
            q = self.family.form.matrix(parameters.high[k, :first]).real
            f, b = table.function[rows].real, parameters.high[k, first:].real
            table.loss[rows] = 0.5 * np.einsum("ni,ij,nj->n", f, q, f) - f @ b + constant

    def _append(self, table: FunctionTable, parameters: Parameters, drawn: list[Target]) -> None:
        result = self.result
        if result.draws is not None:
            at = result.draws.draws
            real = [True] * len(drawn)
            result.draws.add(summarize_block(table, real, at, identified=result.identified))
            if not self.keep:
                few = max(0, FIRST - at)
                drawn, table = drawn[:few], table[table.parameter_row < FIRST]
                parameters = Parameters(parameters.high[:few], parameters.low[:few], parameters.radii[:few])
                if not drawn:
                    return
        result.target_parameters = np.concatenate([result.target_parameters, parameters.high])
        result.target_low = np.concatenate([result.target_low, parameters.low])
        result.target_radii = np.concatenate([result.target_radii, parameters.radii])
        result.target_constants = np.concatenate([result.target_constants, [t.constant for t in drawn]])
        result.targets = FunctionTable.concatenate([result.targets, table])
        for name in drawn[0].data:
            block = np.array([t.data[name] for t in drawn])
            result.data[name] = np.concatenate([result.data[name], block]) if name in result.data else block

    # -- tables ------------------------------------------------------------------------------------------------------

    def _blank(self, count: int) -> FunctionTable:
        n = self.family.variety.n_weights if isinstance(self.family, ParametrizedDistance) else 0
        tails = {"r": self.family.n_unknowns, "k": len(self.variety.ambient), "n": n, "3": 3}
        return FunctionTable.of_size(count, **tails)

    def _table(self, parts: list[Part], points: list[NDArray[np.complex128]]) -> FunctionTable:
        tables = []
        for part, z in zip(parts, points, strict=True):
            table = self._blank(len(z))
            table.z[:] = part.embed(z)
            if part is self.member.zero:
                table.kind[:] = Kind.ZERO
            tables.append(table)
        return FunctionTable.concatenate(tables)

    def _prove(self, table: FunctionTable, parameters: Parameters) -> None:
        prove(self.family, table, parameters, identified=self.member.identified, threads=self.threads)


def contradictions(evidence: dict[str, Any]) -> list[str]:
    """Return what in the evidence says that the count is not the whole count."""
    found = []
    for name in ("smooth", "envelope", "zero_functions"):
        part = evidence.get(name, {})
        if part.get("stop_reason", "quiet") != "quiet":
            found.append(f"monodromy of the {name} part stopped: {part['stop_reason']}")
        elif part.get("members") == 1:
            found.append(f"no two members of the family agree on the {name} part")
        for key in ("missing", "stuck", "functions_missed"):
            if part.get(key):
                found.append(f"{name}: {part[key]} {key.replace('_', ' ')}")
    if evidence.get("uncertified"):
        found.append(f"{evidence['uncertified']} points of the generic member are not certified and distinct")
    for name, part in (("smooth", evidence), ("envelope", evidence.get("envelope", {}))):
        if part.get("trace_test", {}).get("status") == "failed":
            found.append(f"the trace test found that solutions of the {name} part are missing")
    return found


def _totals(table: FunctionTable) -> dict[str, Any]:
    sure = table.certified & table.distinct
    return {
        "uncertified": int(np.count_nonzero(~sure)),
        "lower_bound": int(np.count_nonzero(sure & (table.kind != Kind.ZERO))),
        "lower_bound_by": "Krawczyk certificates, pairwise distinct",
        "immersed": int(np.count_nonzero(table.immersed & (table.kind == Kind.PURE))),
    }


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
