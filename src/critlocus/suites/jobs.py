"""The jobs behind the rows of a suite: each computes, and returns what was found with its evidence."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from critlocus.errors import CritlocusError
from critlocus.progress import Reporter, silent
from critlocus.suites.suite import Row

COMPLETE = "complete"


@dataclass
class Outcome:
    """What one run of a row found.

    Attributes
    ----------
    seed : int
    found : dict
        {quantity: value}, those of `suite.QUANTITIES` that were computed.
    evidence : dict
        ``lower_bound`` (certified, pairwise distinct points), ``members``, ``trace_test``, ... as far as they exist.
    stop_reason : str
        ``complete``, or why the found values are not the last word.
    seconds : float
    draws : dict, optional
        Statistics over random data sets.
    """

    seed: int
    found: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    stop_reason: str = COMPLETE
    seconds: float = 0.0
    draws: dict[str, Any] | None = None


def run_job(
    row: Row, *, seed: int = 0, draws: int | None = None, threads: int | None = None, report: Reporter = silent
) -> Outcome:
    """Run one row of a suite.

    Returns
    -------
    Outcome
        Also of a run that failed with an error of the package: `stop_reason` then says so.

    Raises
    ------
    Interrupted
        On Ctrl-C.
    """
    started = perf_counter()
    outcome = Outcome(seed)
    try:
        {"weights": _weights, "functions": _functions, "dimension": _dimension}[row.job](
            row, outcome, draws, threads, report
        )
    except CritlocusError as error:
        outcome.stop_reason = f"error: {error}"
    outcome.seconds = perf_counter() - started
    return outcome


def _weights(row: Row, outcome: Outcome, draws: int | None, threads: int | None, report: Reporter) -> None:
    from critlocus.losses import Loss
    from critlocus.networks import Network
    from critlocus.run import solve

    network = Network.parse(row.network)
    loss = Loss(_data(row, network), _regularizer(row))
    target = "real" if draws or row.needs_real_target else "none"
    draws = None if loss.sets else draws
    result = solve(
        network, loss, seed=outcome.seed, threads=threads, target=target, draws=draws, report=report
    )  # fmt: skip
    found = result.summary()
    full = [s.points for s in result.strata if s.support.all()]
    outcome.found = {
        "complex": found["complex"],
        "torus": sum(full),
        "by_zero_pattern": sorted(s.points for s in result.strata),
    }
    facts = found["evidence"]
    outcome.evidence = {name: facts.get(name) for name in ("lower_bound", "members", "trace_test")}
    _finish(outcome, found)


def _functions(row: Row, outcome: Outcome, draws: int | None, threads: int | None, report: Reporter) -> None:
    from critlocus.functions.run import solve_functions
    from critlocus.functions.targets import read_functions
    from critlocus.losses import Loss
    from critlocus.metrics import METRICS
    from critlocus.varieties import Neurovariety, parse_variety

    variety = parse_variety(row.network)
    call: dict[str, Any] = {"metric": row.options.get("metric", "data" if "data" in row.options else "generic")}
    if "data" in row.options:
        call["data"] = Loss(_data(row, variety.network if isinstance(variety, Neurovariety) else None))
    if "u" in row.options:
        u = row.options["u"]
        call["u"] = read_functions(_path(row, u)) if isinstance(u, str) else u
    if call["metric"] not in METRICS:
        call["metric"] = _path(row, call["metric"])
    given = "u" in call or ("data" in call and call["data"].sets is not None)
    target = "real" if draws or row.needs_real_target else "none"
    result = solve_functions(
        variety, **call, spurious=row.options.get("spurious"), seed=outcome.seed, threads=threads, target=target,
        draws=None if given else draws, report=report,
    )  # fmt: skip
    found = result.summary()
    split = found["weights_split"] or {}
    values = {name: found[name] for name in ("ed_degree", "complex", "zero_function_points")}
    outcome.found = {name: value for name, value in {**values, **split}.items() if value is not None}
    facts = found["evidence"]
    parts = [
        facts[name]["members"] for name in ("smooth", "envelope", "zero_functions") if "members" in facts.get(name, {})
    ]
    trace = facts.get("trace_test", {}).get("status")
    outcome.evidence = {
        "lower_bound": facts.get("lower_bound"),
        "members": min(parts, default=None),
        "trace_test": trace,
    }
    _finish(outcome, found)


def _finish(outcome: Outcome, found: dict[str, Any]) -> None:
    """Add what targets say, and the reason to stop."""
    if found["targets"]:
        first = found["targets"][0]
        outcome.found.update(real=first["real"], index_histogram=first["index_histogram"])
        outcome.evidence["lost"] = first["lost"]
    outcome.draws = found.get("draws")
    outcome.stop_reason = found["stop_reason"]
    outcome.evidence.update(
        {name: found[name] for name in ("certified", "distinct", "paths_tracked", "failed_paths")}
    )  # fmt: skip


def _dimension(row: Row, outcome: Outcome, draws: int | None, threads: int | None, report: Reporter) -> None:
    from critlocus.modular import PRIME
    from critlocus.varieties import parse_variety
    from critlocus.varieties.chart import generic_rank

    variety = parse_variety(row.network)
    dimension, _ = generic_rank(variety, np.random.default_rng(outcome.seed))  # type: ignore[arg-type]
    ambient = len(variety.ambient)
    outcome.found = {"dimension": dimension, "ambient": ambient, "filling": dimension == ambient}
    outcome.evidence = {"lower_bound": dimension, "rank_modulo": PRIME}


def _data(row: Row, network: Any) -> Any:
    from critlocus.data_files import read_data
    from critlocus.errors import InputError
    from critlocus.losses import Data, real_array

    data = row.options.get("data", "generic:10")
    if isinstance(data, dict):
        if set(data) - {"weights"} != {"inputs", "outputs"}:
            raise InputError("data: a table needs inputs and outputs, and may have weights")
        arrays = {name: real_array(value, f"data {name}") for name, value in data.items()}
        return Data(arrays["inputs"], arrays["outputs"], arrays.get("weights"), source="the suite")
    if data.startswith("generic"):
        return data
    return read_data(_path(row, data), network, None, None, None)


def _regularizer(row: Row) -> Any:
    from critlocus.data_files import read_regularizer

    value = row.options.get("regularize", "generic")
    return read_regularizer(_path(row, value)) if isinstance(value, str) and value != "generic" else value


def _path(row: Row, name: str) -> str:
    return name if os.path.isabs(name) else os.path.join(row.folder, name)
