"""Where critical points of a regularised loss pass through infinity: singular moments of the inputs.

Let the network be linear with one hidden layer and one output, ``f = w2 W1``, all lambda > 0, and ``r = f M - C``, with
M the moments of the inputs. For a unit that is alive, with weights a (incoming) and c (outgoing), the equations are
``c r = -lambda_a a`` and ``r.a = -lambda_c c``, so that ``sum_k r_k^2 / lambda_ak = lambda_c``: r is bounded. Then
``f = (r + C) M^-1`` is, unless M is singular, and with it ``sum lambda theta^2 = -2 <f, r>``. So for one input.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.events import Event
from critlocus.networks import Network

Reals = NDArray[np.float64]
_NEARLY_REAL = 1e-6


def is_covered(network: Network, weights: Reals) -> bool:
    """Tell whether critical points can pass through infinity at singular moments only."""
    linear = len(network.widths) == 3 and network.sigma.is_power and network.sigma.degree == 1
    return linear and 1 in (network.widths[0], network.widths[-1]) and bool(np.all(weights > 0))


def singular_moments(first: Reals, second: Reals, interval: tuple[float, float]) -> list[Event] | None:
    """Return the s in an interval at which ``(1 - s) M0 + s M1`` is singular, with proven isolating intervals.

    Parameters
    ----------
    first, second : float64 arrays, shape (n, n)
        M0 and M1; the line is ``M0 + s (M1 - M0)``, with the difference in double precision.
    interval : (float, float)

    Returns
    -------
    list of Event or None
        None: zeros that are not proven to be real or not, such as double ones, or M is singular all over.
    """
    step = second - first
    shift = 0.5 * sum(interval) + 0.318 * (interval[1] - interval[0])
    middle = first + shift * step
    if np.linalg.cond(middle) > 1e12:
        return None
    values = np.linalg.eigvals(np.linalg.solve(middle, step))
    events = []
    for value in values:
        if abs(value) < 1e-12 * max(np.abs(values).max(), 1e-300):
            continue  # at infinity
        s = shift - 1 / value
        if abs(s.imag) > _NEARLY_REAL * max(1.0, abs(s)):
            continue
        radius = 1e-10 * max(1.0, abs(s.real))
        low, high = float(s.real) - radius, float(s.real) + radius
        if high < interval[0] or low > interval[1]:
            continue
        if not interval[0] < low or not high < interval[1] or _sign(first, step, low) * _sign(first, step, high) >= 0:
            return None
        events.append(Event(float(s.real), radius, "infinity", 0, -1, True))
    return sorted(events, key=lambda e: e.s)


def _sign(first: Reals, step: Reals, s: float) -> int:
    """Return the sign of det(M0 + s (M1 - M0)), computed exactly."""
    rows = [
        [Fraction(a) + Fraction(s) * Fraction(b) for a, b in zip(own, other, strict=True)]
        for own, other in zip(first.tolist(), step.tolist(), strict=True)
    ]
    sign = 1
    while rows:
        pivot = next((k for k, row in enumerate(rows) if row[0]), None)
        if pivot is None:
            return 0
        top = rows.pop(pivot)
        sign *= (-1 if pivot % 2 else 1) * (1 if top[0] > 0 else -1)
        rows = [[c - row[0] / top[0] * t for c, t in zip(row[1:], top[1:], strict=True)] for row in rows]
    return sign
