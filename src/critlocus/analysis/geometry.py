"""The geometry of a variety for people: two tables on the terminal, by rich."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

MANY = 20


def print_geometry(console: Console, found: dict[str, Any]) -> None:
    """Print the summary of a variety (`Geometry.summary`)."""
    title = Text(f"geometry of {found['variety']}", style="bold")
    title.append(f"   seed {found['seed']}", style="dim")
    table = Table(show_header=True)
    for name in ("", "value", "evidence"):
        table.add_column(name, overflow="fold")
    table.add_row("ambient dimension", str(found["ambient"]), "")
    table.add_row("dimension", f"{found['dim']}{' (filling)' if found['filling'] else ''}", _dimension(found))
    table.add_row("expected", str(found["expected"]), found["expected_counts"])
    if found["defect"] is not None:
        table.add_row("defect", str(found["defect"]), "expected minus dimension")
    if "fibre" in found:
        table.add_row("generic fibre", *_fibre(found["fibre"]))
    table.add_row("degree", *_degree(found))
    if len(found.get("components", [])) > 1:
        table.add_row(
            "components", " + ".join(map(str, found["components"])), "degrees; one by one linear in the trace"
        )
    parts: list[Table | Text] = [title, table]
    if found["points"]:
        parts.append(_points(found))
    console.print(Group(*parts))


def _dimension(found: dict[str, Any]) -> str:
    evidence = found["dimension_evidence"]
    rank = evidence["numerical_rank"]
    values = (
        f"singular values {evidence['smallest_singular_value']:.1e}, next {evidence['next_singular_value']:.1e}, "
        "of the largest"
    )
    if not evidence["ranks"]:
        return f"coordinates minus {rank}, the rank of the Jacobian at points found by Newton's method: {values}"
    numerical = f"numerical rank {rank} at random real points: {values}"
    proven = "proven (rank and upper bound meet); " if evidence["proven"] else "proven to be at least this; "
    ranks = ", ".join(map(str, evidence["ranks"]))
    disagree = "" if evidence["agree"] else "; the ranks differ"
    return f"{proven}rank {ranks} at random points mod {len(evidence['ranks'])} primes; {numerical}{disagree}"


def _fibre(fibre: dict[str, Any]) -> tuple[str, str]:
    value = f"dimension {fibre['dim']}"
    if fibre["chart_points"] is None:
        bound = f"; at least {fibre['at_least']} points in the chart" if "at_least" in fibre else ""
        return value + bound, f"number of points in the chart not settled: {fibre['note']}"
    value += f"; {fibre['chart_points']} point{'s' if fibre['chart_points'] > 1 else ''} in the chart"
    if "permutations" in fibre:
        value += f", {fibre['chart_points_up_to_permutations']} up to {fibre['permutations']} permutations of units"
    return value, _loops(fibre["evidence"])


def _degree(found: dict[str, Any]) -> tuple[str, str]:
    if "degree_evidence" not in found:
        return "not settled" if found["degree"] is None else str(found["degree"]), found["degree_note"]
    evidence = found["degree_evidence"]
    residual = "" if evidence["trace_residual"] is None else f" (residual {evidence['trace_residual']:.0e})"
    text = f"trace test {evidence['trace_test']}{residual}"
    text += f"; {_loops(evidence)}" if "loops" in evidence else f"; total degree, {evidence['paths_tracked']} paths"
    if found["degree"] is None:
        return f"at least {found['degree_at_least']}", f"not settled: {found['degree_note']}; {text}"
    return str(found["degree"]), text


def _loops(run: dict[str, Any]) -> str:
    agree = "s agree" if run["members"] > 1 else ""
    return (
        f"{run['members']} independent member{agree}; {run['quiet_loops']} quiet loops (chance of missing some, for "
        f"random loops: below 1e{int(run['log10_doubt'])}); {run['paths_tracked']} paths, {run['failed_paths']} failed"
    )


_MEANING = {
    "immersion": "full rank: a neighbourhood maps to a smooth piece; other pieces may pass through the same point",
    "rank drops": "a critical point of the parametrisation; its image may still be a smooth point",
    "smooth": "a smooth point, as far as floating point tells",
    "undecided": "singular values leave the rank open",
    "not on the variety": "the equations do not vanish",
}


def _points(found: dict[str, Any]) -> Table:
    rows = found["points"]
    title = "points" if len(rows) <= MANY else f"points (first {MANY} of {len(rows)})"
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("row", "rank", "generic", "smallest", "next", "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", overflow="fold")
    for k, row in enumerate(rows[:MANY]):
        meaning = _MEANING[row["verdict"]]
        if row["verdict"] == "rank drops" and "residual" in row:
            meaning = "a singular point, or equations that do not generate the ideal there"
        table.add_row(
            str(k), str(row["rank"]), str(row["generic_rank"]), f"{row['smallest_singular_value']:.1e}",
            f"{row['next_singular_value']:.1e}", f"{row['verdict']}: {meaning}",
        )  # fmt: skip
    return table
