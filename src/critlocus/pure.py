"""Pure and spurious critical points in the space of weights: rank of d mu, function, and second order over functions.

A critical point theta of ``l(mu(theta)) + R(theta)``, with or without a regulariser R, is *pure* if d mu has its
generic rank r there. Near mu(theta) the functions of the network then form a manifold of dimension r, and near theta
the fibres of mu are manifolds of dimension n - r. Without a regulariser theta is critical exactly if mu(theta) is
critical for l on that manifold (Trager, Kohn & Bruna, *Pure and spurious critical points*, 2020). With one, theta is
critical exactly if it is so along its fibre and mu(theta) is critical for ``l + R_mu`` on the manifold, where R_mu(f)
is the critical value of R on the fibre over f: what the regulariser of the weights means for functions. *Spurious* are
the points where the rank drops.

The Hessian in function space is that of ``l + R_mu`` (of l, without a regulariser) on the manifold. It is the Schur
complement of H restricted to the kernel K of d mu in the Hessian H over the weights, so that signatures subtract:
``In(H) - In(H | K)`` (Haynsworth, 1968). No coordinates on the manifold are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from critlocus.modular import PRIME, evaluate_mod, modular_rank
from critlocus.networks import Network
from critlocus.signature import UNPROVEN, certified_signature
from critlocus.tape.enclose import enclose
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem
from critlocus.varieties.neurovariety import Neurovariety

PURE, SPURIOUS, UNDECIDED = 1, 0, -1
DROPPED = 1e-8
"""Relative size below which a singular value of d mu counts as 0."""
MAX_ENTRIES = 20_000
"""Networks with a larger matrix d mu are not classified."""
_BLOCK = 2048
_EPS = 1e-13  # above the relative rounding of a product of matrices of the sizes that occur, per row


@dataclass(eq=False)
class Classes:
    """What is known of N points; the columns of the same names of `critlocus.table.SolutionTable`.

    Attributes
    ----------
    function : complex128 array, shape (N, k)
    rank : int32 array, shape (N,)
    rank_gap, rank_margin : float64 arrays, shape (N,)
    pure : int8 array, shape (N,)
    function_signature : int32 array, shape (N, 3)
    """

    function: NDArray[np.complex128]
    rank: NDArray[np.int32]
    rank_gap: NDArray[np.float64]
    rank_margin: NDArray[np.float64]
    pure: NDArray[np.int8]
    function_signature: NDArray[np.int32]

    COLUMNS = ("function", "rank", "rank_gap", "rank_margin", "pure", "function_signature")

    @classmethod
    def unknown(cls, count: int, k: int) -> Classes:
        """Return that nothing is known of `count` points of a network with k coefficients."""
        return cls(
            np.full((count, k), np.nan, np.complex128), np.full(count, -1, np.int32), np.full(count, np.nan),
            np.full(count, np.nan), np.full(count, UNDECIDED, np.int8), np.full((count, 3), UNPROVEN, np.int32),
        )  # fmt: skip


class Classifier:
    """Tells pure from spurious critical points of a network.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._ranks: dict[bytes, int] = {}

    @property
    def n_coefficients(self) -> int:
        """Length k of mu(theta)."""
        return n_coefficients(self.network)

    @property
    def able(self) -> bool:
        """Whether d mu is small enough to be computed for every point."""
        return self.n_coefficients * self.network.n_weights <= MAX_ENTRIES

    @cached_property
    def functions(self) -> PolynomialSystem:
        """The map mu; it has no parameters."""
        graph = Graph()
        theta = [graph.variable() for _ in range(self.network.n_weights)]
        return PolynomialSystem(graph, Neurovariety(self.network).mu(graph, theta))

    @cached_property
    def generic_rank(self) -> int:
        """Rank of d mu at generic weights: the dimension of the neurovariety."""
        return self.rank_on(np.ones(self.network.n_weights, bool))

    def rank_on(self, support: NDArray[np.bool_]) -> int:
        """Return the largest rank of d mu over all weights with a given support, shape ``(n_weights,)``.

        It is the rank at random points mod a 31-bit prime: never above the true one, and below it only with a chance
        of degree / 2^31 per point (Schwartz-Zippel).
        """
        key = support.tobytes()
        if key not in self._ranks:
            rng = np.random.default_rng(20260)
            entries = self.functions.derivatives
            best = 0
            for _ in range(2):
                point = np.where(support, rng.integers(1, PRIME, len(support)), 0).tolist()
                matrix = np.zeros((self.n_coefficients, len(support)), np.int64)
                values = evaluate_mod(self.functions.graph, list(entries.values()), point, [])
                for (i, k), value in zip(entries, values, strict=True):
                    matrix[i, k] = value
                best = max(best, modular_rank(matrix))
            self._ranks[key] = best
        return self._ranks[key]

    def __call__(
        self, points: NDArray[np.complex128], radius: NDArray[np.float64], certified: NDArray[np.bool_],
        support: NDArray[np.bool_],
    ) -> Classes:  # fmt: skip
        """Return functions and ranks over boxes; `function_signature` is left unknown.

        Parameters
        ----------
        points, radius : arrays, shape (N, n)
            Polydiscs; where the point is not certified, only its centre is used, and nothing is proven.
        certified : bool array, shape (N,)
        support : bool array, shape (N, n)
            The weights that are not identically zero on each point's stratum. A rank that is lower on the whole stratum
            makes its points spurious whatever the singular values are.
        """
        found = Classes.unknown(len(points), self.n_coefficients)
        if not self.able or len(points) == 0:
            return found
        box = np.where(certified[:, None], radius, 0.0)
        low = self._drops(support)
        for at in range(0, len(points), _BLOCK):
            rows = slice(at, at + _BLOCK)
            found.function[rows] = enclose(
                self.functions.graph, self.functions.equations, points[rows], box[rows]
            ).centre
            centre, spread = self.differential(points[rows], box[rows])
            singular = np.asarray(np.linalg.svd(centre, compute_uv=False), np.float64)
            rank, gap, margin = _numerical_rank(singular)
            found.rank[rows], found.rank_gap[rows], found.rank_margin[rows] = rank, gap, margin
            smallest = singular[:, self.generic_rank - 1] if self.generic_rank else np.ones(len(singular))
            proven = certified[rows] & (smallest > _spread(singular, spread))
            dropped = low[rows] | (rank < self.generic_rank)
            found.pure[rows] = np.where(dropped, SPURIOUS, np.where(proven, PURE, UNDECIDED))
        return found

    def differential(
        self, points: NDArray[np.complex128], radius: NDArray[np.float64]
    ) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
        """Enclose d mu over polydiscs of shape ``(N, n)``: centres and radii of shape ``(N, k, n)``."""
        entries = self.functions.derivatives
        shape = (len(points), self.n_coefficients, self.network.n_weights)
        centre, spread = np.zeros(shape, np.complex128), np.zeros(shape)
        if entries:
            i, k = np.array(list(entries)).T
            discs = enclose(self.functions.graph, list(entries.values()), points, radius)
            centre[:, i, k], spread[:, i, k] = discs.centre, discs.radius
        return centre, spread

    def function_signature(
        self, points: NDArray[np.float64], radius: NDArray[np.float64], hessian: NDArray[np.float64],
        hessian_radius: NDArray[np.float64], signature: NDArray[np.int32],
    ) -> NDArray[np.int32]:  # fmt: skip
        """Return the proven signature of the Hessian in function space at pure real points, else -1, -1, -1.

        Parameters
        ----------
        points, radius : float64 arrays, shape (N, n)
            Boxes of points proven real and pure.
        hessian, hessian_radius : float64 arrays, shape (N, n, n)
            Enclosures of the Hessian over the boxes.
        signature : int32 array, shape (N, 3)
            Its proven signature.

        Notes
        -----
        With V and U approximate orthonormal bases of K and of its complement, the kernel of the true d mu = D has the
        basis ``V + U X`` with ``X = -(D U)^+ D V``, so ``|X| <= d = |D V| / s_min(D U)``, and H on it differs from
        ``V^T H V`` by at most ``(2 d + d^2) |H|``.
        """
        found = np.full((len(points), 3), UNPROVEN, np.int32)
        n, r = self.network.n_weights, self.generic_rank
        if not self.able or len(points) == 0:
            return found
        if r == n:
            found[:] = signature
            return found
        centre, spread = self.differential(points.astype(np.complex128), radius)
        singular, vh = np.linalg.svd(centre.real)[1:]
        v = np.swapaxes(vh[:, r:], 1, 2)
        error = _spread(singular, spread)
        least = singular[:, r - 1] * (1 - 1e-12) - error if r else np.ones(len(points))
        moved = np.linalg.norm(centre.real @ v, axis=(1, 2)) + error
        with np.errstate(divide="ignore", invalid="ignore"):
            tilt = np.where(least > 0, moved / least, np.inf) * (1 + 1e-12)
        size = np.linalg.norm(np.abs(hessian) + hessian_radius, axis=(1, 2))
        with np.errstate(invalid="ignore"):
            drift = (2 * tilt + tilt**2) * size * (1 + 1e-12) + _EPS * n * size
        vt = np.swapaxes(v, 1, 2)
        bound = np.abs(vt) @ hessian_radius @ np.abs(v) * (1 + 1e-10) + drift[:, None, None]
        along = certified_signature(vt @ hessian @ v, bound)
        proven = (along[:, 0] >= 0) & (signature[:, 0] >= 0)
        found[proven] = signature[proven] - along[proven]
        return found

    def _drops(self, support: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell for which rows the rank of d mu is below the generic one on the whole stratum."""
        packed = np.ascontiguousarray(np.packbits(support, axis=1))
        keys = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)  # one sortable item per row
        _, first, row = np.unique(keys, return_index=True, return_inverse=True)
        low = np.array([self.rank_on(pattern) < self.generic_rank for pattern in support[first]], bool)
        return np.asarray(low[row.reshape(-1)])


def n_coefficients(network: Network) -> int:
    """Return the number of coefficients of the functions of a network, all outputs together."""
    return network.n_outputs * len(network.input_monomials)


def _spread(singular: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bound how far the singular values of any matrix in the enclosure are from the computed ones (Weyl)."""
    largest = singular[:, 0] if singular.shape[1] else 0.0
    rounding = _EPS * sum(spread.shape[1:]) * largest
    return np.asarray(np.linalg.norm(spread, axis=(1, 2)) * (1 + 1e-12) + rounding)


def _numerical_rank(
    singular: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return ranks, the ratios s_(r+1) / s_r (0 where there is no s_(r+1)), and s_r / s_1 (0 for rank 0)."""
    count, width = singular.shape
    rank = np.count_nonzero(singular > DROPPED * singular[:, :1], axis=1)
    rows = np.arange(count)
    padded = np.concatenate([singular, np.zeros((count, 1))], axis=1)
    last = np.where(rank > 0, padded[rows, np.maximum(rank - 1, 0)], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(last > 0, padded[rows, np.minimum(rank, width)] / last, 0.0)
        margin = np.where(last > 0, last / padded[:, 0], 0.0)
    return rank, gap, margin
