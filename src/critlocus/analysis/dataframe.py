"""Results as pandas data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from critlocus.errors import SolverError
from critlocus.varieties.neurovariety import Neurovariety

if TYPE_CHECKING:
    import pandas

    from critlocus.result import Result


def to_dataframe(result: Result, *, generic: bool = False) -> pandas.DataFrame:
    """Return one row per orbit: weights and function by name, indices, certificates and path telemetry."""
    try:
        import pandas
    except ImportError:
        raise SolverError("to_dataframe needs pandas: pip install 'critlocus[pandas]'") from None
    from critlocus.solvers.protocol import PathStatus

    table = result.generic if generic else result.targets
    patterns = np.array([s.name for s in result.strata] or [""])
    columns = {
        "target": table.parameter_row,
        "zero_pattern": patterns[table.stratum] if len(table) else np.array([], dtype=str),
        "orbit_size": table.orbit_size,
        "status": [PathStatus(s).name.lower() for s in table.status],
        "certified": table.certified,
        "distinct": table.distinct,
        "real": table.real,
        "index": np.where(table.signature[:, 0] >= 0, table.signature[:, 0], -1),
        "pure": table.pure,
        "rank": table.rank,
        "rank_gap": table.rank_gap,
        "rank_margin": table.rank_margin,
        "function_index": table.function_signature[:, 0],
        "loss": table.loss,
        "accuracy": table.accuracy,
        "condition": table.condition,
        "radius": table.radius.max(axis=1) if table.radius.shape[1] else np.zeros(len(table)),
        "steps": table.steps,
    }
    weights = {name: table.theta[:, k] for k, name in enumerate(result.network.weight_names)}
    names = Neurovariety(result.network).ambient.names
    function = {f"f[{name}]": table.function[:, k] for k, name in enumerate(names)}
    return pandas.DataFrame({**columns, **weights, **function})
