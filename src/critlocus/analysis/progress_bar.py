"""Progress bars on the terminal, with counts and paths per second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from critlocus.progress import Reporter


@contextmanager
def progress_bar() -> Iterator[Reporter]:
    """Yield a reporter that draws on standard error and vanishes when it is done."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, tuple[TaskID, float]] = {}

        def report(stage: str, done: int, total: int | None, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = (bar.add_task(stage, total=total, note=note), perf_counter())
            task, started = tasks[stage]
            if total is not None and stage == "transport":
                note = f"{note}  {done}/{total}, {done / max(perf_counter() - started, 1e-9):.0f} paths/s"
            bar.update(task, completed=done, total=total, note=note)

        yield report
