"""Solution tables: one row per critical point (or symmetry orbit of them), columns as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, tuple[str, str, float]]
COLUMNS: Columns = {
    # name: (dtype, tail of the shape, fill value)
    "theta": ("c16", "n", np.nan),
    "parameter_row": ("i8", "", -1),
    "stratum": ("i4", "", -1),
    "orbit_size": ("i8", "", 0),
    "status": ("i1", "", 0),
    "steps": ("i4", "", 0),
    "rejected": ("i4", "", 0),
    "extended": ("i4", "", 0),
    "accuracy": ("f8", "", np.nan),
    "condition": ("f8", "", np.nan),
    "certified": ("?", "", 0),
    "distinct": ("?", "", 0),
    "real": ("i1", "", -1),
    "radius": ("f8", "n", np.inf),
    "contraction": ("f8", "", np.inf),
    "loss": ("f8", "", np.nan),
    "signature": ("i4", "3", -1),
    "function": ("c16", "k", np.nan),
    "rank": ("i4", "", -1),
    "rank_gap": ("f8", "", np.nan),
    "rank_margin": ("f8", "", np.nan),
    "pure": ("i1", "", -1),
    "function_signature": ("i4", "3", -1),
}
ADDED = {2: ("function", "rank", "rank_gap", "rank_margin", "pure", "function_signature")}
"""Columns that a schema of the result file brought; older files do not have them."""


@dataclass(eq=False)
class Table:
    """Columns that all tables of critical points have; all arrays share the first axis N.

    Attributes
    ----------
    parameter_row : int64 (N,)
        Which parameters (target) the point belongs to.
    orbit_size : int64 (N,)
        Number of critical points for which the row stands.
    status, steps, rejected, extended : int8, int32, int32, int32 (N,)
        How the path to the point went (`PathStatus`, `Paths`).
    accuracy, condition : float64 (N,)
        Last relative Newton update; condition number of the Hessian in the maximum norm.
    certified, distinct : bool (N,)
        Krawczyk's test has proven exactly one solution in the box; it is proven unlike all others.
    real : int8 (N,)
        1 proven real, 0 proven not real, -1 undecided.
    contraction : float64 (N,)
        The proven contraction in the box.
    loss : float64 (N,)
        Loss, for points proven real.
    signature : int32 (N, 3)
        Proven (n-, n0, n+) of the Hessian, -1 where not proven or not real. The index is the first entry.
    """

    COLUMNS: ClassVar[Columns] = {}

    parameter_row: NDArray[np.int64]
    orbit_size: NDArray[np.int64]
    status: NDArray[np.int8]
    steps: NDArray[np.int32]
    rejected: NDArray[np.int32]
    extended: NDArray[np.int32]
    accuracy: NDArray[np.float64]
    condition: NDArray[np.float64]
    certified: NDArray[np.bool_]
    distinct: NDArray[np.bool_]
    real: NDArray[np.int8]
    contraction: NDArray[np.float64]
    loss: NDArray[np.float64]
    signature: NDArray[np.int32]

    @classmethod
    def of_size(cls, count: int, **tails: int) -> Self:
        """Return a table of `count` rows of unknowns; `tails` are the lengths of the columns' second axes."""
        return cls(**{
            name: np.full((count, tails[tail]) if tail else (count,), fill, dtype=dtype)
            for name, (dtype, tail, fill) in cls.COLUMNS.items()
        })  # fmt: skip

    @classmethod
    def concatenate(cls, tables: list[Self]) -> Self:
        """Stack tables."""
        return cls(**{f.name: np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(cls)})

    def __len__(self) -> int:
        return len(self.status)

    def __getitem__(self, rows: Any) -> Self:
        """Return some rows (any NumPy index along the first axis that keeps it)."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def count(self, mask: NDArray[np.bool_] | None = None) -> int:
        """Return the number of critical points (whole orbits) in the rows of a mask."""
        return int(self.orbit_size.sum() if mask is None else self.orbit_size[mask].sum())

    @property
    def found(self) -> NDArray[np.bool_]:
        """Rows whose path ended at a regular solution."""
        return np.asarray(self.status == 1)

    @property
    def is_real(self) -> NDArray[np.bool_]:
        """Rows proven real."""
        return np.asarray(self.real == 1)

    def index_histogram(self) -> dict[int, int]:
        """Return {index: number of real critical points} over the rows with a proven signature."""
        rows = self.is_real & (self.signature[:, 0] >= 0)
        found: dict[int, int] = {}
        for index, size in zip(self.signature[rows, 0].tolist(), self.orbit_size[rows].tolist(), strict=True):
            found[index] = found.get(index, 0) + size
        return dict(sorted(found.items()))

    def minima(self) -> NDArray[np.float64]:
        """Return the losses of the certified minima (index 0), sorted; one per critical point."""
        rows = self.is_real & (self.signature[:, 0] == 0)
        return np.sort(np.repeat(self.loss[rows], self.orbit_size[rows]))


@dataclass(eq=False)
class SolutionTable(Table):
    """Critical points in the space of weights, one row per orbit of the sign group; see `Table`.

    Attributes
    ----------
    theta : complex128 (N, n)
        Weights, in the order of `Network.weight_names`; exactly 0 off the stratum. All points of an orbit share every
        other column up to signs of theta.
    stratum : int32 (N,)
        Row of the table of strata.
    radius : float64 (N, n)
        The box, a polydisc around theta.
    function : complex128 (N, k)
        mu(theta): the coefficients of the function that theta represents, output by output.
    rank : int32 (N,)
        Numerical rank r of d mu at theta, -1 where it was not computed.
    rank_gap, rank_margin : float64 (N,)
        ``s_(r+1) / s_r`` (0 if there is no further singular value) and ``s_r / s_1`` of d mu.
    pure : int8 (N,)
        1 proven that d mu has its generic rank over the whole box; 0 spurious, the rank drops (on the whole stratum, or
        numerically, see `rank_gap`); -1 not decided. See `critlocus.pure`.
    function_signature : int32 (N, 3)
        Proven signature of the Hessian in function space at pure real points, else -1.
    """

    COLUMNS: ClassVar[Columns] = COLUMNS

    theta: NDArray[np.complex128]
    stratum: NDArray[np.int32]
    radius: NDArray[np.float64]
    function: NDArray[np.complex128]
    rank: NDArray[np.int32]
    rank_gap: NDArray[np.float64]
    rank_margin: NDArray[np.float64]
    pure: NDArray[np.int8]
    function_signature: NDArray[np.int32]

    @classmethod
    def blank(cls, count: int, n: int, k: int) -> SolutionTable:
        """Return a table of `count` rows of unknowns for n weights and k coefficients of the function."""
        return cls.of_size(count, n=n, k=k, **{"3": 3})
