"""What the rank of a differential says about a point: of the parametrisation, or of the equations.

A parametrisation whose differential has full rank at theta maps a neighbourhood of theta onto a smooth piece of the
variety; other pieces may pass through the same point. Where the rank drops, theta is a critical point of mu, and the
image may still be a smooth point. Equations whose Jacobian has the rank of the codimension make the point smooth.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.data_files import read_table
from critlocus.errors import InputError
from critlocus.varieties.dimension import NumericalRank, tangent_maps
from critlocus.varieties.smooth_point import ON_VARIETY, equation_system, relative_residual
from critlocus.varieties.variety import ImplicitVariety, ParametrizedVariety

_CLEAR, _NOISE = 1e-6, 1e-12


@dataclass(frozen=True)
class PointRank:
    """Rank at one point.

    Attributes
    ----------
    rank : NumericalRank
        Of d mu, or of the Jacobian of the equations.
    generic : int
        The rank at general points of the variety.
    residual : float
        Of the equations, relative; 0 for parametrised varieties.
    implicit : bool
    """

    rank: NumericalRank
    generic: int
    residual: float
    implicit: bool

    @property
    def clear(self) -> bool:
        """Whether the singular values leave no doubt about the numerical rank."""
        return self.rank.rank == 0 or (self.rank.smallest >= _CLEAR and self.rank.next <= _NOISE)

    @property
    def verdict(self) -> str:
        """``smooth``, ``immersion``, ``rank drops``, ``not on the variety`` or ``undecided``."""
        if self.residual > ON_VARIETY:
            return "not on the variety"
        if not self.clear:
            return "undecided"
        if self.rank.rank < self.generic:
            return "rank drops"
        return "smooth" if self.implicit else "immersion"

    def summary(self) -> dict[str, Any]:
        """Return plain objects."""
        return {
            "verdict": self.verdict, "rank": self.rank.rank, "generic_rank": self.generic,
            "smallest_singular_value": self.rank.smallest, "next_singular_value": self.rank.next,
            **({"residual": self.residual} if self.implicit else {}),
        }  # fmt: skip


def ranks_at_weights(
    variety: ParametrizedVariety, rows: NDArray[np.float64] | NDArray[np.complex128], generic: int
) -> list[PointRank]:
    """Return the rank of d mu at every row of weights, shape ``(k, n_weights)``."""
    return [PointRank(NumericalRank.of(matrix), generic, 0.0, False) for matrix in tangent_maps(variety, rows)]


def ranks_at_points(
    variety: ImplicitVariety, rows: NDArray[np.float64] | NDArray[np.complex128], generic: int
) -> list[PointRank]:
    """Return the rank of the Jacobian of the equations at every row of coordinates, shape ``(k, N)``."""
    system, nothing = equation_system(variety), np.zeros(0)
    found = []
    for row in rows.astype(np.complex128):
        rank = NumericalRank.of(system.jacobian(row, nothing))
        found.append(PointRank(rank, generic, relative_residual(system, row), True))
    return found


def read_points(source: str | ArrayLike, names: list[str]) -> NDArray[np.float64] | NDArray[np.complex128]:
    """Return rows of numbers from an array, or from a file ``.npy`` (real or complex) or ``.csv`` (real, no header).

    Parameters
    ----------
    names : list of str
        One per column.

    Raises
    ------
    InputError
        If the file is missing, or this is not a table of finite numbers with one column per name.
    """
    if not isinstance(source, str):
        return _table(source, names, "points")
    if not os.path.isfile(source):
        raise InputError(f"points {source}: no such file")
    return _table(read_table(source, f"points {source}"), names, f"points {source}")


def _table(value: Any, names: list[str], label: str) -> NDArray[np.float64] | NDArray[np.complex128]:
    try:
        array = np.atleast_2d(np.asarray(value))
        array = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{label}: not an array of numbers") from None
    if array.ndim != 2 or array.shape[1] != len(names) or len(array) == 0:
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise InputError(f"{label}: shape {array.shape}, expected rows of {len(names)} numbers ({shown})")
    if not np.isfinite(array).all():
        raise InputError(f"{label}: not a finite number (NaN or infinity)")
    return array
