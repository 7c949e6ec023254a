"""critlocus: the critical locus of a neural network's loss, computed, certified and classified."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from critlocus.chambers.discriminant import Discriminant
    from critlocus.functions.result import FunctionResult
    from critlocus.functions.run import solve_functions
    from critlocus.geometry import Geometry, variety
    from critlocus.load import load
    from critlocus.loci.result import LociResult
    from critlocus.loci.run import witness_sets
    from critlocus.losses import Data, Loss
    from critlocus.networks import Network
    from critlocus.result import Result
    from critlocus.run import solve
    from critlocus.solve_system import solve_system
    from critlocus.suites.run import bench
    from critlocus.system import System

try:
    __version__ = version("critlocus")
except PackageNotFoundError:  # running from a source tree that is not installed
    __version__ = "0+unknown"

_PLACES = {
    "bench": "suites.run",
    "Data": "losses",
    "Discriminant": "chambers.discriminant",
    "Loss": "losses",
    "Network": "networks",
    "Result": "result",
    "FunctionResult": "functions.result",
    "load": "load",
    "LociResult": "loci.result",
    "witness_sets": "loci.run",
    "solve": "run",
    "System": "system",
    "solve_functions": "functions.run",
    "solve_system": "solve_system",
    "Geometry": "geometry",
    "variety": "geometry",
}
__all__ = [
    "Data", "Discriminant", "FunctionResult", "Geometry", "LociResult", "Loss", "Network", "Result", "System",
    "__version__", "bench", "load", "solve", "solve_functions", "solve_system", "variety", "witness_sets",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that ``import critlocus`` is quick."""
    if name in _PLACES:
        value = getattr(import_module(f"critlocus.{_PLACES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'critlocus' has no attribute {name!r}")


class _Package(ModuleType):
    """Keeps public names for what they stand for: importing a module such as `critlocus.load` would take its name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PLACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
