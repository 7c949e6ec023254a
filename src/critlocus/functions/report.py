"""The summary of a result in function space for people: tables on the terminal, by rich."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from critlocus.analysis.report import lost_at_targets

MANY = 8


def print_functions(console: Console, found: dict[str, Any]) -> None:
    """Print the summary of a result (`FunctionResult.summary`)."""
    text = Text(f"critical points of the distance to {found['network']}", style="bold")
    text.append(
        f"   metric {found['metric']}, {found['options']['data']}, seed {found['seed']}, "
        f"{found['solver']} {found['solver_version']}",
        style="dim",
    )
    console.print(text)
    console.print(_counts("generic complex member", [("generic", found)]))
    if found["targets"]:
        rows = found["targets"][:MANY]
        title = "target" if len(found["targets"]) == 1 else f"targets (first {len(rows)} of {len(found['targets'])})"
        console.print(_counts(title, [(str(row["target"]), row) for row in rows]))
        for row in rows:
            if "note" in row:
                console.print(Text(f"target {row['target']}: {_lost(row)}{row['note']}"))
        console.print(_real(rows))
    console.print(_evidence(found))


def _counts(title: str, rows: list[tuple[str, dict[str, Any]]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    split = any(row["weights_split"] for _, row in rows)
    keys = ["ed_degree", "complex", "certified", "distinct", *(["lost"] if "lost" in rows[0][1] else [])]
    names = ["", "ED degree", *keys[1:]]
    for name in names + (["pure", "spurious", "zero functions"] if split else []):
        table.add_column(name, justify="right")
    for name, row in rows:
        cells = [name, *(str(row[key]) for key in keys)]
        if split:
            parts = row["weights_split"] or {"pure": "-", "spurious": "-"}
            cells += [str(parts["pure"]), str(parts["spurious"]), str(row["zero_function_points"])]
        table.add_row(*cells)
    return table


def _lost(row: dict[str, Any]) -> str:
    """Return how the paths of a target's lost points ended."""
    parts = [f"{count} {status}" for status, count in row.get("lost_by_status", {}).items()]
    return f"{row['lost']} lost ({', '.join(parts)}); " if parts else ""


def _real(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="real critical functions", title_justify="left", title_style="bold")
    for name in ("target", "real", "by index", "minima: loss", "real spurious"):
        table.add_column(name, justify="left" if name in ("by index", "minima: loss") else "right")
    for row in rows:
        if row["real"] is None:
            continue
        histogram = "  ".join(f"{index}: {count}" for index, count in row["index_histogram"].items())
        for key in ("signature_unproven", "reality_undecided"):
            histogram += f"  {key.replace('_', ' ')}: {row[key]}" if row[key] else ""
        minima = "  ".join(f"{value:.10g}" for value in row["minima"][:4]) + (" ..." if len(row["minima"]) > 4 else "")
        table.add_row(str(row["target"]), str(row["real"]), histogram, minima, str(row["real_spurious"]))
    return table


def _evidence(found: dict[str, Any]) -> Table:
    evidence = found["evidence"]
    table = Table(title="evidence", title_justify="left", title_style="bold", show_header=False)
    table.add_column()
    table.add_column()
    if evidence:
        table.add_row("at least", f"{evidence['lower_bound']} critical points: certified and pairwise distinct")
        table.add_row("immersed", f"{evidence['immersed']} pure points where d mu is proven to have full rank")
    for name in ("smooth", "envelope", "zero_functions"):
        part = evidence.get(name, {})
        if "loops" in part:
            text = (
                f"{part['solutions']} solutions over {part['members']} independent members; {part['quiet_loops']} "
                f"quiet loops (chance of missing some, for random loops: below 1e{int(part['log10_doubt'])})"
            )
            if name == "envelope":
                text += f"; {part['ends']} ends here, {part['functions_missed']} known functions missed"
            table.add_row(name.replace("_", " "), text)
        elif "status" in part:
            table.add_row(name.replace("_", " "), part["status"])
    for name, part in (("trace test", evidence), ("trace test of the envelope", evidence.get("envelope", {}))):
        if "trace_test" in part:
            outcome = part["trace_test"]
            table.add_row(name, f"{outcome['status']} {outcome.get('reason', '')}")
    paths = f"{found['paths_tracked']} tracked, {found['failed_paths']} failed"
    paths += lost_at_targets(evidence.get("targets", {}))
    table.add_row("paths", paths)
    table.add_row("stopped", found["stop_reason"])
    table.add_row("seconds", "  ".join(f"{name} {value:.2f}" for name, value in found["seconds"].items()))
    return table
