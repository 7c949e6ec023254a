"""A limit of time on a computation: it ends as if by Ctrl-C, which every long loop listens to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from critlocus.errors import InputError


@dataclass
class Limit:
    """`reached` says whether it was the limit that ended the computation."""

    reached: bool = False


@contextmanager
def time_limit(seconds: float | None) -> Iterator[Limit]:
    """Raise KeyboardInterrupt in the body after some seconds.

    Raises
    ------
    InputError
        If the system has no timers (Windows), or this is not the main thread.
    """
    limit = Limit()
    if seconds is None:
        yield limit
        return
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        raise InputError("timeout: it needs a POSIX system and the main thread")

    def ring(number: int, frame: Any) -> None:
        limit.reached = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield limit
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
