"""What an event between two chambers does to their labels, as a check of curves and counts.

At a fold two critical points of neighbouring indices appear or vanish. At the apex of a cone of dimension n the index i
becomes ``n - 1 - i``; where one summand of several vanishes, the part of the index that belongs to it is turned. On the
branch locus of a network that fills its space two pure points, which are minima, appear or vanish, and the spurious
point between them changes its index from 0 to 1 or back. Where a dead unit comes to life, the points of the pattern
change their index by 1, and an orbit with the unit alive appears with the old index or the new one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.labels import Label


def fold_index(before: Label, after: Label, change: int) -> int:
    """Return i if the histograms differ by one point of index i and one of index i + 1; -1 if they do not.

    Parameters
    ----------
    change : int
        Its sign says on which side the two points are: positive if after the event.
    """
    difference = _change(before, after) * (1 if change > 0 else -1)
    at = np.flatnonzero(difference)
    if len(at) == 2 and at[1] == at[0] + 1 and np.all(difference[at] == 1):
        return int(at[0])
    return -1


def fold_explains(before: Label, after: Label) -> bool:
    """Tell whether one fold turns one label into the other."""
    return fold_index(before, after, int(_change(before, after).sum())) >= 0


def branch_explains(before: Label, after: Label) -> bool:
    """Tell whether two pure points that meet a spurious one do: one minimum and one point of index 1 more, or less."""
    return fold_index(before, after, int(_change(before, after).sum())) == 0


def apex_explains(before: Label, after: Label, dim: int) -> bool:
    """Tell whether a passage through the apex does: the index i becomes ``dim - 1 - i``, which may be i."""
    change = _change(before, after)
    at = np.flatnonzero(change)
    return len(at) == 0 or (len(at) == 2 and at.sum() == dim - 1 and sorted(change[at]) == [-1, 1])


def summand_explains(before: Label, after: Label, dim: int, fewer: int) -> bool:
    """Tell whether one summand of a critical point that goes through 0 does.

    The Hessian splits: into one of size ``fewer + 1`` by f' and the length of the summand, and one by its ray, of size
    ``m = dim - fewer - 1``, that changes its sign (and is as small as the summand). So the index ``i0 + j`` becomes
    ``i0 + m - j``, with i0 from 0 to ``fewer + 1`` and j from 0 to m, which may be the same.

    Parameters
    ----------
    dim, fewer : int
        Dimensions of X, and of the sums of one summand less.
    """
    change, m = _change(before, after), dim - fewer - 1
    at = np.flatnonzero(change)
    if len(at) == 0:
        return m % 2 == 0
    total, gap = int(at.sum()), int(at[-1] - at[0])
    return sorted(change[at]) == [-1, 1] and gap <= m and (gap - m) % 2 == 0 and m <= total <= 2 * dim - m


def orbits_explain(kind: str, order: int, born: int, before: Label, after: Label) -> bool:
    """Tell whether an event of a zero pattern does; see `critlocus.chambers.pattern_events.PatternEvents`."""
    difference = _change(before, after)
    size = len(difference)
    unit = np.eye(size, dtype=int)
    if kind == "fold":
        changes = [order * (unit[i] + unit[i + 1]) for i in range(size - 1)]
    else:  # the points of the pattern change their index, and an orbit with the unit alive appears with the old index
        changes = [
            order * (unit[j] - unit[i]) + born * unit[k]
            for i in range(size) for j in (i - 1, i + 1) if 0 <= j < size for k in (i, j)
        ]  # fmt: skip
    return any(np.array_equal(difference, sign * change) for change in changes for sign in (1, -1))


def _change(before: Label, after: Label) -> NDArray[np.int64]:
    """Return the second histogram minus the first, with one more entry than the longer one has."""
    size = max(len(before.histogram), len(after.histogram)) + 1
    old, new = (np.pad(l.histogram, (0, size - len(l.histogram))) for l in (before, after))
    return np.asarray(new - old, dtype=np.int64)
