"""What is known of the components of a degenerate critical locus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.json_text import plain
from critlocus.networks import Network

INDEX_KINDS = ("none", "numerical", "proven given the dimension")


@dataclass(eq=False)
class WitnessSet:
    """One component of the critical set, by its points on a generic affine slice of complementary dimension.

    Attributes
    ----------
    dimension, degree : int
        `degree` is the number of witness points.
    points : complex128 array, shape (degree, n)
    matrix, constants : complex128 arrays, shapes (dimension, n), (dimension,)
        The slice ``matrix theta = constants``.
    certified : bool array, shape (degree,)
        Krawczyk's test proves exactly one zero of the sliced and squared-up system in the box of this radius; that the
        other gradient equations vanish there, too, is numerical (`residual`).
    radius : float64 array, shape (degree, n)
    residual : float
        Largest entry of the gradient at the points, relative to the sizes of its terms.
    trace : float
        Second difference of the trace; small: the set is whole, or a union of whole components.
    irreducible : bool
        Loops of the slice have joined all points, and the trace is linear.
    stratum : str
        Ranks of the products of layers on the component (linear networks), else empty.
    rank : int
        Rank of d mu on it; `exact_rank` tells whether that is exact or numerical.
    pure : bool
        The rank is the generic one.
    function_rank : int
        Rank of the matrix of a linear network, else -1.
    loss, loss_spread : complex, float
        Loss on the component (mean over the points), and the largest relative deviation.
    function : complex128 array, shape (k,)
        mu at the first point.
    function_spread : float
        Largest relative deviation of mu on the other points.
    corank : int
        Dimension of the kernel of the Hessian at the points. It equals `dimension` exactly if the gradient is reduced
        there (the loss is Morse-Bott along the component): it bounds the dimension from above. It is numerical at the
        witness points, and proven where the signature at the real point is.
    real_point : float64 array, shape (n,), or None
        A real point, proven real, if one was found.
    signature : (n-, n0, n+) or None
        Of the Hessian at `real_point`. Its index n- is the same at all points that can be reached on the real component
        without the kernel of the Hessian growing.
    function_signature : tuple or None
        On the neuromanifold, for pure components.
    index_evidence : str
        One of INDEX_KINDS.
    """

    dimension: int
    degree: int
    points: NDArray[np.complex128]
    matrix: NDArray[np.complex128]
    constants: NDArray[np.complex128]
    certified: NDArray[np.bool_]
    radius: NDArray[np.float64]
    residual: float
    trace: float
    irreducible: bool
    stratum: str
    rank: int
    exact_rank: bool
    pure: bool
    function_rank: int
    loss: complex
    loss_spread: float
    function: NDArray[np.complex128]
    function_spread: float
    corank: int
    real_point: NDArray[np.float64] | None = None
    signature: tuple[int, int, int] | None = None
    function_signature: tuple[int, int, int] | None = None
    index_evidence: str = "none"

    @property
    def reduced(self) -> bool:
        """Whether the kernel of the Hessian is as large as the component, so that its dimension is proven."""
        return self.corank == self.dimension

    def summary(self) -> dict[str, Any]:
        """Return everything but the points."""
        real = abs(self.loss.imag) <= 1e-9 * max(abs(self.loss), 1e-300)
        return {
            "dimension": self.dimension,
            "degree": self.degree,
            "certified": int(self.certified.sum()),
            "irreducible": self.irreducible,
            "trace_residual": self.trace,
            "residual": self.residual,
            "stratum": self.stratum or None,
            "rank": self.rank,
            "rank_is_exact": self.exact_rank,
            "pure": self.pure,
            "function_rank": self.function_rank if self.function_rank >= 0 else None,
            "loss": self.loss.real if real else [self.loss.real, self.loss.imag],
            "loss_spread": self.loss_spread,
            "function_spread": self.function_spread,
            "hessian_corank": self.corank,
            "reduced": self.reduced,
            "real_point": self.real_point is not None,
            "signature": self.signature,
            "index": None if self.signature is None else self.signature[0],
            "function_signature": self.function_signature,
            "index_evidence": self.index_evidence,
        }


@dataclass(eq=False)
class LociResult:
    """What `critlocus.witness_sets` returns and `critlocus.load` reads.

    Attributes
    ----------
    method : str
        ``strata`` (all rank strata of a linear network) or ``slices`` (a total-degree homotopy per dimension).
    moments : float64 array
        Parameters of the loss: moments of the inputs, then those with the outputs.
    data : dict of arrays
        ``inputs``, ``outputs``, ``weights``.
    components : list of WitnessSet
        Of highest dimension first.
    generic_rank : int
        Rank of d mu at generic weights.
    evidence : dict
        What supports that no component is missing.
    """

    network: Network
    method: str
    seed: int
    source: str
    moments: NDArray[np.float64]
    data: dict[str, NDArray[np.float64]]
    generic_rank: int
    components: list[WitnessSet] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    stop_reason: str = "complete"
    paths_tracked: int = 0
    seconds: float = 0.0
    solver_version: str = ""
    version: str = ""

    def doubts(self) -> list[str]:
        """Return what the components themselves show that speaks against them."""
        found = []
        loose = sum(not c.certified.all() for c in self.components)
        if loose:
            found.append(f"{loose} components have witness points without a certificate")
        if any(c.loss_spread > 1e-6 for c in self.components):
            found.append("the loss is not constant on a component")
        if any(c.residual > 1e-8 for c in self.components):
            found.append("the gradient does not vanish at a witness point")
        return found

    def summary(self) -> dict[str, Any]:
        """Return the numbers that the command line prints, as plain Python objects (``--json``)."""
        return dict(plain({
            "network": self.network.name, "space": "loci", "regularize": "none", "method": self.method,
            "seed": self.seed, "data": self.source, "generic_rank": self.generic_rank,
            "components": [c.summary() for c in self.components], "evidence": self.evidence,
            "stop_reason": self.stop_reason, "paths_tracked": self.paths_tracked, "seconds": round(self.seconds, 6),
            "solver_version": self.solver_version,
        }))  # fmt: skip
