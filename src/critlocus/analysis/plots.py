"""Pictures of results, by matplotlib."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from critlocus.analysis.picture_file import KINDS, picture_name, pyplot_for, save_picture
from critlocus.errors import InputError
from critlocus.functions.result import FunctionResult, Kind

if TYPE_CHECKING:
    from critlocus.result import Result
    from critlocus.table import Table

__all__ = ["KINDS", "plot_landscape"]


def plot_landscape(result: Result | FunctionResult, path: str | os.PathLike[str], target: int = 0) -> None:
    """Draw loss against index of every certified real critical point of a target: the skeleton of the landscape.

    In function space these are the pure critical functions, with their indices on the variety.

    Parameters
    ----------
    result : Result or FunctionResult
    path : path
        A ``.png``, ``.svg`` or ``.pdf`` file.
    target : int
        Row of the target.

    Raises
    ------
    InputError
        If the target does not exist or is not real.
    """
    name = picture_name(path)
    if not 0 <= target < len(result.target_parameters):
        raise InputError(f"plot: there is no target {target}; the result has {len(result.target_parameters)}")
    if np.any(result.target_parameters[target].imag):
        raise InputError(f"plot: target {target} is complex; losses and indices belong to real targets")
    pyplot = pyplot_for(name)
    title, total, classes = _classes(result, target)
    figure, axes = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
    drawn = 0
    for k, (label, table) in enumerate(classes):
        chosen = table[table.is_real & (table.signature[:, 0] >= 0)]
        drawn += chosen.count()
        if len(chosen):
            index, loss, size = _merged(chosen)
            index = index + 0.16 * (k - (len(classes) - 1) / 2)  # classes side by side
            axes.scatter(index, loss, s=70 + 25 * size, color=f"C{k}", alpha=0.75, label=label)
            for x, y, n in zip(index, loss, size, strict=True):
                axes.annotate(f"{n}", (x, y), ha="center", va="center", fontsize=7)
    axes.set_xlabel("index (negative eigenvalues of the Hessian)")
    axes.set_ylabel("loss")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(0.12)
    axes.set_title(f"{title}: {drawn} certified real critical points of {total} complex ones")
    if drawn:
        axes.legend(frameon=False, markerscale=0.5)
    save_picture(pyplot, figure, name)


def _classes(result: Result | FunctionResult, target: int) -> tuple[str, int, list[tuple[str, Table]]]:
    """Return a title, the number of complex critical points, and the rows of every class of points."""
    if isinstance(result, FunctionResult):
        once = result.target(target).of_kind(Kind.PURE).functions()
        return result.variety.name, len(once), [("pure critical functions", once)]
    table = result.target(target)
    names = list(dict.fromkeys(s.name for s in result.strata))
    rows = {name: [i for i, s in enumerate(result.strata) if s.name == name] for name in names}
    return (
        result.network.name,
        table.count(),
        [(f"living units {name}", table[np.isin(table.stratum, rows[name])]) for name in names],
    )


def _merged(table: Any) -> tuple[Any, Any, Any]:
    """Points of equal index and loss drawn as one: index, loss, number of critical points."""
    key = np.stack([table.signature[:, 0].astype(float), np.round(table.loss, 9)], axis=1)
    unique, inverse = np.unique(key, axis=0, return_inverse=True)
    return unique[:, 0], unique[:, 1], np.bincount(inverse.ravel(), weights=table.orbit_size).astype(int)
