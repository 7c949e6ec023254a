"""Points of the generic member without an end at a target: explained by the target, or a doubt.

At special targets points meet or go to infinity; they are shown with the target. One whose path broke off on the way,
whatever the target, makes a run incomplete.
"""

from __future__ import annotations

from typing import Any


def ledger(evidence: dict[str, Any]) -> dict[str, int]:
    """Return what was lost so far, as the entry ``targets`` of the evidence; a resumed run goes on with its own."""
    found: dict[str, int] = evidence.setdefault("targets", {"lost": 0, "unexplained": 0})
    return found


def verdict(lost: dict[str, int], stop_reason: str) -> str:
    """Return the stop reason of a run that has carried its points to all targets."""
    if lost.get("unexplained") and stop_reason == "running":
        return f"incomplete: {lost['unexplained']} points were lost on the way to a target; try another seed"
    return stop_reason
