"""Chambers of a real line of data ``p0 + s p1``: every s where critical points are born, die or change their index.

All complex degenerate critical points of a generic pencil are carried to the real one and certified, see
`critlocus.chambers.events`. Between two events the picture is constant unless a critical point passes through a
singular point of the variety or, where the metric is not positive definite, through infinity. For the apex of a cone
these events are found in the same way, see `critlocus.problems.apex`; others by comparing samples, see
`critlocus.chambers.between`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.about import Chambers
from critlocus.chambers.between import Questions, pictures_between
from critlocus.chambers.data_line import DataLine
from critlocus.chambers.events import Event, events_on_line, isolated
from critlocus.chambers.label_changes import fold_index
from critlocus.chambers.labels import Label, Labeller
from critlocus.chambers.passages import traits_of
from critlocus.chambers.sections import Section
from critlocus.errors import InputError
from critlocus.problems.implicit_distance import ImplicitDistance
from critlocus.solvers.protocol import Solver

BUDGET, SMALL_BUDGET = 100_000, 5_000
"""Critical points that are certified to prove that pictures are constant, at most; less in charts, where only discs
succeed that are small: it takes a second, or half of one."""


@dataclass(eq=False)
class LineChambers(Chambers):
    """What `chambers_on_line` returns: ``labels[k]`` holds at ``samples[k]``, between events k - 1 and k.

    Attributes
    ----------
    interval : (float, float)
    events : list of Event
        By increasing s.
    samples : float64 array, shape (len(events) + 1,)
    labels : list of Label
    """

    question = "line"
    interval: tuple[float, float]
    events: list[Event]
    samples: NDArray[np.float64]
    labels: list[Label]

    @property
    def s(self) -> NDArray[np.float64]:
        """The events, shape ``(E,)``."""
        return np.array([event.s for event in self.events])

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        events = [
            {"s": e.s, "radius": e.radius, "kind": e.kind, "change": e.change, "index": e.index,
             "certified": e.certified}
            for e in self.events
        ]  # fmt: skip
        ends = [self.interval[0], *(e.s for e in self.events), self.interval[1]]
        chambers = [
            {"from": a, "to": b, "sample": float(x), "real": l.real, "index_histogram": list(l.histogram),
             "complex": l.complex, "proven": l.proven}
            for a, b, x, l in zip(ends[:-1], ends[1:], self.samples, self.labels, strict=True)
        ]  # fmt: skip
        return {"interval": list(self.interval), "events": events, "chambers": chambers, **self.evidence}


def checked_interval(interval: tuple[float, float]) -> tuple[float, float]:
    """Return an interval of s, or raise InputError if it is empty or infinite."""
    if not interval[0] < interval[1] or not np.isfinite(interval).all():
        raise InputError(f"line: the interval {interval} is empty or infinite")
    return interval


def chambers_on_line(
    solver: Solver,
    sections: dict[str, Section],
    labeller: Labeller,
    p0: NDArray[np.float64],
    p1: NDArray[np.float64],
    interval: tuple[float, float],
    rng: np.random.Generator,
) -> LineChambers:
    """Find all events on a real line of data, and the labels between them.

    Parameters
    ----------
    sections : dict
        The solutions over a generic pencil, by kind of event (``fold``, ``branch``, ``apex``).
    labeller : Labeller
    p0, p1 : float64 arrays, shapes (n_params,) and (n_moving,)
        The line.
    interval : (float, float)
    """
    family: Any = labeller.section.question.family  # type: ignore[attr-defined]
    a, b = interval
    events: list[Event] = []
    facts: dict[str, Any] = {}
    complete = labeller.section.complete
    for kind, section in sections.items():
        found, facts[kind] = events_on_line(solver, section, kind, p0, p1, rng)
        events += [e for e in found if a < e.s + e.radius and e.s - e.radius < b]
        complete &= section.complete and not facts[kind]["missing"] and not facts[kind]["undecided"]
    events = isolated(sorted(events, key=lambda e: e.s))

    data = DataLine(p0, p1, family.moving)

    def traits(at: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        labeller(data.rows(at), rng)
        return [traits_of(family, z) for z in labeller.points]

    questions = Questions(
        labels=lambda at: labeller(data.rows(at), rng),
        discs=lambda at, radii: labeller.over_discs(data.rows(at), data.radii(at, radii), rng),
        traits=traits,
        budget=BUDGET if isinstance(family, ImplicitDistance) else SMALL_BUDGET,
    )
    pictures = pictures_between(questions, events, interval)
    between, chambers = pictures.events, pictures.chambers
    explained = True
    for k, event in enumerate(between):
        before, after = chambers[k][1], chambers[k + 1][1]
        index = event.index
        if event.kind in ("fold", "branch"):
            index = fold_index(before, after, event.change)
            explained &= index == 0 if event.kind == "branch" else index >= 0
        elif event.kind in sections:
            explained &= before.real == after.real
        else:
            explained &= event.kind != "unexplained"
        between[k] = replace(event, index=index)
    proven = all(label.proven for _, label in chambers)
    line = LineChambers((a, b), between, np.array([x for x, _ in chambers]), [label for _, label in chambers])
    line.evidence = {
        "degenerate_points": facts, "all_labels_proven": proven, "all_changes_explained": explained,
        "constant_between_events": "proven" if all(pictures.constant) else "at samples",
        "complete": bool(complete and explained and proven and all(e.certified for e in between)),
    }  # fmt: skip
    return line
