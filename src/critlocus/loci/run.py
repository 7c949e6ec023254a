"""Witness sets of the critical locus of a loss without regulariser."""

from __future__ import annotations

import os
from time import perf_counter
from typing import Any

import numpy as np

from critlocus.continuation.monodromy import MonodromyOptions
from critlocus.errors import FileError, InputError, Interrupted
from critlocus.loci.measure import Measure, Target
from critlocus.loci.result import LociResult
from critlocus.loci.slices import MAX_PATHS, slice_by_slice
from critlocus.loci.strata import Search
from critlocus.losses import Data, Loss
from critlocus.networks import Network
from critlocus.networks.rank_strata import rank_strata
from critlocus.problems.degenerate_locus import DegenerateLocus
from critlocus.problems.moments import moments_are_independent
from critlocus.progress import Reporter, silent
from critlocus.pure import Classifier
from critlocus.solvers.native import NativeSolver

METHODS = ("auto", "strata", "slices")


def witness_sets(
    network: Network | str,
    data: Loss | Data | str = "generic:10",
    *,
    method: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    max_paths: int = MAX_PATHS,
    out: str | os.PathLike[str] | None = None,
    report: Reporter = silent,
) -> LociResult:
    """Find the components of the critical set of the loss ``1/2 sum_i w_i |f_theta(x_i) - y_i|^2`` over the weights.

    Without a regulariser the critical set has components of positive dimension. Each is described by a witness set:
    its points on a generic affine slice, with dimension, degree, loss, rank of d mu, and index at a real point.

    Parameters
    ----------
    network : Network or str
    data : Loss, Data or str
        One data set (the regulariser of a `Loss` is not used), or ``"generic:M"``.
    method : {"auto", "strata", "slices"}
        ``strata``: linear networks without biases and data with free moments, see `critlocus.loci.strata`;
        ``slices``: any network that is small enough, see `critlocus.loci.slices`. ``auto`` prefers the first.
    seed : int
        Decides everything random. The result does not depend on `threads`.
    max_paths : int
        For ``slices``: dimensions that need more paths are not examined.
    out : path, optional
        Write the result to this HDF5 file.

    Returns
    -------
    LociResult

    Raises
    ------
    InputError
        If network, data or options cannot be used.
    FileError
        If `out` cannot be written; if that comes out at the end, its `result` attribute holds what was found.
    Interrupted
        On Ctrl-C.
    """
    net = Network.parse(network) if isinstance(network, str) else network
    net.sigma  # noqa: B018 - an unsupported activation must fail before anything else happens
    if method not in METHODS:
        raise InputError(f"method {method!r}: choose {', '.join(METHODS)}")
    if seed < 0:
        raise InputError(f"seed: {seed} is negative")
    loss = data if isinstance(data, Loss) else Loss(data)
    if loss.sets is not None and len(loss.sets) > 1:
        raise InputError("witness sets: give one data set")
    if out is not None:
        from critlocus.loci.store import FORMAT
        from critlocus.replace_file import check_writable, refuse_to_overwrite

        refuse_to_overwrite(out, FORMAT, "holds no witness sets")
        check_writable(out)
    started = perf_counter()
    draw, rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    points, _ = Loss(loss.data, 0.0).target(net, 0, draw)
    locus = DegenerateLocus(net)
    chosen = _method(method, net, locus, points)
    solver = NativeSolver(threads=threads or os.cpu_count() or 1)
    measure = Measure(locus, Target(points, *locus.moments.exact(points)), solver, solver.threads)
    arrays = {"inputs": points.inputs, "outputs": points.outputs}
    if points.weights is not None:
        arrays["weights"] = points.weights
    result = LociResult(
        network=net, method=chosen, seed=seed, source=points.source, moments=measure.target.high, data=arrays,
        generic_rank=Classifier(net).generic_rank, solver_version=solver.version, version=_version(),
    )  # fmt: skip
    try:
        doubts = _search(result, locus, measure, solver, rng, report, max_paths)
    except KeyboardInterrupt as signal:
        raise Interrupted("stopped") from signal
    doubts += result.doubts()
    if doubts:
        result.stop_reason = f"incomplete: {'; '.join(doubts)}"
    result.seconds = perf_counter() - started
    if out is not None:
        from critlocus.loci.store import write

        try:
            write(out, result)
        except FileError as error:
            error.result = result
            raise
    return result


def _search(
    result: LociResult, locus: DegenerateLocus, measure: Measure, solver: NativeSolver, rng: np.random.Generator,
    report: Reporter, max_paths: int,
) -> list[str]:  # fmt: skip
    """Fill components and evidence, and return what casts doubt on them."""
    if result.method == "slices":
        result.components, facts, doubts = slice_by_slice(
            locus, measure, solver, rng, report, threads=solver.threads, max_paths=max_paths
        )
        result.evidence = {"dimensions": facts}
        result.paths_tracked = sum(f["paths"] for f in facts if f["status"] == "examined")
        return doubts
    search = Search(locus, measure, solver, rng, MonodromyOptions(), report)
    result.components = search()
    result.evidence = {"strata": search.facts, "n_strata": len(rank_strata(result.network))}
    result.paths_tracked = search.paths_tracked
    return search.doubts


def _method(method: str, network: Network, locus: DegenerateLocus, data: Data) -> str:
    """Decide how to search; `strata` needs a linear network and data whose moments are free."""
    linear = network.sigma.name == "linear" and not network.bias
    free = moments_are_independent(locus.moments, network.n_inputs, len(data), weighted=data.weights is not None)
    if method == "strata" and not (linear and free):
        why = "the network is not linear, or has biases" if not linear else f"{len(data)} points are too few"
        raise InputError(f"method strata: {why}; use slices")
    return ("strata" if linear and free else "slices") if method == "auto" else method


def _version() -> Any:
    from critlocus import __version__

    return __version__
