"""The command ``critlocus export``."""

from __future__ import annotations

from typing import Annotated

import typer


def export(
    network: Annotated[str, typer.Argument(help="Widths and activation.")],
    fmt: Annotated[str, typer.Option("--format", help="julia, macaulay2, bertini, phcpack or msolve.")],
    data: Annotated[str, typer.Option(help="generic:M; the number of points decides the family.")] = "generic:10",
    seed: Annotated[int, typer.Option(help="Decides the start pair.")] = 0,
    out: Annotated[str | None, typer.Option(help="File to write [default: print].")] = None,
) -> None:
    """Write the critical-point system of the full zero pattern, with its start pair, for another program."""
    from critlocus.export import export_network
    from critlocus.losses import parse_generic
    from critlocus.networks import Network

    text = export_network(Network.parse(network), parse_generic(data), fmt, seed=seed)
    if out is None:
        print(text, end="")
        return
    from critlocus.replace_file import replace_file

    with replace_file(out) as name, open(name, "w", encoding="utf-8") as file:
        file.write(text)
