"""Trace test for linear sections: the sum of their points moves linearly if and only if none is missing.

Reference: Sommese, Verschelde & Wampler, *Symmetric functions applied to decomposing solution sets of polynomial
systems* (2002); Leykin, Rodriguez & Sottile, *Trace test* (2018).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.transport import Transporter
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.linear_section import LinearSection
from critlocus.solvers.protocol import Solver

LINEAR = 1e-10
"""A relative second difference of the trace below this counts as linear. Rounding gives 1e-12 or less."""


def section_traces(
    solver: Solver,
    section: LinearSection,
    z: NDArray[np.complex128],
    parameters: NDArray[np.complex128],
    rng: np.random.Generator,
) -> tuple[NDArray[np.complex128] | None, int]:
    """Return, point by point, the second difference of a random linear form as the section is moved twice.

    The sum over a set of points is 0 if and only if the set is a union of components' sections (for a general section
    and direction).

    Parameters
    ----------
    z : complex128 array, shape (k, n)
        Unknowns of distinct points of the section at `parameters`, shape ``(n_params,)``.

    Returns
    -------
    complex128 array, shape (k,), or None; int
        Relative to the sum of the moduli of the form; None if a path failed. The number of paths tracked.
    """
    step = section.direction(rng, parameters)
    rows = [parameters, parameters + step, parameters + 2 * step]
    form = complex_normal(rng, (section.points(z[:1], parameters).shape[1],))
    carrier = Transporter(solver, section.system, z, parameters, section.random_parameters, section.identification)
    moved, tracked = [z], 0
    for row in rows[1:]:
        done = carrier(row[None, :], rng)
        tracked += done.paths_tracked
        if not done.paths.success.all():
            return None, tracked
        moved.append(done.paths.points)
    values = [section.points(points, row) @ form for points, row in zip(moved, rows, strict=True)]
    size = max(float(np.abs(v).sum()) for v in values)
    return np.asarray((values[0] - 2 * values[1] + values[2]) / size), tracked
