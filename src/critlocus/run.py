"""The main job: every critical point of a network's loss, certified and classified."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.evidence import contradictions, stratum_evidence, total_evidence, trace_tests
from critlocus.continuation.monodromy import Monodromy, MonodromyOptions
from critlocus.continuation.strata import GenericMember, Stratum, restrict, solve_strata
from critlocus.continuation.transport import Transporter
from critlocus.errors import FileError, InputError, Interrupted
from critlocus.losses import Data, Loss, loss_value
from critlocus.networks import Network, sign_group
from critlocus.problems.critical_points import CriticalPoints
from critlocus.progress import Reporter, silent
from critlocus.proof import Parameters, Proof, prove
from critlocus.result import Result, StratumRecord
from critlocus.solvers import make_solver
from critlocus.solvers.protocol import Paths, Solver
from critlocus.table import SolutionTable

if TYPE_CHECKING:
    from critlocus.store import Writer

TARGETS = ("real", "complex", "none")
BLOCK = 20_000
"""Targets are carried in blocks of about this many paths."""


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


def solve(
    network: Network | str,
    loss: Loss | Data | str | None = None,
    *,
    regularize: Any = None,
    space: str = "weights",
    target: str = "real",
    targets: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    solver: str = "native",
    precision: str = "d",
    trace_test: bool | None = None,
    verify: str | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    keep: bool = True,
    report: Reporter = silent,
) -> Result:
    """Compute, certify and classify all critical points of a regularised loss in the space of weights.

    Parameters
    ----------
    network : Network or str
        An architecture, or its name such as ``"2-2-2"`` or ``"2-3-1:x^2"``.
    loss : Loss, Data or str, optional
        Data and regulariser; a `Data` or ``"generic:M"`` gets the regulariser from `regularize`.
        Default: 10 generic points.
    regularize : optional
        ``"generic"`` (default), a number, a flat array of shape ``(n_weights,)``, or arrays by name.
    target : {"real", "complex", "none"}
        Carry the solutions to real data (default), to generic complex parameters, or stay at the generic member.
    targets : int, optional
        Number of targets: data sets that were given (default: all of them), or independent draws (default: 1).
    seed : int
        Decides everything random. The result does not depend on `threads`.
    threads : int, optional
        Default: the number of processors.
    solver : str
        Engine: ``native``, or another one of `critlocus.solvers.SOLVERS` to check it with.
    precision : {"d", "dd", "qd"}
        Arithmetic along the paths, for engines that offer more than double.
    trace_test : bool, optional
        Run the trace test on every stratum; by default on those with at most 120 orbits.
    verify : {"msolve"}, optional
        Count once more, exactly, by a Groebner basis mod a prime.
    out : path, optional
        Write the result to this HDF5 file as it is computed.
    resume : bool
        Continue the run of an existing file `out` that was stopped.
    keep : bool
        With `out`: keep the tables of the targets in memory, too.
    report : Reporter
        Called with the progress.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        If network, data or options cannot be used.
    FileError
        If `out` cannot be written.
    Interrupted
        On Ctrl-C; its `result` attribute holds what was found, and `out` has it, too.

    Notes
    -----
    The points of each zero pattern are found by monodromy (Duff et al., 2019) over one generic complex member of the
    family of all losses with entrywise regulariser, then carried to the targets by parameter homotopy, and proven by
    Krawczyk's test. The count over the generic member holds for generic data of that size; a special target can have
    fewer isolated solutions, never more.
    """
    net = Network.parse(network) if isinstance(network, str) else network
    net.sigma  # noqa: B018 - an unsupported activation must fail before anything else happens
    if not isinstance(loss, Loss):
        loss = Loss("generic:10" if loss is None else loss, "generic" if regularize is None else regularize)
    elif regularize is not None:
        raise InputError("give the regulariser in the Loss, or as regularize, not both")
    sets = loss.sets
    options = Options(
        space=space, target=target, targets=(len(sets) if sets else 1) if targets is None else targets, seed=seed,
        threads=os.cpu_count() or 1 if threads is None else threads, solver=solver, trace_test=trace_test,
        precision=precision, verify=verify,
    )  # fmt: skip
    return _Run(net, loss, options, report, keep=keep).execute(out, resume=resume)


class _Run:
    def __init__(self, network: Network, loss: Loss, options: Options, report: Reporter, *, keep: bool) -> None:
        self.network, self.loss, self.options, self.report, self.keep = network, loss, options, report, keep
        self.family = CriticalPoints(network, loss.n_points, weighted=loss.weighted)
        self.system = self.family.system()
        self.symmetry = sign_group(network)
        self.solver: Solver = make_solver(options.solver, threads=options.threads, precision=options.precision)
        setup, self.transport_seed, self.trace_seed, *self.target_seeds = np.random.SeedSequence(options.seed).spawn(
            3 + options.targets
        )
        self.setup_seed = setup
        loss.target(network, 0, np.random.default_rng(self.target_seeds[0]))  # bad input must fail at once
        blank = SolutionTable.blank(0, network.n_weights)
        none = np.zeros((0, self.family.n_params))
        self.result = Result(
            network=network, seed=options.seed, solver=options.solver, solver_version=self.solver.version,
            loss=loss.description(), data={}, parameter_names=self.family.parameter_names,
            generic_parameters=np.zeros(self.family.n_params, np.complex128), generic=blank,
            target_parameters=none.astype(np.complex128), target_low=none.astype(np.complex128), target_radii=none,
            targets=blank,
            options=_plain(asdict(options)), stop_reason="running", version=_version(),
        )  # fmt: skip

    def execute(self, out: str | os.PathLike[str] | None, *, resume: bool) -> Result:
        writer: Writer | None = None
        if out is not None:
            from critlocus.store import Writer

            writer = Writer(out, self.result, resume=resume)
        started = perf_counter()
        before = self.result.seconds.get("total", 0.0)
        try:
            self._generic_part(writer)
            self._target_part(writer)
            if self.result.stop_reason == "running":
                self.result.stop_reason = "complete"
        except KeyboardInterrupt as signal:
            self.result.stop_reason = "interrupted"
            stopped = Interrupted("stopped; what was found so far has been kept")
            stopped.result = self.result
            raise stopped from signal
        except FileError as error:
            error.result = self.result
            raise
        finally:
            self.result.seconds["total"] = before + perf_counter() - started
            if writer is not None:
                writer.close(self.result)
        return self.result

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self.result.seconds[name] = self.result.seconds.get(name, 0.0) + perf_counter() - started

    # -- the generic member ------------------------------------------------------------------------------------------

    def _generic_part(self, writer: Writer | None) -> None:
        if self.result.generic_done:  # read back from an unfinished file
            return
        result = self.result
        started = perf_counter()

        def progress(member: GenericMember, name: str, run: Monodromy) -> None:
            rate = (member.paths_tracked + run.paths_tracked) / (perf_counter() - started)
            self.report("monodromy", len(run.points), None, _found_so_far(name, run, rate))

        with self._timed("monodromy"):
            member = solve_strata(self.solver, self.family, self.setup_seed, self.options.monodromy, progress)
        traces: dict[str, Any] = {}
        with self._timed("trace test"):
            if member.stop_reason != "interrupted":
                traces, paths = trace_tests(
                    self.solver, member, self.trace_seed, self.options.trace_test, self.report, self.options.monodromy
                )
                result.paths_tracked += paths
        result.paths_tracked += member.paths_tracked
        result.failed_paths += member.failed_paths
        result.generic_parameters = member.parameters
        result.empty_patterns = [p.name for p in member.empty]
        with self._timed("certify generic"):
            self.report("certify", 0, None, "generic member")
            result.generic = self._generic_table(member)
        if member.stop_reason != "quiet":
            result.stop_reason = f"monodromy stopped: {member.stop_reason}"
        result.strata = [self._record(stratum, traces) for stratum in member.strata]
        result.evidence = total_evidence(member, traces, result.generic.count(result.generic.distinct))
        if member.stop_reason == "interrupted":
            raise KeyboardInterrupt
        if self.options.verify is not None:
            with self._timed("verify"):
                self.report("verify", 0, None, "msolve")
                result.evidence["msolve"] = self._verified()
        doubts = contradictions(result.evidence)
        if doubts and result.stop_reason == "running":
            result.stop_reason = f"incomplete: {'; '.join(doubts)}; try another seed"
        result.generic_done = True
        if writer is not None:
            writer.write_generic(result)

    def _generic_table(self, member: GenericMember) -> SolutionTable:
        tables = [self._embed(k, s, s.points) for k, s in enumerate(member.strata)]
        table = SolutionTable.concatenate(tables or [SolutionTable.blank(0, self.network.n_weights)])
        table.status[:] = 1
        table.parameter_row[:] = 0
        supports = [_mask(s.pattern.support, self.network.n_weights) for s in member.strata]
        self._prove(table, Parameters.exact(member.parameters[None, :]), supports)
        return table

    def _verified(self) -> dict[str, Any]:
        from critlocus.verify import count_by_msolve

        exact = count_by_msolve(self.family, self.trace_seed, threads=self.options.threads)
        found = self.result.generic.count(self.result.generic.found)
        verdict = "agrees" if exact.count == found else f"DISAGREES with {found}"
        text = f"{exact.count} by a Groebner basis mod {exact.prime}: {verdict}"
        return {"count": exact.count, "prime": exact.prime, "agrees": exact.count == found, "text": text}

    def _record(self, stratum: Stratum, traces: dict[str, Any]) -> StratumRecord:
        support = _mask(stratum.pattern.support, self.network.n_weights)
        evidence = stratum_evidence(stratum, traces)
        return StratumRecord(stratum.pattern.name, support, stratum.count, stratum.symmetry.order, evidence)

    # -- the targets -------------------------------------------------------------------------------------------------

    def _target_part(self, writer: Writer | None) -> None:
        if self.options.target == "none":
            return
        result, options = self.result, self.options
        first = len(result.target_parameters)  # targets already in an unfinished file
        per_target = max(1, len(result.generic))
        step = max(1, min(options.targets, BLOCK // per_target))
        stream = self.transport_seed.spawn(options.targets)
        for at in range(first, options.targets, step):
            rows = range(at, min(at + step, options.targets))
            parameters, data = self._target_parameters(rows)
            with self._timed("transport"):
                table = self._carry(parameters.high, rows, stream)
            with self._timed("certify targets"):
                self.report("certify", rows.stop, options.targets, "targets")
                self._prove(table, parameters, [s.support for s in result.strata])
                self._losses(table, data)
            table.parameter_row += at
            block = _data_arrays(data)
            if writer is not None:
                writer.append_targets(result, table, parameters, block)
            result.append_targets(table, parameters, block, keep=self.keep or writer is None)

    def _target_parameters(self, rows: range) -> tuple[Parameters, list[tuple[Data, NDArray[np.float64]]]]:
        high, low, radii, data = [], [], [], []
        for k in rows:
            rng = np.random.default_rng(self.target_seeds[k])
            if self.options.target == "complex":
                high.append(self.family.random_parameters(rng))
                low.append(np.zeros(self.family.n_params))
                radii.append(np.zeros(self.family.n_params))
                continue
            points, regularizer = self.loss.target(self.network, k, rng)
            values, rest, errors = self.family.data_parameters(points)
            high.append(np.concatenate([values, regularizer]).astype(np.complex128))
            low.append(np.concatenate([rest, np.zeros_like(regularizer)]))
            radii.append(np.concatenate([errors, np.zeros_like(regularizer)]))
            data.append((points, regularizer))
        return Parameters(np.array(high), np.array(low, np.complex128), np.array(radii)), data

    def _carry(
        self, parameters: NDArray[np.complex128], rows: range, stream: list[np.random.SeedSequence]
    ) -> SolutionTable:
        result, tables = self.result, []
        total, done = len(rows) * len(result.generic), 0
        rng = np.random.default_rng(stream[rows.start])
        for k, record in enumerate(result.strata):
            support = np.flatnonzero(record.support)
            starts = result.generic.theta[result.generic.stratum == k][:, support]
            if len(support) == 0:
                paths, target = _standing(len(rows)), np.arange(len(rows))
            else:
                carrier = Transporter(
                    self.solver, self.family.system(support), starts, result.generic_parameters,
                    self.family.random_parameters,
                    restrict(self.symmetry, support),
                )  # fmt: skip
                moved = carrier(parameters, rng, partial(self._moved, done, total, rows))
                result.paths_tracked += moved.paths_tracked
                result.failed_paths += int(np.count_nonzero(~moved.paths.success))
                if moved.paths.interrupted:
                    raise KeyboardInterrupt
                paths, target = moved.paths, moved.target
            done += len(target)
            table = self._embed_weights(k, record.support, record.group_order, paths.points)
            table.parameter_row[:] = target
            table.status[:], table.steps[:] = paths.status, paths.steps
            table.rejected[:], table.extended[:] = paths.rejected, paths.extended
            table.accuracy[:], table.condition[:] = paths.accuracy, paths.condition
            tables.append(table)
        table = SolutionTable.concatenate(tables)
        return table[np.argsort(table.parameter_row, kind="stable")]

    def _moved(self, before: int, total: int, rows: range, done: int) -> None:
        self.report("transport", before + done, total, f"targets {rows.start + 1}-{rows.stop}")

    def _losses(self, table: SolutionTable, data: list[tuple[Data, NDArray[np.float64]]]) -> None:
        for k, (points, regularizer) in enumerate(data):
            rows = np.flatnonzero(table.is_real & (table.parameter_row == k))
            table.loss[rows] = loss_value(self.network, points, regularizer, table.theta[rows].real)

    # -- proofs ------------------------------------------------------------------------------------------------------

    def _prove(self, table: SolutionTable, parameters: Parameters, supports: list[NDArray[np.bool_]]) -> None:
        """Certify, separate and classify the found rows of a table in place."""
        rows = np.flatnonzero(table.found)
        support = np.array(supports, bool).reshape(len(supports), -1)[table.stratum[rows]]
        proof = prove(
            self.system, self.symmetry, table.theta[rows], support, table.parameter_row[rows], parameters,
            threads=self.options.threads,
        )  # fmt: skip
        for name in Proof.COLUMNS:
            getattr(table, name)[rows] = getattr(proof, name)

    def _embed(self, k: int, stratum: Stratum, points: NDArray[np.complex128]) -> SolutionTable:
        mask = _mask(stratum.pattern.support, self.network.n_weights)
        return self._embed_weights(k, mask, stratum.symmetry.order, points)

    def _embed_weights(
        self, k: int, support: NDArray[np.bool_], order: int, points: NDArray[np.complex128]
    ) -> SolutionTable:
        table = SolutionTable.blank(len(points), self.network.n_weights)
        table.theta[:] = 0
        table.theta[:, support] = points
        table.stratum[:], table.orbit_size[:] = k, order
        return table


def _found_so_far(name: str, run: Monodromy, rate: float) -> str:
    return f"{name}: {len(run.points)} orbits, {run.quiet_loops} quiet loops, {rate:.0f} paths/s"


def _mask(support: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    mask = np.zeros(n, bool)
    mask[support] = True
    return mask


def _standing(count: int) -> Paths:
    """Return paths of the origin, which stays where it is."""
    return Paths(
        np.zeros((count, 0), np.complex128), np.ones(count, np.int8), np.ones(count), np.zeros(count), np.ones(count),
        np.zeros(count, np.int32), np.zeros(count, np.int32), np.zeros(count, np.int32),
    )  # fmt: skip


def _data_arrays(data: list[tuple[Data, NDArray[np.float64]]]) -> dict[str, NDArray[np.float64]]:
    if not data:
        return {}
    found = {
        "inputs": np.array([d.inputs for d, _ in data]),
        "outputs": np.array([d.outputs for d, _ in data]),
        "regularizer": np.array([r for _, r in data]),
    }
    if data[0][0].weights is not None:
        found["weights"] = np.array([d.weights for d, _ in data])
    return found


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in value.items() if k != "threads"}


def _version() -> str:
    from critlocus import __version__

    return __version__
