"""Random points of all components of largest dimension, from some points on each: moving linear sections carry them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import Interrupted
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.linear_section import ImplicitSection
from critlocus.solvers.native import NativeSolver
from critlocus.varieties.variety import ImplicitVariety


def component_samples(
    solver: NativeSolver,
    variety: ImplicitVariety,
    points: list[NDArray[np.complex128]],
    sections: int,
    rng: np.random.Generator,
) -> NDArray[np.complex128]:
    """Return points of random sections, shape ``(M, N)``, to which those given lead, and these themselves.

    Parameters
    ----------
    points : list of complex128 arrays, shape (N,)
        See `critlocus.continuation.component_points`.
    sections : int
        Each point is carried to so many; M is less than their number times that of points where paths fail.

    Raises
    ------
    Interrupted
        On Ctrl-C.
    """
    section = ImplicitSection(variety, rng)
    begin = np.array(points)
    s = complex_normal(rng, (len(begin), section.codimension))
    table = np.vstack([begin - s @ section.basis.T, section.random_parameters(rng, sections)])
    own, to = (a.ravel() for a in np.indices((len(begin), sections)))
    paths = solver.track(section.system, s[own], table, own, len(begin) + to)
    if paths.interrupted:
        raise Interrupted("stopped")
    good = paths.success
    found = section.points(paths.points[good], table[len(begin) + to[good]])
    return np.concatenate([begin, found[section.on_variety(found)]])
