"""What ``critlocus discriminant`` was asked, and which options go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from critlocus.errors import InputError

SPACES = ("functions", "weights")
_FARTHEST = 1e20
_OWN = {"functions": ("metric", "u"), "weights": ("regularize",)}


@dataclass(frozen=True)
class Request:
    """The options of the command; None (or False) where they were not given.

    Raises
    ------
    InputError
        If options do not go together: none of them is ignored.
    """

    variety: str
    space: str = "functions"
    metric: str | None = None
    line: str | None = None
    interval: str | None = None
    plane: str | None = None
    window: str | None = None
    distance: bool = False
    u: str | None = None
    data: str | None = None
    x: str | None = None
    y: str | None = None
    weights: str | None = None
    regularize: str | None = None
    picture: str | None = None
    out: str | None = None
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.space not in SPACES:
            raise InputError(f"space {self.space!r}: choose {' or '.join(SPACES)}")
        other = next(space for space in SPACES if space != self.space)
        wrong = self._given(*_OWN[other])
        if wrong:
            raise InputError(
                f"{', '.join(f'--{name}' for name in wrong)}: not with --space {self.space}{_HINT[self.space]}"
            )
        if sum([self.line is not None, self.plane is not None, self.distance]) > 1:
            raise InputError("discriminant: ask for one of --line, --plane, --distance at a time")
        for owner, names in (("plane", ("window",)), ("line", ("interval",)), ("distance", ("u",))):
            wrong = [] if self._given(owner) else self._given(*names)
            if wrong:
                raise InputError(f"discriminant: {', '.join(f'--{name}' for name in wrong)} only with --{owner}")
        wrong = [] if self._given("line", "plane") else self._given("picture", "out")
        if wrong:
            raise InputError(f"discriminant: {', '.join(f'--{name}' for name in wrong)} only with --line or --plane")
        if self.space == "weights" and not self._given("line", "plane", "distance"):
            raise InputError(
                "discriminant: in the space of weights ask for --line, --plane or --distance, of data sets"
            )
        if self.space == "weights" and self.distance != (self.data is not None):
            raise InputError("discriminant: in the space of weights --distance takes --data, and nothing else does")
        if self.space == "functions" and self.data is None and self._given("x", "y", "weights"):
            raise InputError(f"{', '.join(self._given('x', 'y', 'weights'))}: columns of --data, which is missing")
        if self.seed < 0:
            raise InputError(f"seed: {self.seed} is negative")

    def _given(self, *names: str) -> list[str]:
        return [name for name in names if getattr(self, name) not in (None, False)]

    @property
    def ends(self) -> tuple[float, float]:
        """The interval of s."""
        low, high = numbers(self.interval or "0,1", 2, "interval")
        return low, high

    @property
    def box(self) -> list[list[float]]:
        """The lower and the upper bounds of (s, t)."""
        s0, s1, t0, t1 = numbers(self.window or "-1,1,-1,1", 4, "window")
        return [[s0, t0], [s1, t1]]


_HINT = {"weights": ", where data sets are given", "functions": ", where there is no regulariser"}


def numbers(text: str, count: int, what: str) -> list[float]:
    """Read so many finite numbers separated by commas, or raise InputError."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{what} {text!r}: not numbers separated by commas") from None
    if len(values) != count or not np.isfinite(values).all():
        raise InputError(f"{what} {text!r}: {count} finite numbers are needed")
    if np.abs(values).max() > _FARTHEST:
        raise InputError(f"{what} {text!r}: numbers beyond {_FARTHEST:g} are not told apart; rescale the targets")
    return values
