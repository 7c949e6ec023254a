"""The reach of a variety, from its narrowest bottleneck and its smallest radius of curvature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def reach(
    width: float | None, widths_in_families: NDArray[np.complex128], curvature: dict[str, Any], *, numerical: bool
) -> dict[str, Any]:
    """Return the reach, its two halves, and what is known of them.

    Parameters
    ----------
    width : float or None
        Of the narrowest real bottleneck that is isolated.
    widths_in_families : complex128 array
        Squared widths of those that are not.
    curvature : dict
        See `critlocus.bottlenecks.curvature`.
    numerical : bool
        The width is not proven.
    """
    if curvature.get("status") == "flat":
        return _reach(None, None, None, "infinite: a linear space")
    if curvature.get("singular"):
        return _reach(0.0, None, None, "0: there is a real singular point (numerical)")
    half, radius = None if width is None else width / 2, curvature.get("radius")
    positive = _positive(widths_in_families)
    floor = float(np.sqrt(positive.min())) / 2 if len(positive) else None
    known = [value for value in (half, radius, floor) if value is not None]
    value = min(known) if known else None
    if radius is None and curvature.get("status") != "solved":
        status = "an upper bound: only the bottleneck half is known" if known else "unknown"
    elif floor is not None and value == floor:
        status = "bottlenecks that are not isolated have this width; whether real ones do is not proven"
    elif curvature["status"] != "solved" or curvature.get("undecided_paths"):
        status = "as complete as bottlenecks and curvature are; see the status of the curvature"
    else:
        status = "complete if no bottleneck and no vertex is missing, and no branches meet at infinity"
    if numerical and value == half:
        status += "; the narrowest bottleneck is multiple, and numerical"
    return _reach(value, half, radius, status)


def _positive(squares: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the squared widths that could belong to real pairs."""
    near = np.abs(squares.imag) <= 1e-6 * np.abs(squares)
    return squares.real[near & (squares.real > 1e-9)]


def _reach(value: float | None, half: float | None, radius: float | None, status: str) -> dict[str, Any]:
    return {"value": value, "half_width": half, "radius": radius, "status": status}
