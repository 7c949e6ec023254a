"""The pictures between the events of a line: proven to be constant where that can be done, sampled elsewhere.

Where two samples differ although no event lies between them, the change is bisected, see `critlocus.chambers.passages`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.constancy import Discs, constant_pieces
from critlocus.chambers.events import Event
from critlocus.chambers.labels import Label
from critlocus.chambers.passages import Traits, nature

Reals = NDArray[np.float64]
BISECTIONS = 40
PROBES = (0.5, 0.21, 0.83, 0.04, 0.96)
"""Where between two events the label is computed if it is not proven to be constant."""
GAP = 1e-4
"""A picture is proven to be constant if at most this part of the interval is left out next to its ends."""


@dataclass(frozen=True, eq=False)
class Questions:
    """What a line of data is asked.

    Attributes
    ----------
    labels : callable
        From values of s, shape ``(K,)``, to their labels.
    discs : Discs
        Labels that are proven all over intervals, see `critlocus.chambers.constancy`.
    traits : Traits
    budget : int
        Critical points that are certified for discs, at most.
    """

    labels: Callable[[Reals], list[Label]]
    discs: Discs
    traits: Traits
    budget: int


@dataclass(eq=False)
class Pictures:
    """``chambers[k]`` is a sample and its label, between the events k - 1 and k.

    Attributes
    ----------
    events : list of Event
        The given ones, and the changes that none of them explains.
    chambers : list of (float, Label)
    constant : list of bool
        Whether the label is proven from one event to the next, all but a part `GAP` of it.
    """

    events: list[Event]
    chambers: list[tuple[float, Label]]
    constant: list[bool]


def pictures_between(line: Questions, events: list[Event], interval: tuple[float, float]) -> Pictures:
    """Return the pictures between events, given by increasing s, in an interval."""
    low, high = interval
    starts = [low, *(e.s + e.radius for e in events)]
    ends = [*(e.s - e.radius for e in events), high]
    spans = list(zip(starts, ends, strict=True))
    pieces = constant_pieces(line.discs, spans, budget=line.budget)
    constant = [
        len(own) == 1 and own[0].steady and own[0].length >= (1 - GAP) * (b - a)
        for own, (a, b) in zip(pieces, spans, strict=True)
    ]
    probed = iter(_probed(line, [span for span, sure in zip(spans, constant, strict=True) if not sure]))
    found = Pictures([], [], [])
    for k, (own, sure) in enumerate(zip(pieces, constant, strict=True)):
        proven = [piece for piece in own if piece.steady]
        samples = [(piece.sample, piece.label) for piece in proven]
        if not sure:
            probes = next(probed)
            samples += [pair for pair in probes if pair[1].proven]
            samples = sorted(samples, key=lambda pair: pair[0]) or probes[:1]
        if k:
            found.events.append(events[k - 1])
        first = samples[0]
        if len({label.same for _, label in samples}) == 1:
            longest = max(proven, key=lambda p: p.length, default=None)
            first = samples[len(samples) // 2] if longest is None else (longest.sample, longest.label)
        found.chambers.append(first)
        found.constant.append(sure)
        for (x, before), (y, after) in pairwise(samples):
            if before.same != after.same:
                found.events.append(_isolate(line, x, y, before, after))
                found.chambers.append((y, after))
                found.constant.append(False)
    return found


def _probed(line: Questions, spans: list[tuple[float, float]]) -> list[list[tuple[float, Label]]]:
    """Return the labels at the probes of every span, all computed at once."""
    if not spans:
        return []
    probes = np.array([[a + p * (b - a) for p in PROBES] for a, b in spans])
    labels = iter(line.labels(probes.ravel()))
    return [[(s, next(labels)) for s in row] for row in probes.tolist()]


def _isolate(line: Questions, low: float, high: float, before: Label, after: Label) -> Event:
    """Bisect between two samples with different labels that no event explains."""
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        label = line.labels(np.array([middle]))[0]
        if not label.proven:
            break
        if label.same == before.same:
            low = middle
        else:
            high = middle
    s, radius = (low + high) / 2, (high - low) / 2
    return Event(s, radius, nature(line.traits, s, radius), after.real - before.real, -1, False)
