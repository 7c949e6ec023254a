"""Running a suite, row by row and seed by seed; a run that was killed goes on where it was."""

from __future__ import annotations

import os
from collections.abc import Callable

from critlocus.errors import FileError, InputError, Interrupted
from critlocus.progress import Reporter, silent
from critlocus.suites.jobs import Outcome, run_job
from critlocus.suites.limit import time_limit
from critlocus.suites.result import SuiteRun
from critlocus.suites.store import earlier_run, write, write_csv
from critlocus.suites.suite import Row, Suite, read_suite

Path = str | os.PathLike[str]
Watcher = Callable[[SuiteRun, Row | None], None]


def bench(
    suite: Suite | Path,
    *,
    only: list[str] | None = None,
    draws: int | None = None,
    seed: int = 0,
    seeds: int = 1,
    threads: int | None = None,
    timeout: float | None = None,
    out: Path | None = None,
    csv: Path | None = None,
    resume: bool = False,
    report: Reporter = silent,
    watch: Watcher = lambda run, row: None,
) -> SuiteRun:
    """Run the rows of a suite and compare what they find with what is expected.

    Parameters
    ----------
    suite : Suite or path
        Name of a suite that comes with the package, or a file; see ``docs/suites.md``.
    only : list of str, optional
        Names of the rows to run.
    draws : int, optional
        Also the statistics over so many random data sets, for every row whose data are random.
    seed, seeds : int
        Every row is run over the seeds ``seed, ..., seed + seeds - 1``.
    timeout : float, optional
        Seconds for one run of a row; what is stopped is said to be.
    out, csv : path, optional
        An HDF5 file and a table, written whenever a run of a row is done. A folder (or a name without ``.h5``) gets
        both, named after the suite.
    resume : bool
        Go on with the unfinished suite in `out`.
    report : Reporter
        Called with the progress of the computation.
    watch : callable
        Called with the state of affairs and the row that is being run, whenever one begins or ends.

    Returns
    -------
    SuiteRun

    Raises
    ------
    InputError, FileError
        If the suite, the options or the files cannot be used; the `result` attribute of a FileError holds the finished
        rows if there are any.
    Interrupted
        On Ctrl-C; its `result` attribute holds the finished rows, and `out` has them, too.
    """
    from critlocus import __version__

    for name, value in (("seeds", seeds), ("draws", draws), ("timeout", timeout)):
        if value is not None and not value >= (1 if name != "timeout" else 1e-3):
            raise InputError(f"{name}: {value} is too small")
    if seed < 0:
        raise InputError(f"seed: {seed} is negative")
    whole = suite if isinstance(suite, Suite) else read_suite(suite)
    with time_limit(None if timeout is None else 1e6):  # where there are no timers this fails now, not in the first row
        pass
    run = SuiteRun(whole.only(only), {"seed": seed, "seeds": seeds, "draws": draws}, version=__version__)
    file, table = _places(out, csv, whole.name)
    if resume and file is None:
        raise InputError("resume: name the file with --out")
    earlier = None if file is None else earlier_run(file, run, whole, resume=resume)
    if earlier is not None:
        names = [row.name for row in whole.rows if row.name in (*earlier.outcomes, *(r.name for r in run.suite.rows))]
        run.suite, run.outcomes = whole.only(names), earlier.outcomes
    _save(run, file, table)
    try:
        for row in run.suite.rows:
            for own in run.missing(row):
                watch(run, row)
                run.add(row, _one(row, own, draws, threads, timeout, report))
                _save(run, file, table)
    except KeyboardInterrupt as signal:
        stopped = Interrupted("stopped; the rows that were finished have been kept")
        stopped.result = run
        raise stopped from signal
    except FileError as error:
        error.result = run
        raise
    watch(run, None)
    return run


def _one(
    row: Row, seed: int, draws: int | None, threads: int | None, timeout: float | None, report: Reporter
) -> Outcome:
    with time_limit(timeout) as limit:
        try:
            return run_job(row, seed=seed, draws=draws, threads=threads, report=report)
        except KeyboardInterrupt:
            if not limit.reached:
                raise
    return Outcome(seed, stop_reason=f"timed out after {timeout:g} s", seconds=float(timeout or 0.0))


def _places(out: Path | None, csv: Path | None, name: str) -> tuple[str | None, str | None]:
    table = None if csv is None else os.fspath(csv)
    if out is None:
        return None, table
    file = os.fspath(out)
    if file.endswith((".h5", ".hdf5")) and not os.path.isdir(file):
        return file, table
    try:
        os.makedirs(file, exist_ok=True)
    except OSError as error:
        raise InputError(f"out {file}: not a folder ({error.strerror})") from None
    return os.path.join(file, f"{name}.h5"), table or os.path.join(file, f"{name}.csv")


def _save(run: SuiteRun, file: str | None, table: str | None) -> None:
    if file is not None:
        write(file, run)
    if table is not None:
        write_csv(table, run)
