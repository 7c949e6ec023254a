"""Standard output and standard error: what cannot be printed is said, and ends the command with an exit code."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from critlocus.errors import FileError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class StandardOutput(io.FileIO):
    """Standard output that raises FileError where a write fails, and takes no more after that.

    Whoever closes a pipe has read enough: what follows is dropped, and the command goes on to its own exit code.
    """

    def __init__(self) -> None:
        super().__init__(1, "w", closefd=False)
        self._given_up = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write what can be written; all of it, as far as the caller knows, once a write has failed."""
        if not self._given_up:
            try:
                return super().write(data)
            except BrokenPipeError:
                self._given_up = True
            except OSError as error:
                self._given_up = True
                raise _failed(error) from None
        return memoryview(data).nbytes


def prepare_streams() -> None:
    """Take over standard output, and give streams that were closed a place, so that no other file takes their numbers.

    To a closed standard output every write fails, since the result would be lost; messages are dropped.
    """
    given = sys.stdout
    if given is None:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 1)  # nothing can be written to what is open for reading
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(StandardOutput()),
        encoding=given.encoding if given else "utf-8",
        errors=given.errors if given else "strict",
        line_buffering=bool(given and given.line_buffering),
    )
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


def check_output() -> None:
    """Raise FileError if standard output is closed: nothing that is computed could be printed."""
    try:
        os.write(1, b"")
    except OSError as error:
        raise _failed(error) from None


def complain(message: object) -> None:
    """Print one line on standard error; if that cannot be written there is nobody to tell."""
    with suppress(OSError):
        print(f"critlocus: {message}", file=sys.stderr, flush=True)


def _failed(error: OSError) -> FileError:
    reason = "it is closed" if error.errno == errno.EBADF else os.strerror(error.errno or 0)
    return FileError(f"standard output cannot be written ({reason})")
