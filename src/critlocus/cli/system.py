"""The command ``critlocus system``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from critlocus.cli.options import Json, Quiet, Threads
from critlocus.cli.output import print_json
from critlocus.errors import InputError
from critlocus.options import columns


def system(
    file: Annotated[str, typer.Argument(help="A text file with one polynomial per line, such as x^2 + y^2 - 1.")],
    parameters: Annotated[str | None, typer.Option(help="Values of parameters: a=1,b=2.5.")] = None,
    start: Annotated[
        str, typer.Option(help="Start system: total_degree, or multihomogeneous (fewer paths).")
    ] = "total_degree",
    groups: Annotated[
        str | None, typer.Option(help="Groups of variables for multihomogeneous, such as x,y;z [default: chosen].")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Solve a general square system by a homotopy in projective space, with endgames and certificates."""
    from critlocus.solve_system import solve_system
    from critlocus.system import System

    values = _parameter_values(parameters)
    polynomials = System.from_file(file, parameters=list(values))
    parts = None if groups is None else [columns(part) or [] for part in groups.split(";")]
    found = solve_system(
        polynomials, list(values.values()), start=start, groups=parts, seed=seed,
        threads=threads or os.cpu_count() or 1,
    )  # fmt: skip
    names = polynomials.variable_names
    summary = {"groups": [[names[k] for k in group] for group in found.groups], **found.summary()}
    if as_json:
        rows = {"points": found.points, "singular_points": found.singular}
        lists = {key: [[[v.real, v.imag] for v in row] for row in value.tolist()] for key, value in rows.items()}
        print_json({**summary, "variables": names, **lists})
    elif not quiet:
        from critlocus.analysis.report import system_lines

        print("\n".join(system_lines(summary)))


def _parameter_values(text: str | None) -> dict[str, complex]:
    from critlocus.losses import real_array

    found = {}
    for part in columns(text) or []:
        name, _, value = part.partition("=")
        try:
            number = complex(value)
        except ValueError:
            raise InputError(f"parameters: {part!r} does not read like a=1.5") from None
        real_array([number.real, number.imag], f"parameters: {part}")
        found[name.strip()] = number
    return found
