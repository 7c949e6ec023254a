"""Places of labels along an axis, so that they do not overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def spread(wanted: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Return places in [0, 1] at least `gap` apart, as near to the wanted ones as can be, in the same order.

    Labels that would overlap form a block around the mean of what they want (least squares under order constraints).

    Parameters
    ----------
    wanted : float64 array, shape (K,)
        Increasing.
    gap : float
        At most ``1 / (K - 1)``.

    Raises
    ------
    ValueError
        If there is no room for so many.
    """
    count = len(wanted)
    room = 1 - (count - 1) * gap
    if count and room < 0:
        raise ValueError(f"{count} labels at distance {gap} do not fit")
    steps = gap * np.arange(count)
    blocks: list[tuple[float, int]] = []
    for value in wanted - steps:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] >= mean:
            other, more = blocks.pop()
            mean, size = (mean * size + other * more) / (size + more), size + more
        blocks.append((mean, size))
    places = np.array([mean for mean, size in blocks for _ in range(size)])
    return np.asarray(np.clip(places, 0, max(room, 0)) + steps)
