"""The boundary to the Julia module CritlocusHC: plain arrays in, plain arrays out."""

from __future__ import annotations

import itertools
import weakref
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import SolverError
from critlocus.solvers.julia_worker import decode, encode
from critlocus.solvers.worker import Worker, WorkerDied
from critlocus.tape.serialize import Arrays

INSTALL = "install it with 'pip install critlocus[julia]' and Julia 1.10 or later, or choose the native solver"
PROGRAM = ("size", "variables", "parameters", "constants", "values", "sums", "first", "coefficients", "a", "b")
"""The arrays of `critlocus.tape.serialize.to_arrays` in the order of ``build_system``; ``equations`` comes last."""

Columns = tuple[Any, ...]
Points = NDArray[np.complex128]
Rows = NDArray[np.int64]


class Bridge(Protocol):
    """What the engine asks of Julia. Functions raise `SolverError` if Julia is missing, dies, or has an error.

    `track` and `solve_system` return columns: points, return codes (see `critlocus.solvers.julia.CODES`), t from 1 to
    0, accuracy, condition, steps accepted, steps rejected, whether in extended precision.
    """

    def start(self) -> tuple[str, int]:
        """Start Julia if necessary; return the versions and the number of threads."""
        ...

    def build_system(self, program: Arrays) -> Any:
        """Return a handle of a family of systems."""
        ...

    def track(
        self, family: Any, starts: Points, parameters: Points, from_: Rows, to: Rows, careful: bool, endgame: bool
    ) -> Columns:
        """Follow paths along segments between rows of `parameters`."""
        ...

    def monodromy(self, family: Any, starts: Points, parameters: Points, seed: int, quiet: int, wanted: int) -> Columns:
        """Return the points found, and 1 if all wanted ones, 2 if no new ones turned up, 0 otherwise."""
        ...

    def certify_points(self, family: Any, points: Points, parameters: Points) -> Columns:
        """Return midpoints, and which rows are certified, certified to be real, and certified and distinct."""
        ...

    def solve_system(self, family: Any, parameters: Points, seed: int) -> Columns:
        """Find all isolated solutions from nothing."""
        ...

    def close(self) -> None:
        """End Julia. It is started again if it is needed."""
        ...


@dataclass(eq=False)
class Family:
    """A family in the worker process: its number there, and in which start of the process it was last built."""

    program: Arrays
    number: int
    built: int = 0


@dataclass(eq=False)
class ProcessBridge:
    """Julia in a worker process. After the process ended it is started again, and families are built again."""

    threads: int = 1
    worker: Worker = field(default_factory=lambda: Worker("critlocus.solvers.julia_worker"), repr=False)
    _version: tuple[str, int] = ("", 0)
    _started: int = 0
    _numbers: Any = field(default_factory=lambda: itertools.count(1), repr=False)
    _dropped: list[int] = field(default_factory=list, repr=False)

    def start(self) -> tuple[str, int]:
        """See `Bridge`."""
        self.worker.greeting()
        if self._started != self.worker.starts:
            answer = self._exchange({"call": "start", "arguments": [self.threads]})
            if "missing" in answer:
                self.worker.kill()
                raise SolverError(f"solver 'julia' needs juliacall and Julia ({answer['missing']}): {INSTALL}")
            name, threads = decode(answer["result"])
            self._version, self._started = (str(name), int(threads)), self.worker.starts
        return self._version

    def build_system(self, program: Arrays) -> Family:
        """See `Bridge`."""
        family = Family(program, next(self._numbers))
        weakref.finalize(family, self._dropped.append, family.number)
        self._build(family)
        return family

    def track(
        self, family: Any, starts: Points, parameters: Points, from_: Rows, to: Rows, careful: bool, endgame: bool
    ) -> Columns:
        """See `Bridge`."""
        return self._call(family, "track", starts, parameters, from_, to, careful, endgame)

    def monodromy(self, family: Any, starts: Points, parameters: Points, seed: int, quiet: int, wanted: int) -> Columns:
        """See `Bridge`."""
        return self._call(family, "monodromy", starts, parameters, seed, quiet, wanted)

    def certify_points(self, family: Any, points: Points, parameters: Points) -> Columns:
        """See `Bridge`."""
        return self._call(family, "certify_points", points, parameters)

    def solve_system(self, family: Any, parameters: Points, seed: int) -> Columns:
        """See `Bridge`."""
        return self._call(family, "solve_system", parameters, seed)

    def close(self) -> None:
        """See `Bridge`."""
        self.worker.kill()

    def _build(self, family: Family) -> None:
        self.start()
        if family.built != self._started:
            arrays = family.program
            arguments = (int(arrays["size"]), *(arrays[name] for name in PROGRAM[1:]), arrays["equations"])
            self._request(family, "build_system", arguments)
            family.built = self._started

    def _call(self, family: Family, name: str, *arguments: Any) -> Columns:
        self._build(family)
        return self._request(family, name, arguments)

    def _request(self, family: Family, name: str, arguments: tuple[Any, ...]) -> Columns:
        request = {"call": name, "family": family.number, "arguments": encode(arguments)}
        answer = self._exchange(request)
        if "error" in answer:
            raise SolverError(f"HomotopyContinuation.jl: {answer['error']}")
        return tuple(decode(answer["result"]))

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        drop, self._dropped[:] = self._dropped[:], []
        try:
            return self.worker.request({**request, "drop": drop})
        except WorkerDied as death:
            raise SolverError(f"Julia died: {death}") from None
