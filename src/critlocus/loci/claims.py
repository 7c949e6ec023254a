"""The claims of one witness set, computed again one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import REAL
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.witness import LINEAR, Slice, decompose, is_member
from critlocus.loci.measure import KERNEL, Measure
from critlocus.loci.result import INDEX_KINDS, WitnessSet
from critlocus.networks.rank_strata import RankStratum
from critlocus.networks.symmetry import SignGroup

CLOSE = 1e-8
"""Relative error of numbers that are not proven."""
_RADII = 4.0
_TRIES = 5
"""Random slices that are tried: paths may be lost, and boxes too large, where points are far out."""
PROVEN = INDEX_KINDS[-1]


class Claims:
    """What a file says of a component.

    Parameters
    ----------
    measure : Measure
        Of the data of the file.
    found : WitnessSet
        As it was read.
    stratum : RankStratum or None
        The one that it names.
    rng : Generator
        Draws slices.

    Attributes
    ----------
    certified : int
        Number of points that were certified again, after `broken`.
    """

    def __init__(
        self, measure: Measure, found: WitnessSet, stratum: RankStratum | None, rng: np.random.Generator
    ) -> None:
        self.measure, self.found, self.stratum, self.rng = measure, found, stratum, rng
        self.certified = 0

    def broken(self) -> list[str]:
        """Return the claims that do not hold."""
        if not self._fit():
            return ["the shape of its arrays"]
        found, measure, locus = self.found, self.measure, self.measure.locus
        self.at = Slice(measure.moments, found.matrix, found.constants)
        reduced = measure.coranks(found.points).min() == found.dimension
        self.system = locus.sliced(found.dimension, None if reduced else self.stratum)
        self.again = measure.describe(
            found.points, self.at, self.system, found.trace, stratum=self.stratum, whole=found.irreducible
        )
        self.certified = int(self.again.certified.sum())
        claims = {**self._points(), **self._values(), **self._ranks(), **self._component(), **self._real()}
        return [name for name, bad in claims.items() if bad]

    def _fit(self) -> bool:
        found, n = self.found, self.measure.locus.n
        d, e, k = found.degree, found.dimension, len(self.measure.locus.functions.equations)
        shapes = {
            "points": (d, n), "matrix": (e, n), "constants": (e,), "certified": (d,), "radius": (d, n),
            "function": (k,),
        }  # fmt: skip
        arrays = {name: np.asarray(getattr(found, name)) for name in shapes}
        fits = d > 0 and all(array.shape == shapes[name] for name, array in arrays.items())
        finite = all(np.isfinite(arrays[name]).all() for name in ("points", "matrix", "constants"))
        for values, count in ((found.real_point, n), (found.signature, 3), (found.function_signature, 3)):
            fits &= values is None or np.shape(values) == (count,)
        return fits and finite and (found.real_point is None or bool(np.isfinite(found.real_point).all()))

    def _points(self) -> dict[str, bool]:
        """Return which claims about the points alone do not hold: they are where the slice meets the critical set."""
        found, again, measure = self.found, self.again, self.measure
        size = max(1.0, float(np.abs(found.points).max(initial=0.0)))
        off = np.abs(found.points @ found.matrix.T - found.constants).max(initial=0.0)
        moved = np.abs(again.points - found.points)
        residual = measure.residual(found.points)
        same = match_orbits(found.points, SignGroup.trivial(measure.locus.n)) != np.arange(found.degree)
        both = found.certified & again.certified
        return {
            "the certificates": bool(np.any(found.certified & ~again.certified)),
            # The box has to hold the point, and to be no larger than what is proven.
            "the boxes": bool(np.any((moved > found.radius + again.radius)[both]))
            or not bool(np.all((found.radius <= _RADII * again.radius)[both])),
            "the distinctness": bool(same.any()),
            "the slice": not off <= CLOSE * size,
            "the gradient": not residual <= CLOSE or not abs(found.residual - residual) <= CLOSE,
        }

    def _values(self) -> dict[str, bool]:
        """Return which claims about loss and function do not hold; where these vanish, their spread says nothing."""
        found, again, small = self.found, self.again, CLOSE * self.measure.loss_size
        largest = float(np.abs(again.function).max(initial=0.0))
        spreads = abs(found.loss_spread - again.loss_spread), abs(found.function_spread - again.function_spread)
        return {
            "the loss": not abs(again.loss - found.loss) <= small or not spreads[0] * abs(again.loss) <= small,
            "the function": not np.abs(again.function - found.function).max(initial=0.0) <= CLOSE * max(1.0, largest)
            or not spreads[1] * largest <= CLOSE * max(1.0, largest),
        }

    def _ranks(self) -> dict[str, bool]:
        found, again = self.found, self.again
        ranks = [self.measure.rank_at(point, 1.0) for point in found.points]  # slices are of size 1
        names = ("rank", "exact_rank", "pure", "function_rank")
        return {
            "the rank": any(getattr(found, name) != getattr(again, name) for name in names)
            or max(ranks) != found.rank
            or (found.irreducible and min(ranks) != found.rank),
            "the kernel": found.corank != again.corank,
            "the stratum": self.stratum is not None and not self._on_stratum(self.stratum),
        }

    def _on_stratum(self, stratum: RankStratum) -> bool:
        """Tell whether the products of layers have the ranks of the stratum at every point."""
        network = self.measure.locus.network
        for point in self.found.points:
            weights = network.unpack(point)
            for i in range(stratum.layers):
                product = np.eye(network.widths[i])
                for j in range(i + 1, stratum.layers + 1):
                    product = weights[f"W{j}"] @ product
                    s = np.linalg.svd(product, compute_uv=False)
                    if np.count_nonzero(s > KERNEL * max(1.0, float(s[0]))) != stratum.rank(i, j):
                        return False
        return True

    def _component(self) -> dict[str, bool]:
        """Return which claims about the component as a whole do not hold."""
        found, measure = self.found, self.measure
        parts = None
        if found.trace <= LINEAR or found.irreducible:
            parts = decompose(measure.solver, self.system, found.points, self.at, self.rng)
        one = parts is not None and parts.linear and len(parts.residuals) == 1 and found.trace <= LINEAR
        return {
            "the dimension": not self._fills_its_dimension(),
            "the trace": not found.trace >= 0 or (parts is not None and not parts.linear),
            "the irreducibility": found.irreducible and not one,
        }

    def _fills_its_dimension(self) -> bool:
        """Tell whether the points, which are isolated on their slice, can be moved to a slice in general position.

        A critical set of smaller dimension does not meet that.
        """
        found, measure = self.found, self.measure
        if found.dimension == 0:
            return True
        zero = np.zeros(found.degree, np.int64)
        for _ in range(_TRIES):
            goal = Slice.random(measure.moments, found.dimension, measure.locus.n, self.rng)
            table = np.stack([self.at.row, goal.row])
            paths = measure.solver.track(self.system, found.points, table, zero, zero + 1)
            if paths.success.all():
                return measure.residual(paths.points) <= CLOSE
        return False

    def _real(self) -> dict[str, bool]:
        """Return which claims about the real point and the index there do not hold."""
        found, again, measure = self.found, self.again, self.measure
        if found.real_point is None:
            told = (found.signature, found.function_signature, found.index_evidence)
            return {"the signature": told != (None, None, "none")}
        point = found.real_point[None, :].astype(np.complex128)
        for _ in range(_TRIES):
            matrix = self.rng.standard_normal((found.dimension, measure.locus.n)).astype(np.complex128)
            proof = measure.certificates(point, Slice(measure.moments, matrix, matrix @ point[0]), self.system)
            moved = np.abs(proof.points - point).max()
            if proof.real[0] == REAL and moved <= CLOSE * max(1.0, float(np.abs(point).max())):
                break
        else:
            return {"the real point": True}
        again.real_point = proof.points[0].real
        measure.signature(again, proof.radius[0])
        proven = found.index_evidence == PROVEN
        return {
            "the real point": not measure.residual(point) <= CLOSE or not self._has(point[0]),
            "the signature": found.signature != again.signature
            or found.index_evidence not in INDEX_KINDS[1:]
            or (proven and again.index_evidence != PROVEN),
            "the signature on functions": found.function_signature != again.function_signature,
        }

    def _has(self, point: NDArray[np.complex128]) -> bool:
        """Tell whether a point lies on the component."""
        found, measure = self.found, self.measure
        if found.dimension == 0:
            gaps = np.abs(found.points - point).max(axis=1)
            return float(gaps.min()) <= CLOSE * max(1.0, float(np.abs(point).max()))
        return any(
            is_member(measure.solver, self.system, found.points, self.at, point, measure.moments, self.rng)
            for _ in range(_TRIES)
        )
