"""All isolated solutions of a general square polynomial system, and what becomes of the other paths."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.certify import Certificates, certify
from critlocus.continuation.endgame import cauchy_endgame, valuations
from critlocus.continuation.orbits import match_orbits
from critlocus.distinct import meeting_orbits
from critlocus.errors import InputError, Interrupted
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.total_degree import TotalDegree
from critlocus.solvers.native import NativeSolver
from critlocus.tape.system import PolynomialSystem

MAX_PATHS = 2_000_000
_AT_INFINITY = 1e-6
_VANISHING = 0.05
_CLUSTER = 1e-4
_STEP, _ON_CURVE = 1e-3, 1e-10


class EndKind(IntEnum):
    """What the end of a path is; these are never mixed."""

    ISOLATED = 1
    SINGULAR = 2
    ON_COMPONENT = 3
    AT_INFINITY = 4
    UNDECIDED = 5


@dataclass(eq=False)
class SystemSolutions:
    """Outcome of `solve_system`.

    Attributes
    ----------
    points : complex128 array, shape (N, n)
        Distinct regular solutions, certified where `certificates` says so.
    certificates : Certificates
    singular : complex128 array, shape (S, n)
        Isolated singular solutions, each once.
    multiplicity : int64 array, shape (S,)
        Number of paths that end in each.
    kinds : int8 array, shape (paths,)
        `EndKind` of every path.
    winding : int64 array, shape (paths,)
        Winding number of the ends found by the endgame; 1 for regular ends, 0 where undecided.
    bezout : int
    """

    points: NDArray[np.complex128]
    certificates: Certificates
    singular: NDArray[np.complex128]
    multiplicity: NDArray[np.int64]
    kinds: NDArray[np.int8]
    winding: NDArray[np.int64]
    bezout: int

    def summary(self) -> dict[str, Any]:
        """Return counts as plain objects."""
        paths = {kind.name.lower(): int(np.count_nonzero(self.kinds == kind)) for kind in EndKind}
        certificates = self.certificates
        return {
            "paths": self.bezout,
            "isolated_regular": len(self.points),
            "certified": int(certificates.certified.sum()),
            "real": int(np.count_nonzero(certificates.real == 1)),
            "isolated_singular": len(self.singular),
            "multiplicities": sorted(self.multiplicity.tolist()),
            "ends": paths,
        }


def solve_system(
    system: PolynomialSystem, parameters: ArrayLike = (), *, seed: int = 0, threads: int = 1
) -> SystemSolutions:
    """Solve a square system by a total-degree homotopy in projective space, with Cauchy endgame and certificates.

    Parameters
    ----------
    system : PolynomialSystem
        For instance a `critlocus.System`.
    parameters : array_like, shape (n_params,)

    Raises
    ------
    InputError
        If the system is not square, has too many paths, or the number of parameters is wrong.
    """
    values = np.asarray(parameters, dtype=np.complex128).ravel()
    if values.shape != (system.n_params,):
        raise InputError(f"solve: {len(values)} parameter values for {system.n_params} parameters")
    homotopy = TotalDegree(system, values, np.random.default_rng(seed))
    if homotopy.bezout > MAX_PATHS:
        raise InputError(f"solve: {homotopy.bezout} paths are more than the limit {MAX_PATHS}")
    solver = NativeSolver(threads=threads)
    table = np.stack([homotopy.row(0), homotopy.row(1)])
    ends, regular, winding, exponents = [], [], [], []
    for block in homotopy.starts():
        zero = np.zeros(len(block), np.int64)
        paths = solver.track(homotopy.homotopy, block, table, zero, zero + 1)
        if paths.interrupted:
            raise Interrupted("stopped")
        bad = np.flatnonzero(~paths.success)
        late = cauchy_endgame(solver, homotopy.homotopy, block[bad], homotopy.row)
        paths.points[bad] = late.points
        # Ends at infinity can be too singular for loops to close, or for radii to agree: the vanishing of z_0 tells.
        exponent = np.zeros(len(block))
        exponent[bad] = valuations(solver, homotopy.homotopy, block[bad], homotopy.row)
        turns = np.ones(len(block), np.int64)
        turns[bad] = late.winding
        ends.append(paths.points)
        regular.append(paths.success)
        winding.append(turns)
        exponents.append(exponent)
    table_of_ends = _Ends(
        np.concatenate(ends), np.concatenate(regular), np.concatenate(winding), np.concatenate(exponents)
    )
    return _classify(system, values, table_of_ends, threads)


@dataclass(eq=False)
class _Ends:
    """Ends of all paths in homogeneous coordinates; `exponent`: with which z_0 vanishes, where that was asked."""

    points: NDArray[np.complex128]
    regular: NDArray[np.bool_]
    winding: NDArray[np.int64]
    exponent: NDArray[np.float64]


def _classify(
    system: PolynomialSystem,
    values: NDArray[np.complex128],
    table: _Ends,
    threads: int,
) -> SystemSolutions:
    ends, regular, winding = table.points, table.regular, table.winding
    size = np.abs(ends).max(axis=1)
    infinite = (np.abs(ends[:, 0]) <= _AT_INFINITY * size) | (table.exponent >= _VANISHING)
    settled = winding > 0
    kinds = np.full(len(ends), EndKind.UNDECIDED, np.int8)
    kinds[(settled & infinite) | (table.exponent >= _VANISHING)] = EndKind.AT_INFINITY
    finite = settled & ~infinite
    with np.errstate(divide="ignore", invalid="ignore"):
        affine = ends[:, 1:] / ends[:, :1]
    good = np.flatnonzero(finite & regular)
    nobody = SignGroup.trivial(system.n)
    first = match_orbits(affine[good], nobody)
    alone = np.bincount(first, minlength=len(good))[first] == 1
    kinds[good[alone]] = EndKind.ISOLATED  # two paths to one regular point mean that one of them jumped
    proof = certify(system, affine[good[alone]], values[None, :], np.zeros(int(alone.sum()), np.int64), threads=threads)
    sure = np.flatnonzero(proof.certified)
    clash = meeting_orbits(proof.points[sure], proof.radius[sure], np.zeros(len(sure), np.int64), nobody)
    proof.certified[sure[np.unique(clash)]] = False
    rest = np.flatnonzero(finite & ~regular)
    on_curve = _on_component(system, affine[rest], values)
    kinds[rest[on_curve]] = EndKind.ON_COMPONENT
    kinds[rest[~on_curve]] = EndKind.SINGULAR
    singular, multiplicity = _clusters(affine[rest[~on_curve]])
    return SystemSolutions(proof.points, proof, singular, multiplicity, kinds, winding, len(ends))


def _clusters(points: NDArray[np.complex128]) -> tuple[NDArray[np.complex128], NDArray[np.int64]]:
    """Group singular ends, of which there are few, by distance."""
    centres: list[NDArray[np.complex128]] = []
    counts: list[int] = []
    for point in points:
        for k, centre in enumerate(centres):
            if np.linalg.norm(point - centre) <= _CLUSTER * max(1.0, float(np.linalg.norm(centre))):
                counts[k] += 1
                break
        else:
            centres.append(point)
            counts.append(1)
    return np.array(centres, np.complex128).reshape(-1, points.shape[1]), np.array(counts, np.int64)


def _on_component(
    system: PolynomialSystem, points: NDArray[np.complex128], values: NDArray[np.complex128]
) -> NDArray[np.bool_]:
    """Tell which singular points lie on a positive-dimensional component.

    A step along the kernel of the Jacobian is corrected in the complementary directions alone. On a component some
    zero of F is met close by; at an isolated zero of small multiplicity the residual stays.
    """
    found = np.zeros(len(points), bool)
    rng = np.random.default_rng(3)

    for k, point in enumerate(points):
        _, s, vh = np.linalg.svd(system.jacobian(point, values))
        rank = int(np.count_nonzero(s > 1e-4 * max(float(s[0]), 1e-300)))
        kernel, rows = vh[rank:].conj(), vh[:rank].conj()
        direction = kernel.T @ (rng.standard_normal(len(kernel)) + 1j * rng.standard_normal(len(kernel)))
        size = max(1.0, float(np.linalg.norm(point)))
        x = point + _STEP * size * direction / np.linalg.norm(direction)
        for _ in range(12):
            residual = np.asarray(system(x, values))
            step = (
                np.linalg.lstsq(system.jacobian(x, values) @ rows.T, residual, rcond=None)[0] if rank else np.zeros(0)
            )
            x = x - rows.T @ step
        scale = float(np.abs(system.jacobian(point, values)).max(initial=0.0)) + 1.0
        found[k] = bool(np.abs(np.asarray(system(x, values))).max() <= _ON_CURVE * scale * size)
    return found
