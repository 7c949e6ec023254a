"""What a suite found: outcomes by row and seed, and how they compare with what is expected."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from critlocus.json_text import plain
from critlocus.suites.jobs import COMPLETE, Outcome
from critlocus.suites.suite import Row, Suite

MAIN = {"weights": "complex", "functions": "ed_degree", "dimension": "dimension"}


class Verdict(IntEnum):
    """How an outcome compares with what is expected, from good to bad."""

    NO_EXPECTATION = 0
    AGREES = 1
    IN_DOUBT = 2
    """The values agree, but the run's own evidence says that something may be missing."""
    STOPPED = 3
    """An error, or out of time."""
    DIFFERS = 4

    @property
    def text(self) -> str:
        """The verdict as it is printed."""
        return "DIFFERS" if self is Verdict.DIFFERS else self.name.lower().replace("_", " ")


def compare(row: Row, outcome: Outcome) -> Verdict:
    """Compare what was found with what is expected."""
    if outcome.stop_reason.startswith(("error", "timed out")):
        return Verdict.STOPPED
    if any(outcome.found.get(name) != value for name, value in row.expected.items()):
        return Verdict.DIFFERS
    if outcome.stop_reason != COMPLETE:
        return Verdict.IN_DOUBT
    return Verdict.AGREES if row.expected else Verdict.NO_EXPECTATION


@dataclass(eq=False)
class SuiteRun:
    """The outcomes of a suite, as far as it has been run.

    Attributes
    ----------
    suite : Suite
    options : dict
        ``seed``, ``seeds`` and ``draws``: what decides the outcomes.
    outcomes : dict
        {name of the row: outcomes, seed by seed}.
    """

    suite: Suite
    options: dict[str, Any]
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    version: str = ""

    @property
    def seeds(self) -> list[int]:
        """The seeds over which every row is run."""
        return list(range(self.options["seed"], self.options["seed"] + self.options["seeds"]))

    @property
    def finished(self) -> bool:
        """Whether every row has been run over every seed, none out of time."""
        return not any(self.missing(row) for row in self.suite.rows)

    def missing(self, row: Row) -> list[int]:
        """Return the seeds over which a row is still to be run."""
        done = {o.seed for o in self.outcomes.get(row.name, []) if not o.stop_reason.startswith("timed out")}
        return [seed for seed in self.seeds if seed not in done]

    def add(self, row: Row, outcome: Outcome) -> None:
        """Add an outcome, in place of an earlier one of the same seed."""
        kept = [o for o in self.outcomes.get(row.name, []) if o.seed != outcome.seed]
        self.outcomes[row.name] = sorted([*kept, outcome], key=lambda o: o.seed)

    def verdict(self, row: Row) -> Verdict | None:
        """Return the worst verdict over the seeds; None before the first one."""
        return max((compare(row, outcome) for outcome in self.outcomes.get(row.name, [])), default=None)

    @property
    def confirmed(self) -> bool:
        """Whether no row differs, was stopped, or is in doubt."""
        verdicts = [self.verdict(row) for row in self.suite.rows]
        return all(v is not None and v <= Verdict.AGREES for v in verdicts)

    def found(self, row: Row) -> dict[str, Counter[str]]:
        """Return {quantity: {value as text: number of seeds}} of what is expected, or else of what the row is about."""
        names = list(row.expected) or [MAIN[row.job]]
        return {name: Counter(value_text(o.found.get(name)) for o in self.outcomes.get(row.name, [])) for name in names}

    def summary(self) -> dict[str, Any]:
        """Return everything as plain Python objects (``--json``)."""
        rows = []
        for row in self.suite.rows:
            verdict = self.verdict(row)
            rows.append({
                "name": row.name, "job": row.job, "network": row.network, "options": row.options,
                "expected": row.expected, "source": row.source,
                "found": {name: dict(counts) for name, counts in self.found(row).items()},
                "verdict": None if verdict is None else verdict.text,
                "runs": [
                    {
                        "seed": o.seed, "verdict": compare(row, o).text, "found": o.found, "evidence": o.evidence,
                        "stop_reason": o.stop_reason, "seconds": round(o.seconds, 6), "draws": o.draws,
                    } for o in self.outcomes.get(row.name, [])
                ],
            })  # fmt: skip
        verdicts = Counter("not run" if row["verdict"] is None else str(row["verdict"]) for row in rows)
        return dict(plain({
            "suite": self.suite.name, "space": "suite", "title": self.suite.title, "version": self.version,
            **self.options, "confirmed": self.confirmed, "finished": self.finished, "verdicts": dict(verdicts),
            "rows": rows,
        }))  # fmt: skip


def value_text(value: Any) -> str:
    """Return a value in short: 39, ``1+8+8+16``, ``0:2 1:3``, yes."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "+".join(map(str, value))
    if isinstance(value, dict):
        return " ".join(f"{k}:{n}" for k, n in value.items())
    return str(value)
