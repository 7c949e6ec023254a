"""The result of `critlocus.voronoi.voronoi`: a Voronoi cell in a line or a plane, and the degree of its boundary."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.lines import evidence_line, lines
from critlocus.arrays_file import load_record, save_record
from critlocus.continuation.rays import KINDS, UNDECIDED_RAY

KIND = "critlocus voronoi cell"


@dataclass(eq=False)
class VoronoiCell:
    """A Voronoi cell, cut by a line or a plane of the normal space.

    Attributes
    ----------
    variety, metric : str
    q : float64 array, shape (N, N)
        The metric.
    seed : int
    y : float64 array, shape (N,)
    plane : float64 array, shape (k, N)
        Orthonormal directions (for Q) of the line or plane through y, k is 1 or 2.
    ties : complex128 array, shape (T, N)
        Over a generic complex line of the normal space: the certified points x != y of the ties. Their number is the
        degree of the hypersurface of ties, which contains the cell's boundary for a general y.
    tie_parameters : complex128 array, shape (T,)
        Where they are on the line.
    focal_degree : int
        Number of focal points of y on the same line: the degree of the focal hypersurface of y.
    angles : float64 array, shape (R,)
        Angles of the rays in the plane, ascending; 0 and pi for a line.
    radius : float64 array, shape (R,)
        Length of the cell along each ray, infinity where it is unbounded (or some 10^5 times longer than usual).
    kind : int8 array, shape (R,)
        How each ray ends: a value of `critlocus.continuation.rays.KINDS`.
    touching : float64 array, shape (R, N)
        The other nearest point, where the ray ends at a tie.
    evidence, checks : dict
    notes : list of str
    """

    variety: str
    metric: str
    q: NDArray[np.float64]
    seed: int
    y: NDArray[np.float64]
    plane: NDArray[np.float64]
    ties: NDArray[np.complex128]
    tie_parameters: NDArray[np.complex128]
    focal_degree: int
    angles: NDArray[np.float64]
    radius: NDArray[np.float64]
    kind: NDArray[np.int8]
    touching: NDArray[np.float64]
    evidence: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def degree(self) -> int:
        """Degree of the hypersurface of ties."""
        return len(self.ties)

    @property
    def directions(self) -> NDArray[np.float64]:
        """Unit vectors of the rays, shape ``(R, N)``."""
        return self._unit @ self.plane

    @property
    def boundary(self) -> NDArray[np.float64]:
        """Ends of the rays in the coordinates of the plane, shape ``(R, k)``; infinite where the cell is."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(self.radius)[:, None], self.radius[:, None] * self._unit, np.inf)

    @property
    def _unit(self) -> NDArray[np.float64]:
        return np.stack([np.cos(self.angles), np.sin(self.angles)], axis=1)[:, : len(self.plane)].round(15)

    @property
    def all_finite(self) -> bool:
        """No ray is infinite; between them, the cell may still be unbounded."""
        return bool(np.isfinite(self.radius).all())

    @property
    def complaints(self) -> list[str]:
        """What in the evidence says that the result is not what it should be."""
        found = []
        if self.evidence["members"] < 2 or self.evidence["stop_reason"] != "quiet":
            found.append("no two members of the family agree on the count")
        if self.evidence["lost_paths"]:
            found.append("paths were lost on the way: ties may be missing")
        if doubtful := self.evidence["ends"]["undecided"] + self.evidence["ends"]["not certified"]:
            found.append(f"{doubtful} ends of paths are undecided: ties may be missing")
        if not self.evidence.get("random_points_agree", True):
            found.append("no two random points have the same number of ties: some may be missing")
        if doubt := self.evidence.get("components_doubt"):
            found.append(f"components may be missing: {doubt}")
        if not self.evidence.get("preimages_settled", True):
            found.append("the number of preimages of a general point is not settled: ties next to y may be missing")
        if undecided := int(np.count_nonzero(self.kind == UNDECIDED_RAY)):
            found.append(f"{undecided} rays are undecided: paths to their ties were lost, and they may be shorter")
        if self.checks["convex"] is False:
            found.append("the cell that was found is not convex")
        for side, where in {"inside": "just inside", "outside": "just outside", "far out": "far out"}.items():
            if self.checks[side]["refuted"]:
                found.append(f"{self.checks[side]['refuted']} rays are refuted by the critical points {where}")
        return found

    def text(self) -> str:
        """Return the summary as lines of text."""
        cell = self.summary()["cell"]
        ends = ", ".join(f"{count} {name}" for name, count in cell["ends"].items() if count)
        size = f"all rays finite, {_number(cell['inner_radius'])} to {_number(cell['outer_radius'])} long"
        if not cell["all_rays_finite"]:
            size = f"unbounded, shortest ray {_number(cell['inner_radius'])}"
        checks = [
            f"{side}: "
            + (", ".join(f"{count} {name}" for name, count in self.checks[side].items() if count) or "no ray")
            for side in ("inside", "outside", "far out")
        ]
        rows = {
            "point": ", ".join(f"{v:.6g}" for v in self.y),
            "ties": f"degree {self.degree} (certified; the boundary of the cell at a general point)",
            "focal points": f"degree {self.focal_degree}",
            "cell": f"{cell['dimension']}-dimensional cut, {size}",
            "rays": f"{cell['rays']}: {ends}",
            "checks": "; ".join(checks),
            "evidence": evidence_line(self.evidence),
        }
        return lines(f"Voronoi cell of {self.variety}, metric {self.metric}, seed {self.seed}", rows, self.notes)

    def summary(self) -> dict[str, Any]:
        """Return counts and values as plain objects."""
        finite = self.radius[np.isfinite(self.radius)]
        return {
            "variety": self.variety,
            "metric": self.metric,
            "seed": self.seed,
            "point": self.y.tolist(),
            "degree": self.degree,
            "focal_degree": self.focal_degree,
            "cell": {
                "dimension": len(self.plane),
                "all_rays_finite": self.all_finite,
                "inner_radius": float(finite.min()) if len(finite) else None,
                "outer_radius": float(finite.max()) if self.all_finite else None,
                "rays": len(self.angles),
                "ends": {name: int(np.count_nonzero(self.kind == k)) for k, name in KINDS.items()},
            },
            "evidence": self.evidence,
            "checks": self.checks,
            "notes": self.notes,
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all fields to an HDF5 file: arrays as datasets, the rest as attributes."""
        save_record(self, path, KIND)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> VoronoiCell:
        """Read a file written by `save`."""
        return load_record(cls, path, KIND)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"
