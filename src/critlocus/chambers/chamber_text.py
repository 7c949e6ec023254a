"""What ``critlocus discriminant`` and ``critlocus show`` print of a summary, for people."""

from __future__ import annotations

from typing import Any


def lines(summary: dict[str, Any]) -> list[str]:
    """Return the summary of a degree, a line, a plane or a distance as lines of text."""
    parts = {"degree": _degree, "line": _line, "plane": _plane, "distance": _distance}
    found = [_head(summary), *parts[summary["question"]](summary)]
    if not summary.get("bounded", True):
        found.append(
            "critical points may pass through infinity unseen: "
            + ("moments that no data set has, lambda <= 0, or an activation with several terms of degree 3 or more"
               if summary.get("space") == "weights" else "the metric is not positive definite")
        )  # fmt: skip
    if summary.get("rotating_units") and not summary["complete"]:
        found.append(_rotations(summary))
    found.append("complete by its evidence" if summary["complete"] else "NOT CONFIRMED by its evidence")
    return found


def _head(summary: dict[str, Any]) -> str:
    data = ", ".join(summary.get("data", []))
    if summary.get("space") == "weights":
        values = ", ".join(f"{v:.6g}" for v in summary["regularize"])
        return f"{summary['variety']}, space weights, data {data}, lambda {values}, seed {summary['seed']}"
    metric = f"metric {summary['metric']}, " if "metric" in summary else ""
    if "spurious" in summary:
        metric += f"over the weights {summary['pure']} pure and {summary['spurious']} spurious critical points, "
    of_data = f"data {data}, " if data else ""
    return f"{summary['variety']}, {metric}{of_data}seed {summary.get('seed', 'unknown')}"


def _rotations(summary: dict[str, Any]) -> str:
    """Say in one sentence why equal lambdas leave nothing to certify, and what to do."""
    units = "; ".join(", ".join(map(str, group)) for group in summary["rotating_units"])
    count = f"{len(summary['regularize'])} values" if "regularize" in summary else "one value for each"
    return (
        f"hidden units {units} have the same lambdas (up to a scale of the units), so that rotations among them leave "
        "the loss as it is, critical points come in curves, which cannot be certified, and events coincide: give every "
        f"weight its own lambda, --regularize with {count} separated by commas, or generic"
    )


def _degree(summary: dict[str, Any]) -> list[str]:
    parts, far = summary["components"], summary.get("at_infinity", {})
    name = "discriminant" if "branch" in summary else "ED discriminant"
    return [
        f"degree of the {name}  {summary['degree']}"
        + (f"  (components {', '.join(map(str, parts))})" if len(parts) > 1 else ""),
        *([f"of these {far['degree']} where critical points collide at infinity"] if far.get("degree") else []),
        *_branch_locus(summary),
        f"evidence: {summary['quiet_loops']} quiet loops, {summary['members']} members agree, "
        f"trace test {summary['trace_test']}",
    ]


def _branch_locus(summary: dict[str, Any]) -> list[str]:
    """Say what networks that fill their space have besides: the branch locus, and the ends of the envelope."""
    if "branch" not in summary:
        return []
    branch, ends = summary["branch"], summary["envelope"]
    open_ = f", {ends['open']} OPEN" if ends["open"] else ""
    return [
        f"of these {branch['degree']} on the branch locus, where two pure points meet a spurious one "
        f"(trace test {branch['trace_test']})",
        f"envelope: of {ends['degenerate_points']} degenerate points {ends['folds']} end in folds, "
        f"{ends['at_branch_points']} on the branch locus, {ends['infinite']} at infinity{open_}",
    ]


def _line(summary: dict[str, Any]) -> list[str]:
    found = []
    for k, chamber in enumerate(summary["chambers"]):
        found.append(
            f"  s from {chamber['from']:.12g} to {chamber['to']:.12g}: {chamber['real']} real of "
            f"{chamber['complex']}, by index {chamber['index_histogram']}, "
            + ("proven at " if chamber["proven"] else "NOT PROVEN at ") + f"s = {chamber['sample']:.6g}"
        )  # fmt: skip
        if k < len(summary["events"]):
            event = summary["events"][k]
            proof = "certified" if event["certified"] else "not certified"
            change = f"{event['change']:+d} real, " if event["change"] else ""
            found.append(f"{event['kind']} at s = {event['s']:.15g} +- {event['radius']:.1e}, {change}{proof}")
    return [*found, *_evidence(summary)]


def _plane(summary: dict[str, Any]) -> list[str]:
    found = [f"{summary['curve_points']} points on {summary['arcs']} arcs, {len(summary['cusps'])} cusps, "
             f"{len(summary['crossings'])} crossings"]  # fmt: skip
    for chamber in sorted(summary["chambers"], key=lambda c: -c["area"]):
        at = ", ".join(f"{v:.5g}" for v in chamber["sample"])
        sure = "" if chamber["proven"] and chamber["checked"] else "  NOT PROVEN"
        found.append(f"  chamber at ({at}): {chamber['real']} real, by index {chamber['index_histogram']}{sure}")
    return [*found, *_evidence(summary)]


def _distance(summary: dict[str, Any]) -> list[str]:
    if summary.get("space") == "weights":
        where = f" on {summary['pattern']}" if summary["pattern"] else ""
        facts = [text for text in map(_points, summary["critical_points_of_the_distance"]) if text]
        facts.append(f"the labels of random data nearer than that agree: {_said(summary['same_label_inside'])}")
        return [
            f"distance {summary['distance']:.15g} to {summary['kind']}{where}",
            "the outputs move by the function with coefficients " + ", ".join(f"{v:.12g}" for v in summary["move"]),
            f"evidence: critical points of the distance: {'; '.join(facts)}",
        ]
    return [
        f"distance {summary['distance']:.15g} to {summary['kind']}",
        "nearest target " + ", ".join(f"{v:.12g}" for v in summary["nearest_target"]),
        f"evidence: {summary['basis']}",
        *(["data at which a summand of a critical point vanishes may be nearer: they are not looked at"]
          if not summary.get("vanishing_summands_covered", True) else []),
    ]  # fmt: skip


def _evidence(summary: dict[str, Any]) -> list[str]:
    """Return the evidence of lines and planes: real points of all complex ones, what is open, and the checks."""
    points = summary.get("degenerate_points", summary.get("boundaries", {}))
    if isinstance(points, dict):
        points = [{"kind": kind, **facts} for kind, facts in points.items()]
    found = [text for text in map(_points, points) if text]
    checks = [f"{name.replace('_', ' ')} {_said(summary[name])}" for name in _CHECKS if name in summary]
    return [f"evidence: {'; '.join([*found, ', '.join(checks)])}"]


def _said(value: Any) -> str:
    return ("yes" if value else "NO") if isinstance(value, bool) else str(value)


_CHECKS = (
    "all_labels_proven", "constant_between_events", "all_changes_explained", "bounded", "passages_covered",
    "envelope_accounted_for", "loose_ends", "open",
    "labels_unproven", "labels_unchecked", "sides_contradicting", "random_labels_contradicting", "slivers",
    "scan_lines",
)  # fmt: skip
_OPEN = ("undecided", "missing", "open", "infinite", "lost_arcs", "loose_ends", "cusps_not_met", "cusps_not_sought")


def _points(facts: dict[str, Any]) -> str:
    """Return one kind of event, such as ``fold 2 real of 6``; empty if there are none, over complex numbers."""
    if facts.get("complex") == 0:
        return ""
    name = f"{facts['kind']} on {facts['pattern']}" if "pattern" in facts else facts["kind"]
    parts = [f"{name}: {facts['real']} real of {facts['complex']}" if "complex" in facts else f"{name}:"]
    if "arcs" in facts:
        parts[0] += f" {facts['arcs']} arcs"
    return ", ".join([*parts, *(f"{facts[key]} {key.replace('_', ' ')}" for key in _OPEN if facts.get(key))])
