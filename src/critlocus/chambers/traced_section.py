"""Solutions over a generic line or plane that a trace test confirms, so that few loops have to be quiet.

The solutions are the points in which a hyperplane of a pencil of parallel ones meets an irreducible variety: their sum
is linear along the pencil, and that of some of them is not. Monodromy finds points of one component only, as long as
loops are quiet; a linear trace then says that they are all of it. Without one, monodromy starts again, and goes on
until it is sure by itself: quiet loops over two members that agree.

References: Sommese, Verschelde & Wampler, *Symmetric functions applied to decomposing solution sets* (2002); Leykin,
Rodriguez & Sottile, *Trace test* (2018).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from critlocus.chambers.sections import LINEAR, Section, parallel_trace, solve_section
from critlocus.continuation.monodromy import DEFAULT, MonodromyOptions
from critlocus.solvers.protocol import Solver

_BRIEF = replace(DEFAULT, doubt=1e-2, min_quiet=1)


def traced_section(solver: Solver, question: Any, rng: np.random.Generator) -> Section:
    """Find all solutions of a generic member, with their trace.

    Parameters
    ----------
    question : Question
        Its ``places`` are the unknowns that are coordinates of data, its ``parallel`` the parameters that move
        hyperplanes in parallel.

    Raises
    ------
    InputError
        If all start pairs are singular.
    """
    section = _with_trace(solver, question, rng, _BRIEF, agree=False)
    if not section.trace_residual <= LINEAR:
        section = _with_trace(solver, question, rng, DEFAULT, agree=True)
    return section


def _with_trace(
    solver: Solver, question: Any, rng: np.random.Generator, options: MonodromyOptions, *, agree: bool
) -> Section:
    section = solve_section(solver, question, rng, options, agree=agree)
    section.trace_residual = parallel_trace(solver, section, question.parallel, question.places, rng)
    return section
