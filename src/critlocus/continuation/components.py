"""The section of a zero set by a general linear space, and the degrees of its irreducible components.

All points come from a total-degree homotopy. Loops of sections connect the points of a component, and a set
whose trace is linear is a union of components: sets that are both are components. Reference: Sommese, Verschelde &
Wampler, *Symmetric functions applied to decomposing solution sets of polynomial systems* (2002).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.section_degree import SectionDegree
from critlocus.continuation.section_trace import LINEAR, section_traces
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.linear_section import ImplicitSection
from critlocus.solve_system import solve_system
from critlocus.solvers.native import NativeSolver

_ROUNDS = 60
_ALL_HOME = 5


def implicit_degree(solver: NativeSolver, section: ImplicitSection, rng: np.random.Generator) -> SectionDegree:
    """Find the points of a general section of the components of highest dimension, and how these share them.

    Raises
    ------
    InputError
        If the total degree of the section's equations is too high.
    """
    parameters = section.random_parameters(rng, 1)[0]
    solved = solve_system(section.system, parameters, seed=int(rng.integers(2**31)), threads=solver.threads)
    points = solved.points[section.on_variety(section.points(solved.points, parameters))]
    found = SectionDegree(points, parameters, paths_tracked=len(solved.kinds))
    ends = solved.summary()["ends"]
    if len(points) == 0:
        found.reason = "no regular point of the section was found"
        return found
    found.label = label = np.arange(len(points))
    for _ in range(_ROUNDS):
        traces, tracked = section_traces(solver, section, points, parameters, rng)
        found.paths_tracked += tracked
        if traces is not None:
            found.residual = float(np.abs(traces.sum()))
            found.trace = found.residual <= LINEAR
            parts = [np.flatnonzero(label == k) for k in np.unique(label)]
            if not found.trace:
                break
            if all(np.abs(traces[part].sum()) <= LINEAR for part in parts):
                found.components = tuple(sorted((len(part) for part in parts), reverse=True))
                break
        found.paths_tracked += _join(solver, section, found, label, rng)
    singular = [text for name in ("singular", "undecided") for text in [f"{ends[name]} {name}"] if ends[name]]
    if not found.trace:
        found.reason = "the trace is not linear: points are missing" if found.trace is False else "paths failed"
        found.reason += f" ({', '.join(singular)} ends)" if singular else ""
    elif singular and section.on_variety(section.points(solved.singular, parameters)).any():
        found.reason = f"the section has singular points: nonreduced components? ({', '.join(singular)} ends)"
    return found


def _join(
    solver: NativeSolver,
    section: ImplicitSection,
    found: SectionDegree,
    label: NDArray[np.int64],
    rng: np.random.Generator,
) -> int:
    """Run loops and give points that a loop connects one label, in place; return the number of paths."""
    count, nobody = len(label), SignGroup.trivial(section.system.n)
    loops = _ALL_HOME
    table = np.vstack([found.parameters[None, :], section.random_parameters(rng, 2 * loops)])
    loop, origin = np.repeat(np.arange(loops), count), np.tile(np.arange(count), loops)
    points, tracked = found.points[origin], 0
    for corner in range(3):
        from_ = np.zeros_like(loop) if corner == 0 else 2 * loop + corner
        to = np.zeros_like(loop) if corner == 2 else 2 * loop + corner + 1
        paths = solver.track(section.system, points, table, from_, to)
        tracked += len(points)
        good = paths.success
        points, loop, origin = paths.points[good], loop[good], origin[good]
    collided = np.unique(loop[match_orbits(points, nobody, groups=loop) != np.arange(len(loop))])
    end = match_orbits(np.concatenate([found.points, points]), nobody)[count:]
    for a, b in zip(origin[~np.isin(loop, collided)], end[~np.isin(loop, collided)], strict=True):
        if b < count and label[a] != label[b]:
            label[label == label[b]] = label[a]
    return tracked
