"""Proof that the picture is constant on pieces of a line of data: Krawczyk's test for whole intervals of s.

If every one of the critical points of a generic member is proven to exist, and to be regular, for all s of a disc, then
none of them meets another one there, becomes real, goes to infinity or changes its index: over the disc the picture is
that of its centre. Intervals that fail are bisected; what remains are tiny gaps around the events. Reference: Beltran &
Leykin, *Robust certified numerical homotopy tracking* (2013), for proofs along a path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.labels import Label

DEPTH = 20
"""Intervals are halved this often: gaps are 1e-6 of the interval between two events."""
Discs = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[list[Label], NDArray[np.bool_]]]
"""From centres and radii, shapes ``(K,)``, to the labels at the centres and whether they are proven all over."""


@dataclass(frozen=True)
class Piece:
    """An interval of s with one picture.

    Attributes
    ----------
    low, high : float
    sample : float
        Where the label was proven.
    label : Label
    steady : bool
        The label is proven all over the interval, and not only at the sample.
    """

    low: float
    high: float
    sample: float
    label: Label
    steady: bool

    @property
    def length(self) -> float:
        """Length of the interval."""
        return self.high - self.low


def constant_pieces(
    discs: Discs, intervals: list[tuple[float, float]], *, budget: int, depth: int = DEPTH
) -> list[list[Piece]]:
    """Return for every interval its pieces, by increasing s; neighbours that touch have different labels.

    Parameters
    ----------
    discs : callable
    intervals : list of (float, float)
    budget : int
        If more critical points had to be certified, the labels at the centres stand for the intervals that are left,
        not steady.
    depth : int
        Intervals are halved so often; what is still not constant is left out.
    """
    found: list[list[Piece]] = [[] for _ in intervals]
    todo = [(k, low, high) for k, (low, high) in enumerate(intervals) if low < high]
    spent = 0
    for level in range(depth + 1):
        if not todo:
            break
        ends = np.array([(low, high) for _, low, high in todo])
        centres = ends.mean(axis=1)
        radii = np.maximum(ends[:, 1] - centres, centres - ends[:, 0])
        labels, steady = discs(centres, radii)
        spent += sum(max(label.generic, 1) for label in labels)
        over = spent > budget
        open_ = []
        for (k, low, high), middle, label, sure in zip(todo, centres.tolist(), labels, steady, strict=True):
            if label.proven and (sure or over):
                found[k].append(Piece(low, high, middle, label, bool(sure)))
            elif not over and low < middle < high and level < depth:
                open_ += [(k, low, middle), (k, middle, high)]
        todo = open_
    return [_merged(sorted(pieces, key=lambda p: p.low)) for pieces in found]


def _merged(pieces: list[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last and last.high == piece.low and (last.label.same, last.steady) == (piece.label.same, piece.steady):
            wider = max(last, piece, key=lambda p: p.length)
            merged[-1] = Piece(last.low, piece.high, wider.sample, wider.label, last.steady)
        else:
            merged.append(piece)
    return merged
