"""Validation of witness sets from a file alone."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from critlocus.continuation.witness import is_member
from critlocus.errors import InputError
from critlocus.loci.claims import CLOSE, Claims
from critlocus.loci.measure import Measure, Target
from critlocus.loci.result import LociResult
from critlocus.loci.strata import pieces
from critlocus.losses import Data
from critlocus.networks.rank_strata import rank_strata
from critlocus.problems.degenerate_locus import DegenerateLocus
from critlocus.pure import Classifier
from critlocus.solvers.native import NativeSolver


def validate_loci(result: LociResult, threads: int) -> tuple[list[str], dict[str, Any]]:
    """Return what does not hold, and recomputed counts.

    All that is said of a component is computed again, see `critlocus.loci.claims`: it is whole, it is irreducible, and
    its loss, ranks and index are these. That there are no other components is not: that takes a new run. Of the
    evidence for it only that is checked which does not: the list of strata, and the numbers of components and points.
    """
    rng = np.random.default_rng(result.seed)
    try:
        measure = _measure(result, threads)
    except (InputError, ValueError, KeyError) as error:
        return [f"the data do not fit the network: {error}"], {}
    complaints = []
    if not np.array_equal(measure.target.high, result.moments):
        complaints.append("the moments are not those of the data")
    if result.generic_rank != Classifier(result.network).generic_rank:
        complaints.append("the generic rank of d mu is not confirmed")
    strata = {s.name: s for s in rank_strata(result.network)} if result.method == "strata" else {}
    sound, certified = [], 0
    for k, component in enumerate(result.components):
        claims = Claims(measure, component, strata.get(component.stratum), rng)
        broken = claims.broken()
        if result.method == "strata" and component.stratum not in strata:
            broken.append("the stratum")
        complaints += [f"component {k}: {text} is not confirmed" for text in broken]
        certified += claims.certified
        if not broken:
            sound.append((k, claims))
    complaints += _twins(measure, sound, rng)
    try:
        complaints += _account(result, measure.locus, rng)
    except (KeyError, TypeError):
        complaints.append("the evidence is damaged")
    if result.stop_reason == "complete":
        complaints += [f"the run is called complete, but {doubt}" for doubt in result.doubts()]
    facts = {
        "components": len(result.components), "witness points": sum(len(c.points) for c in result.components),
        "certified": certified,
    }  # fmt: skip
    return complaints, {"loci": facts}


def _measure(result: LociResult, threads: int) -> Measure:
    locus = DegenerateLocus(result.network)
    data = Data(result.data["inputs"], result.data["outputs"], result.data.get("weights"))
    widths = data.inputs.shape[1], data.outputs.shape[1]
    if widths != (result.network.n_inputs, result.network.n_outputs):
        raise InputError(f"{widths[0]} inputs and {widths[1]} outputs")
    return Measure(locus, Target(data, *locus.moments.exact(data)), NativeSolver(threads=threads), threads)


def _twins(measure: Measure, sound: list[tuple[int, Claims]], rng: np.random.Generator) -> list[str]:
    """Return which components are one and the same: of one dimension and loss, and a point of one lies on the other."""
    found = []
    for (k, one), (l, other) in combinations(sound, 2):
        a, b = one.found, other.found
        if a.dimension != b.dimension or abs(a.loss - b.loss) > CLOSE * measure.loss_size:
            continue
        if is_member(measure.solver, one.system, a.points, one.at, b.points[0], measure.moments, rng):
            found.append(f"components {k} and {l} are the same")
    return found


def _account(result: LociResult, locus: DegenerateLocus, rng: np.random.Generator) -> list[str]:
    """Return where the evidence does not fit the components."""
    if result.method == "strata":
        return _strata_account(result, locus, rng)
    found, facts = [], result.evidence["dimensions"]
    for fact in facts:
        own = [c for c in result.components if c.dimension == fact["dimension"]]
        told = fact.get("components", 0), fact.get("witness_points", 0)
        if told != (len(own), sum(c.degree for c in own)):
            found.append(f"dimension {fact['dimension']}: the numbers of components and points are not those present")
    if [fact["dimension"] for fact in facts] != list(range(locus.n - 1, -1, -1)):
        found.append("the evidence does not have all dimensions")
    if result.stop_reason == "complete" and any(fact["status"] != "examined" for fact in facts):
        found.append("the run is called complete, but not all dimensions were examined")
    return found


def _strata_account(result: LociResult, locus: DegenerateLocus, rng: np.random.Generator) -> list[str]:
    facts = result.evidence["strata"]
    told = [(f["stratum"], f["dimension"], f["hessian_corank"], f["rank"]) for f in facts]
    true = [(p.stratum.name, p.dimension, p.corank, p.stratum.differential_rank) for p in pieces(locus, rng)]
    found = []
    if sorted(told) != sorted(true) or result.evidence["n_strata"] != len(rank_strata(result.network)):
        found.append("the strata with critical points are not those of the evidence")
    for fact in facts:
        own = [c for c in result.components if c.stratum == fact["stratum"]]
        one = int(fact["status"].startswith("component"))  # of the origin no more is said
        count, points = fact.get("components", one), fact.get("points", one) - fact.get("lost", 0)
        if (count, points) != (len(own), sum(c.degree for c in own)):
            found.append(f"stratum {fact['stratum']}: the numbers of components and points are not those present")
        if result.stop_reason == "complete" and fact.get("lost"):
            found.append(f"the run is called complete, but points of the stratum {fact['stratum']} were lost")
    return found
