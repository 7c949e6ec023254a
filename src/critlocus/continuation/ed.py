"""All critical points of the distance from given targets in a given metric, by way of generic weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.fibres import Fibres
from critlocus.continuation.gather import gather
from critlocus.continuation.transport import Transport, Transporter
from critlocus.errors import Interrupted
from critlocus.problems.bottlenecks import start_pairs
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import Distance
from critlocus.problems.free_form import FreeWeights
from critlocus.problems.implicit_distance import distance_to
from critlocus.problems.quadratic_form import FixedForm
from critlocus.solvers.protocol import Solver
from critlocus.varieties.variety import Variety


def plain_distance(variety: Variety, q: NDArray[np.float64], rng: np.random.Generator) -> Distance:
    """Return the distance problem of the variety itself."""
    return distance_to(variety, FixedForm(q), rng)


def critical_points(
    solver: Solver,
    variety: Variety,
    q: NDArray[np.float64],
    targets: NDArray[np.complex128],
    points: list[NDArray[np.complex128]],
    rng: np.random.Generator,
) -> tuple[Transport, Distance]:
    """Find the critical points of the distance from targets u, given as ``b = Q u``, shape ``(K, N)``.

    Parameters
    ----------
    points : list of complex128 arrays, shape (N,)
        See `critlocus.continuation.component_points`.

    Returns
    -------
    Transport, Distance
        From all critical points of a random complex target in the metric Q to the targets, and the family used. What a
        generic metric has more than Q ends at infinity, or where it is not smooth, and is left out before.
    """
    size = len(variety.ambient)
    free = distance_to(variety, FreeWeights(size, q), rng)
    functions = Fibres(free.functions)
    generic = gather(solver, free.system, start_pairs(free, points, rng), free.random_parameters, functions, rng)
    form = np.append(np.zeros(size), 1.0)  # no weights, and Q once

    def in_q(generator: np.random.Generator, count: int) -> NDArray[np.complex128]:
        rows = free.random_parameters(generator, count)
        rows[:, : len(form)] = form
        return rows

    member = in_q(rng, 1)
    first = Transporter(
        solver, free.system, generic.run.points, generic.parameters, free.random_parameters, functions
    )(member, rng)  # fmt: skip
    inside = first.paths.points[first.paths.success]
    rows = np.hstack([np.tile(form, (len(targets), 1)), targets])
    moved = Transporter(solver, free.system, inside, member[0], in_q, functions)(rows, rng)
    if first.paths.interrupted or moved.paths.interrupted:
        raise Interrupted("stopped")
    return moved, free


def ed_points(
    solver: Solver,
    variety: Variety,
    q: NDArray[np.float64],
    points: list[NDArray[np.complex128]],
    rng: np.random.Generator,
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return the critical points of the distance from a random complex point, shape ``(ED degree, N)``, and its b."""
    b = complex_normal(rng, (1, len(variety.ambient)))
    moved, family = critical_points(solver, variety, q, b, points, rng)
    return family.points(moved.paths.points[moved.paths.success]), b[0]
