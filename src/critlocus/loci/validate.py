"""Validation of witness sets from a file alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from critlocus.continuation.witness import Slice
from critlocus.loci.measure import Measure, Target
from critlocus.loci.result import LociResult, WitnessSet
from critlocus.losses import Data
from critlocus.networks.rank_strata import RankStratum, rank_strata
from critlocus.problems.degenerate_locus import DegenerateLocus
from critlocus.solvers.native import NativeSolver

_CLOSE = 1e-8


def validate_loci(result: LociResult, threads: int) -> tuple[list[str], dict[str, Any]]:
    """Return what does not hold, and recomputed counts.

    Certificates, gradients, losses, functions, ranks, kernels and signatures are computed again. That a set of witness
    points is complete and irreducible is not: that takes a new run.
    """
    locus = DegenerateLocus(result.network)
    data = Data(result.data["inputs"], result.data["outputs"], result.data.get("weights"))
    target = Target(data, *locus.moments.exact(data))
    complaints = []
    if not np.array_equal(target.high, result.moments):
        complaints.append("the moments are not those of the data")
    measure = Measure(locus, target, NativeSolver(threads=threads), threads)
    strata = {s.name: s for s in rank_strata(result.network)} if result.method == "strata" else {}
    certified = 0
    for k, component in enumerate(result.components):
        broken, count = _broken(measure, component, strata.get(component.stratum))
        complaints += [f"component {k}: {text} is not confirmed" for text in broken]
        certified += count
    facts = {
        "components": len(result.components), "witness points": sum(c.degree for c in result.components),
        "certified": certified,
    }  # fmt: skip
    return complaints, {"loci": facts}


def _broken(measure: Measure, found: WitnessSet, stratum: RankStratum | None) -> tuple[list[str], int]:
    """Return the claims about a component that do not hold, and the number of points certified again."""
    locus = measure.locus
    at = Slice(measure.target.high.astype(np.complex128), found.matrix, found.constants)
    system = locus.sliced(found.dimension, None if found.reduced else stratum)
    again = measure.describe(found.points, at, system, found.trace, stratum=stratum, whole=found.irreducible)
    off = np.abs(found.points @ found.matrix.T - found.constants).max(initial=0.0)
    claims = {
        "the degree": found.degree != len(found.points),
        "the certificates": bool(np.any(found.certified & ~again.certified)),
        "the boxes": bool(np.any(np.abs(again.points - found.points) > found.radius + again.radius)),
        "the slice": off > _CLOSE * max(1.0, float(np.abs(found.points).max(initial=0.0))),
        "the gradient": again.residual > _CLOSE,
        "the loss": abs(again.loss - found.loss) > _CLOSE * max(abs(found.loss), 1e-300),
        "the function": bool(np.abs(again.function - found.function).max() > _CLOSE),
        "the rank": again.rank != found.rank or again.pure != found.pure,
        "the kernel": again.corank != found.corank,
    }
    if found.real_point is not None:
        claims["the real point"] = measure.residual(found.real_point[None, :].astype(np.complex128)) > _CLOSE
        again.real_point = found.real_point
        measure.signature(again, np.zeros(locus.n))
        claims["the signature"] = again.signature != found.signature
        claims["the signature on functions"] = again.function_signature != found.function_signature
    return [text for text, bad in claims.items() if bad], int(again.certified.sum())
