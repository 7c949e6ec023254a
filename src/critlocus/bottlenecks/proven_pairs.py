"""Proofs about bottlenecks: that a pair exists, has x != y, is real and unlike all others, and how wide it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.bottlenecks.pairs import Bottlenecks
from critlocus.certify import REAL, certify
from critlocus.distinct import overlapping_boxes
from critlocus.problems.bottlenecks import squared_width
from critlocus.problems.distance import Distance
from critlocus.tape.enclose import enclose
from critlocus.tape.graph import Graph


def proven_pairs(
    family: Distance, points: NDArray[np.complex128], target: NDArray[np.complex128], threads: int
) -> tuple[Bottlenecks, NDArray[np.bool_]]:
    """Certify pairs; return those that are proven to exist and to have x != y, and which these are."""
    proof = certify(family.system, points, target[None, :], np.zeros(len(points), np.int64), threads=threads)
    graph = Graph()
    z = [graph.variable() for _ in range(family.n_unknowns)]
    f = family.coordinates(graph, z)
    half = len(f) // 2
    sure = np.flatnonzero(proof.certified)
    values = enclose(graph, [*f, squared_width(family, graph, z)], proof.points[sure], proof.radius[sure])
    centre, radius = values.centre[:, :-1], values.radius[:, :-1]
    apart = np.abs(centre[:, :half] - centre[:, half:]) > (radius[:, :half] + radius[:, half:]) * (1 + 1e-12)
    kept = apart.any(axis=1)
    sure, centre, radius = sure[kept], centre[kept], radius[kept]
    square, spread = values.centre[kept, -1].real, values.radius[kept, -1]
    distinct = np.ones(len(sure), bool)
    distinct[np.unique(overlapping_boxes(centre, radius, np.zeros(len(sure), np.int64)))] = False
    both, real = family.points(proof.points[sure]), proof.real[sure]
    width, error = np.full(len(sure), np.nan), np.full(len(sure), np.nan)
    rows = real == REAL
    width[rows] = np.sqrt(square[rows])
    bound = spread[rows] / np.sqrt(np.maximum(square[rows] - spread[rows], 1e-300))
    error[rows] = np.where(square[rows] > spread[rows], bound, np.inf)
    order = np.lexsort((both[:, 0].real, np.where(np.isnan(width), np.inf, width)))
    x, y = both[order, :half], both[order, half:]
    mask = np.zeros(len(points), bool)
    mask[sure] = True
    return Bottlenecks(
        "", "", np.zeros((0, 0)), 0, x, y, np.ones(len(order), bool), distinct[order], real[order], width[order],
        error[order], np.zeros(0, np.complex128),
    ), mask  # fmt: skip
