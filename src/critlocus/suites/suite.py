"""Suite files: TOML tables of architectures with the counts that are expected of them, and where these come from.

Expected values are compared with what was computed, afterwards; nothing that computes ever sees them.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from critlocus.errors import FileError, InputError

HERE = Path(__file__).parent
COUNT, LIST, HISTOGRAM, FLAG = "a whole number", "a list of whole numbers", "a table of whole numbers", "true or false"

QUANTITIES: dict[str, dict[str, str]] = {
    # kind of job: {what may be expected of it: of which form}
    "weights": {
        "complex": COUNT, "torus": COUNT, "by_zero_pattern": LIST, "real": COUNT, "index_histogram": HISTOGRAM,
    },
    "functions": {
        "ed_degree": COUNT, "complex": COUNT, "pure": COUNT, "spurious": COUNT, "zero_function_points": COUNT,
        "real": COUNT, "index_histogram": HISTOGRAM,
    },
    "dimension": {"dimension": COUNT, "ambient": COUNT, "filling": FLAG},
}  # fmt: skip
OPTIONS: dict[str, dict[str, tuple[type, ...]]] = {
    "weights": {"data": (str, dict), "regularize": (str, int, float, dict)},
    "functions": {"data": (str, dict), "metric": (str,), "u": (str, list), "spurious": (bool,)},
    "dimension": {},
}
_REAL = ("real", "index_histogram")


@dataclass(frozen=True)
class Row:
    """One row of a suite.

    Attributes
    ----------
    name : str
        Unique in its suite.
    job : str
        ``weights``: critical points of a regularised loss in the space of weights; ``functions``: critical points of
        the distance to a variety of functions; ``dimension``: the dimension of a variety.
    network : str
        A network, or in function space any variety.
    options : dict
        See `OPTIONS`; as for `critlocus.solve` and `critlocus.solve_functions`.
    expected : dict
        {quantity: value}; see `QUANTITIES`. May be empty.
    source : str
        Where the expected values come from.
    folder : str
        Names of files in the options are relative to it.
    """

    name: str
    job: str
    network: str
    options: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    folder: str = ""

    @property
    def needs_real_target(self) -> bool:
        """Whether numbers of real points are expected."""
        return any(name in self.expected for name in _REAL)

    @property
    def digest(self) -> str:
        """A text that changes with the problem or what is expected of it."""
        content = [self.name, self.job, self.network, self.options, self.expected]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Suite:
    """A named list of rows."""

    name: str
    title: str
    rows: tuple[Row, ...]

    def only(self, names: list[str] | None) -> Suite:
        """Return the suite with some of its rows; InputError if there is none of a name."""
        if names is None:
            return self
        known = {row.name for row in self.rows}
        for name in names:
            if name not in known:
                raise InputError(f"suite {self.name}: no row is called {name!r}; there are {', '.join(sorted(known))}")
        return Suite(self.name, self.title, tuple(row for row in self.rows if row.name in names))


def shipped() -> list[str]:
    """Return the names of the suites that come with the package."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def read_suite(name: str | os.PathLike[str]) -> Suite:
    """Read a suite that comes with the package, by name, or a user's file.

    Raises
    ------
    FileError
        If there is no such suite, or it cannot be read.
    InputError
        If it is not TOML, or a row is wrong: the message names the row.
    """
    text = os.fspath(name)
    path = HERE / f"{text}.toml" if text in shipped() else Path(text)
    if not path.is_file():
        raise FileError(f"suite {text!r}: neither a file nor one of {', '.join(shipped())}")
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise FileError(f"suite {path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"suite {path}: not TOML ({error})") from None
    return _suite(path, content)


def _suite(path: Path, content: dict[str, Any]) -> Suite:
    where = f"suite {path.name}"
    _known(where, content, {"title": (str,), "row": (list,)})
    rows = [_row(f"{where}, row {k}", entry, path.parent) for k, entry in enumerate(content.get("row", []), start=1)]
    if not rows:
        raise InputError(f"{where}: there are no rows; write [[row]] tables")
    names = [row.name for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: two rows are called {name!r}; give them different names")
    return Suite(path.stem, content.get("title", path.stem), tuple(rows))


def _row(where: str, entry: Any, folder: Path) -> Row:
    if not isinstance(entry, dict):
        raise InputError(f"{where}: not a table")
    job = entry.get("job", "weights")
    if job not in QUANTITIES:
        raise InputError(f"{where}: job {job!r}: choose {', '.join(QUANTITIES)}")
    common = {"name": (str,), "job": (str,), "network": (str,), "expected": (dict,)}
    _known(where, entry, {**common, **OPTIONS[job]}, f" for the job {job}")
    network: str = entry.get("network", "")
    if not network.strip():
        raise InputError(f"{where}: the network is missing")
    expected = dict(entry.get("expected", {}))
    source = expected.pop("source", "")
    _check_expected(where, job, expected, source)
    options = {name: entry[name] for name in OPTIONS[job] if name in entry}
    found = Row(str(entry.get("name", network)), job, network, options, expected, source, str(folder))
    _check_problem(where, found)
    return found


def _known(where: str, entry: dict[str, Any], known: dict[str, tuple[type, ...]], what: str = "") -> None:
    for key, value in entry.items():
        if key not in known:
            raise InputError(f"{where}: unknown key {key!r}{what}; known are {', '.join(known)}")
        if not isinstance(value, known[key]) or (isinstance(value, bool) and bool not in known[key]):
            names = " or ".join(t.__name__ for t in known[key])
            raise InputError(f"{where}: {key} is not of type {names}")


def _check_expected(where: str, job: str, expected: dict[str, Any], source: Any) -> None:
    if not isinstance(source, str) or (expected and not source.strip()):
        raise InputError(f"{where}: expected values need a source: the paper or the formula they come from")
    for name, value in expected.items():
        form = QUANTITIES[job].get(name)
        if form is None:
            raise InputError(
                f"{where}: unknown expected value {name!r}; known are {', '.join(QUANTITIES[job])}, source"
            )
        numbers = {COUNT: [value], FLAG: [0]}.get(form)
        if form == LIST and isinstance(value, list):
            numbers = value
        elif form == HISTOGRAM and isinstance(value, dict):
            numbers = list(value.values())
        whole = numbers is not None and all(type(n) is int and n >= 0 for n in numbers)
        if not whole or (form == FLAG and not isinstance(value, bool)):
            raise InputError(f"{where}: expected {name} is not {form}")


def _check_problem(where: str, row: Row) -> None:
    """Raise InputError if the network cannot be read: every row is checked before the first one runs."""
    from critlocus.networks import Network
    from critlocus.varieties import is_parametrized, parse_variety

    try:
        if row.job == "weights":
            Network.parse(row.network)
        elif not is_parametrized(parse_variety(row.network)) and row.job == "dimension":
            raise InputError("dimensions are those of parametrised varieties")
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
