"""Results as plain lines of text: a name and a value each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def lines(title: str, rows: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """Return a title, one line per row, and the notes."""
    width = max(map(len, rows), default=0)
    text = [title, *(f"  {name:<{width}}  {value}" for name, value in rows.items())]
    return "\n".join([*text, *(f"  note: {note}" for note in notes)])


def evidence_line(evidence: Mapping[str, Any]) -> str:
    """Return what supports a count over a generic member, in one line."""
    return (
        f"{evidence['generic_count']} solutions of a generic member, {evidence['quiet_loops']} quiet loops, "
        f"doubt 10^{evidence['log10_doubt']:.0f}, {evidence['members']} members agree, "
        f"{evidence['lost_paths']} paths lost"
    )
