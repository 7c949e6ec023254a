"""Labels of regularised losses: how many real critical points, orbit by orbit of the sign group, and of which index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.chambers.labels import Label
from critlocus.continuation.strata import GenericMember
from critlocus.continuation.transport import Transporter
from critlocus.networks import sign_group
from critlocus.problems.critical_points import CriticalPoints
from critlocus.proof import Parameters, prove
from critlocus.pure import Classifier
from critlocus.solvers.protocol import Solver

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LabelledLosses:
    """What `label_losses` returns.

    Attributes
    ----------
    labels : list of Label
    points : list of float64 arrays, shape (R, n_weights)
        The real critical points of every row, one of every orbit.
    steady : bool array, shape (K,)
        All critical points are proven to be regular for all parameters within the radii.
    """

    labels: list[Label]
    points: list[Reals]
    steady: NDArray[np.bool_]


def label_losses(
    solver: Solver, problem: CriticalPoints, member: GenericMember, rows: Reals, rng: np.random.Generator,
    radii: Reals | None = None,
) -> LabelledLosses:  # fmt: skip
    """Return the label of every row of real parameters (moments, then regulariser), shape ``(K, n_params)``.

    Parameters
    ----------
    member : GenericMember
        All critical points of a generic member.
    radii : float64 array, shape (K, n_params), optional
    """
    network = problem.network
    n = network.n_weights
    targets = rows.astype(np.complex128)
    theta, mask, row, size = [], [], [], []
    for stratum in member.strata:
        support = stratum.pattern.support
        if len(support) == 0:
            points, where = np.zeros((len(rows), 0), np.complex128), np.arange(len(rows))
        else:
            carrier = Transporter(
                solver, stratum.system, stratum.points, member.parameters, problem.random_parameters,
                stratum.symmetry,
            )  # fmt: skip
            moved = carrier(targets, rng)
            points, where = moved.paths.points[moved.paths.success], moved.target[moved.paths.success]
        full = np.zeros((len(points), n), np.complex128)
        full[:, support] = points
        alive = np.zeros(n, bool)
        alive[support] = True
        theta.append(full)
        mask.append(np.tile(alive, (len(points), 1)))
        row.append(where)
        size.append(np.full(len(points), stratum.symmetry.order))
    orbit, target = np.concatenate(size), np.concatenate(row)
    proof = prove(
        problem.system(), sign_group(network), Classifier(network), np.concatenate(theta),
        np.concatenate(mask), target, Parameters.exact(targets),
    )  # fmt: skip
    sure, index = proof.certified & proof.distinct, proof.signature[:, 0]
    generic = sum(s.count for s in member.strata)
    kept = np.zeros(len(rows), np.int64)
    if radii is not None:
        own = np.flatnonzero(sure)
        wide = certify(problem.system(), proof.theta[own], targets, target[own], parameter_radii=radii)
        regular = own[wide.certified]
        kept = np.bincount(target[regular], weights=orbit[regular], minlength=len(rows)).astype(np.int64)
    labels: list[Label] = []
    real_points: list[Reals] = []
    for k in range(len(rows)):
        mine = sure & (target == k)
        real = mine & (proof.real == 1)
        counts = np.bincount(index[real & (index >= 0)], weights=orbit[real & (index >= 0)], minlength=1)
        decided = bool(np.all(proof.real[mine] >= 0) and np.all(index[real] >= 0))
        total = int(orbit[mine].sum())
        histogram = tuple(np.trim_zeros(counts, "b").astype(int).tolist())
        labels.append(Label(int(orbit[real].sum()), histogram, total, generic, decided and total == generic))
        real_points.append(proof.theta[real].real)
    return LabelledLosses(labels, real_points, kept == generic)
