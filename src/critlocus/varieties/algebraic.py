"""Varieties that the user writes down: a polynomial parametrisation, or equations."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from critlocus.errors import InputError
from critlocus.system import System
from critlocus.tape.graph import Graph
from critlocus.tape.transplant import transplant
from critlocus.varieties.variety import Ambient


@dataclass(frozen=True)
class Parametrization:
    """The closure of the image of a polynomial map.

    Parameters
    ----------
    polynomials : tuple of str
        One per coordinate, in the parameters, which are all names that occur, in natural order.

    Raises
    ------
    InputError
        If a polynomial cannot be read.
    """

    polynomials: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Parametrization:
        """Read ``param:t, t^2, t^3`` or ``param:FILE`` with one polynomial per line."""
        return cls(tuple(_read(text.partition(":")[2])))

    @cached_property
    def system(self) -> System:
        """The coordinates over a graph of their own."""
        return _system(self.polynomials)

    @property
    def name(self) -> str:
        """The text that `parse` reads."""
        return "param:" + ", ".join(self.polynomials)

    @cached_property
    def ambient(self) -> Ambient:
        """The space of the coordinates, which are named x0, x1, ..."""
        count = len(self.system.equations)
        return Ambient(tuple(f"x{k}" for k in range(count)), (1.0,) * count)

    @property
    def n_weights(self) -> int:
        """Number of parameters."""
        return self.system.n

    @property
    def weight_names(self) -> list[str]:
        """Names of the parameters."""
        return list(self.system.variable_names)

    @property
    def units(self) -> list[list[int]]:
        """No groups are known."""
        return []

    @property
    def last_layer(self) -> list[int]:
        """No layers are known."""
        return []

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the coordinates."""
        return transplant(self.system, graph, theta)


@dataclass(frozen=True)
class Equations:
    """The zero set of polynomials.

    Parameters
    ----------
    polynomials : tuple of str
        In the coordinates, which are all names that occur, in natural order: a, b, x2, x10.

    Raises
    ------
    InputError
        If a polynomial cannot be read, or is constant.
    """

    polynomials: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Equations:
        """Read ``equations:x^2 + 4*y^2 - 4`` (several: separated by commas) or ``equations:FILE``."""
        return cls(tuple(_read(text.partition(":")[2])))

    @cached_property
    def system(self) -> System:
        """The equations over a graph of their own."""
        return _system(self.polynomials)

    @property
    def name(self) -> str:
        """The text that `parse` reads."""
        return "equations:" + ", ".join(self.polynomials)

    @cached_property
    def ambient(self) -> Ambient:
        """The space of the coordinates."""
        names = self.system.variable_names
        return Ambient(tuple(names), (1.0,) * len(names))

    def equations(self, graph: Graph, x: Sequence[int]) -> list[int]:
        """Return the equations."""
        return transplant(self.system, graph, x)


def _system(polynomials: tuple[str, ...]) -> System:
    names = System(polynomials).variable_names
    natural = sorted(names, key=lambda name: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)])
    return System(polynomials, natural)


def _read(text: str) -> list[str]:
    text = text.strip()
    if os.path.isfile(text):
        try:
            with open(text, encoding="utf-8") as file:
                lines = [line.partition("#")[0].strip().rstrip(";,") for line in file]
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{text}: not a readable text file ({error})") from None
    else:
        lines = _split(text)
    found = [line.removesuffix("= 0").removesuffix("=0").strip() for line in lines if line.strip()]
    if not found:
        raise InputError("variety: there are no polynomials; write equations:x^2+y^2-1, param:t,t^2, or name a file")
    return found


def _split(text: str) -> list[str]:
    """Split at commas outside parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
