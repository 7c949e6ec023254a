"""The squared error on given points as a distance between functions: ``1/2 |f - u|_Q^2``, up to a constant.

Q is block diagonal with one equal block for every output, made of the moments of the inputs; u is the function that
fits the outputs best, ``Q u = b`` with b the moments of inputs and outputs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.losses import Data
from critlocus.problems.moments import Moments
from critlocus.problems.quadratic_form import MomentForm
from critlocus.varieties.variety import Ambient


def function_moments(name: str, ambient: Ambient) -> Moments:
    """Return the moments through which a squared error on functions depends on its points.

    Raises
    ------
    InputError
        If the variety with this name does not consist of functions.
    """
    if not ambient.monomials:
        raise InputError(f"metric data: {name} has no inputs; use frobenius, generic or a file")
    return Moments(list(ambient.monomials), ambient.n_outputs)


def check_columns(name: str, ambient: Ambient, data: Data) -> None:
    """Raise InputError if the columns of a data set do not fit the functions of a variety."""
    found = (data.inputs.shape[1], data.outputs.shape[1])
    if found != (ambient.n_inputs, ambient.n_outputs):
        raise InputError(
            f"data: {found[0]} input and {found[1]} output columns, but {name} takes {ambient.n_inputs} and gives "
            f"{ambient.n_outputs}"
        )


def data_form(name: str, ambient: Ambient, data: Data) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Q, shape ``(N, N)``, and b, shape ``(N,)``, of a data set: sums over its points, weighted if they are.

    Raises
    ------
    InputError
        If the variety does not consist of functions, the columns do not fit, or the points determine no function.
    """
    moments = function_moments(name, ambient)
    check_columns(name, ambient, data)
    high, _, _ = moments.exact(data)
    matrix = MomentForm(moments).matrix(high.astype(np.complex128)).real
    size = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    if np.linalg.matrix_rank(matrix / np.outer(size, size)) < len(matrix):
        raise InputError(
            f"data: {len(data)} points do not determine a function of {name}, which has {len(moments.basis)} "
            "coefficients per output; give more points, or use another metric"
        )
    return matrix, high[len(moments.exponents) :]
