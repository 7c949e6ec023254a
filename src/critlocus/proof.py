"""Everything that is proven of a set of points: certificates, distinctness, signatures, pure or spurious."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import certify
from critlocus.distinct import distinct_orbits
from critlocus.networks.symmetry import SignGroup
from critlocus.pure import PURE, Classes, Classifier
from critlocus.signature import UNPROVEN, certified_signature
from critlocus.table import SolutionTable
from critlocus.tape.system import PolynomialSystem


@dataclass(eq=False)
class Parameters:
    """Rows of parameters ``high + low``, each known up to a radius; shapes ``(P, n_params)``."""

    high: NDArray[np.complex128]
    low: NDArray[np.complex128]
    radii: NDArray[np.float64]

    @classmethod
    def exact(cls, rows: NDArray[np.complex128]) -> Parameters:
        """Return parameters that are exactly the given doubles."""
        return cls(rows, np.zeros_like(rows), np.zeros(rows.shape))


@dataclass(eq=False)
class Proof:
    """What is proven of N points; the columns of the same names of `critlocus.table.SolutionTable`."""

    theta: NDArray[np.complex128]
    certified: NDArray[np.bool_]
    distinct: NDArray[np.bool_]
    real: NDArray[np.int8]
    radius: NDArray[np.float64]
    contraction: NDArray[np.float64]
    condition: NDArray[np.float64]
    signature: NDArray[np.int32]
    classes: Classes

    COLUMNS = ("theta", "certified", "distinct", "real", "radius", "contraction", "condition", "signature")

    def fill(self, table: SolutionTable, rows: NDArray[np.int64]) -> None:
        """Copy all columns into rows of a table."""
        for name in self.COLUMNS:
            getattr(table, name)[rows] = getattr(self, name)
        for name in Classes.COLUMNS:
            getattr(table, name)[rows] = getattr(self.classes, name)


def prove(
    system: PolynomialSystem,
    symmetry: SignGroup,
    classifier: Classifier,
    points: NDArray[np.complex128],
    support: NDArray[np.bool_],
    rows: NDArray[np.int64],
    parameters: Parameters,
    *,
    threads: int = 1,
) -> Proof:
    """Certify, separate and classify approximate critical points.

    Parameters
    ----------
    classifier : Classifier
        Of the network whose weights are the unknowns.
    points : complex128 array, shape (N, n)
    support : bool array, shape (N, n)
        The weights that are not identically zero on each point's stratum.
    rows : int64 array, shape (N,)
        Row of `parameters` to which each point belongs.
    """
    found = certify(
        system, points, parameters.high, rows, parameters_low=parameters.low, parameter_radii=parameters.radii,
        threads=threads,
    )  # fmt: skip
    signature = np.full((len(points), 3), UNPROVEN, np.int32)
    signature[found.real_rows] = certified_signature(found.jacobian, found.jacobian_radius)
    distinct = np.zeros(len(points), bool)
    sure = np.flatnonzero(found.certified)
    distinct[sure] = distinct_orbits(found.points[sure], found.radius[sure], support[sure], rows[sure], symmetry)
    classes = classifier(found.points, found.radius, found.certified, support)
    of_real = np.flatnonzero(classes.pure[found.real_rows] == PURE)
    chosen = found.real_rows[of_real]
    classes.function_signature[chosen] = classifier.function_signature(
        found.points[chosen].real, found.radius[chosen], found.jacobian[of_real], found.jacobian_radius[of_real],
        signature[chosen],
    )  # fmt: skip
    return Proof(
        found.points, found.certified, distinct, found.real, found.radius, found.contraction, found.condition,
        signature, classes,
    )  # fmt: skip
