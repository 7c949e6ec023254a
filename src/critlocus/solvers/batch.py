"""The input of `Solver.track`, converted and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.tape.system import PolynomialSystem


@dataclass(frozen=True, eq=False)
class Batch:
    """Start points, and the rows of `parameters` from which and to which each of them is to be tracked."""

    starts: NDArray[np.complex128]
    parameters: NDArray[np.complex128]
    from_: NDArray[np.int64]
    to: NDArray[np.int64]


def check_batch(system: PolynomialSystem, starts: Any, parameters: Any, from_: Any, to: Any) -> Batch:
    """Convert the arguments of `Solver.track`.

    Raises
    ------
    InputError
        If the system is not square, a shape is wrong, or a row does not exist.
    """
    check_square(system)
    batch = Batch(
        np.ascontiguousarray(starts, np.complex128),
        np.ascontiguousarray(parameters, np.complex128),
        np.ascontiguousarray(from_, np.int64),
        np.ascontiguousarray(to, np.int64),
    )
    count = len(batch.starts)
    check_shape(batch.starts, (count, system.n), "starts")
    check_shape(batch.parameters, (len(batch.parameters), system.n_params), "parameters")
    for rows in (batch.from_, batch.to):
        check_shape(rows, (count,), "parameter rows")
        if count and (rows.min() < 0 or rows.max() >= len(batch.parameters)):
            raise InputError("track: a path names a parameter row that does not exist")
    return batch


def check_square(system: PolynomialSystem) -> None:
    """Raise an `InputError` unless there are as many equations as variables, and at least one."""
    if system.n == 0 or len(system.equations) != system.n:
        raise InputError(f"{len(system.equations)} equations in {system.n} variables: give as many of both, at least 1")


def check_shape(array: NDArray[Any], shape: tuple[int, ...], name: str) -> None:
    """Raise an `InputError` if an array has another shape."""
    if array.shape != shape:
        raise InputError(f"{name}: shape {array.shape}, expected {shape}")
