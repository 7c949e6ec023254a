"""Following a real curve from known points on every piece of it, all arcs at once.

Euler-Newton steps in the space of unknowns, where the curve is smooth; the step is bounded by the turn of the tangent,
by the turn of the image's conormal, which goes through cusps smoothly, and by the length in the image. A cusp is where
the image's velocity along the curve changes its sign; it is found on the arc and becomes a vertex.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from critlocus.chambers.plane_curve import PlaneCurve, Reals, States

FIRST, SHORTEST, MAX_STEPS = 2e-3, 1e-10, 3000
TURN, LONGEST = 0.25, 0.03
_NEAR, _HALVINGS = 0.2, 40
TIP = -3


@dataclass(eq=False)
class Arc:
    """A piece of the curve between two of the points that it was followed from.

    Attributes
    ----------
    points : float64 array, shape (K, 2)
        (s, t) along the arc.
    cusps : list of int
        Rows of `points` that are cusps.
    contacts : list of int
        Rows of `points` where the image touches another curve.
    ends : (int, int)
        Numbers of the starts at its ends; -1 if the arc was lost, -2 if it left the window, -3 at a tip where
        the image ends.
    """

    points: Reals
    ends: tuple[int, int]
    cusps: list[int] = field(default_factory=list)
    kind: str = "fold"
    contacts: list[int] = field(default_factory=list)


def trace(curve: PlaneCurve, starts: States, window: Reals, inward: NDArray[np.bool_], finest: float) -> list[Arc]:
    """Follow the curve both ways from every start, up to the next start.

    Parameters
    ----------
    starts : States
        Points on the curve (S of them).
    window : float64 array, shape (2, 2)
        Lower and upper bounds of (s, t).
    inward : bool array, shape (S,)
        Starts on the window's boundary.
    finest : float
        Longest step in the image.

    Returns
    -------
    list of Arc
        Every arc once.
    """
    count = len(starts.x)
    if count == 0:
        return []
    place, _, values = curve.image(starts)
    known = np.concatenate([values, place], axis=1)
    known_tangent = curve.tangents(starts)
    owner = np.repeat(np.arange(count), 2)
    states = starts.take(owner)
    direction = known_tangent[owner] * np.tile([1.0, -1.0], count)[:, None]
    lines = [[place[k].copy()] for k in owner]
    cusps: list[list[int]] = [[] for _ in owner]
    contacts: list[list[int]] = [[] for _ in owner]
    ends = np.full(len(owner), -1)
    step = np.full(len(owner), FIRST)
    alive = np.arange(len(owner))
    age = np.zeros(len(owner), int)
    margin = 1e-9 * (window[1] - window[0])
    here, normal, value = curve.image(states)
    sign = _speed(direction, normal)
    contact = curve.contact(states)
    normals, signs, places = normal.copy(), sign.copy(), np.concatenate([value, here], axis=1)

    for _ in range(MAX_STEPS):
        alive = alive[(ends[alive] == -1) & (step[alive] > SHORTEST)]
        if len(alive) == 0:
            break
        now, way = states.take(alive), direction[alive]
        limit = finest / np.maximum(np.linalg.norm(way[:, -2:], axis=1), 1e-300)
        h = np.minimum(step[alive], np.minimum(limit, LONGEST * (1 + np.linalg.norm(now.x, axis=1))))
        trial = States(now.x + h[:, None] * way, now.row)
        settled = curve.correct(trial)
        far = np.linalg.norm(trial.x - now.x - h[:, None] * way, axis=1)
        settled &= far <= 0.1 * h
        at = np.flatnonzero(settled)
        step[alive[~settled]] = h[~settled] / 3
        if len(at):
            part = trial.take(at)
            tangent = curve.tangents(part)
            cosine = np.einsum("ai,ai->a", tangent, way[at])
            tangent *= np.where(cosine < 0, -1.0, 1.0)[:, None]
            image, normal, value = curve.image(part)
            normal = _like(normal, normals[alive[at]])
            turn = np.maximum(np.arccos(np.minimum(np.abs(cosine), 1.0)), _turn(normal, normals[alive[at]]))
            good = turn <= TURN
            step[alive[at[~good]]] = h[at[~good]] / 2
            if not good.any():
                continue
            at, part, tangent = at[good], part.take(good), tangent[good]
            image, normal, value, turn = image[good], normal[good], value[good], turn[good]
            who = alive[at]
            new_sign = _speed(tangent, normal)
            position = np.concatenate([value, image], axis=1)
            reached = _reached(places[who], position, known, owner[who], age[who])
            crossed = np.flatnonzero(new_sign * signs[who] < 0)
            for k in crossed.tolist():
                row = int(who[k])
                speeds = float(signs[row]), float(new_sign[k])
                before = now.take(at[k : k + 1])
                tip = _cusp(curve, before, way[at[k]], float(h[at[k]]), speeds, normals[row : row + 1])
                chord = position[k] - places[row]
                if reached[k] >= 0 and (tip - known[reached[k]]) @ chord > 0:
                    continue  # it lies behind the start that ends the arc
                cusps[row].append(len(lines[row]))
                lines[row].append(tip[-2:])
            new_contact = curve.contact(part)
            for k in np.flatnonzero(new_contact * contact[who] < 0).tolist():
                row = int(who[k])
                before = now.take(at[k : k + 1])
                contacts[row].append(len(lines[row]))
                lines[row].append(_contact(curve, before, way[at[k]], float(h[at[k]]), float(contact[row])))
            for k, row in enumerate(who.tolist()):
                lines[row].append(image[k].copy())
            outside = np.any((image < window[0] - margin) | (image > window[1] + margin), axis=1)
            fresh, carried = curve.rebase(part, tangent)
            assert carried is not None
            # The new normalisation turns the tangent; the sign of v is kept by the one of the step before.
            renewed = curve.tangents(fresh)
            carried = renewed * np.where(np.einsum("ai,ai->a", renewed, carried) < 0, -1.0, 1.0)[:, None]
            states.x[who], states.row[who], direction[who] = fresh.x, fresh.row, carried
            normals[who], signs[who], places[who] = normal, new_sign, position
            contact[who] = curve.contact(fresh)
            age[who] += 1
            step[who] = h[at] * np.clip(0.5 * TURN / np.maximum(turn, 1e-9), 0.5, 2.0)
            for k, row in enumerate(who.tolist()):
                if reached[k] >= 0:
                    ends[row] = reached[k]
                    lines[row][-1] = place[reached[k]].copy()
                    for marks in (contacts[row], cusps[row]):
                        if marks and marks[-1] == len(lines[row]) - 2:
                            _without_beyond(lines[row], marks, image[k])
                elif outside[k]:
                    ends[row] = -2

    arcs = []
    for row, line in enumerate(lines):
        i, j = int(owner[row]), int(ends[row])
        if j == -2 and inward[i] and len(line) <= 4:
            continue  # the way out of the window from a point on its boundary
        if j == i and ends[row ^ 1] != i and len(cusps[row]) == 1:
            # The curve goes on by the other points of the same orbits: its image ends in a tip.
            arcs.append(Arc(np.array(line[: cusps[row][0] + 1]), (i, TIP), [], curve.kind))
            continue
        twin = j >= 0 and (j < i or (j == i and row % 2 == 1))
        if not twin:
            arcs.append(Arc(np.array(line), (i, j), cusps[row], curve.kind, contacts[row]))
    return arcs


def _speed(direction: Reals, normal: Reals) -> Reals:
    """Return the image's velocity, with a sign that changes at cusps."""
    return np.asarray(direction[:, -1] * normal[:, 0] - direction[:, -2] * normal[:, 1])


def _like(normal: Reals, before: Reals) -> Reals:
    """Return conormals with the signs that make them turn by less than a right angle."""
    return np.asarray(normal * np.where(np.einsum("ai,ai->a", normal, before) < 0, -1.0, 1.0)[:, None])


def _turn(a: Reals, b: Reals) -> Reals:
    """Return the angle between conormals, up to sign."""
    cross = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    return np.asarray(np.arctan2(cross, np.abs(np.einsum("ai,ai->a", a, b))))


def _cusp(
    curve: PlaneCurve, state: States, way: Reals, h: float, signs: tuple[float, float], reference: Reals
) -> Reals:
    """Return (f, s, t) at the cusp between a point and the next one: the zero of the speed, by the Illinois method."""
    low, high = 0.0, h
    at_low, at_high = signs
    place, _, value = curve.image(state)
    position = np.concatenate([value[0], place[0]])
    for _ in range(40):
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        trial = States(state.x + middle * way, state.row)
        if not curve.correct(trial)[0]:
            break
        tangent = curve.tangents(trial)
        tangent *= np.sign(tangent @ way)[:, None]
        image, normal, value = curve.image(trial)
        position = np.concatenate([value[0], image[0]])
        speed = float(_speed(tangent, _like(normal, reference))[0])
        if abs(speed) <= 1e-10 * max(abs(signs[0]), abs(signs[1])) or high - low <= 1e-13 * h:
            break
        if speed * at_low > 0:
            low, at_low, at_high = middle, speed, at_high / 2
        else:
            high, at_high, at_low = middle, speed, at_low / 2
    return position


def _contact(curve: PlaneCurve, state: States, way: Reals, h: float, before: float) -> Reals:
    """Return the contact between a point and the next one, by bisection."""
    low, high, place = 0.0, h, state.x[0, -2:]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        trial = States(state.x + middle * way, state.row)
        if not curve.correct(trial)[0]:
            break
        place = trial.x[0, -2:]
        if float(curve.contact(trial)[0]) * before > 0:
            low = middle
        else:
            high = middle
    return np.asarray(place).copy()


def _without_beyond(line: list[Reals], marks: list[int], after: Reals) -> None:
    """Drop a cusp or contact in the last step if it is beyond the start that ends the arc: the next arc has it."""
    before, mark, end = line[-3], line[-2], line[-1]
    if (mark - before) @ (after - before) > (end - before) @ (after - before):
        del line[-2]
        marks.pop()


def _reached(
    before: Reals, after: Reals, known: Reals, owner: NDArray[np.int64], age: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the number of the start that lies between two points of each arc, or -1."""
    chord = after - before
    length = np.linalg.norm(chord, axis=1)
    offset = known[None, :, :] - before[:, None, :]
    along = np.einsum("aki,ai->ak", offset, chord) / np.maximum(length, 1e-300)[:, None]
    beside = np.linalg.norm(offset - along[:, :, None] * (chord / np.maximum(length, 1e-300)[:, None])[:, None], axis=2)
    inside = (
        (along > 1e-9 * length[:, None]) & (along <= length[:, None] * (1 + 1e-9)) & (beside <= _NEAR * length[:, None])
    )
    own = owner[:, None] == np.arange(len(known))
    inside &= ~(own & (age < 2)[:, None])
    first = np.where(inside, along, np.inf)
    nearest = np.argmin(first, axis=1)
    return np.where(np.isfinite(first[np.arange(len(first)), nearest]), nearest, -1)
