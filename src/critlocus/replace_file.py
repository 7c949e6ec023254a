"""Files that are replaced as a whole, so that a write that fails or is stopped leaves the earlier file as it was."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from critlocus.errors import CritlocusError, FileError

if TYPE_CHECKING:
    import h5py

HDF5_ERRORS = (OSError, RuntimeError, ValueError)
"""What h5py raises if a file cannot be written."""


@contextmanager
def replace_file(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give the name of a new file to write, which takes the place of `path` when the block ends without an error.

    The new file stands next to the old one, since only within one file system a file is replaced at once. It is removed
    if anything stops the block, Ctrl-C included. Of a link its goal is replaced; devices and pipes, which cannot be
    replaced, are given as they are.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    name = os.fspath(path)
    if os.path.exists(name) and not os.path.isfile(name):
        with explained(name):
            yield name
        return
    goal = os.path.realpath(name)
    temporary = f"{goal}.writing"
    try:
        with explained(name):
            yield temporary
            os.replace(temporary, goal)
    except BaseException:
        with suppress(OSError):  # there may be none, and the first error is the one to tell of
            os.unlink(temporary)
        raise


@contextmanager
def replace_hdf5(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Give a new HDF5 file to fill, which takes the place of `path` when the block ends without an error.

    It is made in memory: where a disk is full, HDF5 can neither write nor close a file, and crashes at the end.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    import h5py

    image = io.BytesIO()
    with explained(path, HDF5_ERRORS), h5py.File(image, "w") as file:
        yield file
    with replace_file(path) as name, open(name, "wb") as written:
        written.write(image.getbuffer())


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise FileError if `replace_file` could not write a file, by trying it; nothing is left of that.

    For the time before a long computation: that the disk has room for what follows is not said.
    """
    name = os.fspath(path)
    with explained(name):
        if os.path.isdir(name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if os.path.exists(name) and not os.path.isfile(name):  # a pipe would wait for its reader
            if not os.access(name, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        trial = f"{os.path.realpath(name)}.testing"  # as long as the name that will be needed
        open(trial, "wb").close()
        os.unlink(trial)


def refuse_to_overwrite(path: str | os.PathLike[str], form: str, missing: str) -> None:
    """Raise FileError if there is a file without the attribute ``format = form``; `missing` says what it is not.

    Devices and pipes hold nothing that could be lost.
    """
    import h5py

    name = os.fspath(path)
    if os.path.isfile(name) or os.path.isdir(name):
        try:
            with h5py.File(name, "r") as file:
                if file.attrs.get("format") == form:
                    return
        except OSError:
            pass
        raise FileError(f"{name} exists and {missing}: choose another --out")


@contextmanager
def explained(
    path: str | os.PathLike[str], errors: tuple[type[Exception], ...] = (OSError,)
) -> Iterator[None]:  # fmt: skip
    """Turn what the system, or HDF5, says of a write to `path` into a FileError."""
    try:
        yield
    except errors as error:
        if isinstance(error, CritlocusError):
            raise
        raise FileError(
            f"{os.fspath(path)} cannot be written ({_reason(error)}); check the folder, its permissions and the disk"
        ) from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return next(iter(str(error).splitlines()), type(error).__name__)[:120]
