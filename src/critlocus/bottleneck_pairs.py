"""The result of `critlocus.bottlenecks.bottlenecks`: all bottlenecks found, the narrowest real one, and the reach."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.lines import evidence_line, lines
from critlocus.arrays_file import load_record, save_record
from critlocus.certify import REAL

KIND = "critlocus bottlenecks"


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
        Distinct values of ``|x - y|_Q^2`` at ends of paths that are singular: pairs that are not isolated, or multiple,
        or have a singular point of the variety. Numerical.
    ends : dict
        Number of paths by where they ended.
    evidence : dict
    curvature : dict
        The smallest radius of curvature, see `critlocus.curvature`.
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
    ends: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    curvature: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Ordered pairs found."""
        return len(self.x)

    @property
    def narrowest(self) -> int | None:
        """Row of the narrowest pair that is proven real."""
        return int(np.nanargmin(self.width)) if np.isfinite(self.width).any() else None

    @property
    def reach(self) -> dict[str, Any]:
        """The reach, its two halves, and what is known of them."""
        if self.curvature.get("status") == "flat":
            return _reach(None, None, None, "infinite: a linear space")
        if self.curvature.get("singular"):
            return _reach(0.0, None, None, "0: there is a real singular point (numerical)")
        row = self.narrowest
        half = None if row is None else float(self.width[row]) / 2
        radius = self.curvature.get("radius")
        floor = float(np.sqrt(self._positive_singular.min())) / 2 if len(self._positive_singular) else None
        known = [value for value in (half, radius, floor) if value is not None]
        value = min(known) if known else None
        if radius is None and self.curvature.get("status") != "solved":
            status = "an upper bound: only the bottleneck half is known" if known else "unknown"
            return _reach(value, half, radius, status)
        if floor is not None and value == floor:
            status = "bottlenecks that are not isolated have this width; whether real ones do is not proven"
        elif self.curvature["status"] != "solved" or self.curvature.get("undecided_paths"):
            status = "as complete as bottlenecks and curvature are; see the status of the curvature"
        else:
            status = "complete if no bottleneck and no vertex is missing, and no branches meet at infinity"
        return _reach(value, half, radius, status)

    @property
    def _positive_singular(self) -> NDArray[np.float64]:
        """Squared widths at singular ends that could belong to real pairs."""
        values = self.singular_widths
        near = np.abs(values.imag) <= 1e-6 * np.abs(values)
        return values.real[near & (values.real > 1e-9)]

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
        found = self.summary()
        narrowest, reach = found["narrowest"], found["reach"]
        rows = {
            "bottlenecks": f"{found['ordered']} ordered ({found['unordered']} unordered)",
            "certified": f"{found['certified']}, distinct {found['distinct']}, real {found['real']}",
        }
        if narrowest is not None:
            rows["narrowest"] = f"width {narrowest['width']:.12g}, error at most {narrowest['error']:.1e}"
        if self.curvature.get("radius") is not None:
            detail = self.curvature["status"]
            if self.curvature["real_vertices"]:
                detail += f": {self.curvature['vertices']} critical curvatures, {self.curvature['real_vertices']} real"
            if self.curvature["undecided_paths"]:
                detail += f"; {self.curvature['undecided_paths']} ends of paths undecided"
            rows["curvature"] = f"smallest radius {self.curvature['radius']:.12g} ({detail})"
        elif not self.curvature.get("singular"):
            rows["curvature"] = str(self.curvature["status"])
        value = "unknown" if reach["value"] is None else f"{reach['value']:.12g}"
        rows["reach"] = reach["status"] if reach["value"] is None else f"{value} ({reach['status']})"
        if len(self.singular_widths):
            values = ", ".join(f"{v:.6g}" for v in self.singular_widths.tolist())
            rows["not isolated"] = f"ends of paths with squared widths {values}"
        if self.evidence:
            square = f"ED degree {self.evidence['ed_degree']}, whose square the generic count is"
            if not self.evidence["generic_count_is_its_square"]:
                small = self.evidence.get("generic_count_is_too_small")
                square += " not: it is too small" if small else " not (isotropic points at infinity)"
            rows["evidence"] = f"{evidence_line(self.evidence)}; {square}"
        return lines(f"Bottlenecks of {self.variety}, metric {self.metric}, seed {self.seed}", rows, self.notes)

    def summary(self) -> dict[str, Any]:
        """Return counts and values as plain objects."""
        row = self.narrowest
        return {
            "variety": self.variety,
            "metric": self.metric,
            "seed": self.seed,
            "ordered": self.count,
            "unordered": self.count // 2,
            "certified": int(np.count_nonzero(self.certified)),
            "distinct": int(np.count_nonzero(self.distinct)),
            "real": int(np.count_nonzero(self.real == REAL)),
            "narrowest": None if row is None else {
                "width": float(self.width[row]), "error": float(self.width_error[row]),
                "x": self.x[row].real.tolist(), "y": self.y[row].real.tolist(),
            },
            "reach": self.reach,
            "curvature": {k: v for k, v in self.curvature.items() if not isinstance(v, np.ndarray)},
            "ends": self.ends,
            "singular_widths": [[v.real, v.imag] for v in self.singular_widths.tolist()],
            "evidence": self.evidence,
            "notes": self.notes,
        }  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all fields to an HDF5 file: arrays as datasets, the rest as attributes."""
        save_record(self, path, KIND)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Bottlenecks:
        """Read a file written by `save`."""
        return load_record(cls, path, KIND)


def _reach(value: float | None, half: float | None, radius: float | None, status: str) -> dict[str, Any]:
    return {"value": value, "half_width": half, "radius": radius, "status": status}
