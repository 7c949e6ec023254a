"""What commands have in common: options and exit codes."""

from __future__ import annotations

from typing import Annotated

import typer

BAD_INPUT, NOT_CONFIRMED, INTERRUPTED = 2, 1, 130

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")]
Threads = Annotated[int | None, typer.Option(help="Threads [default: all processors]; results do not depend on it.")]
