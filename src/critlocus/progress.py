"""How a run tells what it is doing: one callable, so that terminals, notebooks and tests can each listen."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """Called at every step of a run, and about 20 times a second while paths are tracked."""

    def __call__(self, stage: str, done: int, total: int | None, note: str = "") -> None:
        """Report `done` of `total` (None: unknown) in a stage such as ``monodromy`` or ``transport``."""
        ...


def silent(stage: str, done: int, total: int | None, note: str = "") -> None:
    """Report nothing."""
