"""What every command goes through: its options are checked, and Ctrl-C ends it with a message."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from critlocus.cli.options import INTERRUPTED
from critlocus.cli.streams import check_output, complain
from critlocus.errors import InputError, Interrupted

_SEEDS = 2**63  # files have them as 64-bit integers


def as_command(function: Callable[..., None]) -> Callable[..., None]:
    """Wrap the function of a command, whose signature typer still sees."""

    @wraps(function)
    def command(**given: Any) -> None:
        try:
            _check(function, given)
            function(**given)
        except KeyboardInterrupt as signal:
            complain(_stopped(signal, writes="out" in given))
            raise typer.Exit(INTERRUPTED) from None

    return command


def _check(function: Callable[..., None], given: dict[str, Any]) -> None:
    """Raise InputError for values that no command can use, and FileError if the answer could not be printed."""
    for name, value in given.items():
        if isinstance(value, str) and not value.strip():
            raise InputError(f"{_spelled(function, name)}: the text is empty")
    threads, seed = given.get("threads"), given.get("seed", 0)
    if threads is not None and threads < 1:
        raise InputError(f"threads: {threads} is not at least 1")
    if not 0 <= seed < _SEEDS:
        raise InputError(f"seed: {seed} is negative" if seed < 0 else f"seed: {seed} is not below 2^63")
    if given.get("quiet") is False:
        check_output()


def _spelled(function: Callable[..., None], name: str) -> str:
    """Return the name of an argument or option as it is typed."""
    about = inspect.signature(function, eval_str=True).parameters[name].annotation.__metadata__[0]
    if isinstance(about, typer.models.ArgumentInfo):
        return name
    own = (*(about.param_decls or ()), about.default)  # where typer keeps a name that is given first
    return next((text for text in own if isinstance(text, str) and text[:2] == "--"), f"--{name.replace('_', '-')}")


def _stopped(signal: KeyboardInterrupt, *, writes: bool) -> str:
    """Say what became of the results: those that were kept have a message of their own."""
    if isinstance(signal, Interrupted) and signal.result is not None:
        return str(signal)
    return "stopped; nothing was kept" if writes else "stopped"
