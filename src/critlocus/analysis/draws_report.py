"""Statistics over random data sets for people: a table on the terminal, by rich."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

MANY = 24


def print_draws(console: Console, found: dict[str, Any]) -> None:
    """Print the summary of `DrawStatistics`."""
    if found["real"] is not None:
        _complete(console, found)
    if found["incomplete"]:
        bounds = found["lower_bounds"]
        text = (
            f"{found['incomplete']} of {found['draws']} draws are incomplete (points lost, or not all proven) and are "
            f"not in these tables; at least {bounds['minimum']} to {bounds['maximum']} points are real there, "
            f"{bounds['mean']:.4g} in the mean"
        )
        console.print(Text(text, style="bold"))


def _complete(console: Console, found: dict[str, Any]) -> None:
    complete = found["draws"] - found["incomplete"]
    table = Table(title=f"{complete} random data sets", title_justify="left", title_style="bold")
    for name in ("certified real points", "mean", "standard error", "minimum", "maximum"):
        table.add_column(name, justify="left" if name.startswith("certified") else "right")
    _row(table, "all", found["real"], style="bold")
    _row(table, "local minima", found["minima"])
    for index, row in found["by_index"].items():
        _row(table, f"index {index}", row)
    console.print(table)
    console.print(_bars(found["real"]["distribution"], complete))


def _row(table: Table, name: str, row: dict[str, Any], style: str = "") -> None:
    error = "-" if row["standard_error"] is None else f"{row['standard_error']:.2g}"
    table.add_row(name, f"{row['mean']:.4g}", error, str(row["minimum"]), str(row["maximum"]), style=style)


def _bars(distribution: dict[str, int], draws: int) -> Table:
    table = Table(title="how many points are real", title_justify="left", title_style="bold", show_header=False)
    for _ in range(3):
        table.add_column(justify="right" if table.row_count == 0 and len(table.columns) < 2 else "left")
    largest = max(distribution.values())
    rows = list(distribution.items())
    for value, count in rows[:MANY]:
        table.add_row(value, f"{100 * count / draws:.1f}%", "█" * max(1, round(40 * count / largest)))
    if len(rows) > MANY:
        table.add_row("", "", f"and {len(rows) - MANY} more values")
    return table
