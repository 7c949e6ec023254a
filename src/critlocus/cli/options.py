"""What commands have in common: options, exit codes, and how texts of options are read."""

from __future__ import annotations

from typing import Annotated, Any

import typer

BAD_INPUT, NOT_CONFIRMED, INTERRUPTED = 2, 1, 130

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")]
Threads = Annotated[int | None, typer.Option(help="Threads [default: all processors]; results do not depend on it.")]


def columns(text: str | None) -> list[str] | None:
    """Split names at the commas."""
    return None if text is None else [part.strip() for part in text.split(",")]


def chosen_data(data: str, network: Any, x: str | None, y: str | None, weights: str | None) -> Any:
    """Return data for a `critlocus.Loss`: ``generic:M`` as it is, or what a file has.

    Raises
    ------
    InputError
        If the text, or the file's columns, cannot be used.
    FileError
        If the file cannot be read.
    """
    if data.startswith("generic"):
        from critlocus.losses import parse_generic

        parse_generic(data)
        return data
    from critlocus.data_files import read_data

    return read_data(data, network, columns(x), columns(y), weights)


def chosen_regularizer(text: str) -> Any:
    """Return a regulariser for a `critlocus.Loss`: ``generic``, a number, or arrays of a file; errors as for data."""
    if text == "generic":
        return text
    try:
        return float(text)
    except ValueError:
        from critlocus.data_files import read_regularizer

        return read_regularizer(text)
