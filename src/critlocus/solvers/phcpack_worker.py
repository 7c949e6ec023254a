"""The process in which PHCpack runs, as ``python -m critlocus.solvers.phcpack_worker``.

PHCpack keeps global state, holds Python's lock, prints, and may end the process: nothing else runs here. Requests and
answers are lines of JSON on standard input and output (see `critlocus.solvers.worker`); what PHCpack itself prints is
thrown away. Both generations of phcpy are served: the old one is an extension module ``phcpy.phcpy2c3``, the new one
(1.1.4 and later) calls the library through ctypes.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import json
import os
import re
import signal
import sys
from abc import ABC, abstractmethod
from typing import Any, ClassVar

DIGITS = {"d": 14, "dd": 18, "qd": 18}
"""Decimal places, from which PHCpack sets its tolerances. With more it loses paths where points are large."""
CORRECTIONS = (19, 2)
"""PHCpack's parameter 19: steps that need more corrections are repeated. With its own 3, 29 of 4000 paths of 2-1-2
with one data point jumped; with 2, none."""
ENDGAME = {False: (4, 0.1), True: (4, 0.001)}
"""Parameter 4: distance from t = 1 at which tolerances become strict and steps short. Large points do not survive
that in double precision; but without it, paths to infinity end at other paths' solutions."""
_COORDINATE = re.compile(r"^ *(\w+) : +(\S+) +(\S+)", re.MULTILINE)
_T = re.compile(r"t : +(\S+)")


class Api(ABC):
    """One generation of phcpy."""

    version: str

    @abstractmethod
    def track(
        self, start: list[str], target: list[str], solutions: list[str], n: int, precision: str, tasks: int, late: bool
    ) -> list[str]:
        """Track ``(1-t) start + t target`` from solutions of `start`, with a late end game or PHCpack's own."""

    @abstractmethod
    def solve(self, system: list[str], precision: str, seed: int) -> list[str]:
        """Run the black box solver."""


class Extension(Api):
    """phcpy with its extension module ``phcpy2c3``."""

    KIND: ClassVar = {"d": "standard", "dd": "dobldobl", "qd": "quaddobl"}
    WIDTH: ClassVar = {"d": 120, "dd": 200, "qd": 320}
    """Characters per coordinate, ample."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.version = str(module.py2c_PHCpack_version_string())

    def _call(self, name: str, *arguments: Any) -> Any:
        return getattr(self.module, f"py2c_{name}")(*arguments)

    def _store(self, kind: str, system: list[str], noun: str = "polynomial", system_noun: str = "system") -> None:
        self._call(f"syscon_clear_{kind}_{system_noun}")
        self._call(f"syscon_initialize_number_of_{kind}_{noun}s", len(system))
        for k, text in enumerate(system, start=1):
            if self._call(f"syscon_store_{kind}_{noun}", len(text), len(system), k, text):
                raise ValueError(f"PHCpack cannot read polynomial {k}: {text[:60]}...")

    def track(
        self, start: list[str], target: list[str], solutions: list[str], n: int, precision: str, tasks: int, late: bool
    ) -> list[str]:
        """See `Api`."""
        kind, call = self.KIND[precision], self._call
        call("syscon_clear_symbol_table")
        call("autotune_continuation_parameters", 0, DIGITS[precision])
        for parameter, value in (CORRECTIONS, ENDGAME[late]):
            call("set_value_of_continuation_parameter", parameter, float(value))
        self._store(kind, target)
        call(f"copy_{kind}_container_to_target_system")
        self._store(kind, start)
        call(f"copy_{kind}_container_to_start_system")
        call(f"create_{kind}_homotopy_with_gamma", 1.0, 0.0, 1)
        call(f"solcon_clear_{kind}_solutions")
        for k, text in enumerate(solutions):
            if call(f"solcon_append_{kind}_solution_string", n, len(text), text):
                raise ValueError(f"PHCpack cannot read start solution {k}")
        call(f"copy_{kind}_container_to_start_solutions")
        call(f"solve_by_{kind}_homotopy_continuation", tasks)
        call(f"solcon_clear_{kind}_solutions")
        call(f"copy_{kind}_target_solutions_to_container")
        ends = self._solutions(precision, n)
        call(f"clear_{kind}_homotopy")
        call(f"clear_{kind}_operations_data")
        return ends

    def solve(self, system: list[str], precision: str, seed: int) -> list[str]:
        """See `Api`. The silent variant of the solver leaves no solutions, so it must not be silent."""
        kind, call = self.KIND[precision], self._call
        call("syscon_clear_symbol_table")
        call("set_seed", seed)
        call(f"solcon_clear_{kind}_solutions")
        self._store(kind, system, "Laurential", "Laurent_system")
        options = (0, 0, 0, 0) if precision == "d" else (0, 0, 0)
        call(f"solve_{kind}_Laurent_system", *options)
        return self._solutions(precision, len(system))

    def _solutions(self, precision: str, n: int) -> list[str]:
        kind = self.KIND[precision]
        count = self._call(f"solcon_number_of_{kind}_solutions")
        return [self._solution(precision, k, n) for k in range(1, count + 1)]

    def _solution(self, precision: str, k: int, n: int) -> str:
        """Read one solution. The length that phcpy states is wrong where the multiplicity is negative.

        With an ample length the text may be followed by bytes that are no text; then the stated length must do.
        """
        kind = self.KIND[precision]
        for extra in range(-1, 4):
            length = 400 + self.WIDTH[precision] * n
            if extra >= 0:
                length = self._call(f"solcon_length_{kind}_solution_string", k) + extra
            try:
                text = str(self._call(f"solcon_write_{kind}_solution_string", k, length))
            except UnicodeDecodeError:
                continue
            if "==" in text:
                return text
        return ""


class Library(Api):
    """phcpy 1.1.4 and later, on ctypes."""

    NAME: ClassVar = {"d": "double", "dd": "double_double", "qd": "quad_double"}

    def __init__(self) -> None:
        self.trackers, self.solver, self.polynomials, self.dimension, version = (
            importlib.import_module(f"phcpy.{name}")
            for name in ("trackers", "solver", "polynomials", "dimension", "version")
        )
        self.version = str(version.version_string()).strip("\0 ")

    def track(
        self, start: list[str], target: list[str], solutions: list[str], n: int, precision: str, tasks: int, late: bool
    ) -> list[str]:
        """See `Api`."""
        self.polynomials.clear_symbol_table()
        self.trackers.autotune_parameters(0, DIGITS[precision])
        for parameter, value in (CORRECTIONS, ENDGAME[late]):
            self.trackers.set_parameter_value(parameter, float(value))
        run = getattr(self.trackers, f"{self.NAME[precision]}_track")
        _, ends = run(target, start, solutions, gamma=1 + 0j, pwt=1, tasks=tasks)
        return list(ends)

    def solve(self, system: list[str], precision: str, seed: int) -> list[str]:
        """See `Api`."""
        self.polynomials.clear_symbol_table()
        self.dimension.set_seed(seed)
        return list(self.solver.solve(system, precision=precision, checkin=False))


def load() -> Api:
    """Import phcpy, whichever generation it is."""
    phcpy = importlib.import_module("phcpy")
    if hasattr(phcpy, "phcpy2c3"):
        return Extension(phcpy.phcpy2c3)
    if not hasattr(phcpy, "solver"):
        raise ImportError("phcpy is there, but not its library")
    return Library()


def start_solution(names: list[str], point: list[float]) -> str:
    """Write a solution the way PHCpack reads it; `point` alternates real and imaginary parts."""
    lines = [f" {name} : {point[2 * k]:.16E}  {point[2 * k + 1]:.16E}" for k, name in enumerate(names)]
    tail = "== err :  0.000E+00 = rco :  1.000E+00 = res :  0.000E+00 ="
    return "\n".join(["t :  0.0  0.0", "m : 1", "the solution for t :", *lines, tail])


def read_end(names: list[str], text: str) -> list[Any] | None:
    """Return t and the coordinates of a solution; None if it cannot be read.

    The imaginary part of t is not read: with tasks, PHCpack puts something else there.
    """
    head, _, body = text.partition("the solution for t :")
    found, t = {name: parts for name, *parts in _COORDINATE.findall(body.partition("==")[0])}, _T.search(head)
    if t is None or not all(name in found for name in names):
        return None
    return [_float(t[1]), *(_float(part) for name in names for part in found[name])]


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # such as NaN******
        return float("nan")


@functools.cache
def gamma_is_skew(api: Api) -> bool:
    """Whether this PHCpack takes gamma = 1 for 1 + i in quad-double: its interface reads the real part twice.

    A square root shows it: from 1 to -1 - 0.1 i, the straight way passes below the origin, the other one above.
    """
    start = start_solution(["x1"], [1.0, 0.0])
    end = read_end(["x1"], api.track(["x1^2 - 1;"], ["x1^2 + 1 + 0.1*i;"], [start], 1, "qd", 1, False)[0])
    if end is None or end[0] < 1:
        raise ValueError("PHCpack does not track in quad-double")
    return bool(end[2] > 0)


def answer(api: Api, request: dict[str, Any]) -> dict[str, Any]:
    """Do what a request asks for."""
    names: list[str] = request["names"]
    precision: str = request["precision"]
    if request["task"] == "track":
        starts, system = [start_solution(names, point) for point in request["points"]], request["start"]
        if precision == "qd" and gamma_is_skew(api):
            system = [f"(0.5 - 0.5*i)*({text[:-1]});" for text in system]
        texts = api.track(system, request["target"], starts, len(names), precision, request["tasks"], request["late"])
    else:
        texts = api.solve(request["system"], precision, request["seed"])
    return {"ends": [read_end(names, text) for text in texts]}


def main() -> None:
    """Greet, then answer requests until standard input ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    if sys.platform == "linux":  # PHCpack notices no end of input while it computes: die with the parent
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    try:
        api = load()
    except Exception as error:  # whatever stands in the way of phcpy or its library
        answers.write(json.dumps({"missing": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        return
    answers.write(json.dumps({"version": api.version}).encode() + b"\n")
    answers.flush()
    for line in requests:
        try:
            reply = answer(api, json.loads(line))
        except Exception as error:  # the parent decides what it means
            reply = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(reply).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
