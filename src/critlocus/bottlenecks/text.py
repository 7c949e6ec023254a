"""Bottlenecks as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from critlocus.analysis.lines import evidence_line, lines

if TYPE_CHECKING:
    from critlocus.bottlenecks.pairs import Bottlenecks


def bottleneck_text(pairs: Bottlenecks) -> str:
    """Return the summary as lines of text."""
    found = pairs.summary()
    narrowest, distance = found["narrowest"], found["reach"]
    rows = {
        "bottlenecks": f"{found['ordered']} ordered ({found['unordered']} unordered)",
        "certified": f"{found['certified']}, distinct {found['distinct']}, real {found['real']}",
    }
    if len(pairs.multiple):
        several = found["multiple"]
        rows["bottlenecks"] += f", and {several['ordered']} more that are isolated but multiple (numerical)"
        counts = (f"{count} of multiplicity {m}" for m, count in several["of_multiplicity"].items())
        rows["multiple"] = f"{', '.join(counts)}; real {several['real']}"
    if narrowest is not None:
        exact = narrowest["error"] is not None
        error = f"error at most {narrowest['error']:.1e}" if exact else "of a multiple bottleneck (numerical)"
        rows["narrowest"] = f"width {narrowest['width']:.{12 if exact else 9}g}, {error}"
    if pairs.curvature.get("radius") is not None:
        detail = pairs.curvature["status"]
        if pairs.curvature["real_vertices"]:
            detail += f": {pairs.curvature['vertices']} critical curvatures, {pairs.curvature['real_vertices']} real"
        if pairs.curvature["undecided_paths"]:
            detail += f"; {pairs.curvature['undecided_paths']} ends of paths undecided"
        rows["curvature"] = f"smallest radius {pairs.curvature['radius']:.12g} ({detail})"
    elif not pairs.curvature.get("singular"):
        rows["curvature"] = str(pairs.curvature["status"])
    value = "unknown" if distance["value"] is None else f"{distance['value']:.12g}"
    rows["reach"] = distance["status"] if distance["value"] is None else f"{value} ({distance['status']})"
    for name, widths in (("not isolated", pairs.singular_widths), ("singular", pairs.singular_point_widths)):
        if len(widths):
            kind = "pairs with a singular point" if name == "singular" else "pairs in families"
            rows[name] = f"{kind}, of squared widths {', '.join(f'{v:.6g}' for v in widths.tolist())}"
    if pairs.evidence:
        square = f"ED degree {pairs.evidence['ed_degree']}, whose square the generic count is"
        if not pairs.evidence["generic_count_is_its_square"]:
            small = pairs.evidence.get("generic_count_is_too_small")
            square += " not: it is too small" if small else " not (isotropic points at infinity)"
        rows["evidence"] = f"{evidence_line(pairs.evidence)}; {square}"
    return lines(f"Bottlenecks of {pairs.variety}, metric {pairs.metric}, seed {pairs.seed}", rows, pairs.notes)
