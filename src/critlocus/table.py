"""Solution tables: one row per symmetry orbit of critical points, columns as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLUMNS: dict[str, tuple[str, str, float]] = {
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
}


@dataclass(eq=False)
class SolutionTable:
    """Critical points, one per orbit of the sign group; all arrays share the first axis N.

    Attributes
    ----------
    theta : complex128 (N, n)
        Weights, in the order of `Network.weight_names`; exactly 0 off the stratum.
    parameter_row : int64 (N,)
        Which parameters (target) the point belongs to.
    stratum : int32 (N,)
        Row of the table of strata.
    orbit_size : int64 (N,)
        Number of critical points in the orbit; all share every other column up to signs of theta.
    status, steps, rejected, extended : int8, int32, int32, int32 (N,)
        How the path to the point went (`PathStatus`, `Paths`).
    accuracy, condition : float64 (N,)
        Last relative Newton update; condition number of the Hessian in the maximum norm.
    certified, distinct : bool (N,)
        Krawczyk's test has proven exactly one solution in the box; its whole orbit is proven unlike all others.
    real : int8 (N,)
        1 proven real, 0 proven not real, -1 undecided.
    radius, contraction : float64 (N, n), (N,)
        The box, a polydisc around theta, and the proven contraction in it.
    loss : float64 (N,)
        Loss at theta, for points proven real.
    signature : int32 (N, 3)
        Proven (n-, n0, n+) of the Hessian, -1 where not proven or not real. The index is the first entry.
    """

    theta: NDArray[np.complex128]
    parameter_row: NDArray[np.int64]
    stratum: NDArray[np.int32]
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
    radius: NDArray[np.float64]
    contraction: NDArray[np.float64]
    loss: NDArray[np.float64]
    signature: NDArray[np.int32]

    @classmethod
    def blank(cls, count: int, n: int) -> SolutionTable:
        """Return a table of `count` rows of unknowns."""
        tails: dict[str, tuple[int, ...]] = {"": (), "n": (n,), "3": (3,)}
        return cls(**{
            name: np.full((count, *tails[tail]), fill, dtype=dtype) for name, (dtype, tail, fill) in COLUMNS.items()
        })  # fmt: skip

    @classmethod
    def concatenate(cls, tables: list[SolutionTable]) -> SolutionTable:
        """Stack tables."""
        return cls(**{f.name: np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(cls)})

    def __len__(self) -> int:
        return len(self.theta)

    def __getitem__(self, rows: Any) -> SolutionTable:
        """Return some rows (any NumPy index along the first axis that keeps it)."""
        return SolutionTable(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

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
