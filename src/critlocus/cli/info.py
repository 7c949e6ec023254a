"""The command ``critlocus info``."""

from __future__ import annotations

from critlocus.cli.options import Json
from critlocus.cli.output import print_json


def info(as_json: Json = False) -> None:
    """Print versions, the SIMD target in use, threads, and which solvers are available."""
    from critlocus.build import build_config

    config = build_config()
    if as_json:
        print_json(config)
        return
    for name, value in config.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for key, text in value.items():
                print(f"  {key:<22} {text}")
        else:
            print(f"{name:<24} {value}")
