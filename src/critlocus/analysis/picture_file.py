"""Files of pictures: their names, and figures of matplotlib written to them."""

from __future__ import annotations

import os
from typing import Any

from critlocus.errors import InputError, SolverError
from critlocus.replace_file import check_writable, replace_file

KINDS = (".png", ".svg", ".pdf")


def picture_name(path: str | os.PathLike[str]) -> str:
    """Return the name of a picture.

    Raises
    ------
    InputError
        If it is of another kind than those in KINDS.
    """
    name = os.fspath(path)
    if _kind(name) not in KINDS:
        raise InputError(f"picture {name}: use one of {', '.join(KINDS)}")
    return name


def pyplot_for(name: str) -> Any:
    """Return pyplot for writing a picture of this name, without a display.

    Raises
    ------
    InputError
        If a picture cannot have this name.
    SolverError
        If there is no matplotlib.
    """
    picture_name(name)
    _matplotlib().use("Agg")
    from matplotlib import pyplot

    return pyplot


def check_picture(path: str | os.PathLike[str]) -> None:
    """Complain of a picture before the work for it begins.

    Raises
    ------
    InputError
        If it is of an unknown kind.
    SolverError
        If there is no matplotlib.
    FileError
        If the file cannot be written.
    """
    name = picture_name(path)
    _matplotlib()
    check_writable(name)


def save_picture(pyplot: Any, figure: Any, name: str, *, margin: float | None = None) -> None:
    """Write a figure and close it.

    Parameters
    ----------
    margin : float, optional
        Cut (or enlarge) the picture to what is drawn, and so many inches around it.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    cut = {} if margin is None else {"bbox_inches": "tight", "pad_inches": margin}
    try:
        with replace_file(name) as new:
            figure.savefig(new, format=_kind(name)[1:], dpi=160, **cut)
    finally:
        pyplot.close(figure)


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError:
        raise SolverError("pictures need matplotlib: pip install 'critlocus[plot]'") from None
    return matplotlib


def _kind(name: str) -> str:
    return os.path.splitext(name)[1].lower()
