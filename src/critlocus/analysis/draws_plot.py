"""A picture of the statistics over random data sets."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from critlocus.analysis.draws import DrawStatistics, draw_statistics
from critlocus.analysis.picture_file import pyplot_for, save_picture
from critlocus.errors import InputError

if TYPE_CHECKING:
    from critlocus.functions.result import FunctionResult
    from critlocus.result import Result

BAR, MEAN, RANGE = "#4c72b0", "#c44e52", "#b8c4d9"


def plot_result_draws(result: Result | FunctionResult, path: str | os.PathLike[str]) -> None:
    """Draw the statistics over all targets of a result; InputError if it has none, or complex ones."""
    found = result.summary()
    plot_draws(draw_statistics(result), str(found["network"]), path)


def plot_draws(statistics: DrawStatistics, title: str, path: str | os.PathLike[str]) -> None:
    """Draw how many critical points are real, and the mean number by index with its extremes.

    Parameters
    ----------
    statistics : DrawStatistics
    title : str
    path : path
        A ``.png``, ``.svg`` or ``.pdf`` file.

    Raises
    ------
    InputError
        If no draw is complete.
    """
    name = os.fspath(path)
    pyplot = pyplot_for(name)
    found = statistics.summary()
    if found is None or found["real"] is None:
        raise InputError("draws: there is no complete draw to show")
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(9.6, 4.0), layout="constrained", gridspec_kw={"width_ratios": (3, 2)}
    )
    complete = found["draws"] - found["incomplete"]
    _distribution(left, found["real"], complete)
    _by_index(right, found["by_index"])
    note = f" (and {found['incomplete']} incomplete ones)" if found["incomplete"] else ""
    figure.suptitle(f"{title}: {complete} random data sets{note}")
    save_picture(pyplot, figure, name)


def _distribution(axes: Any, real: dict[str, Any], draws: int) -> None:
    values = [int(v) for v in real["distribution"]]
    shares = [100 * n / draws for n in real["distribution"].values()]
    gap = min((b - a for a, b in pairwise(values)), default=1)
    axes.bar(values, shares, width=0.8 * gap, color=BAR)
    axes.axvline(real["mean"], color=MEAN, linewidth=1.5)
    error = "" if real["standard_error"] is None else f" ± {real['standard_error']:.2g}"
    axes.set_title(f"mean {real['mean']:.4g}{error}", color=MEAN, fontsize=10)
    axes.set_xlabel("certified real critical points")
    axes.set_ylabel("data sets [%]")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)


def _by_index(axes: Any, rows: dict[str, dict[str, Any]]) -> None:
    for index, row in rows.items():
        x = int(index)
        axes.bar(x, row["maximum"] - row["minimum"], 0.5, bottom=row["minimum"], color=RANGE)
        axes.errorbar(x, row["mean"], row["standard_error"] or 0.0, fmt="o", color=MEAN, markersize=5, capsize=3)
    axes.set_xlabel("index (negative eigenvalues of the Hessian)")
    axes.set_ylabel("points: smallest to largest number")
    axes.set_title("mean number by index", color=MEAN, fontsize=10)
    axes.set_xticks([int(index) for index in rows])
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
