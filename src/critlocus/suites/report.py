"""Suites for people: a table on the terminal that grows row by row, by rich."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from critlocus.suites.result import SuiteRun, Verdict, value_text
from critlocus.suites.run import Watcher
from critlocus.suites.suite import Row

LABELS = {"ed_degree": "ED degree", "dimension": "dim", "zero_function_points": "zero functions"}
STYLES = {Verdict.AGREES: "green", Verdict.DIFFERS: "bold red", Verdict.STOPPED: "yellow", Verdict.IN_DOUBT: "yellow"}


@contextmanager
def live_table(console: Console) -> Iterator[Watcher]:
    """Yield a watcher that draws the table as it grows, where the console is a terminal, and in the end elsewhere."""
    last: list[SuiteRun] = []

    def watch(run: SuiteRun, row: Row | None) -> None:
        last[:] = [run]
        if live is not None:
            live.update(_group(run, row))

    if not console.is_terminal:
        live = None
        try:
            yield watch
        finally:
            if last:
                print_run(console, last[0])
        return
    with Live(console=console, auto_refresh=False, transient=False, vertical_overflow="visible") as shown:
        live = shown

        def refreshed(run: SuiteRun, row: Row | None) -> None:
            watch(run, row)
            shown.refresh()

        yield refreshed


def print_run(console: Console, run: SuiteRun) -> None:
    """Print the table of a run."""
    console.print(_group(run, None))


def _group(run: SuiteRun, running: Row | None) -> Group:
    seeds = run.seeds
    text = Text(f"{run.suite.name}: {run.suite.title}", style="bold")
    own = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    text.append(f"   {own}, critlocus {run.version}", style="dim")
    parts: list[Any] = [text, _table(run, running)]
    if run.options["draws"]:
        parts.append(_draws(run))
    return Group(*parts, _verdicts(run))


def _table(run: SuiteRun, running: Row | None) -> Table:
    table = Table()
    for name in ("row", "expected", "found", "verdict", "evidence", "seconds"):
        table.add_column(name, justify="right" if name == "seconds" else "left")
    for row in run.suite.rows:
        verdict, outcomes = run.verdict(row), run.outcomes.get(row.name, [])
        if verdict is None and row is not running:
            continue
        state = Text("running") if verdict is None else Text(verdict.text, style=STYLES.get(verdict, ""))
        seconds = sum(o.seconds for o in outcomes)
        expected = _values({name: value_text(value) for name, value in row.expected.items()})
        found = _values({name: _counted(counts) for name, counts in run.found(row).items()}) if outcomes else ""
        table.add_row(
            row.name, expected or "-", found, state, _evidence(run, row), f"{seconds:.2f}" if outcomes else ""
        )
    return table


def _values(values: dict[str, str]) -> str:
    return "\n".join(f"{LABELS.get(name, name.replace('_', ' '))} {value}" for name, value in values.items())


def _counted(counts: Counter[str]) -> str:
    """Return one value, or every value with the number of seeds that found it."""
    if len(counts) == 1 and counts.total() == 1:
        return next(iter(counts))
    return ", ".join(f"{value} (x{n})" for value, n in counts.most_common())


def _evidence(run: SuiteRun, row: Row) -> str:
    outcomes = run.outcomes.get(row.name, [])
    if not outcomes:
        return ""
    if row.job == "dimension":
        return f"rank of d mu mod {outcomes[0].evidence.get('rank_modulo', 'a prime')}: at least this"
    parts = []
    bounds = [o.evidence["lower_bound"] for o in outcomes if o.evidence.get("lower_bound") is not None]
    if bounds:
        parts.append(f"{_span(bounds)} certified")
    members = [o.evidence["members"] for o in outcomes if o.evidence.get("members")]
    if members:
        parts.append(f"{min(members)} members")
    traces = Counter(o.evidence["trace_test"] for o in outcomes if o.evidence.get("trace_test"))
    parts += [f"trace test {text}" for text in traces]
    lost = sum(o.evidence.get("lost", 0) for o in outcomes)
    if lost:
        parts.append(f"{lost} lost at targets")
    reasons = Counter(o.stop_reason for o in outcomes if o.stop_reason != "complete")
    parts += [f"{reason} (x{n})" if len(outcomes) > 1 else reason for reason, n in reasons.items()]
    return "; ".join(parts)


def _span(values: list[int]) -> str:
    return str(min(values)) if min(values) == max(values) else f"{min(values)} to {max(values)}"


def _draws(run: SuiteRun) -> Table:
    table = Table(title=f"certified real points over {run.options['draws']} random data sets", title_justify="left")
    for name in ("row", "mean", "minimum", "maximum", "local minima", "mean by index", "incomplete"):
        table.add_column(name, justify="left" if name in ("row", "mean by index") else "right")
    for row in run.suite.rows:
        for o in run.outcomes.get(row.name, []):
            if o.draws:
                name = row.name if len(run.seeds) == 1 else f"{row.name}, seed {o.seed}"
                table.add_row(name, *_statistics(o.draws))
    return table


def _statistics(found: dict[str, Any]) -> list[str]:
    real, minima = found["real"], found["minima"]
    if real is None:
        return ["-", "-", "-", "-", "", str(found["incomplete"])]
    error = "" if real["standard_error"] is None else f" ± {real['standard_error']:.2g}"
    by_index = "  ".join(f"{index}: {row['mean']:.3g}" for index, row in found["by_index"].items())
    return [
        f"{real['mean']:.4g}{error}", str(real["minimum"]), str(real["maximum"]),
        f"{minima['mean']:.3g} ({minima['minimum']} to {minima['maximum']})", by_index, str(found["incomplete"]),
    ]  # fmt: skip


def _verdicts(run: SuiteRun) -> Text:
    verdicts = [run.verdict(row) for row in run.suite.rows]
    counts = Counter("not run" if v is None else v.text for v in verdicts)
    style = "bold" if run.confirmed else "bold red"
    return Text(", ".join(f"{n} {text}" for text, n in counts.most_common()), style=style)
