"""Lines and planes of data in the parameters of a system: ``p0 + s p1 (+ t p2)``, and a vector c with ``c.v = 1``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from critlocus.tape.graph import NONE, Graph, Term


def consecutive(sizes: dict[str, int]) -> dict[str, slice]:
    """Return where groups of parameters lie that follow one another."""
    ends = pairwise(accumulate(sizes.values(), initial=0))
    return {name: slice(start, end) for name, (start, end) in zip(sizes, ends, strict=True)}


def moved_data(
    graph: Graph, p0: Sequence[int], moving: Iterable[int], directions: Sequence[Sequence[int]], moves: Sequence[int]
) -> list[int]:
    """Return the nodes of the parameters ``p0 + s p1 (+ t p2)``.

    Parameters
    ----------
    moving : ints
        The parameters that move.
    directions : lists of int
        p1 (and p2), one entry for each of them.
    moves : list of int
        s (and t).
    """
    p, places = list(p0), list(moving)
    for direction, move in zip(directions, moves, strict=True):
        for i, d in zip(places, direction, strict=True):
            p[i] = graph.sum([(1.0, p[i], NONE), (1.0, d, move)])
    return p


def minus_one(graph: Graph, c: Sequence[int], v: Sequence[int]) -> int:
    """Return the node of ``c.v - 1``."""
    terms: list[Term] = [(1.0, a, b) for a, b in zip(c, v, strict=True)]
    return graph.sum([*terms, (-1.0, graph.constant(1), NONE)])
