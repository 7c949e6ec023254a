"""Certified Hessian signatures: how many eigenvalues are negative, zero, positive, proven over a whole box.

By Sylvester's law of inertia ``V^T H V`` has the signature of H for any regular V. With V from approximate
eigenvectors the product is nearly diagonal, and Gershgorin's discs that avoid 0 prove the signature, and the
regularity of V with it. All rounding is bounded a priori (Higham, *Accuracy and Stability*, ch. 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UNPROVEN = -1


def certified_signature(centre: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return (n-, n0, n+) of every symmetric matrix H with ``|H - centre| <= radius`` entrywise.

    Parameters
    ----------
    centre, radius : float64 arrays, shape (N, n, n)

    Returns
    -------
    int32 array, shape (N, 3)
        Each row sums to n (and n0 is 0), or is -1, -1, -1 where nothing is proven.
    """
    count, n = centre.shape[:2]
    found = np.full((count, 3), UNPROVEN, dtype=np.int32)
    if count == 0:
        return found
    symmetric = 0.5 * (centre + np.swapaxes(centre, 1, 2))
    usable = np.isfinite(symmetric).all(axis=(1, 2)) & np.isfinite(radius).all(axis=(1, 2))
    rows = np.flatnonzero(usable)
    eigenvalues, vectors = np.linalg.eigh(symmetric[rows])
    largest = np.abs(eigenvalues).max(axis=1, initial=0.0, keepdims=True)
    floor = np.where(largest > 0, 1e-30 * largest, 1.0)
    scale = np.sqrt(np.maximum(np.abs(eigenvalues), floor))
    v = vectors / scale[:, None, :]
    vt = np.swapaxes(v, 1, 2)
    product = vt @ centre[rows] @ v
    size = np.abs(vt) @ np.abs(centre[rows]) @ np.abs(v)
    spread = np.abs(vt) @ radius[rows] @ np.abs(v)
    # Two matrix products: |error| <= gamma_2n |V^T| |H| |V|; the factor 4 covers the rounding of the bound itself.
    error = 4 * (n + 2) * 2.0**-52 * size + spread * (1 + 1e-10)
    diagonal = np.einsum("kii->ki", product)
    bound = (np.abs(product).sum(axis=2) - np.abs(diagonal) + error.sum(axis=2)) * (1 + 1e-10)
    proven = np.all(np.abs(diagonal) > bound, axis=1)
    negative = np.count_nonzero(diagonal < 0, axis=1)
    found[rows[proven], 0] = negative[proven]
    found[rows[proven], 1] = 0
    found[rows[proven], 2] = n - negative[proven]
    return found
