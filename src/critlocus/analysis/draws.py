"""Statistics over random data sets: how many critical points are real, and of which index.

A `DrawStatistics` is fed with the summaries of targets as they are computed and keeps no points, so that its memory
does not grow with the number of draws. Every count it holds is a number of certified points. A draw at which something
was lost or could not be proven is incomplete: its numbers are lower bounds, and are kept apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any

from critlocus.errors import InputError

if TYPE_CHECKING:
    from critlocus.functions.result import FunctionResult
    from critlocus.result import Result

FIRST = 8
"""With statistics, the summaries of so many targets are kept one by one."""


@dataclass
class Tally:
    """The distribution of a whole number, as {value: how often}."""

    counts: Counter[int] = field(default_factory=Counter)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.counts.total()

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return sum(v * n for v, n in self.counts.items()) / self.draws

    @property
    def standard_error(self) -> float | None:
        """Standard error of the mean; None for a single draw."""
        if self.draws < 2:
            return None
        mean = self.mean
        variance = sum(n * (v - mean) ** 2 for v, n in self.counts.items()) / (self.draws - 1)
        return sqrt(variance / self.draws)

    def padded(self, draws: int) -> Tally:
        """Return the tally of `draws` draws in which those that are not counted here have the value 0."""
        return Tally(self.counts + Counter({0: draws - self.draws}))

    def summary(self) -> dict[str, Any] | None:
        """Return mean, standard error, extremes and distribution; None without a draw."""
        return None if not self.draws else {
            "mean": self.mean, "standard_error": self.standard_error, "minimum": min(self.counts),
            "maximum": max(self.counts), "distribution": {str(v): n for v, n in sorted(self.counts.items())},
        }  # fmt: skip


@dataclass
class DrawStatistics:
    """Numbers of real critical points over independent draws of the data.

    Attributes
    ----------
    draws : int
    incomplete : int
        Draws with points that were lost, are not certified, or whose reality or index is not proven, and draws whose
        number of points that are not real is odd.
    real, minima : Tally
        Certified real critical points, and certified local minima (index 0), of the complete draws.
    by_index : dict
        {index: Tally over the complete draws that have such points}.
    lower_bounds : Tally
        Certified real critical points of the incomplete draws.
    """

    draws: int = 0
    incomplete: int = 0
    real: Tally = field(default_factory=Tally)
    minima: Tally = field(default_factory=Tally)
    by_index: dict[int, Tally] = field(default_factory=dict)
    lower_bounds: Tally = field(default_factory=Tally)

    def add(self, targets: Iterable[dict[str, Any]]) -> None:
        """Count the summaries of some targets, as in the list ``targets`` of a result's summary.

        Raises
        ------
        InputError
            If a target is complex: reality and index belong to real ones.
        """
        for row in targets:
            if row["real"] is None:
                raise InputError("draws: the targets are complex; numbers of real points belong to real targets")
            self.draws += 1
            if not _complete(row):
                self.incomplete += 1
                self.lower_bounds.counts[row["real"]] += 1
                continue
            self.real.counts[row["real"]] += 1
            self.minima.counts[len(row["minima"])] += 1
            for index, count in row["index_histogram"].items():
                self.by_index.setdefault(int(index), Tally()).counts[count] += 1

    def summary(self) -> dict[str, Any] | None:
        """Return the statistics as plain Python objects; None without a draw."""
        if not self.draws:
            return None
        return {
            "draws": self.draws,
            "incomplete": self.incomplete,
            "real": self.real.summary(),
            "minima": self.minima.summary(),
            "by_index": {str(i): t.padded(self.real.draws).summary() for i, t in sorted(self.by_index.items())},
            "lower_bounds": self.lower_bounds.summary(),
        }


def check_draws(draws: int, targets: int | None, target: str, *, given: bool) -> None:
    """Raise InputError if there can be no statistics over random data sets; `given`: the data are not random."""
    if draws < 1:
        raise InputError(f"draws: {draws} is not at least 1")
    if targets is not None:
        raise InputError("draws: give either draws or targets")
    if target != "real":
        raise InputError(f"draws: the target is {target}; numbers of real points belong to real targets")
    if given:
        raise InputError("draws: the data are given; random ones are generic:M")


def _complete(row: dict[str, Any]) -> bool:
    """Tell whether a target's numbers are exact for all that is known: points that are not real come in pairs."""
    sound = row["lost"] == row["reality_undecided"] == row["signature_unproven"] == 0
    proven = row["complex"] == row["certified"] == row["distinct"]
    total = row.get("ed_degree", row["complex"])
    if row.get("weights_split", True) is None:  # one row for every function, and all of them pure
        proven &= total == row["complex"]
    return bool(sound and proven and (total - row["real"]) % 2 == 0)


def draw_statistics(result: Result | FunctionResult) -> DrawStatistics:
    """Return the statistics over all targets of a result, also of one that was read from a file.

    Raises
    ------
    InputError
        If there are no targets, or complex ones.
    """
    if result.draws is not None:
        return result.draws
    found = DrawStatistics()
    found.add(result.summary()["targets"])
    if not found.draws:
        raise InputError("draws: the result has no targets")
    return found
