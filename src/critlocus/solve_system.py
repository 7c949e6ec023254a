"""All isolated solutions of a general square polynomial system, and what becomes of the other paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.certify import Certificates, certify
from critlocus.continuation.ends import MAX_DENOMINATOR, EndKind, Ends, follow_to_the_end
from critlocus.continuation.local_dimension import local_dimensions
from critlocus.continuation.orbits import match_orbits
from critlocus.distinct import meeting_orbits
from critlocus.errors import InputError
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.multihomogeneous import Multihomogeneous
from critlocus.problems.partitions import best_partition
from critlocus.problems.projective import Groups, ProjectiveHomotopy
from critlocus.problems.total_degree import TotalDegree
from critlocus.solvers.native import NativeSolver
from critlocus.tape.system import PolynomialSystem

MAX_PATHS = 2_000_000
_CLUSTER = 1e-4


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
        Winding number of the ends found by the Cauchy endgame; 1 for regular ends, 0 where not determined.
    exponent : float64 array, shape (paths,)
        With which power of 1 - t a homogenising coordinate vanishes, for ends at infinity that are singular; 0 for
        other decided ends, nan for undecided ones.
    dimension : int64 array, shape (paths,)
        Local dimension of the solution set at finite ends (numerical evidence); 0 for all others.
    groups : tuple of tuples of int
        Partition of the variables that belongs to the start system.
    """

    points: NDArray[np.complex128]
    certificates: Certificates
    singular: NDArray[np.complex128]
    multiplicity: NDArray[np.int64]
    kinds: NDArray[np.int8]
    winding: NDArray[np.int64]
    exponent: NDArray[np.float64]
    dimension: NDArray[np.int64]
    groups: Groups

    def summary(self) -> dict[str, Any]:
        """Return counts as plain objects.

        ``dimensions_of_components`` and ``exponents_at_infinity`` count the paths that end so.
        """
        paths = {kind.name.lower(): int(np.count_nonzero(self.kinds == kind)) for kind in EndKind}
        certificates = self.certificates
        exponents = np.unique(self.exponent[self.exponent > 0], return_counts=True)
        levels, counts = np.unique(self.dimension[self.dimension > 0], return_counts=True)
        return {
            "paths": len(self.kinds),
            "isolated_regular": len(self.points),
            "certified": int(certificates.certified.sum()),
            "real": int(np.count_nonzero(certificates.real == 1)),
            "isolated_singular": len(self.singular),
            "multiplicities": sorted(self.multiplicity.tolist()),
            "dimensions_of_components": dict(zip(levels.tolist(), counts.tolist(), strict=True)),
            "exponents_at_infinity": {_fraction(v): int(c) for v, c in zip(*exponents, strict=True)},
            "ends": paths,
        }


def solve_system(
    system: PolynomialSystem,
    parameters: ArrayLike = (),
    *,
    start: str = "total_degree",
    groups: Sequence[Sequence[str | int]] | None = None,
    seed: int = 0,
    threads: int = 1,
) -> SystemSolutions:
    """Solve a square system by a homotopy in (a product of) projective space, with endgames and certificates.

    Parameters
    ----------
    system : PolynomialSystem
        For instance a `critlocus.System`.
    parameters : array_like, shape (n_params,)
    start : str
        ``total_degree``, or ``multihomogeneous``: as many paths as the multihomogeneous Bezout number of `groups`.
    groups : sequence of sequences of str or int, optional
        A partition of the variables, by name or number; default: one with a small number of paths, see
        `critlocus.problems.partitions.best_partition`. Only for ``multihomogeneous``.

    Raises
    ------
    InputError
        If the system is not square, has too many paths, the number of parameters is wrong, or the groups are no
        partition of its variables.
    """
    values = np.asarray(parameters, dtype=np.complex128).ravel()
    if values.shape != (system.n_params,):
        raise InputError(f"solve: {len(values)} parameter values for {system.n_params} parameters")
    homotopy = make_homotopy(system, values, start, groups, np.random.default_rng(seed))
    if homotopy.paths > MAX_PATHS:
        raise InputError(f"solve: {homotopy.paths} paths are more than the limit {MAX_PATHS}")
    solver = NativeSolver(threads=threads)
    nothing = np.zeros((0, homotopy.homotopy.n), np.complex128)
    blocks = [follow_to_the_end(solver, homotopy, block) for block in (nothing, *homotopy.starts())]
    return _classify(homotopy, Ends.concatenate(blocks), threads)


def make_homotopy(
    system: PolynomialSystem,
    values: NDArray[np.complex128],
    start: str,
    groups: Sequence[Sequence[str | int]] | None,
    rng: np.random.Generator,
) -> ProjectiveHomotopy:
    """Return the homotopy from a start system of a given kind; see `solve_system`."""
    if start == "total_degree":
        if groups is not None:
            raise InputError("groups: only a multihomogeneous start system has groups of variables")
        return TotalDegree(system, values, rng)
    if start != "multihomogeneous":
        raise InputError(f"start: {start!r} is neither total_degree nor multihomogeneous")
    numbers = best_partition(system) if groups is None else _numbers(system, groups)
    return Multihomogeneous(system, values, numbers, rng)


def _numbers(system: PolynomialSystem, groups: Sequence[Sequence[str | int]]) -> Groups:
    names = list(getattr(system, "variable_names", ()))
    found = []
    for group in groups:
        row = []
        for name in group:
            if name in names:
                row.append(names.index(str(name)))
            elif isinstance(name, int) and 0 <= name < system.n:
                row.append(name)
            else:
                raise InputError(f"groups: {name!r} is not a variable of the system")
        found.append(tuple(row))
    return tuple(found)


def _classify(homotopy: ProjectiveHomotopy, ends: Ends, threads: int) -> SystemSolutions:
    system, values = homotopy.system, homotopy.parameters
    affine = homotopy.affine(ends.points)
    kinds = np.full(len(affine), EndKind.UNDECIDED, np.int8)
    kinds[ends.infinite] = EndKind.AT_INFINITY
    finite = (ends.winding > 0) & ~ends.infinite
    good = np.flatnonzero(finite & ends.regular)
    nobody = SignGroup.trivial(system.n)
    first = match_orbits(affine[good], nobody)
    alone = np.bincount(first, minlength=len(good))[first] == 1
    rng = np.random.default_rng(3)
    dimension = np.zeros(len(affine), np.int64)
    rows = good[alone]  # two paths to one regular point mean that one of them jumped
    proof = _certified(system, affine[rows], values, threads)
    # An end on a component can pass for regular; it cannot be certified.
    doubtful = rows[~proof.certified]
    dimension[doubtful] = local_dimensions(system, affine[doubtful], values, rng)
    if dimension.any():
        kinds[doubtful[dimension[doubtful] > 0]] = EndKind.ON_COMPONENT
        rows = rows[dimension[rows] == 0]
        proof = _certified(system, affine[rows], values, threads)
    kinds[rows] = EndKind.ISOLATED
    sure = np.flatnonzero(proof.certified)
    clash = meeting_orbits(proof.points[sure], proof.radius[sure], np.zeros(len(sure), np.int64), nobody)
    proof.certified[sure[np.unique(clash)]] = False
    rest = np.flatnonzero(finite & ~ends.regular)
    dimension[rest] = local_dimensions(system, affine[rest], values, rng)
    kinds[rest] = np.where(dimension[rest] > 0, EndKind.ON_COMPONENT, EndKind.SINGULAR)
    singular, multiplicity = _clusters(affine[kinds == EndKind.SINGULAR])
    return SystemSolutions(
        points=proof.points, certificates=proof, singular=singular, multiplicity=multiplicity, kinds=kinds,
        winding=ends.winding, exponent=ends.exponent, dimension=dimension, groups=homotopy.groups,
    )  # fmt: skip


def _certified(
    system: PolynomialSystem, points: NDArray[np.complex128], values: NDArray[np.complex128], threads: int
) -> Certificates:
    return certify(system, points, values[None, :], np.zeros(len(points), np.int64), threads=threads)


def _fraction(value: float) -> str:
    return str(Fraction(value).limit_denominator(MAX_DENOMINATOR))


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
