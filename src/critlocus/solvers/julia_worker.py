"""The process in which Julia runs, as ``python -m critlocus.solvers.julia_worker``.

Julia cannot be stopped by Ctrl-C, sets signal handlers, prints, and stays for good: nothing else runs here. Requests
and answers are lines of JSON on standard input and output (see `critlocus.solvers.worker`). A request names a function
of the Julia module CritlocusHC and its arguments; arrays travel as their bytes. What Julia prints goes to the log.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

MODULE = Path(__file__).parents[1] / "julia" / "src" / "CritlocusHC.jl"


def encode(value: Any) -> Any:
    """Return what stands for an array, or a tuple with arrays, in JSON; numbers and texts are left alone."""
    if isinstance(value, tuple):
        return [encode(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    array = np.ascontiguousarray(value)
    if array.dtype.kind not in "bifc":
        raise TypeError(f"arrays of {array.dtype} cannot be sent")
    data = base64.b64encode(array.tobytes()).decode()
    return {"dtype": array.dtype.str, "shape": list(np.shape(value)), "data": data}


def decode(value: Any) -> Any:
    """Return the array, or tuple, that `encode` wrote."""
    if isinstance(value, list):
        return tuple(decode(v) for v in value)
    if isinstance(value, dict):
        array = np.frombuffer(base64.b64decode(value["data"]), dtype=value["dtype"])
        return array.reshape(value["shape"]).copy()
    return value


class Session:
    """Julia, once it is started, and the families of systems that it holds."""

    def __init__(self) -> None:
        self.module: Any = None
        self.families: dict[int, Any] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one request: ``missing`` says that Julia does not start, ``error`` that a function failed."""
        for number in request.get("drop", ()):
            self.families.pop(number, None)
        arguments = decode(request["arguments"])
        if request["call"] == "start":
            try:
                self.module = load(*arguments)
                return {"result": encode(tuple(self.module.version()))}
            except Exception as error:  # juliacall, Julia or the package is missing, or they do not fit together
                return {"missing": message(error)}
        try:
            if request["call"] == "build_system":
                self.families[request["family"]] = self.module.build_system(*arguments)
                return {"result": []}
            function = getattr(self.module, request["call"])
            return {"result": encode(tuple(function(self.families[request["family"]], *arguments)))}
        except Exception as error:  # the parent decides what it means
            return {"error": message(error)}


def load(threads: int) -> Any:
    """Start Julia with some threads, and return the module CritlocusHC."""
    os.environ.setdefault("PYTHON_JULIACALL_THREADS", str(threads))
    os.environ.setdefault("PYTHON_JULIACALL_HANDLE_SIGNALS", "yes")  # Julia's threads need their signals
    import juliacall

    host = juliacall.newmodule("Critlocus")
    juliacall.Base.include(host, str(MODULE))
    return host.CritlocusHC


def message(error: Exception) -> str:
    """Return the line of an error's text that says most; errors in a Julia task come with some lines around."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    inner = [line.removeprefix("nested task error: ") for line in lines if line.startswith("nested task error: ")]
    text = (inner or lines or [""])[0]
    name = type(error).__name__
    return text if name == "JuliaError" and text else f"{name}: {text}"


def main() -> None:
    """Greet, then answer requests until standard input ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    if sys.platform == "linux":  # Julia notices no end of input while it computes: die with the parent
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    session = Session()
    answers.write(b'{"ready": true}\n')
    answers.flush()
    for line in requests:
        answers.write(json.dumps(session.answer(json.loads(line))).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
