"""The command line: one file per command or group of commands; ``critlocus --help`` lists them."""

from critlocus.cli.app import main

__all__ = ["main"]
