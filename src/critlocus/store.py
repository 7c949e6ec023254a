"""Result files (HDF5): written as a run goes, readable at any moment, continued after an interruption.

Everything is appended to datasets that exist from the start, in single-writer-multiple-reader mode; a block counts
once its row of ``/commits`` has been written, after the data. A killed run thus leaves a readable file.

Layout (schema 2; files of schema 1 lack some columns and are read, too): attributes name format, versions, network,
seed; ``/meta`` is a JSON text (bytes) with strata, evidence, options and timings; ``/generic`` and ``/targets`` hold
the columns of `critlocus.table.SolutionTable` and the parameters; ``/strata/support`` the zero patterns; ``/data`` the
data of real targets; ``/enums`` names of status codes.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from critlocus.analysis.summary import summarize_targets
from critlocus.errors import FileError, InputError
from critlocus.json_text import json_text
from critlocus.networks import Network
from critlocus.proof import Parameters
from critlocus.pure import n_coefficients
from critlocus.replace_file import HDF5_ERRORS, explained
from critlocus.result import Result, StratumRecord
from critlocus.solvers.protocol import PathStatus
from critlocus.table import ADDED, COLUMNS, SolutionTable

if TYPE_CHECKING:
    Path = str | os.PathLike[str]

_BROKEN: list[h5py.File] = []
"""Files in which a write has failed: kept open, since HDF5 crashes when it is made to close one."""
_SPARE = 1 << 20
FORMAT = "critlocus result"
SCHEMA = 2
_META = (
    "loss", "empty_patterns", "evidence", "stop_reason", "paths_tracked", "failed_paths", "seconds", "options",
    "generic_done", "solver_version", "generic_rank",
)  # fmt: skip
_DATA = ("inputs", "outputs", "weights", "regularizer")


class Writer:
    """Writes one run to a file.

    Parameters
    ----------
    path : path
    result : Result
        The run as it begins; with `resume` it is filled with what the file already has.
    resume : bool
        Continue the run in an existing file.

    Raises
    ------
    FileError
        If the file cannot be written, is not a result, or holds an unfinished run and `resume` is not given.
    """

    def __init__(self, path: Path, result: Result, *, resume: bool = False) -> None:
        self.path = os.fspath(path)
        earlier = self._earlier(result, resume=resume)
        temporary = self.path if earlier is None else self.path + ".resuming"
        with _writing(self.path):
            self.file = h5py.File(temporary, "w", libver=("v110", "v110"))
            self._create(result)
            self.file.swmr_mode = True
        if earlier is not None:
            self._copy(earlier, result)
            with _writing(self.path):
                os.replace(temporary, self.path)

    def _earlier(self, result: Result, *, resume: bool) -> Result | None:
        if not os.path.exists(self.path):
            if resume:
                raise FileError(f"{self.path}: there is no run to resume")
            return None
        try:
            earlier = load_weights(self.path)
        except FileError as error:
            raise FileError(f"{error}; it will not be overwritten: choose another --out") from None
        if not resume:
            if earlier.stop_reason in ("running", "interrupted"):
                raise FileError(f"{self.path} holds an unfinished run: add --resume to go on with it, or remove it")
            return None
        if not earlier.classified:
            raise FileError(f"{self.path} was begun by an older critlocus: finish it with that, or start anew")
        for name in ("network", "seed", "solver", "loss", "options", "parameter_names", "version"):
            old, new = getattr(earlier, name), getattr(result, name)
            if old != new:
                raise InputError(
                    f"{self.path} cannot be resumed: its {name} is {_short(old)}, here it is {_short(new)}"
                )
        return earlier

    def _create(self, result: Result) -> None:
        n, p, k = result.network.n_weights, len(result.parameter_names), n_coefficients(result.network)
        attributes = {
            "format": FORMAT, "schema_version": SCHEMA, "package_version": result.version, "solver": result.solver,
            "solver_version": result.solver_version, "network": result.network.name, "space": result.space,
            "seed": result.seed,
        }  # fmt: skip
        self.file.attrs.update(attributes)
        self.file["weight_names"] = np.array(result.network.weight_names, dtype="S")
        self.file["parameter_names"] = np.array(result.parameter_names, dtype="S")
        self.file["enums/status"] = np.array([s.name.lower() for s in PathStatus], dtype="S")
        self.file["enums/real"] = np.array([b"undecided", b"not real", b"real"])
        self.file["enums/real"].attrs["first"] = -1
        for group, rows in (("generic", 1), ("targets", 0)):
            for name, (dtype, tail, fill) in COLUMNS.items():
                self._dataset(f"{group}/{name}", ({"": (), "n": (n,), "k": (k,), "3": (3,)})[tail], dtype, fill)
            self._dataset(f"{group}/parameters", (p,), "c16", 0)
            if not rows:
                self._dataset(f"{group}/parameters_low", (p,), "c16", 0)
                self._dataset(f"{group}/parameter_radii", (p,), "f8", 0)
        self._dataset("strata/support", (n,), "?", 0)
        m = int(result.loss["n_points"])
        widths = {"inputs": (m, result.network.n_inputs), "outputs": (m, result.network.n_outputs), "weights": (m,)}
        for name in _DATA:
            self._dataset(f"data/{name}", widths.get(name, (n,)), "f8", np.nan)
        self._dataset("meta", (), "u1", 0)
        self._dataset("commits", (4,), "i8", 0)
        self._commit(result)

    def _dataset(self, name: str, tail: tuple[int, ...], dtype: str, fill: float) -> None:
        width = max(1, int(np.prod(tail)) * np.dtype(dtype).itemsize)
        rows = int(np.clip(8192 // width, 1, 1024))
        chunks = (rows, *(max(1, t) for t in tail))
        blank = np.dtype(dtype).type(fill)
        self.file.create_dataset(name, (0, *tail), dtype, maxshape=(None, *tail), chunks=chunks, fillvalue=blank)

    def _append(self, name: str, rows: NDArray[Any]) -> None:
        self._check_space(2 * rows.nbytes + _SPARE)
        data = self.file[name]
        at = len(data)
        data.resize(at + len(rows), axis=0)
        data[at:] = rows
        data.flush()

    def _commit(self, result: Result) -> None:
        record = {name: getattr(result, name) for name in _META}
        written = len(self.file["generic/theta"]) > 0
        record["strata"] = [
            {"name": s.name, "points": s.points, "group_order": s.group_order, "evidence": s.evidence,
             "rank": s.rank}
            for s in (result.strata if written else [])
        ]  # fmt: skip
        text = np.frombuffer(json_text(record).encode(), dtype="u1")
        at = len(self.file["meta"])  # texts follow one another; the commit names the last complete one
        self._append("meta", text)
        sizes = [len(self.file["generic/theta"]), len(self.file["targets/parameters"]), at, at + len(text)]
        self._append("commits", np.array([sizes]))

    def write_generic(self, result: Result) -> None:
        """Write the generic member with its strata."""
        with _writing(self.path, self.file):
            for name in COLUMNS:
                self._append(f"generic/{name}", getattr(result.generic, name))
            self._append("generic/parameters", result.generic_parameters[None, :])
            support = np.array([s.support for s in result.strata], bool).reshape(len(result.strata), -1)
            self._append("strata/support", support)
            self._commit(result)

    def append_targets(
        self, result: Result, table: SolutionTable, parameters: Parameters, data: dict[str, NDArray[np.float64]]
    ) -> None:
        """Append a block of targets; `table` names them by their rows in the file."""
        with _writing(self.path, self.file):
            for name in COLUMNS:
                self._append(f"targets/{name}", getattr(table, name))
            for name, rows in data.items():
                self._append(f"data/{name}", rows)
            self._append("targets/parameters_low", parameters.low)
            self._append("targets/parameter_radii", parameters.radii)
            self._append("targets/parameters", parameters.high)
            self._commit(result)

    def _copy(self, earlier: Result, result: Result) -> None:
        """Take over what an earlier run has written, in the file and in memory."""
        if not earlier.generic_done:  # what an interrupted monodromy run had found is found again
            return
        for name in ("generic", "generic_parameters", "strata", *_META):
            if name not in ("options", "solver_version"):
                setattr(result, name, getattr(earlier, name))
        result.stop_reason = "running"
        if result.generic_done:
            self.write_generic(result)
        if len(earlier.target_parameters):
            parameters = Parameters(earlier.target_parameters, earlier.target_low, earlier.target_radii)
            self.append_targets(result, earlier.targets, parameters, earlier.data)
            result.append_targets(earlier.targets, parameters, earlier.data)

    def _check_space(self, needed: int) -> None:
        """Stop before the disk is full: HDF5 cannot even close a file when a write has failed."""
        disk = os.statvfs(self.path)
        if disk.f_bavail * disk.f_frsize < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self, result: Result) -> None:
        """Write the final record and close the file; after a failed write, only let go of it."""
        if self.file in _BROKEN:
            return
        if len(result.generic) and not result.generic_done:
            self.write_generic(result)
        with _writing(self.path, self.file):
            self._commit(result)
            self.file.close()


def load_weights(path: Path) -> Result:
    """Read a result file of a run in the space of weights.

    Raises
    ------
    FileError
        If the file cannot be read, is not a critlocus result, or is damaged.
    """
    name = os.fspath(path)
    try:
        with opened(name) as file:
            if file.attrs.get("format") != FORMAT:
                raise FileError(f"{name} is an HDF5 file, but not a critlocus result")
            if int(file.attrs["schema_version"]) > SCHEMA:
                raise FileError(f"{name} was written by a newer critlocus ({file.attrs['package_version']}): update")
            return _read(file)
    except (KeyError, ValueError, RuntimeError, OSError, IndexError, TypeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} is truncated or damaged: {str(error).splitlines()[0][:120]}") from None


@contextmanager
def opened(name: str) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading, also one that is being written; FileError if it is none."""
    if not os.path.exists(name):
        raise FileError(f"{name}: no such file")
    if os.path.isdir(name) or not h5py.is_hdf5(name):
        raise FileError(f"{name} is not an HDF5 file")
    try:
        file = h5py.File(name, "r")
    except OSError as first:
        try:  # a file that is being written, or whose writer was killed
            if _cut_off(name):
                raise
            file = h5py.File(name, "r", libver="latest", swmr=True)
        except (OSError, ValueError):
            raise FileError(f"{name} cannot be opened: {str(first).splitlines()[0][:160]}") from None
    with file:
        yield file


def _cut_off(name: str) -> bool:
    """Tell whether a file is shorter than its superblock says (HDF5 would look for the rest for a very long time)."""
    with open(name, "rb") as raw:
        head = raw.read(36)
    return len(head) < 36 or os.path.getsize(name) < int.from_bytes(head[28:36], "little")


def _read(file: h5py.File) -> Result:
    generic_rows, targets, begin, end = (int(v) for v in file["commits"][-1])
    meta = json.loads(bytes(file["meta"][begin:end]))
    supports = file["strata/support"][: len(meta["strata"])]
    strata = [StratumRecord(support=s, **entry) for s, entry in zip(supports, meta.pop("strata"), strict=True)]
    network = Network.parse(str(file.attrs["network"]))
    rows = file["targets/parameter_row"][:]
    target_rows = int(np.count_nonzero(rows < targets))
    n_params = len(file["parameter_names"])
    generic_parameters = file["generic/parameters"][:1] if generic_rows else np.zeros((1, n_params), np.complex128)
    result = Result(
        network=network,
        seed=int(file.attrs["seed"]),
        solver=str(file.attrs["solver"]),
        data={name: file["data"][name][:targets] for name in _DATA if len(file["data"][name])},
        parameter_names=[name.decode() for name in file["parameter_names"][:].tolist()],
        generic_parameters=generic_parameters[0],
        generic=_table(file["generic"], generic_rows, network),
        target_parameters=file["targets/parameters"][:targets],
        target_low=file["targets/parameters_low"][:targets],
        target_radii=file["targets/parameter_radii"][:targets],
        targets=_table(file["targets"], target_rows, network),
        strata=strata,
        space=str(file.attrs["space"]),
        version=str(file.attrs["package_version"]),
        classified=int(file.attrs["schema_version"]) >= 2,
        **meta,
    )
    result.target_summaries = summarize_targets(result.targets, result.target_parameters, 0, strata)
    return result


def _table(group: h5py.Group, rows: int, network: Network) -> SolutionTable:
    blank = SolutionTable.blank(rows, network.n_weights, n_coefficients(network))
    added = {name for names in ADDED.values() for name in names}
    columns = {name: group[name][:rows] for name in COLUMNS if name in group or name not in added}
    return SolutionTable(**{name: columns.get(name, getattr(blank, name)) for name in COLUMNS})


def broken_files() -> bool:
    """Tell whether a write has failed: the process should then end without HDF5's clean-up, by ``os._exit``."""
    return bool(_BROKEN)


@contextmanager
def _writing(path: str, file: h5py.File | None = None) -> Iterator[None]:
    try:
        with explained(path, HDF5_ERRORS):
            yield
    except FileError:
        if file is not None:
            _BROKEN.append(file)
        raise


def _short(value: Any) -> str:
    text = value.name if isinstance(value, Network) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
