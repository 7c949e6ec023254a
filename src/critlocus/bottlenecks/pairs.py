"""The result of `critlocus.bottlenecks.bottlenecks`: all bottlenecks found, the narrowest real one, and the reach."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.arrays_file import load_record, save_record
from critlocus.bottlenecks.reach import reach
from critlocus.bottlenecks.text import bottleneck_text
from critlocus.certify import REAL

KIND = "critlocus bottlenecks"
_SAME = 1e-6


@dataclass(eq=False)
class Bottlenecks:
    """Ordered pairs x != y of smooth points whose line is normal to the variety at both.

    Attributes
    ----------
    variety, metric : str
    q : float64 array, shape (N, N)
        The metric.
    seed : int
    x, y : complex128 arrays, shape (B, N)
    certified : bool array, shape (B,)
        Proven to exist, and to have x != y: pairs are counted only if they are.
    distinct : bool array, shape (B,)
        Proven to be unlike all others.
    real : int8 array, shape (B,)
        1 proven real, 0 proven not real, -1 undecided.
    width : float64 array, shape (B,)
        ``|x - y|_Q`` of the pairs proven real, nan for others.
    width_error : float64 array, shape (B,)
        Proven bound of the error of the width.
    singular_widths : complex128 array, shape (S,)
        Distinct values of ``|x - y|_Q^2`` at ends of paths that are members of families of pairs: these are not
        isolated. Numerical, as all that follows.
    singular_point_widths : complex128 array, shape (P,)
        The same of pairs of which a point is a singular one of the variety, or of its parametrisation.
    multiple : complex128 array, shape (M, 2, N)
        Pairs (x, y) that are isolated, but multiple solutions: not counted among the others.
    multiplicity : int64 array, shape (M,)
        Number of paths that lead to each.
    multiple_width : float64 array, shape (M,)
        Their widths if they are real to six digits, else nan.
    ends : dict
        Number of paths by where they ended.
    evidence : dict
    curvature : dict
        The smallest radius of curvature, see `critlocus.bottlenecks.curvature`.
    notes : list of str
    """

    variety: str
    metric: str
    q: NDArray[np.float64]
    seed: int
    x: NDArray[np.complex128]
    y: NDArray[np.complex128]
    certified: NDArray[np.bool_]
    distinct: NDArray[np.bool_]
    real: NDArray[np.int8]
    width: NDArray[np.float64]
    width_error: NDArray[np.float64]
    singular_widths: NDArray[np.complex128]
    singular_point_widths: NDArray[np.complex128] = field(default_factory=lambda: np.zeros(0, np.complex128))
    multiple: NDArray[np.complex128] = field(default_factory=lambda: np.zeros((0, 2, 0), np.complex128))
    multiplicity: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    multiple_width: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    ends: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    curvature: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Ordered pairs found, without multiple ones."""
        return len(self.x)

    @property
    def narrowest(self) -> int | None:
        """Row of the narrowest pair that is proven real."""
        return int(np.nanargmin(self.width)) if np.isfinite(self.width).any() else None

    @property
    def narrowest_multiple(self) -> int | None:
        """Row of the narrowest multiple pair that is real (numerically), if it is narrower than those proven real."""
        if not np.isfinite(self.multiple_width).any():
            return None
        row = int(np.nanargmin(self.multiple_width))
        own = self.narrowest
        return row if own is None or self.multiple_width[row] < self.width[own] * (1 - _SAME) else None

    @property
    def reach(self) -> dict[str, Any]:
        """The reach, its two halves, and what is known of them: see `critlocus.bottlenecks.reach`."""
        row, own = self.narrowest_multiple, self.narrowest
        width = None if own is None else float(self.width[own])
        if row is not None:
            width = float(self.multiple_width[row])
        return reach(width, self.singular_widths, self.curvature, numerical=row is not None)

    @property
    def complaints(self) -> list[str]:
        """What in the evidence says that bottlenecks may be missing."""
        found: list[str] = []
        if not self.evidence:  # a cone, a cylinder or a linear space
            return found
        if self.evidence["members"] < 2 or self.evidence["stop_reason"] != "quiet":
            found.append("no two members of the family agree on the count")
        if self.evidence["lost_paths"]:
            found.append(f"{self.evidence['lost_paths']} ends of paths are not known: bottlenecks may be missing")
        if not self.distinct.all():
            found.append("two paths came to one pair: another one may be missing")
        if doubt := self.evidence.get("components_doubt"):
            found.append(f"components may be missing: {doubt}")
        if self.evidence.get("generic_count_is_too_small"):
            found.append("the generic member has fewer solutions than the square of the ED degree: some are missing")
        if not self.evidence["pairs_come_twice"]:
            found.append("an odd number of ordered pairs cannot be all of them")
        return found

    def text(self) -> str:
        """Return the summary as lines of text."""
        return bottleneck_text(self)

    def summary(self) -> dict[str, Any]:
        """Return counts and values as plain objects."""
        counts = zip(*np.unique(self.multiplicity, return_counts=True), strict=True)
        return {
            "variety": self.variety,
            "metric": self.metric,
            "seed": self.seed,
            "ordered": self.count,
            "unordered": self.count // 2,
            "certified": int(np.count_nonzero(self.certified)),
            "distinct": int(np.count_nonzero(self.distinct)),
            "real": int(np.count_nonzero(self.real == REAL)),
            "multiple": {
                "ordered": len(self.multiple),
                "paths": int(self.multiplicity.sum()),
                "of_multiplicity": {str(m): int(count) for m, count in counts},
                "real": int(np.isfinite(self.multiple_width).sum()),
            },
            "narrowest": self.narrowest_pair,
            "reach": self.reach,
            "curvature": {k: v for k, v in self.curvature.items() if not isinstance(v, np.ndarray)},
            "ends": self.ends,
            "singular_widths": [[v.real, v.imag] for v in self.singular_widths.tolist()],
            "singular_point_widths": [[v.real, v.imag] for v in self.singular_point_widths.tolist()],
            "evidence": self.evidence,
            "notes": self.notes,
        }

    @property
    def narrowest_pair(self) -> dict[str, Any] | None:
        """The narrowest real pair; of a multiple one there is no proof, and no bound of the error."""
        row, several = self.narrowest, self.narrowest_multiple
        if several is not None:
            x, y = self.multiple[several]
            width, error = float(self.multiple_width[several]), None
        elif row is not None:
            x, y = self.x[row], self.y[row]
            width, error = float(self.width[row]), float(self.width_error[row])
        else:
            return None
        return {"width": width, "error": error, "x": x.real.tolist(), "y": y.real.tolist()}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all fields to an HDF5 file: arrays as datasets, the rest as attributes."""
        save_record(self, path, KIND)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Bottlenecks:
        """Read a file written by `save`."""
        return load_record(cls, path, KIND)
