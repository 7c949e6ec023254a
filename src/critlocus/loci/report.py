"""Witness sets for people: tables on the terminal, by rich."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_loci(console: Console, found: dict[str, Any]) -> None:
    """Print the summary of a result (`LociResult.summary`)."""
    text = Text(f"critical locus of {found['network']} without regulariser", style="bold")
    text.append(
        f"   {found['data']}, method {found['method']}, seed {found['seed']}, native {found['solver_version']}",
        style="dim",
    )
    console.print(text)
    console.print(_components(found))
    console.print(_evidence(found))
    console.print(
        "certified: witness points proven to be regular zeros of the sliced, squared-up system; that the whole gradient"
        " vanishes there is numerical. signature: (negative, zero, positive) eigenvalues of the Hessian at a real"
        " point, the negative and positive ones proven unless there is a question mark.",
        style="dim",
    )


def _components(found: dict[str, Any]) -> Table:
    table = Table(title="components", title_justify="left", title_style="bold")
    names = ("dim", "degree", "certified", "ranks", "rank of d mu", "kind", "loss", "signature", "on functions")
    for name in names:
        table.add_column(name, justify="right" if name in names[:3] else "left")
    for row in found["components"]:
        exact = "" if row["rank_is_exact"] else " (numerical)"
        table.add_row(
            str(row["dimension"]), str(row["degree"]) + ("" if row["irreducible"] else "?"), str(row["certified"]),
            row["stratum"] or ("" if row["function_rank"] is None else f"[{row['function_rank']}]"),
            f"{row['rank']} of {found['generic_rank']}{exact}",
            ("pure" if row["pure"] else "spurious") + ("" if row["reduced"] else ", not reduced"),
            f"{row['loss']:.12g}" if isinstance(row["loss"], float) else "{:.8g} {:+.8g}i".format(*row["loss"]),
            _hessian(row), _signature(row["function_signature"]),
        )  # fmt: skip
    return table


def _hessian(row: dict[str, Any]) -> str:
    if not row["real_point"]:
        return "no real point"
    return _signature(row["signature"]) + (" ?" if row["index_evidence"] == "numerical" else "")


def _signature(value: list[int] | None) -> str:
    return "" if value is None else "({}, {}, {})".format(*value)


def _evidence(found: dict[str, Any]) -> Table:
    table = Table(title="evidence", title_justify="left", title_style="bold")
    if found["method"] == "strata":
        columns = ("ranks", "dim", "kernel", "points", "quiet loops", "members", "lost", "status")
        keys = ("stratum", "dimension", "hessian_corank", "points", "quiet_loops", "members", "lost", "status")
        rows = found["evidence"]["strata"]
        table.title = f"evidence: {len(rows)} of {found['evidence']['n_strata']} rank strata have critical points"
    else:
        columns = ("dim", "paths", "witness points", "not critical", "on components", "infinity", "undecided", "status")
        keys = (
            "dimension",
            "paths",
            "witness_points",
            "not_critical",
            "on_component",
            "at_infinity",
            "undecided",
            "status",
        )
        rows = [{**row.get("ends", {}), **row} for row in found["evidence"]["dimensions"]]
    for name in columns:
        table.add_column(name, justify="left" if name in ("ranks", "status") else "right")
    for row in rows:
        table.add_row(*(str(row.get(key, "")) for key in keys))
    table.caption = f"{found['stop_reason']}; {found['paths_tracked']} paths, {found['seconds']:.2f} s"
    return table
