"""A child process that answers one line of JSON for every line of JSON, and may die at any time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import critlocus
from critlocus.errors import SolverError


class WorkerDied(Exception):  # noqa: N818 - not an error by itself: the work is done again
    """The process ended before it had answered; the message says why, as far as is known."""


class Worker:
    """A process running ``python -m module``, started when it is needed and again after it died.

    The process first sends a greeting. It is started in a process group of its own: a Ctrl-C in the terminal does
    not reach it; whoever waits for the answer gets the KeyboardInterrupt, and the process is killed then.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._greeting: dict[str, Any] = {}
        self._finalizer: Any = None

    @property
    def pid(self) -> int | None:
        """Process id, or None if no process is running."""
        return None if self._process is None else self._process.pid

    def greeting(self) -> dict[str, Any]:
        """Return the first message of the process; start it if necessary."""
        if self._process is None:
            self._start()
        return self._greeting

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message and return the answer.

        Raises
        ------
        WorkerDied
            If the process ended before it had answered.
        SolverError
            If the process cannot be started.
        """
        self.greeting()
        return self._exchange(json.dumps(message).encode() + b"\n")

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        if self._finalizer is not None:
            self._finalizer()
        self._process = None

    def _start(self) -> None:
        if not sys.executable:
            raise SolverError("no Python executable is known to run the worker process with")
        root = str(Path(critlocus.__file__).parents[1])
        path = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*path, root])},
            start_new_session=True,
        )
        self._finalizer = weakref.finalize(self, _end, self._process, self._log)
        self.starts += 1
        try:
            self._greeting = self._exchange(b"")
        except WorkerDied as death:
            raise SolverError(f"the worker process {self.module} does not start: {death}") from None

    def _exchange(self, line: bytes) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = b""
        except BaseException:
            self.kill()  # or the next request would read this one's answer
            raise
        if answer.endswith(b"\n"):
            return dict(json.loads(answer))
        reason = self._reason(process)
        self.kill()
        raise WorkerDied(reason)

    def _reason(self, process: subprocess.Popen[bytes]) -> str:
        try:
            code = process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        assert self._log is not None
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return f"exit code {code}" + (f", {lines[-1].strip()}" if lines else "")


def _end(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, log):
        if stream is not None:
            with suppress(OSError):  # of what could not be sent any more
                stream.close()
