"""Reading the options of the command line that say what the loss is: data sets, their columns, the regulariser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from critlocus.losses import Data
    from critlocus.networks.architecture import Architecture


def columns(text: str | None) -> list[str] | None:
    """Return the parts of a text that commas separate; None for None."""
    return None if text is None else [part.strip() for part in text.split(",")]


def data_sets(text: str, network: Architecture, x: str | None, y: str | None, weights: str | None) -> list[Data] | str:
    """Read the data sets of a file; ``generic:M`` is returned as it is.

    Raises
    ------
    InputError, FileError
        If the text is neither, or the file cannot be used.
    """
    if text.startswith("generic"):
        from critlocus.losses import parse_generic

        parse_generic(text)
        return text
    from critlocus.data_files import read_data

    return read_data(text, network, columns(x), columns(y), weights)


def regularizer(text: str) -> Any:
    """Read ``generic``, one number, numbers separated by commas, or a file with arrays; see `critlocus.Loss`.

    Raises
    ------
    InputError, FileError
        If the text is none of these.
    """
    if text == "generic":
        return text
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        from critlocus.data_files import read_regularizer

        return read_regularizer(text)
    return values[0] if len(values) == 1 else values
