"""Macaulay2 on the families of the benchmarks: the tracker of MonodromySolver, and MonodromySolver itself.

`track`: what MonodromySolver does along an edge, `trackHomotopy` of the specialised `parametricSegmentHomotopy` of a
GateSystem, with its defaults, from given starts along given segments. (Its edges are segments if the solutions do not
change when all parameters are multiplied by a number, as in these families.) Setting up the homotopy is not timed.

`monodromy`: `monodromySolve` with its defaults, and a limit to its time in the criterion to stop; all is timed.

Times are of the processor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from critlocus.export import export_system

INSTALL = (
    "python -m venv m2 && m2/bin/pip install passagemath-macaulay2 (1.6 GB), then --macaulay2 m2, "
    "or put M2 on the PATH or its path into CRITLOCUS_M2"
)
CHUNK = 8
SETUP_SECONDS = 60
"""More than Macaulay2 needs to start and to set up a homotopy."""

TRACK = """
spent = 0.;
homotopy = parametricSegmentHomotopy F;
trackHomotopy(specialize(homotopy, transpose matrix p0 || transpose matrix p0), {{x0}});
digits = z -> format(17, 17, 17, 17, "e", realPart z) | " " | format(17, 17, 17, 17, "e", imaginaryPart z);
carry = (target, starts) -> (
    segment := specialize(homotopy, transpose matrix p0 || transpose matrix target);
    for chunk in pack({chunk}, starts) do if spent < {limit} then (
        began := cpuTime();
        ends := trackHomotopy(segment, chunk);
        spent = spent + cpuTime() - began;
        for e in ends do << "end " << toString status e << " " << demark(" ", apply(coordinates e, digits)) << endl;
        << "spent " << spent << endl;
    )
);
"""
MONODROMY = """
unused = value (MonodromySolver#"private dictionary")#"FirstDirectedEdge";
began = cpuTime();
(V, npaths) = monodromySolve(F, p0, {{x0}}, StoppingCriterion => (same, graph) -> (
    same >= 10 or graph#unused === null or cpuTime() - began > {limit}));
<< "monodromy " << cpuTime() - began << " " << npaths << " " << length V.PartialSols << endl;
"""


def find(given=None):
    """The program: given as a file or as a virtual environment, named by CRITLOCUS_M2, or found; None if absent."""
    given = given or os.environ.get("CRITLOCUS_M2")
    if given:
        places = [Path(given), *Path(given).glob("lib/python*/site-packages/sage_wheels/bin/M2")]
        return next((str(p.absolute()) for p in places if p.is_file()), None)
    wheels = find_spec("sage_wheels")
    folders = wheels.submodule_search_locations if wheels else []
    return shutil.which("M2") or next((str(Path(f) / "bin/M2") for f in folders if (Path(f) / "bin/M2").exists()), None)


def version(program):
    return _run(program, '<< version#"VERSION" << endl;')[0]


def track(program, system, starts, table, to, limit):
    """Follow paths from row 0 of the table; return ends, which of them Macaulay2 calls regular, and seconds.

    Paths are taken in order until `limit` seconds are spent.
    """
    lines = [_setup(system, table[0], starts[0]), TRACK.format(chunk=CHUNK, limit=float(limit))]
    for target in np.unique(to):
        points = ", ".join(map(_point, starts[to == target]))
        lines.append(f"carry({_point(table[target])}, {{{points}}});")
    answer = [line.split() for line in _run(program, "\n".join(lines), limit)]
    ends = [words for words in answer if words[:1] == ["end"]]
    points = np.array([[float(v) for v in words[2:]] for words in ends]).reshape(-1, 2 * system.n)
    regular = np.array([words[1] == "Regular" for words in ends], bool)
    seconds = [float(words[1]) for words in answer if words[:1] == ["spent"]]
    return points.view(np.complex128), regular, seconds[-1] if seconds else 0.0


def monodromy(program, system, start, parameters, limit):
    """Run MonodromySolver from a start pair; return paths tracked, solutions found and seconds."""
    answer = _run(program, _setup(system, parameters, start) + MONODROMY.format(limit=float(limit)), limit)
    words = next((line.split() for line in answer if line.startswith("monodromy ")), None)
    return (int(words[2]), int(words[3]), float(words[1])) if words else (0, 0, 0.0)


def _setup(system, parameters, start):
    """The project's own export, without its run."""
    return export_system(system, parameters, start, "macaulay2").partition("(V, npaths)")[0]


def _point(values):
    return "point{{" + ", ".join(f"({v.real!r}+({v.imag!r})*ii)" for v in values.tolist()) + "}}"


def _run(program, script, limit=0.0):
    """The lines that a script writes, as far as it comes in time."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "run.m2", Path(folder) / "output"
        source.write_text(script)
        with output.open("w") as file, suppress(subprocess.TimeoutExpired):
            seconds = SETUP_SECONDS + 3 * limit
            command = [program, "--script", str(source)]
            nothing = subprocess.DEVNULL
            done = subprocess.run(
                command, stdin=nothing, stdout=file, stderr=subprocess.PIPE, text=True, timeout=seconds, check=False
            )
            if done.returncode:
                raise RuntimeError(f"Macaulay2: {done.stderr.strip()[:300]}")
        return output.read_text().splitlines()
