"""From a variety and a metric to the family of its squared distances."""

from __future__ import annotations

import numpy as np

from critlocus.errors import InputError
from critlocus.losses import Data
from critlocus.metrics import metric_matrix
from critlocus.problems.data_form import data_form, function_moments
from critlocus.problems.distance import Distance
from critlocus.problems.implicit_distance import distance_to
from critlocus.problems.quadratic_form import FixedForm, MomentForm, QuadraticForm
from critlocus.varieties import Variety, parse_variety


def distance_family(
    variety: Variety | str, metric: str = "frobenius", seed: int = 0, data: Data | None = None
) -> Distance:
    """Return the critical-point systems of the squared distance to a variety.

    Parameters
    ----------
    variety : Variety or str
        Or its name, such as ``"equations:x^2+4*y^2-4"``, ``"matrices:2x2,rank=1"`` or ``"2-1-1:x^2"``.
    metric : str
        One of `critlocus.metrics.METRICS`, or a file with a symmetric matrix.
    seed : int
        Draws a generic metric, and the chart.
    data : Data, optional
        For the metric ``data``: its inputs fix Q. Without it the moments of the inputs are parameters of the family.

    Raises
    ------
    InputError
        If the variety or the metric cannot be used.
    """
    rng = np.random.default_rng(seed)
    found = parse_variety(variety) if isinstance(variety, str) else variety
    form: QuadraticForm
    if data is not None and metric != "data":
        raise InputError(f"data: the metric is {metric}; use the metric data")
    if data is not None:
        form = FixedForm(data_form(found.name, found.ambient, data)[0])
    elif metric == "data":
        form = MomentForm(function_moments(found.name, found.ambient))
    else:
        form = FixedForm(metric_matrix(found.ambient, metric, rng))
    return distance_to(found, form, rng)
