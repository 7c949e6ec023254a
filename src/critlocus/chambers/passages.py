"""What happens to a critical point where labels differ although none of the exact systems has an event there.

Its size and the regularity of the map or of the equations at it are followed towards the event: they tell whether it
goes to infinity or to a singular point. This is numerical evidence; that the picture changes is proven by the labels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.distance import Distance, ParametrizedDistance
from critlocus.problems.implicit_distance import ImplicitDistance

Reals = NDArray[np.float64]
Traits = Callable[[Reals], list[Reals]]
"""From values of s, shape ``(K,)``, to (size, regularity) of the real critical points of each, shape ``(R, 2)``."""
STEPS = (1.0, 2.0, 4.0, 8.0)
NEAREST = 1e-6
_POWER = 1.05
"""A size that grows like ``d^(-1/12)`` or faster when the distance d is halved grows by this factor or more;
the same for a regularity that goes to zero."""


def traits_of(family: Distance, points: NDArray[np.float64]) -> Reals:
    """Return (size, regularity) of critical points, shape ``(R, n_unknowns)`` -> ``(R, 2)``.

    The regularity is the smallest singular value of the map, relative to the largest one, or of the equations'
    gradients: zero at singular points.
    """
    found = np.zeros((len(points), 2))
    for k, z in enumerate(points.astype(np.complex128)):
        if isinstance(family, ImplicitDistance):
            x = z[: len(family.variety.ambient)]
            values = np.linalg.svd(family.gradients(x), compute_uv=False)
            found[k] = np.linalg.norm(x), values[-1]
        else:
            assert isinstance(family, ParametrizedDistance)
            values = np.linalg.svd(family.identification.jacobian(z, np.zeros(0)), compute_uv=False)
            found[k] = np.linalg.norm(z), values[-1] / max(values[0], 1e-300)
    return found


def nature(traits: Traits, s: float, radius: float) -> str:
    """Return ``infinity``, ``singular``, or ``unexplained`` for an event in ``[s - radius, s + radius]``.

    Either side is looked at, from far to near: on one of them the largest size must grow at every step, or the smallest
    regularity fall.
    """
    steps = max(2 * radius, NEAREST * max(1.0, abs(s))) * np.array(STEPS[::-1])
    for side in (-1, 1):
        found = traits(s + side * steps)
        if any(len(t) == 0 for t in found):
            continue
        size = np.array([t[:, 0].max() for t in found])
        regularity = np.array([t[:, 1].min() for t in found])
        grows = float(size[-1] / size[0]) if np.all(size[1:] > _POWER * size[:-1]) else 0.0
        falls = float(regularity[0] / regularity[-1]) if np.all(regularity[1:] * _POWER < regularity[:-1]) else 0.0
        if max(grows, falls) > 0:
            return "infinity" if grows > falls else "singular"
    return "unexplained"
