"""From witness points to a witness set: certificates, ranks, loss, a real point and the index along the component."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import REAL, Certificates, certify
from critlocus.continuation.witness import LINEAR, Slice
from critlocus.loci.result import WitnessSet
from critlocus.losses import Data
from critlocus.networks.rank_strata import RankStratum
from critlocus.problems.degenerate_locus import DegenerateLocus
from critlocus.pure import Classifier
from critlocus.signature import certified_signature
from critlocus.solvers.protocol import Solver
from critlocus.tape.enclose import enclose
from critlocus.tape.system import PolynomialSystem

KERNEL = 1e-8
"""Eigenvalues and singular values of a Hessian below this, relative to the largest, count as 0."""
REAL_TRIES, REAL_PATHS = 60, 400


@dataclass(frozen=True, eq=False)
class Target:
    """The data of a run, with its moments ``high + low`` known up to `radius`."""

    data: Data
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    radius: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measure:
    """Measures components over one data set."""

    locus: DegenerateLocus
    target: Target
    solver: Solver
    threads: int = 1

    def __call__(
        self, points: NDArray[np.complex128], at: Slice, system: PolynomialSystem, trace: float, *,
        stratum: RankStratum | None, whole: bool, rng: np.random.Generator,
    ) -> WitnessSet:  # fmt: skip
        """Return the witness set of points with a real point, if one is found; see `describe`."""
        found = self.describe(points, at, system, trace, stratum=stratum, whole=whole)
        self._real_point(found, at, system, rng)
        return found

    def describe(
        self, points: NDArray[np.complex128], at: Slice, system: PolynomialSystem, trace: float, *,
        stratum: RankStratum | None, whole: bool,
    ) -> WitnessSet:  # fmt: skip
        """Return the witness set of points, shape ``(degree, n)``, on the slice `at`.

        Parameters
        ----------
        system : PolynomialSystem
            The sliced system, whose regular zeros the points are.
        trace : float
            Residual of the trace test.
        whole : bool
            Loops have joined all points.
        """
        locus, e = self.locus, len(at.constants)
        proof = self.certificates(points, at, system)
        points = proof.points
        classifier = Classifier(locus.network)
        rank = classifier.generic_rank
        if stratum is None:
            everywhere = np.ones((len(points), locus.n), bool)
            ranks = classifier(points, np.zeros(points.shape), np.zeros(len(points), bool), everywhere).rank
            own = int(ranks.max()) if classifier.able else self.rank_at(points[0])
        else:
            own = stratum.differential_rank
        loss, functions = self.losses(points), locus.functions(points, np.zeros(0))
        return WitnessSet(
            dimension=e, degree=len(points), points=points, matrix=at.matrix, constants=at.constants,
            certified=proof.certified, radius=proof.radius, residual=self.residual(points), trace=trace,
            irreducible=whole and trace <= LINEAR, stratum="" if stratum is None else stratum.name, rank=own,
            exact_rank=stratum is not None, pure=own == rank, function_rank=self._function_rank(functions[0]),
            loss=complex(loss.mean()), loss_spread=_spread(loss[:, None]), function=functions[0],
            function_spread=_spread(functions), corank=int(self.coranks(points).min()),
        )  # fmt: skip

    def certificates(self, points: NDArray[np.complex128], at: Slice, system: PolynomialSystem) -> Certificates:
        """Certify points, shape ``(N, n)``, as zeros of a sliced system, for all moments that the data can have."""
        e = len(at.constants)
        return certify(
            system, points, at.row[None, :], np.zeros(len(points), np.int64), threads=self.threads,
            parameters_low=self._extend(self.target.low, e)[None, :].astype(np.complex128),
            parameter_radii=self._extend(self.target.radius, e)[None, :],
        )  # fmt: skip

    def losses(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the loss at complex points (as a polynomial, without moduli), shape ``(N,)``."""
        data = self.target.data
        weights = np.ones(len(data)) if data.weights is None else data.weights
        error = self.locus.network(points, data.inputs) - data.outputs
        return np.asarray(0.5 * np.einsum("nmo,m->n", error**2, weights))

    @property
    def loss_size(self) -> float:
        """The size of the terms that make up a loss: that of the function 0, or of vanishing weights."""
        data = self.target.data
        weights = np.ones(len(data)) if data.weights is None else data.weights
        return max(float(0.5 * np.einsum("mo,m->", data.outputs**2, weights)), 1e-300)

    def residual(self, points: NDArray[np.complex128]) -> float:
        """Return the largest entry of the gradient, relative to what its terms can be."""
        gradient = np.abs(self.locus.gradient(points, self.target.high)).max(axis=1, initial=0.0)
        hessians = [np.abs(self.locus.hessian_at(p, self.moments)).max() for p in points]
        size = np.maximum(np.abs(points).max(axis=1, initial=0.0), 1e-3) * np.maximum(hessians, 1e-300)
        return float((gradient / size).max(initial=0.0))

    @property
    def moments(self) -> NDArray[np.complex128]:
        """The moments of the data, as parameters."""
        return self.target.high.astype(np.complex128)

    def coranks(self, points: NDArray[np.complex128]) -> NDArray[np.int64]:
        """Return the numerical dimension of the Hessian's kernel at every point, shape ``(N,)``."""
        found = []
        for point in points:
            s = np.linalg.svd(self.locus.hessian_at(point, self.moments), compute_uv=False)
            found.append(int(np.count_nonzero(s <= KERNEL * max(float(s[0]), 1e-300))))
        return np.array(found, np.int64)

    def rank_at(self, point: NDArray[np.complex128], size: float = 1e-300) -> int:
        """Return the numerical rank of d mu at a point; what is small against `size`, too, counts as 0."""
        s = np.linalg.svd(self.locus.functions.jacobian(point, np.zeros(0)), compute_uv=False)
        return int(np.count_nonzero(s > KERNEL * max(float(s[0]), size)))

    def _function_rank(self, function: NDArray[np.complex128]) -> int:
        network = self.locus.network
        if network.sigma.name != "linear" or network.bias:
            return -1
        s = np.linalg.svd(function.reshape(network.n_outputs, network.n_inputs), compute_uv=False)
        scale = np.abs(self.target.high[len(self.locus.form.names) :]).max() / np.abs(self.target.high).max()
        return int(np.count_nonzero(s > 1e-7 * max(float(s[0]), float(scale))))

    def _extend(self, values: NDArray[np.float64], e: int) -> NDArray[np.float64]:
        return np.concatenate([values, np.zeros(e * (self.locus.n + 1))])

    # -- real points -------------------------------------------------------------------------------------------------

    def _real_point(self, found: WitnessSet, at: Slice, system: PolynomialSystem, rng: np.random.Generator) -> None:
        """Look for a real point on real slices of several offsets, and for the signature there."""
        e, n = found.dimension, self.locus.n
        begin = found.points[:REAL_PATHS]
        for k in range(REAL_TRIES if e else 1):
            offset = (1.0, 4.0, 0.2)[k % 3] * rng.standard_normal(e)
            matrix = rng.standard_normal((e, n)).astype(np.complex128)
            slice_ = Slice(at.moments, matrix, offset.astype(np.complex128)) if e else at
            ends = begin
            if e:
                zero = np.zeros(len(begin), np.int64)
                paths = self.solver.track(system, begin, np.stack([at.row, slice_.row]), zero, zero + 1)
                ends = paths.points[paths.success]
            size = np.maximum(np.abs(ends).max(axis=1, initial=0.0), 1e-300)
            ends = ends[np.abs(ends.imag).max(axis=1, initial=0.0) <= 1e-9 * size]
            if len(ends) == 0:
                continue
            proof = self.certificates(ends, slice_, system)
            real = np.flatnonzero(proof.real == REAL)
            if len(real):
                found.real_point = proof.points[real[0]].real
                self.signature(found, proof.radius[real[0]])
                return

    def signature(self, found: WitnessSet, radius: NDArray[np.float64]) -> None:
        """Find the signature at the real point.

        The Hessian is enclosed over the box, and on the span V of the eigenvectors whose eigenvalues are not 0 its
        signature (p, 0, q) is proven. Then the Hessian at the true point has p negative and q positive eigenvalues at
        least; its kernel has at least the dimension of the component, so that there are no others if the component
        has the dimension that is claimed, n - p - q.
        """
        graph, entries = self.locus.hessian
        n = self.locus.n
        point = found.real_point
        assert point is not None
        centre = np.concatenate([point, self.target.high]).astype(np.complex128)
        spread = np.concatenate([radius, np.abs(self.target.low) * (1 + 1e-15) + self.target.radius])
        discs = enclose(graph, list(entries.values()), centre[None, :], spread[None, :])
        hessian, error = np.zeros((n, n)), np.zeros((n, n))
        where = tuple(np.array(list(entries)).reshape(-1, 2).T)
        hessian[where], error[where] = discs.centre[0].real, discs.radius[0]
        values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
        order = np.argsort(-np.abs(values))[: n - found.corank]
        v = vectors[:, order]
        size = np.linalg.norm(np.abs(hessian) + error)
        bound = np.abs(v.T) @ error @ np.abs(v) * (1 + 1e-10) + 1e-13 * n * size
        on_v = certified_signature((v.T @ hessian @ v)[None], bound[None])[0]
        if on_v[0] >= 0:
            found.signature = (int(on_v[0]), found.corank, int(on_v[2]))
            found.index_evidence = "proven given the dimension" if found.reduced else "numerical"
        else:
            kept = values[order]
            found.signature = (int((kept < 0).sum()), found.corank, int((kept > 0).sum()))
            found.index_evidence = "numerical"
        if found.pure and found.reduced:
            fibre = n - found.rank
            found.function_signature = (found.signature[0], found.corank - fibre, found.signature[2])


def _spread(values: NDArray[np.complex128]) -> float:
    size = max(float(np.abs(values).max(initial=0.0)), 1e-300)
    return float(np.abs(values - values[:1]).max(initial=0.0) / size)
