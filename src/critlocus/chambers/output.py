"""Files and pictures of chambers, whether of a line or of a plane."""

from __future__ import annotations

import os
from typing import Any

from critlocus.chambers.line import LineChambers
from critlocus.chambers.plane import PlaneChambers


def form_of(question: str) -> tuple[str, str]:
    """Return the format of files of a ``line`` or a ``plane``, and what is said of files of another one."""
    from critlocus.chambers import line_store, store

    return (line_store.FORMAT, "holds no line") if question == "line" else (store.FORMAT, "holds no plane")


def save_chambers(found: LineChambers | PlaneChambers, path: str | os.PathLike[str], **attributes: Any) -> None:
    """Write chambers to an HDF5 file, see `save_line` and `save_plane`.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    from critlocus.chambers.line_store import save_line
    from critlocus.chambers.store import save_plane

    if isinstance(found, LineChambers):
        save_line(found, path, **attributes)
    else:
        save_plane(found, path, **attributes)


def draw_chambers(found: LineChambers | PlaneChambers, path: str | os.PathLike[str], *, title: str) -> None:
    """Draw chambers, see `plot_line` and `plot_chambers`.

    Raises
    ------
    InputError
        If the kind of picture is unknown.
    FileError
        If it cannot be written.
    """
    from critlocus.analysis.chamber_plots import plot_chambers
    from critlocus.analysis.line_plots import plot_line

    if isinstance(found, LineChambers):
        plot_line(found, path, title=title)
    else:
        plot_chambers(found, path, title=title)
