"""What a run in function space found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.draws import DrawStatistics
from critlocus.table import Columns, Table
from critlocus.varieties.variety import Variety


class Kind(IntEnum):
    """What a critical point of the gauge-fixed problem is."""

    PURE = 0
    SPURIOUS = 1
    ZERO = 2


@dataclass(eq=False)
class FunctionTable(Table):
    """Critical points of the distance to a variety; see `Table` for the other columns.

    Attributes
    ----------
    z : complex128 (N, r)
        Coordinates in the chart of the gauge; for varieties given by equations the point and its multipliers.
    function : complex128 (N, k)
        The point of the variety (coefficients, matrix entries, ...).
    theta : complex128 (N, n)
        Weights that represent it, of a parametrised variety.
    kind : int8 (N,)
        `Kind`: pure (a critical point on the variety where mu is an immersion), spurious (d mu drops rank), or zero
        (the last layer vanishes).
    function_index : int64 (N,)
        Equal for rows of one target that represent one function.
    rank_gap : float64 (N,)
        Smallest over largest singular value of d mu in the chart, its columns scaled to unit vectors.
    real : int8 (N,)
        1 proven real, weights and function; 0 the function is proven not real; -1 undecided: among others real
        functions that are represented here by weights that are not real.
    immersed : bool (N,)
        Proven: d mu has full rank over the whole box.
    radius : float64 (N, r)
        The box, a polydisc around z.
    weights_signature : int32 (N, 3)
        Signature of the Hessian in the space of all weights at a pure point: along the fibre it is 0.
    """

    COLUMNS: ClassVar[Columns] = {
        "z": ("c16", "r", np.nan),
        "function": ("c16", "k", np.nan),
        "theta": ("c16", "n", np.nan),
        "parameter_row": ("i8", "", -1),
        "orbit_size": ("i8", "", 1),
        "kind": ("i1", "", 0),
        "function_index": ("i8", "", -1),
        "status": ("i1", "", 0),
        "steps": ("i4", "", 0),
        "rejected": ("i4", "", 0),
        "extended": ("i4", "", 0),
        "accuracy": ("f8", "", np.nan),
        "condition": ("f8", "", np.nan),
        "certified": ("?", "", 0),
        "distinct": ("?", "", 0),
        "real": ("i1", "", -1),
        "radius": ("f8", "r", np.inf),
        "contraction": ("f8", "", np.inf),
        "rank_gap": ("f8", "", np.nan),
        "immersed": ("?", "", 0),
        "loss": ("f8", "", np.nan),
        "signature": ("i4", "3", -1),
        "weights_signature": ("i4", "3", -1),
    }

    z: NDArray[np.complex128]
    function: NDArray[np.complex128]
    theta: NDArray[np.complex128]
    kind: NDArray[np.int8]
    function_index: NDArray[np.int64]
    radius: NDArray[np.float64]
    rank_gap: NDArray[np.float64]
    immersed: NDArray[np.bool_]
    weights_signature: NDArray[np.int32]

    def of_kind(self, kind: Kind) -> FunctionTable:
        """Return the rows of one kind that were found."""
        return self[self.found & (self.kind == kind)]

    @property
    def n_functions(self) -> int:
        """Number of different functions in the rows."""
        return len(np.unique(self.function_index))

    def functions(self) -> FunctionTable:
        """Return one row for every function: one proven real, if there is one."""
        order = np.lexsort((np.arange(len(self)), -self.real))
        _, first = np.unique(self.function_index[order], return_index=True)
        return self[np.sort(order[first])]


@dataclass(eq=False)
class FunctionResult:
    """What `critlocus.solve_functions` returns and `critlocus.load` reads.

    Attributes
    ----------
    variety : Variety
    metric : str
    form : float64 array, shape (k, k)
        The matrix Q, if it is fixed; empty if it is made of moments.
    chart_offset, chart_basis : float64 arrays, shapes (n,), (n, r)
        ``theta = chart_offset + chart_basis z``; empty for varieties given by equations.
    identified : bool
        Rows of the pure part stand for functions (points of one fibre are one row), not for points of the chart.
    parameter_names, generic_parameters, generic
        The generic member: parameters of shape (P,) and its critical points.
    target_parameters, target_low, target_radii : arrays, shape (K, P)
        Parameters of the targets as ``parameters + low``, and bounds of their errors, covered by the certificates.
    target_constants : float64 array, shape (K,)
        What the loss adds to ``1/2 f^T Q f - b^T f``.
    targets : FunctionTable
    data : dict of arrays
        ``u`` (K, k), or ``inputs`` (K, m, d), ``outputs``, ``weights`` of the targets.
    evidence : dict
    draws : DrawStatistics, optional
        Of ``solve_functions(..., draws=N)``; without a file only the first draws are in `targets`.
    """

    variety: Variety
    metric: str
    seed: int
    solver: str
    solver_version: str
    form: NDArray[np.float64]
    chart_offset: NDArray[np.float64]
    chart_basis: NDArray[np.float64]
    combinations: NDArray[np.float64]
    identified: bool
    parameter_names: list[str]
    generic_parameters: NDArray[np.complex128]
    generic: FunctionTable
    target_parameters: NDArray[np.complex128]
    target_low: NDArray[np.complex128]
    target_radii: NDArray[np.float64]
    target_constants: NDArray[np.float64]
    targets: FunctionTable
    data: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    stop_reason: str = "complete"
    paths_tracked: int = 0
    failed_paths: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    version: str = ""
    draws: DrawStatistics | None = None

    def target(self, k: int = 0) -> FunctionTable:
        """Return the table of target k."""
        return self.targets[self.targets.parameter_row == k]

    def summary(self) -> dict[str, Any]:
        """Return the numbers that the command line prints, as plain Python objects (``--json``)."""
        from critlocus.functions.summary import summary

        return summary(self)
