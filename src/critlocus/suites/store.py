"""Files of suites: HDF5 with plain columns and one JSON text per run of a row, and CSV.

A file is replaced as a whole when it is complete, so that a killed run leaves the rows that it had finished.
"""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import asdict
from typing import Any

import h5py
import numpy as np

from critlocus.errors import FileError, InputError
from critlocus.json_text import json_text
from critlocus.replace_file import replace_file, replace_hdf5
from critlocus.store import opened
from critlocus.suites.jobs import Outcome
from critlocus.suites.result import SuiteRun, Verdict, compare, value_text
from critlocus.suites.suite import Row, Suite

FORMAT = "critlocus suite"
SCHEMA = 1


def write(path: str, run: SuiteRun) -> None:
    """Write a run; a file of that name is replaced when all is written. FileError if that fails."""
    with replace_hdf5(path) as file:
        _fill(file, run)


def _fill(file: h5py.File, run: SuiteRun) -> None:
    file.attrs.update({
        "format": FORMAT, "schema_version": SCHEMA, "package_version": run.version, "suite": run.suite.name,
        "title": run.suite.title, "options": json_text(run.options),
    })  # fmt: skip
    pairs = [(k, row, o) for k, row in enumerate(run.suite.rows) for o in run.outcomes.get(row.name, [])]
    for name in ("name", "job", "network", "digest"):
        file[f"rows/{name}"] = np.array([getattr(row, name).encode() for row in run.suite.rows], dtype="S")
    _texts(file, "rows", [asdict(row) for row in run.suite.rows])
    bounds = [o.evidence.get("lower_bound") for _, _, o in pairs]
    file["runs/row"] = np.array([k for k, _, _ in pairs], np.int32)
    file["runs/seed"] = np.array([o.seed for _, _, o in pairs], np.int64)
    file["runs/seconds"] = np.array([o.seconds for _, _, o in pairs], np.float64)
    file["runs/verdict"] = np.array([compare(row, o) for _, row, o in pairs], np.int8)
    file["runs/lower_bound"] = np.array([-1 if b is None else b for b in bounds], np.int64)
    _texts(file, "runs", [asdict(o) for _, _, o in pairs])
    file["enums/verdict"] = np.array([v.text for v in Verdict], dtype="S")


def _texts(file: h5py.File, group: str, values: list[dict[str, Any]]) -> None:
    """Write JSON texts one after another, and where each ends."""
    texts = [json_text(value).encode() for value in values]
    file[f"{group}/texts"] = np.frombuffer(b"".join(texts), dtype="u1")
    file[f"{group}/text_ends"] = np.cumsum([len(text) for text in texts], dtype=np.int64)


def read(file: h5py.File, name: str) -> SuiteRun:
    """Read a run from an open file; `name` is for messages."""
    if int(file.attrs["schema_version"]) > SCHEMA:
        raise FileError(f"{name} was written by a newer critlocus ({file.attrs['package_version']}): update")
    rows = [Row(**value) for value in _read_texts(file, "rows")]
    suite = Suite(str(file.attrs["suite"]), str(file.attrs["title"]), tuple(rows))
    run = SuiteRun(suite, json.loads(str(file.attrs["options"])), version=str(file.attrs["package_version"]))
    for row, value in zip(file["runs/row"][:].tolist(), _read_texts(file, "runs"), strict=True):
        run.add(rows[row], Outcome(**value))
    return run


def _read_texts(file: h5py.File, group: str) -> list[dict[str, Any]]:
    raw, ends = bytes(file[f"{group}/texts"][:]), file[f"{group}/text_ends"][:].tolist()
    return [json.loads(raw[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]


def load_suite(path: str | os.PathLike[str]) -> SuiteRun:
    """Read the run of a suite; FileError if the file cannot be read or is something else."""
    name = os.fspath(path)
    try:
        with opened(name) as file:
            if file.attrs.get("format") != FORMAT:
                raise FileError(f"{name} is an HDF5 file, but not the run of a suite")
            return read(file, name)
    except (KeyError, ValueError, RuntimeError, OSError, IndexError, TypeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name} is truncated or damaged: {str(error).splitlines()[0][:120]}") from None


def earlier_run(path: str, run: SuiteRun, whole: Suite, *, resume: bool) -> SuiteRun | None:
    """Return the run to go on with; None if there is no file, or a finished one that will be replaced.

    Raises
    ------
    FileError
        If the file is something else, or holds an unfinished run and `resume` is not given.
    InputError
        If the file belongs to other options, or a row has changed.
    """
    if not os.path.exists(path):
        if resume:
            raise FileError(f"{path}: there is no run to resume")
        return None
    try:
        earlier = load_suite(path)
    except FileError as error:
        raise FileError(f"{error}; it will not be overwritten: choose another --out") from None
    if not resume:
        if not earlier.finished:
            raise FileError(f"{path} holds an unfinished run: add --resume to go on with it, or remove it")
        return None
    pairs: dict[str, Any] = {"suite": (earlier.suite.name, run.suite.name), "version": (earlier.version, run.version)}
    pairs |= {name: (earlier.options.get(name), value) for name, value in run.options.items()}
    for name, (old, new) in pairs.items():
        if old != new:
            raise InputError(f"{path} cannot be resumed: its {name} is {old}, here it is {new}")
    digests = {row.name: row.digest for row in whole.rows}
    for row in earlier.suite.rows:
        if digests.get(row.name) != row.digest:
            raise InputError(f"{path} cannot be resumed: the suite's row {row.name!r} has changed")
    return earlier


def write_csv(path: str, run: SuiteRun) -> None:
    """Write a table with one line per row and seed; FileError if that fails."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([
        "name", "job", "network", "seed", "expected", "found", "verdict", "lower_bound", "certified", "members",
        "trace_test", "stop_reason", "seconds", "source",
    ])  # fmt: skip
    for row in run.suite.rows:
        for o in run.outcomes.get(row.name, []):
            facts = [o.evidence.get(name) for name in ("lower_bound", "certified", "members", "trace_test")]
            table.writerow([
                row.name, row.job, row.network, o.seed, _pairs(row.expected), _pairs(o.found), compare(row, o).text,
                *("" if fact is None else fact for fact in facts), o.stop_reason, f"{o.seconds:.3f}", row.source,
            ])  # fmt: skip
    with replace_file(path) as name, open(name, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())


def _pairs(values: dict[str, Any]) -> str:
    return "; ".join(f"{name} {value_text(value)}" for name, value in values.items())
