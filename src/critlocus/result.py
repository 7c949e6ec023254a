"""Results: everything a run found, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.draws import FIRST, DrawStatistics
from critlocus.networks import Network, sign_group
from critlocus.networks.symmetry import SignGroup
from critlocus.proof import Parameters
from critlocus.table import SolutionTable

if TYPE_CHECKING:
    import pandas


@dataclass(eq=False)
class StratumRecord:
    """One zero pattern.

    Attributes
    ----------
    name : str
        Widths of the living subnetwork, such as ``2-1-2``.
    support : bool array, shape (n,)
        The weights that are not identically zero.
    points : int
        Critical points of the generic member on it, whole orbits.
    group_order : int
        Order of the sign group that acts freely on them.
    evidence : dict
        Loops, quiet loops, trace test and the like.
    rank : int
        Largest rank of d mu on it; its points are spurious if that is below `Result.generic_rank`. -1: not known.
    """

    name: str
    support: NDArray[np.bool_]
    points: int
    group_order: int
    evidence: dict[str, Any] = field(default_factory=dict)
    rank: int = -1


@dataclass(eq=False)
class Result:
    """What `critlocus.solve` returns and `critlocus.load` reads.

    Attributes
    ----------
    network : Network
    loss : dict
        Where data and regulariser came from.
    data : dict of arrays
        ``inputs`` (K, m, n_inputs), ``outputs`` (K, m, n_outputs), ``weights`` and ``regularizer`` (K, n) of the
        targets, where they are real.
    parameter_names : list of str
    generic_parameters : complex128 array, shape (P,)
    generic : SolutionTable
        The critical points of the generic member.
    target_parameters, target_low, target_radii : arrays, shape (K, P)
        Parameters of the targets as ``parameters + low``, and bounds of their errors, covered by the certificates.
    targets : SolutionTable
        The critical points of all targets, target by target.
    strata : list of StratumRecord
    empty_patterns : list of str
        Zero patterns proven (mod a prime) to have no solutions over generic parameters.
    evidence : dict
    generic_rank : int
        Rank of d mu at generic weights, the dimension of the neurovariety; -1: not known.
    classified : bool
        The run told pure from spurious points; files of schema 1 did not.
    stop_reason : str
        ``complete``, or why the run ended early.
    draws : DrawStatistics, optional
        Of ``solve(..., draws=N)``; the tables of the draws are then in the file, if anywhere.
    """

    network: Network
    seed: int
    solver: str
    solver_version: str
    loss: dict[str, Any]
    data: dict[str, NDArray[np.float64]]
    parameter_names: list[str]
    generic_parameters: NDArray[np.complex128]
    generic: SolutionTable
    target_parameters: NDArray[np.complex128]
    target_low: NDArray[np.complex128]
    target_radii: NDArray[np.float64]
    targets: SolutionTable
    strata: list[StratumRecord] = field(default_factory=list)
    empty_patterns: list[str] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    stop_reason: str = "complete"
    paths_tracked: int = 0
    failed_paths: int = 0
    generic_done: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    space: str = "weights"
    version: str = ""
    generic_rank: int = -1
    classified: bool = True

    target_summaries: list[dict[str, Any]] = field(default_factory=list)
    draws: DrawStatistics | None = None

    def append_targets(
        self,
        table: SolutionTable,
        parameters: Parameters,
        data: dict[str, NDArray[np.float64]],
        *,
        keep: bool = True,
    ) -> None:
        """Add a block of targets; with ``keep=False`` only their summaries (the tables are in the file).

        With statistics over draws (`draws`), these are fed, and only the first summaries are kept.
        """
        from critlocus.analysis.summary import summarize_targets

        first = len(self.target_summaries) if self.draws is None else self.draws.draws
        block = summarize_targets(table, parameters.high, first, self.strata)
        if self.draws is not None:
            self.draws.add(block)
            block = block[: max(0, FIRST - first)]
        self.target_summaries += block
        if keep:
            self.target_parameters = np.concatenate([self.target_parameters, parameters.high])
            self.target_low = np.concatenate([self.target_low, parameters.low])
            self.target_radii = np.concatenate([self.target_radii, parameters.radii])
            self.targets = SolutionTable.concatenate([self.targets, table])
            for name, rows in data.items():
                self.data[name] = np.concatenate([self.data[name], rows]) if name in self.data else rows

    @property
    def symmetry(self) -> SignGroup:
        """The sign group of the network."""
        return sign_group(self.network)

    def target(self, k: int = 0) -> SolutionTable:
        """Return the table of target k."""
        return self.targets[self.targets.parameter_row == k]

    def points(self, k: int | None = 0, *, real: bool = False) -> NDArray[np.complex128]:
        """Return critical points with whole orbits written out, shape ``(N, n)``.

        Parameters
        ----------
        k : int or None
            Target, or None for the generic member.
        real : bool
            Only points proven real, as a real array.
        """
        table = self.generic if k is None else self.target(k)
        table = table[table.found & (table.is_real if real else True)]
        return expand_orbits(self.symmetry, table.theta.real if real else table.theta, self._support(table))

    def _support(self, table: SolutionTable) -> NDArray[np.bool_]:
        supports = np.array([s.support for s in self.strata], dtype=bool).reshape(len(self.strata), -1)
        return supports[table.stratum]

    def to_dataframe(self, *, generic: bool = False) -> pandas.DataFrame:
        """Return one row per orbit with all columns; needs pandas (``pip install critlocus[pandas]``)."""
        from critlocus.analysis.dataframe import to_dataframe

        return to_dataframe(self, generic=generic)

    def summary(self) -> dict[str, Any]:
        """Return the numbers that the command line prints, as plain Python objects (``--json``)."""
        from critlocus.analysis.summary import summary

        return summary(self)


def expand_orbits(symmetry: SignGroup, theta: NDArray[Any], support: NDArray[np.bool_]) -> NDArray[Any]:
    """Write out the orbits of points with given supports, each image once: shape ``(N, n)`` -> ``(M, n)``."""
    parts = []
    for pattern in np.unique(support, axis=0):
        rows = np.all(support == pattern, axis=1)
        living = symmetry.incoming[:, pattern].any(axis=1)
        group = SignGroup(symmetry.flips[living], symmetry.incoming[living])
        parts.append(group.expand(theta[rows]).reshape(-1, theta.shape[1]))
    return np.concatenate(parts) if parts else theta[:0]
