"""All components of the critical locus of a linear network, rank stratum by rank stratum.

Let Z be a stratum on which d mu has rank r. The pairs (theta in Z, b) with theta critical for b form a vector bundle
over Z with fibres of dimension k - r: an irreducible variety, of dimension dim Z + k - r. If it dominates the space of
all b, then over a generic b the critical points in Z form a smooth set of dimension ``e = dim Z - r``, and loops in the
space of (b, slice) permute its witness points transitively: one start pair finds them all. Else there are none. There
are finitely many strata, so that nothing is missed. A set over Z lies in no larger one if the Hessian's kernel has
dimension e; where that is larger, a membership test decides. Reference: Trager, Kohn & Bruna (2020).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.monodromy import Monodromy, MonodromyOptions
from critlocus.continuation.transport import Transporter
from critlocus.continuation.witness import Slice, decompose, is_member
from critlocus.loci.measure import KERNEL, Measure
from critlocus.loci.result import WitnessSet
from critlocus.networks.rank_strata import RankStratum, rank_strata
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.degenerate_locus import DegenerateLocus
from critlocus.progress import Reporter
from critlocus.solvers.protocol import Solver
from critlocus.tape.system import PolynomialSystem


@dataclass(eq=False)
class Piece:
    """The critical points of generic data in one stratum, with a start pair."""

    stratum: RankStratum
    dimension: int
    corank: int
    theta: NDArray[np.complex128]
    moments: NDArray[np.complex128]

    @property
    def equations(self) -> RankStratum | None:
        """The stratum, if its minors must join the gradient to make the equations reduced."""
        return None if self.corank == self.dimension else self.stratum


@dataclass(frozen=True, eq=False)
class Found:
    """All witness points of a piece over a generic member."""

    piece: Piece
    system: PolynomialSystem
    points: NDArray[np.complex128]
    at: Slice


@dataclass(eq=False)
class Search:
    """Finds the components over one data set, and keeps account."""

    locus: DegenerateLocus
    measure: Measure
    solver: Solver
    rng: np.random.Generator
    options: MonodromyOptions
    report: Reporter
    facts: list[dict[str, Any]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    paths_tracked: int = 0

    def __call__(self) -> list[WitnessSet]:
        """Return all components, of highest dimension first."""
        found: list[WitnessSet] = []
        larger: list[Found] = []
        for piece in pieces(self.locus, self.rng):  # all other strata have no critical points for generic data
            fact: dict[str, Any] = {
                "stratum": piece.stratum.name, "dimension": piece.dimension, "hessian_corank": piece.corank,
                "rank": piece.stratum.differential_rank,
            }  # fmt: skip
            self.facts.append(fact)
            # What is larger has been found before: pieces come by dimension.
            if piece.corank > piece.dimension and self._inside(piece, larger):
                fact["status"] = "in the closure of larger components"
                continue
            fact["status"] = "component" if piece.corank == piece.dimension else "component, not reduced"
            if piece.stratum.dimension == 0:
                found.append(self._origin(piece))
                continue
            system = self.locus.sliced(piece.dimension, piece.equations)
            points, at = self._generic(piece, system, fact)
            larger.append(Found(piece, system, points, at))
            found += self._components(piece, system, points, at, fact)
        return sorted(found, key=lambda c: (-c.dimension, c.loss.real))

    def _inside(self, piece: Piece, larger: list[Found]) -> bool:
        """Tell whether a piece lies in the closure of larger ones."""
        if piece.stratum.dimension == 0:
            # Where the function is 0 the equations ``D(theta)^T b = 0`` are homogeneous: the set is a cone.
            return any(other.piece.stratum.function_rank == 0 for other in larger)
        return any(
            is_member(self.solver, other.system, other.points, other.at, piece.theta, piece.moments, self.rng)
            for other in larger
            if other.piece.dimension > piece.dimension
        )

    def _draw(self, e: int) -> Any:
        return lambda rng, count: self.locus.random_parameters(rng, e, count)

    def _generic(
        self, piece: Piece, system: PolynomialSystem, fact: dict[str, Any]
    ) -> tuple[NDArray[np.complex128], Slice]:
        """Find all witness points of a piece over one generic member."""
        e, n = piece.dimension, self.locus.n
        start = Slice.through(piece.theta, piece.moments, e, self.rng)

        def progress(run: Monodromy) -> None:
            self.report("monodromy", len(run.points), None, f"ranks {piece.stratum.name}: {len(run.points)} points")

        run, row = agreed_monodromy(
            self.solver, system, piece.theta, start.row, self._draw(e), SignGroup.trivial(n), self.rng, self.options,
            progress, torus=False,
        )  # fmt: skip
        self.paths_tracked += run.paths_tracked
        if run.stop_reason == "interrupted":
            raise KeyboardInterrupt
        fact.update(
            points=len(run.points), loops=run.loops, quiet_loops=run.quiet_loops, members=run.members,
            log10_doubt=round(run.log10_doubt, 2), stop_reason=run.stop_reason,
        )  # fmt: skip
        if run.stop_reason != "quiet" or run.members < 2:
            self.doubts.append(f"stratum {piece.stratum.name}: monodromy did not settle")
        first = self.locus.n_moments
        return run.points, Slice(row[:first], row[first : first + e * n].reshape(e, n), row[first + e * n :])

    def _components(
        self, piece: Piece, system: PolynomialSystem, points: NDArray[np.complex128], at: Slice, fact: dict[str, Any]
    ) -> list[WitnessSet]:
        """Carry witness points to the data, and sort them into components."""
        e, n = piece.dimension, self.locus.n
        goal = Slice.random(self.measure.moments, e, n, self.rng)
        carrier = Transporter(self.solver, system, points, at.row, self._draw(e), SignGroup.trivial(n))
        moved = carrier(goal.row[None, :], self.rng)
        self.paths_tracked += moved.paths_tracked
        if moved.paths.interrupted:
            raise KeyboardInterrupt
        points = moved.paths.points[moved.paths.success]
        fact["lost"] = int(np.count_nonzero(~moved.paths.success))
        if fact["lost"]:
            self.doubts.append(f"stratum {piece.stratum.name}: {fact['lost']} points have no regular end over the data")
        parts = decompose(self.solver, system, points, goal, self.rng)
        self.paths_tracked += parts.paths_tracked
        fact.update(components=len(parts.residuals), slice_loops=parts.loops)
        if not parts.linear:
            self.doubts.append(f"stratum {piece.stratum.name}: a trace is not linear")
        self.report("certify", len(points), None, f"ranks {piece.stratum.name}")
        return [
            self.measure(
                points[parts.labels == k], goal, system, float(residual), stratum=piece.stratum, whole=True,
                rng=self.rng,
            )
            for k, residual in enumerate(parts.residuals)
        ]  # fmt: skip

    def _origin(self, piece: Piece) -> WitnessSet:
        nothing = np.zeros((0, self.locus.n), np.complex128)
        empty = Slice(self.measure.moments, nothing, np.zeros(0, np.complex128))
        point = np.zeros((1, self.locus.n), np.complex128)
        system = self.locus.sliced(0, None)
        return self.measure(point, empty, system, 0.0, stratum=piece.stratum, whole=True, rng=self.rng)


def pieces(locus: DegenerateLocus, rng: np.random.Generator) -> list[Piece]:
    """Return the strata that have critical points for generic data, those with the largest sets first.

    Whether the pairs over a stratum dominate the space of data is read off the Hessian on the tangent space of the
    stratum at two random pairs (generic smoothness).
    """
    found = []
    for stratum in rank_strata(locus.network):
        e = stratum.dimension - stratum.differential_rank
        draws = [_draw(locus, stratum, rng) for _ in range(2)] if e >= 0 else []
        best = min(draws, key=lambda d: d[0], default=None)
        if best is not None and best[0] == e:
            found.append(Piece(stratum, e, *best[1:]))
    return sorted(found, key=lambda p: (-p.dimension, -p.stratum.dimension))


def _draw(
    locus: DegenerateLocus, stratum: RankStratum, rng: np.random.Generator
) -> tuple[int, int, NDArray[np.complex128], NDArray[np.complex128]]:
    """Return the dimension of the set over the stratum, and of the Hessian's kernel, at a random pair."""
    theta = stratum.point(rng)
    moments = locus.start_moments(theta, stratum.differential_rank, rng)
    hessian = locus.hessian_at(theta, moments)
    size = max(float(np.linalg.norm(hessian, 2)), 1e-300)
    along = np.linalg.svd(hessian @ stratum.tangent(theta), compute_uv=False) if stratum.dimension else np.zeros(0)
    whole = np.linalg.svd(hessian, compute_uv=False)
    own = stratum.dimension - int(np.count_nonzero(along > KERNEL * size))
    return own, locus.n - int(np.count_nonzero(whole > KERNEL * size)), theta, moments
