"""What each engine can do."""

from __future__ import annotations

from dataclasses import dataclass

from critlocus.errors import InputError


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do.

    Attributes
    ----------
    threads : bool
        One batch can use several threads.
    precisions : tuple of str
        ``"d"`` double, ``"dd"`` double-double, ``"qd"`` quad-double: the arithmetic along the paths.
    certification : bool
        It proves solutions by itself. (`critlocus.certify` proves the solutions of every engine.)
    monodromy : bool
        It follows the segments of every family exactly, so that monodromy can run over it.
    from_scratch : bool
        It has a `solve` that needs no start pair.
    gpu : bool
    """

    threads: bool
    precisions: tuple[str, ...]
    certification: bool
    monodromy: bool
    from_scratch: bool
    gpu: bool


_KNOWN = {
    "native": Capabilities(
        threads=True, precisions=("d",), certification=True, monodromy=True, from_scratch=False, gpu=False
    ),
    "phcpack": Capabilities(
        threads=True, precisions=("d", "dd", "qd"), certification=False, monodromy=True, from_scratch=True, gpu=False
    ),
    "julia": Capabilities(
        threads=True, precisions=("d",), certification=True, monodromy=True, from_scratch=True, gpu=False
    ),
}


def capabilities(name: str) -> Capabilities:
    """Return what the engine of a name can do, installed or not."""
    if name not in _KNOWN:
        raise InputError(f"unknown solver {name!r}: choose one of {', '.join(_KNOWN)}")
    return _KNOWN[name]
