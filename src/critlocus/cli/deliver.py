"""Where a result goes: a file and a picture, tried before the work begins, and standard output."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from critlocus.errors import CritlocusError, FileError, InputError, Interrupted


@dataclass(frozen=True)
class Places:
    """The options ``--out`` and ``--picture``."""

    out: str | None
    picture: str | None

    def check(self, form: str, missing: str) -> None:
        """Complain of what cannot be written before anything is computed.

        Parameters
        ----------
        form, missing : str
            See `critlocus.replace_file.refuse_to_overwrite`.

        Raises
        ------
        InputError, SolverError, FileError
            If a name or a picture is impossible, or a file cannot be written, or holds something else.
        """
        if self.out is not None:
            from critlocus.replace_file import check_writable, refuse_to_overwrite

            check_writable(self.out)
            refuse_to_overwrite(self.out, form, missing)
        if self.picture is not None:
            from critlocus.analysis.picture_file import check_picture

            check_picture(self.picture)
            if self.out is not None and os.path.realpath(self.out) == os.path.realpath(self.picture):
                raise InputError(f"{self.out}: the result and the picture need files of their own")


def deliver(
    found: Any, places: Places, save: Callable[[str], None], draw: Callable[[str], None], show: Callable[[], None]
) -> None:
    """Store, draw and print a result; it is printed, too, where it cannot be stored.

    Raises
    ------
    FileError
        When all is done, if a file could not be written.
    Interrupted
        On Ctrl-C, if a file has been written.
    """
    failures, written = list[str](), list[str]()
    try:
        for path, write in ((places.out, save), (places.picture, draw)):
            if path is None:
                continue
            try:
                write(path)
                written.append(path)
            except CritlocusError as error:
                failures.append(str(error))
        show()
    except KeyboardInterrupt as signal:
        if not written:
            raise
        stopped = Interrupted(f"stopped; {' and '.join(written)} had been written")
        stopped.result = found
        raise stopped from signal
    if failures:
        raise FileError("; ".join(failures))
