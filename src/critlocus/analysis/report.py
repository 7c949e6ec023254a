"""Summaries for people: tables on the terminal, by rich."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

MANY = 8


def print_summary(console: Console, found: dict[str, Any]) -> None:
    """Print the summary of a result (`Result.summary`)."""
    console.print(Group(*_parts(found)))


def print_comparison(console: Console, found: dict[str, Any]) -> None:
    """Print the summary of a comparison (`Comparison.summary`)."""
    engines = Table(title="engines", title_justify="left", title_style="bold")
    for name in ("engine", "complex", "certified", "paths", "failed", "seconds"):
        engines.add_column(name, justify="left" if name == "engine" else "right")
    for name, row in found["engines"].items():
        engines.add_row(
            f"{name} {row['version']}", str(row["complex"]), str(row["certified"]), str(row["paths_tracked"]),
            str(row["failed_paths"]), f"{row['seconds']:.2f}",
        )  # fmt: skip
    matches = Table(title="matched point by point", title_justify="left", title_style="bold")
    for name in ("engines", "where", "both", "only first", "only second", "distance"):
        matches.add_column(name, justify="left" if name in ("engines", "where") else "right")
    for row in found["matches"]:
        matches.add_row(
            f"{row['first']}, {row['second']}", row["where"], str(row["both"]), str(row["only_first"]),
            str(row["only_second"]), f"{row['largest_distance']:.1e}",
        )  # fmt: skip
    verdict = Text("all engines agree" if found["agree"] else "THE ENGINES DIFFER", style="bold")
    console.print(Group(engines, matches, verdict))


def system_lines(found: dict[str, Any]) -> list[str]:
    """Return lines with the summary of a general system (`SystemSolutions.summary`, and its groups of variables)."""
    lines = []
    for name, value in found.items():
        if isinstance(value, dict):
            text = ", ".join(f"{key}: {count}" for key, count in value.items()) or "none"
        elif isinstance(value, list):
            text = "; ".join(" ".join(map(str, v)) if isinstance(v, list) else str(v) for v in value) or "none"
        else:
            text = str(value)
        lines.append(f"{name.replace('_', ' '):<20} {text}")
    return lines


def _parts(found: dict[str, Any]) -> list[Table | Text]:
    parts: list[Table | Text] = [_head(found), _strata(found)]
    if found["targets"]:
        parts.append(_targets(found))
        parts += [Text(f"target {row['target']}: {row['note']}") for row in found["targets"][:MANY] if "note" in row]
        parts += _minima(found)
    parts.append(_evidence(found))
    return parts


def _head(found: dict[str, Any]) -> Text:
    loss = found["loss"]
    text = Text(f"critical points of {found['network']}", style="bold")
    text.append(
        f"   {loss['data']}, {loss['n_points']} points, lambda {loss['regularize']}, seed {found['seed']}, "
        f"{found['solver']} {found['solver_version']}",
        style="dim",
    )
    return text


def _strata(found: dict[str, Any]) -> Table:
    table = Table(title="generic complex member", title_justify="left", title_style="bold")
    for name in ("living units", "patterns", "points each", "points", "symmetry", "rank", "pure", "trace test"):
        table.add_column(name, justify="left" if name in ("living units", "trace test") else "right")
    for row in found["strata"]:
        table.add_row(
            row["zero_pattern"], str(row["multiplicity"]), str(row.get("counts", row["count"])),
            str(row["multiplicity"] * row["count"] if "counts" not in row else sum(row["counts"])),
            str(row["symmetry_order"]), _rank(row, found), _pure(row), row["evidence"]["trace_test"]["status"],
        )  # fmt: skip
    for name in found["empty_patterns"]:
        table.add_row(name, "1", "0", "0", "", "", "", "empty for generic data", style="dim")
    table.add_section()
    table.add_row("all", "", "", str(found["complex"]), "", "", _pure(found), "", style="bold")
    return table


def _rank(row: dict[str, Any], found: dict[str, Any]) -> str:
    """Return the largest rank of d mu on a zero pattern, of the generic one."""
    return "-" if row["rank"] is None else f"{row['rank']} of {found['generic_rank']}"


def _pure(row: dict[str, Any]) -> str:
    """Return the number of pure points, and of those where that is not decided."""
    return str(row["pure"]) + (f" (+{row['pure_undecided']}?)" if row["pure_undecided"] else "")


def _targets(found: dict[str, Any]) -> Table:
    rows = found["targets"]
    title = "target" if len(rows) == 1 else f"targets (first {min(len(rows), MANY)} of {len(rows)})"
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("target", "complex", "certified", "distinct", "lost", "pure", "real"):
        table.add_column(name, justify="right")
    table.add_column("real points by index (pure: weights/functions)")
    for row in rows[:MANY]:
        table.add_row(*[str(row[k]) for k in ("target", "complex", "certified", "distinct", "lost")],
                      _pure(row), "-" if row["real"] is None else str(row["real"]), _histogram(row))  # fmt: skip
    return table


def _histogram(row: dict[str, Any]) -> str:
    if row["index_histogram"] is None:
        return "-"
    text = "  ".join(f"{pair.removesuffix('/spurious')}: {count}" for pair, count in row["index_pairs"].items())
    if row["signature_unproven"]:
        text += f"  unproven: {row['signature_unproven']}"
    if row["reality_undecided"]:
        text += f"  reality undecided: {row['reality_undecided']}"
    return text


def _minima(found: dict[str, Any]) -> list[Text]:
    values = found["minima"]
    if found["real"] is None:
        return []
    if not values:
        return [Text("certified minima: none")]
    groups: list[tuple[float, int]] = []
    for value in values:
        if groups and abs(value - groups[-1][0]) <= 1e-9 * abs(value):
            groups[-1] = (groups[-1][0], groups[-1][1] + 1)
        else:
            groups.append((value, 1))
    shown = "  ".join(f"{value:.12g} (x{count})" for value, count in groups[:MANY])
    more = f"  and {len(groups) - MANY} more values" if len(groups) > MANY else ""
    return [Text(f"certified minima: {len(values)}, loss {shown}{more}")]


def _evidence(found: dict[str, Any]) -> Table:
    evidence, seconds = found["evidence"], found["seconds"]
    table = Table(title="evidence", title_justify="left", title_style="bold", show_header=False)
    table.add_column()
    table.add_column()
    if evidence:
        proven = evidence["lower_bound"]
        table.add_row("at least", f"{proven} critical points: certified and pairwise distinct")
        doubt = evidence["log10_doubt"]
        table.add_row(
            "none missing",
            f"trace test {evidence['trace_test']}; {evidence['members']} independent members agree; "
            f"{evidence['quiet_loops']} quiet loops or more per pattern "
            f"(chance of missing some, for random loops: below 1e{int(doubt)})",
        )
        repaired, removed = evidence.get("repaired", 0), evidence.get("removed", 0)
        if repaired or removed:
            text = f"{repaired} solutions missed by monodromy, found by the trace test; {removed} strays removed"
            table.add_row("repaired", text)
        lost = evidence["missing"]
        tracked = f"{found['paths_tracked']} tracked, {found['failed_paths']} failed"
        table.add_row(
            "paths",
            f"{tracked}; {evidence['collisions']} collisions, {evidence['strays']} strays, {lost} points lost"
            + lost_at_targets(evidence.get("targets", {})),
        )
        verify = evidence.get("msolve")
        if verify:
            table.add_row("msolve", verify["text"])
    table.add_row("stopped", found["stop_reason"])
    table.add_row("seconds", "  ".join(f"{name} {value:.2f}" for name, value in seconds.items()))
    return table


def lost_at_targets(lost: dict[str, int]) -> str:
    """Return what is said of points without an end at a target, if there are any."""
    if not lost.get("lost"):
        return ""
    return f"; {lost['lost']} points lost at targets, {lost['unexplained']} of them on the way there"
