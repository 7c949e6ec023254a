"""Linear forms that vanish on the tangent space of a variety at a point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.problems.distance import Distance, ImplicitDistance

_NOTHING = np.zeros(0)


def normal_covectors(
    distance: Distance, z: NDArray[np.complex128]
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return the point x, shape ``(N,)``, and a basis of its normal forms, shape ``(c, N)``, for unknowns z.

    The basis is orthonormal for a parametrised variety; for an implicit one it consists of gradients.
    """
    x = distance.points(z)
    if isinstance(distance, ImplicitDistance):
        return x, distance.gradients(x)
    tangent = distance.functions.jacobian(z, _NOTHING).T
    _, _, vh = np.linalg.svd(tangent)
    return x, vh[len(tangent) :].conj()
